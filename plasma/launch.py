"""Starting a thread of ours: out of another one, in which no signal strikes.

`Thread.start` cannot bear an exception out of a signal handler: struck between two of its steps it leaves a lock taken,
on which the new thread waits for ever, or a thread that never runs in Python's own list of them.
"""

from __future__ import annotations

import _thread
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def start(name: str, run: Callable[..., object], *args: Any) -> threading.Thread:
    """A daemon thread that runs this, and that may come to life a moment later. If this raises, it may all the same."""
    thread = threading.Thread(target=run, args=args, name=name, daemon=True)
    _thread.start_new_thread(_start, (thread,))  # one step: it is done, or it is not
    return thread


def _start(thread: threading.Thread) -> None:
    try:
        thread.start()
    except RuntimeError:  # there may be no more threads: this one will do
        thread.run()
