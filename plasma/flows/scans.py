"""Scans from the first page to the last: one page is asked for when the one before has been taken.

The server may give an element more than once. What came in the same page or in the one before is not given again:
where a table shrinks in the middle of a scan, this is where its doubles come from. More is not remembered, so memory
stays that of two pages, and an element that comes back later than that is given again.

Nothing is held between two pages, neither here nor in the server: a scan may be left at any point.
"""

from __future__ import annotations

from ..commands.options import scan_options, scanned
from ..commands.scores import scanned_scores
from .steps import Call, Items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..commands.core import Key, Value
    from .steps import ItemFlow

    Page = tuple[int, Any]


def keys(match: Value | None, count: int, type: str | None) -> ItemFlow:
    """The keys of the database."""
    kind: tuple[Value, ...] = () if type is None else ("TYPE", type)
    return _scan("SCAN", (), (*scan_options(match, count), *kind), scanned, _itself)


def fields(key: Key, match: Value | None, count: int, novalues: bool) -> ItemFlow:
    """The fields of a hash, with their values."""
    options = scan_options(match, count)
    if novalues:
        return _scan("HSCAN", (key,), (*options, "NOVALUES"), scanned, _itself)
    return _scan("HSCAN", (key,), options, _scanned_pairs, _first)


def members(key: Key, match: Value | None, count: int) -> ItemFlow:
    """The members of a set."""
    return _scan("SSCAN", (key,), scan_options(match, count), scanned, _itself)


def scores(key: Key, match: Value | None, count: int, noscores: bool) -> ItemFlow:
    """The members of a sorted set, with their scores."""
    options = scan_options(match, count)
    if noscores:
        return _scan("ZSCAN", (key,), (*options, "NOSCORES"), scanned, _itself)
    return _scan("ZSCAN", (key,), options, scanned_scores, _first)


def _scan(
    name: str,
    key: tuple[Value, ...],
    options: tuple[Value, ...],
    parse: Callable[[Any], Page],
    names_of: Callable[[Iterable[Any]], Iterable[Any]],
) -> ItemFlow:
    before: set[Any] = set()
    cursor = 0
    while True:
        page: Page = yield Call(name, *key, cursor, *options, parse=parse)
        cursor, items = page
        names = set(names_of(items))
        # Nearly always nothing comes twice, and the page is given as it is.
        if len(names) != len(items) or not before.isdisjoint(names):
            found = dict(zip(names_of(items), items, strict=True))
            items = [item for its_name, item in found.items() if its_name not in before]
        yield Items(items)
        if not cursor:
            return
        before = names


def _itself(items: Iterable[Any]) -> Iterable[Any]:
    return items


def _first(pairs: Iterable[Any]) -> Iterable[Any]:
    return [pair[0] for pair in pairs]


def _scanned_pairs(reply: Any) -> Page:
    flat = reply[1]
    return int(reply[0]), list(zip(flat[::2], flat[1::2], strict=True))
