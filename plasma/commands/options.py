"""Options and replies that several groups have in common: keys beside other arguments, scans, expiry, floats.

Each function here makes a part of the arguments of a command, or reads a part of its reply, and has two callers at
least. What only one group needs stands in that group's file.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, at_most_one, milliseconds, none_given, seconds, unix_milliseconds, unix_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .core import Duration, Key, Moment, Value


def key_list(method: str, keys: Sequence[Key]) -> Sequence[Key]:
    """The keys of a command that has other arguments beside them. A lone key would be taken to pieces: TypeError."""
    if isinstance(keys, (str, bytes, bytearray, memoryview)) or not hasattr(keys, "__len__"):
        raise TypeError(f"{method}() takes its keys as a list: [{keys!r:.40}]")
    if not keys:
        raise none_given(method, "key")
    return keys


def expiry_options(
    method: str,
    ex: Duration | None,
    px: Duration | None,
    exat: Moment | None,
    pxat: Moment | None,
    *,
    keepttl: bool = False,
    persist: bool = False,
) -> tuple[Value, ...]:
    """EX, PX, EXAT, PXAT, KEEPTTL or PERSIST, which exclude each other."""
    # Counted first: `at_most_one`, which knows the names, costs more than the rest of a SET.
    if (ex is not None) + (px is not None) + (exat is not None) + (pxat is not None) + bool(keepttl or persist) > 1:
        at_most_one(method, ex=ex, px=px, exat=exat, pxat=pxat, keepttl=keepttl, persist=persist)
    if ex is not None:
        return "EX", seconds("ex", ex, "px")
    if px is not None:
        return "PX", milliseconds("px", px)
    if exat is not None:
        return "EXAT", unix_seconds(exat)
    if pxat is not None:
        return "PXAT", unix_milliseconds(pxat)
    if keepttl:
        return ("KEEPTTL",)
    return ("PERSIST",) if persist else ()


def flush_mode(method: str, asynchronous: bool, synchronous: bool) -> tuple[str, ...]:
    """ASYNC or SYNC of what empties something."""
    at_most_one(method, asynchronous=asynchronous, synchronous=synchronous)
    return ("ASYNC",) if asynchronous else ("SYNC",) if synchronous else ()


def scan_options(match: Value | None, count: int | None) -> tuple[Value, ...]:
    """MATCH and COUNT of the SCAN family."""
    if count is None:
        return () if match is None else ("MATCH", match)
    return ("COUNT", count) if match is None else ("MATCH", match, "COUNT", count)


def scanned(reply: Any) -> tuple[int, Any]:
    """The cursor of a scan, which the server words, and its part of the elements."""
    return int(reply[0]), reply[1]


def to_float(reply: Any) -> float:
    """A double: text on RESP2, a float on RESP3."""
    return float(reply)
