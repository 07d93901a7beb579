"""The scans of a client: everything that is there, page by page, for `async for`."""

from __future__ import annotations

from ..base import Conversing
from ..commands.core import S, overload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any, Literal

    from ..commands.core import Key, Value


class Scanning(Conversing[S]):
    """The iterators over keys, and over the parts of one key.

    All of them: the first page is asked for when the iteration begins, the next one when a page has been taken. What
    is there from the beginning to the end comes; what comes or goes meanwhile may come or not. An element is not
    given again within two pages; after that it may be, since no more is kept. An iteration may be left at any point,
    with nothing to close.
    """

    __slots__ = ()

    def scan_iter(self, *, match: Value | None = None, count: int = 1000, type: str | None = None) -> AsyncIterator[S]:
        """Iterate over the keys of the database.

        Args:
            match: Leave out keys that do not match this glob-style pattern.
            count: About how many keys the server looks at for one page.
            type: Leave out keys of other types ("string", "hash" ...).
        """
        from ..flows import scans
        from .running import iterate

        return iterate(scans.keys(match, count, type), self._its_client())

    @overload
    def hscan_iter(
        self, key: Key, *, match: Value | None = None, count: int = 1000, novalues: Literal[False] = False
    ) -> AsyncIterator[tuple[S, S]]: ...
    @overload
    def hscan_iter(
        self, key: Key, *, match: Value | None = None, count: int = 1000, novalues: Literal[True]
    ) -> AsyncIterator[S]: ...
    def hscan_iter(
        self, key: Key, *, match: Value | None = None, count: int = 1000, novalues: bool = False
    ) -> AsyncIterator[Any]:
        """Iterate over the (field, value) pairs of a hash.

        Args:
            match: Leave out fields that do not match this glob-style pattern.
            count: About how many fields the server looks at for one page.
            novalues: Give the fields alone.
        """
        from ..flows import scans
        from .running import iterate

        return iterate(scans.fields(key, match, count, novalues), self._its_client())

    def sscan_iter(self, key: Key, *, match: Value | None = None, count: int = 1000) -> AsyncIterator[S]:
        """Iterate over the members of a set.

        Args:
            match: Leave out members that do not match this glob-style pattern.
            count: About how many members the server looks at for one page.
        """
        from ..flows import scans
        from .running import iterate

        return iterate(scans.members(key, match, count), self._its_client())

    @overload
    def zscan_iter(
        self, key: Key, *, match: Value | None = None, count: int = 1000, noscores: Literal[False] = False
    ) -> AsyncIterator[tuple[S, float]]: ...
    @overload
    def zscan_iter(
        self, key: Key, *, match: Value | None = None, count: int = 1000, noscores: Literal[True]
    ) -> AsyncIterator[S]: ...
    def zscan_iter(
        self, key: Key, *, match: Value | None = None, count: int = 1000, noscores: bool = False
    ) -> AsyncIterator[Any]:
        """Iterate over the (member, score) pairs of a sorted set, in no order.

        Args:
            match: Leave out members that do not match this glob-style pattern.
            count: About how many members the server looks at for one page.
            noscores: Give the members alone (Valkey).
        """
        from ..flows import scans
        from .running import iterate

        return iterate(scans.scores(key, match, count, noscores), self._its_client())
