"""Interrupting a call everywhere: an exception at each single instruction of our code, one after another.

    for at in everywhere(lambda: client.get("k")): ...

runs the call again and again, each time raising `Interrupted` at a later point. This is what a signal handler that
raises, or KeyboardInterrupt, may do; they strike at some places only, this at all, and each time at the same ones.

A lock left held, or a finalizer cut short, is another matter: there it counts where Python really looks for signals.
`signalled` runs the call with a real signal at a later point each time. Its handler raises where Python looks
next: in our code, in a finalizer, or in what these call of the module `threading`.
"""

from __future__ import annotations

import _thread
import dis
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import plasma

# The package's own folder: the whole checkout may well lie in one of that name.
_OURS = os.path.join(os.path.dirname(plasma.__file__), "")
_NOT_OURS = os.path.join(_OURS, "testing", "")
# Python looks for signals in these, on one version or another.
_LOOKS = ("CALL", "RESUME", "RETURN", "JUMP_ABSOLUTE", "JUMP_BACKWARD")


class Interrupted(BaseException):
    """What no code expects."""


def everywhere(call: Callable[[], Any], runs: int = 50) -> Iterator[int]:
    """Yield after each interrupted run; about so many in all, at points evenly apart.

    A finalizer is not interrupted, for nothing could be raised there. How many points a call has depends on the Python
    and on the pieces in which a reply arrives, and a login has half as many once its answer is known, so a run may be
    over before its point: fewer than a quarter of them struck would mean that something is wrong with the striking, and
    raise AssertionError.
    """
    return _struck(_Points, call, runs)


def signalled(call: Callable[[], Any], runs: int = 200) -> Iterator[int]:
    """The same with a real signal; to be called in the main thread.

    The call may end with another exception than `Interrupted`, which is dropped: so does one that strikes where a
    condition of `threading` does not hold its lock, or where nothing can be raised. No wait is cut short by it: the
    signal comes before the wait begins, and what waits must come back by itself.
    """
    return _struck(_Signals, call, runs)


def _struck(kind: type[_Points], call: Callable[[], Any], runs: int) -> Iterator[int]:
    points = kind(call, None).passed
    struck = 0
    for at in range(0, points, max(1, points // runs)):
        if kind(call, at).passed > at:
            struck += 1
            yield at

    assert struck >= min(runs, points) // 4, f"struck {struck} times, at {points} points"


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
        if not _is_ours(frame.f_code) or _in_finalizer(frame):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.passed += 1
            if self._at is not None and self.passed > self._at:
                raise Interrupted
        return self._trace


class _Signals(_Points):
    """The same with a real signal."""

    def __init__(self, call: Callable[[], Any], at: int | None) -> None:
        self._codes: dict[CodeType, bytes] = {}
        handler, hook = signal.signal(signal.SIGINT, _interrupt), sys.unraisablehook

        def quiet() -> None:
            try:
                call()
            except Exception as error:
                if at is None:
                    raise
                error.__traceback__ = None

        def pass_on(unraisable: Any) -> None:
            if unraisable.exc_type is not Interrupted:  # else it struck in a finalizer
                hook(unraisable)

        sys.unraisablehook = pass_on
        try:
            super().__init__(quiet, at)
        except Interrupted:
            pass  # it struck after the call
        finally:
            sys.unraisablehook = hook
            signal.signal(signal.SIGINT, handler)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        caller: FrameType | None = frame
        while caller is not None and caller.f_code.co_filename == threading.__file__:
            caller = caller.f_back
        if caller is None or not _is_ours(caller.f_code):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode" and self._opcode(frame).startswith(_LOOKS):
            self.passed += 1
            if self._at is not None and self.passed > self._at:
                sys.settrace(None)
                # A loop and no call, after which Python would look for the signal here and not where the call goes on.
                for _ in map(_thread.interrupt_main, (signal.SIGINT,)):
                    return None
        return self._trace

    def _opcode(self, frame: FrameType) -> str:
        code = frame.f_code
        if code not in self._codes:
            self._codes[code] = code.co_code
        return dis.opname[self._codes[code][frame.f_lasti]]


def _interrupt(*_: object) -> None:
    raise Interrupted


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_OURS) and not code.co_filename.startswith(_NOT_OURS)


def _in_finalizer(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name in ("__del__", "free"):
            return True
        frame = frame.f_back
    return False
