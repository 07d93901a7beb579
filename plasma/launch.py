"""Starting a thread of ours: out of another one, in which no signal strikes.

`Thread.start` cannot bear an exception out of a signal handler: struck between two of its steps it leaves a lock taken,
on which the new thread waits for ever, or a thread that never runs in Python's own list of them.
"""

from __future__ import annotations

import _thread
import threading


def start(thread: threading.Thread) -> None:
    """Have the thread come to life, in a moment. If this raises, it may all the same."""
    _thread.start_new_thread(_start, (thread,))  # one step: it is done, or it is not


def _start(thread: threading.Thread) -> None:
    try:
        thread.start()
    except RuntimeError:  # there may be no more threads: this one will do
        thread.run()
