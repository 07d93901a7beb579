"""Interrupting a call everywhere: an exception at each single instruction of our code, one after another.

    for at in everywhere(lambda: client.get("k")): ...

runs the call again and again, each time raising `Interrupted` at a later point. This is what a signal handler that
raises, or KeyboardInterrupt, may do; they strike at some places only, this at all, and each time at the same ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_OURS = "/plasma/"
_NOT_OURS = "/plasma/testing/"


class Interrupted(BaseException):
    """What no code expects."""


def everywhere(call: Callable[[], Any], runs: int = 50) -> Iterator[int]:
    """Yield after each interrupted run; about so many in all, at points evenly apart.

    A finalizer is not interrupted, for nothing could be raised there. How many points a call has depends on the Python
    and on the pieces in which a reply arrives, so a run may be over before its point: fewer than half of them struck
    would mean that something is wrong with the striking, and raise AssertionError.
    """
    points = _Points(call, None).passed
    struck = 0
    for at in range(0, points, max(1, points // runs)):
        if _Points(call, at).passed > at:
            struck += 1
            yield at

    assert struck >= min(runs, points) // 2, f"struck {struck} times, at {points} points"


class _Points:
    """One run, interrupted at a point, or not at all; `passed` counts the points, that one included."""

    def __init__(self, call: Callable[[], Any], at: int | None) -> None:
        self.passed = 0
        self._at = at
        before = sys.gettrace()
        # Python 3.12 looks when tracing begins whether any frame wants its instructions told.
        sys._getframe().f_trace_opcodes = True
        sys.settrace(self._trace)
        try:
            call()
        except Interrupted:
            pass
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if _OURS not in code.co_filename or _NOT_OURS in code.co_filename or _in_finalizer(frame):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.passed += 1
            if self._at is not None and self.passed > self._at:
                raise Interrupted
        return self._trace


def _in_finalizer(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name in ("__del__", "free"):
            return True
        frame = frame.f_back
    return False
