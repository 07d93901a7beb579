"""Commands on lists, those that wait for an element included.

Rules: an end of a list is "LEFT" or "RIGHT". A `count` turns one element into a list of them, empty where there is
nothing to give. A `timeout` is in seconds, and 0 waits for ever; when time is up the result is None.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, none_given, ok, overload, wait_seconds
from .options import key_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from .core import Key, Reply, Timeout, Value


class ListCommands(CommandsCore[S]):
    """Lists: ordered elements, pushed and popped at both ends."""

    __slots__ = ()

    def blmove(
        self,
        source: Key,
        destination: Key,
        wherefrom: Literal["LEFT", "RIGHT"],
        whereto: Literal["LEFT", "RIGHT"],
        *,
        timeout: Timeout = 0,
    ) -> Reply[S | None]:
        """Return the element moved from one list to another, waiting for it; None when time is up.

        Args:
            wherefrom: The end of *source* it is taken from.
            whereto: The end of *destination* it is put to.

        https://redis.io/docs/latest/commands/blmove/
        """
        return self._run("BLMOVE", source, destination, wherefrom, whereto, wait_seconds(timeout))

    def blmpop(
        self,
        keys: Sequence[Key],
        where: Literal["LEFT", "RIGHT"],
        *,
        timeout: Timeout = 0,
        count: int | None = None,
    ) -> Reply[tuple[S, list[S]] | None]:
        """Return (key, popped elements) of the first list that has any, waiting for one; None when time is up.

        Args:
            where: The end the elements are taken from.
            count: At most so many of them; one without it.

        https://redis.io/docs/latest/commands/blmpop/
        """
        given = key_list("blmpop", keys)
        options = () if count is None else ("COUNT", count)
        return self._run("BLMPOP", wait_seconds(timeout), len(given), *given, where, *options, parse=_pair_or_none)

    def blpop(self, *keys: Key, timeout: Timeout = 0) -> Reply[tuple[S, S] | None]:
        """Return (key, its first element) of the first list that has any, waiting for one; None when time is up.

        https://redis.io/docs/latest/commands/blpop/
        """
        if not keys:
            raise none_given("blpop", "key")
        return self._run("BLPOP", *keys, wait_seconds(timeout), parse=_pair_or_none)

    def brpop(self, *keys: Key, timeout: Timeout = 0) -> Reply[tuple[S, S] | None]:
        """Return (key, its last element) of the first list that has any, waiting for one; None when time is up.

        https://redis.io/docs/latest/commands/brpop/
        """
        if not keys:
            raise none_given("brpop", "key")
        return self._run("BRPOP", *keys, wait_seconds(timeout), parse=_pair_or_none)

    def brpoplpush(self, source: Key, destination: Key, *, timeout: Timeout = 0) -> Reply[S | None]:
        """Return the last element of *source*, now the first of *destination*, waiting for it; None when time is up.

        https://redis.io/docs/latest/commands/brpoplpush/
        """
        return self._run("BRPOPLPUSH", source, destination, wait_seconds(timeout))

    def lindex(self, key: Key, index: int) -> Reply[S | None]:
        """Return the element at *index* (-1 is the last), or None outside the list.

        https://redis.io/docs/latest/commands/lindex/
        """
        return self._run("LINDEX", key, index)

    def linsert(self, key: Key, where: Literal["BEFORE", "AFTER"], pivot: Value, element: Value) -> Reply[int]:
        """Return the new length after *element* was put beside *pivot*; -1 if *pivot* is not there, 0 if no list is.

        https://redis.io/docs/latest/commands/linsert/
        """
        return self._run("LINSERT", key, where, pivot, element)

    def llen(self, key: Key) -> Reply[int]:
        """Return the number of elements, 0 if there is no list.

        https://redis.io/docs/latest/commands/llen/
        """
        return self._run("LLEN", key)

    def lmove(
        self,
        source: Key,
        destination: Key,
        wherefrom: Literal["LEFT", "RIGHT"],
        whereto: Literal["LEFT", "RIGHT"],
    ) -> Reply[S | None]:
        """Return the element moved from one list to another, or None if *source* has none.

        Args:
            wherefrom: The end of *source* it is taken from.
            whereto: The end of *destination* it is put to.

        https://redis.io/docs/latest/commands/lmove/
        """
        return self._run("LMOVE", source, destination, wherefrom, whereto)

    def lmpop(
        self, keys: Sequence[Key], where: Literal["LEFT", "RIGHT"], *, count: int | None = None
    ) -> Reply[tuple[S, list[S]] | None]:
        """Return (key, popped elements) of the first list that has any, or None.

        Args:
            where: The end the elements are taken from.
            count: At most so many of them; one without it.

        https://redis.io/docs/latest/commands/lmpop/
        """
        given = key_list("lmpop", keys)
        options = () if count is None else ("COUNT", count)
        return self._run("LMPOP", len(given), *given, where, *options, parse=_pair_or_none)

    @overload
    def lpop(self, key: Key) -> Reply[S | None]: ...
    @overload
    def lpop(self, key: Key, count: int) -> Reply[list[S]]: ...
    def lpop(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return the first element, taken off the list, or None; with *count* a list of at most so many.

        https://redis.io/docs/latest/commands/lpop/
        """
        if count is None:
            return self._run("LPOP", key)
        return self._run("LPOP", key, count, parse=_list)

    @overload
    def lpos(
        self, key: Key, element: Value, *, rank: int | None = None, maxlen: int | None = None
    ) -> Reply[int | None]: ...
    @overload
    def lpos(
        self, key: Key, element: Value, *, rank: int | None = None, count: int, maxlen: int | None = None
    ) -> Reply[list[int]]: ...
    def lpos(
        self,
        key: Key,
        element: Value,
        *,
        rank: int | None = None,
        count: int | None = None,
        maxlen: int | None = None,
    ) -> Reply[Any]:
        """Return the index of *element*, or None if it is not there; with *count* a list of at most so many.

        Args:
            rank: Start with this match, the second for 2; below 0 the search goes from the end.
            count: 0 is all matches.
            maxlen: Compare at most so many elements.

        https://redis.io/docs/latest/commands/lpos/
        """
        options: list[Value] = []
        if rank is not None:
            options += ("RANK", rank)
        if count is not None:
            options += ("COUNT", count)
        if maxlen is not None:
            options += ("MAXLEN", maxlen)
        return self._run("LPOS", key, element, *options, parse=None if count is None else _list)

    def lpush(self, key: Key, *elements: Value) -> Reply[int]:
        """Return the new length after each of *elements* in turn became the first.

        https://redis.io/docs/latest/commands/lpush/
        """
        if not elements:
            raise none_given("lpush", "element")
        return self._run("LPUSH", key, *elements)

    def lpushx(self, key: Key, *elements: Value) -> Reply[int]:
        """Return the new length after each of *elements* in turn became the first; 0 if there is no list.

        https://redis.io/docs/latest/commands/lpushx/
        """
        if not elements:
            raise none_given("lpushx", "element")
        return self._run("LPUSHX", key, *elements)

    def lrange(self, key: Key, start: int, stop: int) -> Reply[list[S]]:
        """Return the elements from *start* to *stop*, both included; -1 is the last.

        https://redis.io/docs/latest/commands/lrange/
        """
        return self._run("LRANGE", key, start, stop)

    def lrem(self, key: Key, count: int, element: Value) -> Reply[int]:
        """Return how many elements equal to *element* were removed.

        Args:
            count: At most so many, from the start; below 0 from the end; 0 is all.

        https://redis.io/docs/latest/commands/lrem/
        """
        return self._run("LREM", key, count, element)

    def lset(self, key: Key, index: int, element: Value) -> Reply[bool]:
        """Return True after the element at *index* was replaced.

        Raises:
            ResponseError: There is no list, or *index* is outside of it.

        https://redis.io/docs/latest/commands/lset/
        """
        return self._run("LSET", key, index, element, parse=ok)

    def ltrim(self, key: Key, start: int, stop: int) -> Reply[bool]:
        """Return True after all but the elements from *start* to *stop*, both included, were removed.

        https://redis.io/docs/latest/commands/ltrim/
        """
        return self._run("LTRIM", key, start, stop, parse=ok)

    @overload
    def rpop(self, key: Key) -> Reply[S | None]: ...
    @overload
    def rpop(self, key: Key, count: int) -> Reply[list[S]]: ...
    def rpop(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return the last element, taken off the list, or None; with *count* a list of at most so many.

        https://redis.io/docs/latest/commands/rpop/
        """
        if count is None:
            return self._run("RPOP", key)
        return self._run("RPOP", key, count, parse=_list)

    def rpoplpush(self, source: Key, destination: Key) -> Reply[S | None]:
        """Return the last element of *source*, now the first of *destination*, or None if *source* has none.

        https://redis.io/docs/latest/commands/rpoplpush/
        """
        return self._run("RPOPLPUSH", source, destination)

    def rpush(self, key: Key, *elements: Value) -> Reply[int]:
        """Return the new length after *elements* were put at the end.

        https://redis.io/docs/latest/commands/rpush/
        """
        if not elements:
            raise none_given("rpush", "element")
        return self._run("RPUSH", key, *elements)

    def rpushx(self, key: Key, *elements: Value) -> Reply[int]:
        """Return the new length after *elements* were put at the end; 0 if there is no list.

        https://redis.io/docs/latest/commands/rpushx/
        """
        if not elements:
            raise none_given("rpushx", "element")
        return self._run("RPUSHX", key, *elements)


def _list(reply: Any) -> list[Any]:
    """A list of elements, which some servers leave out altogether where there is no key."""
    return [] if reply is None else reply


def _pair_or_none(reply: Any) -> tuple[Any, Any] | None:
    """What was popped, with its key; null when there was nothing."""
    return None if reply is None else tuple(reply)
