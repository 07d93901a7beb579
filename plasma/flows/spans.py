"""Spans of time as users give them: seconds as a number, or a timedelta."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any


def milliseconds(option: str, span: float | timedelta) -> int:
    """A time that is more than none, in whole milliseconds."""
    value = seconds(option, span)
    if not 0.001 <= value < 1e12:
        raise ValueError(f"{option} must be a millisecond or more, in seconds, not {value}")
    return round(value * 1000)


def waiting(option: str, span: float | timedelta | None) -> float | None:
    """A time to wait for something, in seconds; None is for as long as it takes."""
    if span is None:
        return None
    value = seconds(option, span)
    if not 0 <= value < float("inf"):
        raise ValueError(f"{option} must be 0 or more seconds, or None for as long as it takes")
    return value


def seconds(option: str, span: Any) -> float:
    """A span in seconds. Raises TypeError for what is none."""
    if hasattr(span, "total_seconds"):
        span = span.total_seconds()
    if span.__class__ is not int and span.__class__ is not float:
        raise TypeError(f"{option} must be seconds, not {type(span).__name__}")
    return float(span)
