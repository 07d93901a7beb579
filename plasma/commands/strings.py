"""Commands on strings: values whole, in part, as numbers and as bits of text.

Expiry options, here as everywhere: `ex` in seconds and `px` in milliseconds from now, `exat` and `pxat` as Unix times
in the same units; a timedelta or a datetime will do. They exclude each other. Conditions that are not met are no
errors: the result is False (or, with `get`, what was there).
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, at_most_one, none_given, ok, overload, text_or_none, to_bool
from .core import milliseconds as whole_milliseconds
from .core import seconds as whole_seconds
from .options import expiry_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    from .core import Duration, K, Key, Moment, Reply, Value


class StringCommands(CommandsCore[S]):
    """Strings, and the numbers that they may hold."""

    __slots__ = ()

    def append(self, key: Key, value: Value) -> Reply[int]:
        """Return the length of the string, in bytes, after *value* was put at its end.

        https://redis.io/docs/latest/commands/append/
        """
        return self._run("APPEND", key, value)

    def decr(self, key: Key) -> Reply[int]:
        """Return the number at *key* after one was taken off. A missing key counts as 0.

        Raises:
            ResponseError: The value is not a whole number of 64 bits.

        https://redis.io/docs/latest/commands/decr/
        """
        return self._run("DECR", key)

    def decrby(self, key: Key, decrement: int) -> Reply[int]:
        """Return the number at *key* after *decrement* was taken off.

        https://redis.io/docs/latest/commands/decrby/
        """
        return self._run("DECRBY", key, decrement)

    def delex(
        self,
        key: Key,
        *,
        ifeq: Value | None = None,
        ifne: Value | None = None,
        ifdeq: Value | None = None,
        ifdne: Value | None = None,
    ) -> Reply[bool]:
        """Return whether *key* was deleted, which it is only if its value meets the condition.

        Args:
            ifeq, ifne: The value is equal, is not equal to this.
            ifdeq, ifdne: The digest of the value (see `digest`) is equal, is not equal to this.

        https://redis.io/docs/latest/commands/delex/
        """
        return self._run("DELEX", key, *_condition("delex", ifeq, ifne, ifdeq, ifdne), parse=to_bool)

    def delifeq(self, key: Key, value: Value) -> Reply[bool]:
        """Return whether *key* was deleted, which it is only if it holds *value*.

        https://valkey.io/commands/delifeq/
        """
        return self._run("DELIFEQ", key, value, parse=to_bool)

    def digest(self, key: Key) -> Reply[str | None]:
        """Return the digest of the value, 16 hexadecimal digits, or None if *key* does not exist.

        https://redis.io/docs/latest/commands/digest/
        """
        return self._run("DIGEST", key, parse=text_or_none)

    def get(self, key: Key) -> Reply[S | None]:
        """Return the value of *key*, or None if it does not exist.

        https://redis.io/docs/latest/commands/get/
        """
        return self._run("GET", key)

    def getdel(self, key: Key) -> Reply[S | None]:
        """Return the value of *key*, which is deleted, or None if it does not exist.

        https://redis.io/docs/latest/commands/getdel/
        """
        return self._run("GETDEL", key)

    def getex(
        self,
        key: Key,
        *,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        persist: bool = False,
    ) -> Reply[S | None]:
        """Return the value of *key*, whose expiry is set, or None if it does not exist.

        Args:
            persist: Take the expiry away. Without any option the expiry stays as it is.

        https://redis.io/docs/latest/commands/getex/
        """
        return self._run("GETEX", key, *expiry_options("getex", ex, px, exat, pxat, persist=persist))

    def getrange(self, key: Key, start: int, end: int) -> Reply[S]:
        """Return the part of the value from byte *start* to byte *end*, both included; below 0 from the end.

        https://redis.io/docs/latest/commands/getrange/
        """
        return self._run("GETRANGE", key, start, end)

    def getset(self, key: Key, value: Value) -> Reply[S | None]:
        """Return the value that *value* replaces, or None if there was none. `set(..., get=True)` is the newer form.

        https://redis.io/docs/latest/commands/getset/
        """
        return self._run("GETSET", key, value)

    def incr(self, key: Key) -> Reply[int]:
        """Return the number at *key* after one was added. A missing key counts as 0.

        Raises:
            ResponseError: The value is not a whole number of 64 bits.

        https://redis.io/docs/latest/commands/incr/
        """
        return self._run("INCR", key)

    def incrby(self, key: Key, increment: int) -> Reply[int]:
        """Return the number at *key* after *increment* was added.

        https://redis.io/docs/latest/commands/incrby/
        """
        return self._run("INCRBY", key, increment)

    def incrbyfloat(self, key: Key, increment: float) -> Reply[float]:
        """Return the number at *key*, with a fraction, after *increment* was added.

        https://redis.io/docs/latest/commands/incrbyfloat/
        """
        return self._run("INCRBYFLOAT", key, increment, parse=float)

    @overload
    def lcs(self, key1: Key, key2: Key) -> Reply[S]: ...
    @overload
    def lcs(self, key1: Key, key2: Key, *, len: Literal[True]) -> Reply[int]: ...
    @overload
    def lcs(
        self, key1: Key, key2: Key, *, idx: Literal[True], minmatchlen: int | None = None, withmatchlen: bool = False
    ) -> Reply[dict[str, Any]]: ...
    def lcs(
        self,
        key1: Key,
        key2: Key,
        *,
        len: bool = False,
        idx: bool = False,
        minmatchlen: int | None = None,
        withmatchlen: bool = False,
    ) -> Reply[Any]:
        """Return the longest common subsequence of two values.

        Args:
            len: Return its length instead.
            idx: Return where it lies instead: `{"matches": [((4, 7), (5, 8)), ...], "len": 6}`, the first and the last
                byte in either value, from the end to the beginning.
            minmatchlen: With *idx*: leave out shorter matches.
            withmatchlen: With *idx*: each match has its length as a third part.

        https://redis.io/docs/latest/commands/lcs/
        """
        at_most_one("lcs", len=len, idx=idx)
        if not idx:
            if minmatchlen is not None or withmatchlen:
                raise ValueError("lcs(): minmatchlen and withmatchlen need idx=True")
            return self._run("LCS", key1, key2, "LEN") if len else self._run("LCS", key1, key2)
        options: list[Value] = ["IDX"]
        if minmatchlen is not None:
            options += "MINMATCHLEN", minmatchlen
        if withmatchlen:
            options.append("WITHMATCHLEN")
        return self._run("LCS", key1, key2, *options, parse=_matches)

    def mget(self, *keys: Key) -> Reply[list[S | None]]:
        """Return the values of all *keys*, in their order, with None for each that does not exist or is no string.

        https://redis.io/docs/latest/commands/mget/
        """
        if not keys:
            raise none_given("mget", "key")
        return self._run("MGET", *keys)

    def mset(self, mapping: Mapping[K, Value]) -> Reply[bool]:
        """Return True; every key of *mapping* is set to its value, all at once.

        https://redis.io/docs/latest/commands/mset/
        """
        return self._run("MSET", *_flat("mset", mapping), parse=ok)

    def msetex(
        self,
        mapping: Mapping[K, Value],
        *,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
    ) -> Reply[bool]:
        """Return whether the keys of *mapping* were set to their values, with one expiry for all of them.

        Args:
            nx: Set them only if none of them exists.
            xx: Set them only if all of them exist.
            keepttl: Keep the expiry that each of them has.

        https://redis.io/docs/latest/commands/msetex/
        """
        at_most_one("msetex", nx=nx, xx=xx)
        pairs = _flat("msetex", mapping)
        options = expiry_options("msetex", ex, px, exat, pxat, keepttl=keepttl)
        if nx or xx:
            options = ("NX" if nx else "XX", *options)
        return self._run("MSETEX", len(pairs) // 2, *pairs, *options, parse=to_bool)

    def msetnx(self, mapping: Mapping[K, Value]) -> Reply[bool]:
        """Return whether the keys of *mapping* were set to their values, which they are only if none of them exists.

        https://redis.io/docs/latest/commands/msetnx/
        """
        return self._run("MSETNX", *_flat("msetnx", mapping), parse=to_bool)

    def psetex(self, key: Key, milliseconds: Duration, value: Value) -> Reply[bool]:
        """Return True; *key* holds *value* for so many milliseconds. `set(..., px=...)` is the newer form.

        https://redis.io/docs/latest/commands/psetex/
        """
        return self._run("PSETEX", key, whole_milliseconds("milliseconds", milliseconds), value, parse=ok)

    @overload
    def set(
        self,
        key: Key,
        value: Value,
        *,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        nx: bool = False,
        xx: bool = False,
        ifeq: Value | None = None,
        ifne: Value | None = None,
        ifdeq: Value | None = None,
        ifdne: Value | None = None,
        keepttl: bool = False,
        get: Literal[False] = False,
    ) -> Reply[bool]: ...
    @overload
    def set(
        self,
        key: Key,
        value: Value,
        *,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        nx: bool = False,
        xx: bool = False,
        ifeq: Value | None = None,
        ifne: Value | None = None,
        ifdeq: Value | None = None,
        ifdne: Value | None = None,
        keepttl: bool = False,
        get: Literal[True],
    ) -> Reply[S | None]: ...
    def set(self, key: Key, value: Value, **options: Any) -> Reply[Any]:
        """Return whether *key* was set to *value*; with *get* the value it had before, or None.

        Args:
            ex: Seconds to live.
            px: Milliseconds to live.
            exat: Unix time in seconds when it expires.
            pxat: Unix time in milliseconds when it expires.
            nx: Set it only if it does not exist.
            xx: Set it only if it exists.
            ifeq, ifne: Set it only if its value is equal, is not equal to this.
            ifdeq, ifdne: Set it only if the digest of its value (see `digest`) is equal, is not equal to this.
            keepttl: Keep the expiry that it has. Otherwise, without an expiry option, it is taken away.
            get: Return the value it had before.

        https://redis.io/docs/latest/commands/set/
        """
        # Twelve defaults that go by keyword alone would double what the plain form costs.
        if not options:
            return self._run("SET", key, value, parse=ok)
        return self._run("SET", key, value, *_set_options(**options), parse=None if options.get("get") else ok)

    def setex(self, key: Key, seconds: Duration, value: Value) -> Reply[bool]:
        """Return True; *key* holds *value* for so many seconds. `set(..., ex=...)` is the newer form.

        https://redis.io/docs/latest/commands/setex/
        """
        return self._run("SETEX", key, whole_seconds("seconds", seconds, "psetex()"), value, parse=ok)

    def setnx(self, key: Key, value: Value) -> Reply[bool]:
        """Return whether *key* was set to *value*, which it is only if it does not exist.

        https://redis.io/docs/latest/commands/setnx/
        """
        return self._run("SETNX", key, value, parse=to_bool)

    def setrange(self, key: Key, offset: int, value: Value) -> Reply[int]:
        """Return the length of the string, in bytes, after *value* was written over it from byte *offset* on.

        A string that is shorter is filled up with zero bytes.

        https://redis.io/docs/latest/commands/setrange/
        """
        return self._run("SETRANGE", key, offset, value)

    def strlen(self, key: Key) -> Reply[int]:
        """Return the length of the value in bytes, 0 if *key* does not exist.

        https://redis.io/docs/latest/commands/strlen/
        """
        return self._run("STRLEN", key)

    def substr(self, key: Key, start: int, end: int) -> Reply[S]:
        """Return a part of the value: the older name of `getrange`.

        https://redis.io/docs/latest/commands/substr/
        """
        return self._run("SUBSTR", key, start, end)


def _set_options(
    *,
    ex: Duration | None = None,
    px: Duration | None = None,
    exat: Moment | None = None,
    pxat: Moment | None = None,
    nx: bool = False,
    xx: bool = False,
    ifeq: Value | None = None,
    ifne: Value | None = None,
    ifdeq: Value | None = None,
    ifdne: Value | None = None,
    keepttl: bool = False,
    get: bool = False,
) -> tuple[Value, ...]:
    condition = _condition("set", ifeq, ifne, ifdeq, ifdne, nx=nx, xx=xx)
    expiry = expiry_options("set", ex, px, exat, pxat, keepttl=keepttl)
    return (*condition, *(("GET",) if get else ()), *expiry)


def _condition(
    method: str,
    ifeq: Value | None,
    ifne: Value | None,
    ifdeq: Value | None,
    ifdne: Value | None,
    *,
    nx: bool = False,
    xx: bool = False,
) -> tuple[Value, ...]:
    if ifeq is ifne is ifdeq is ifdne is None and not (nx and xx):  # the usual ones need no more counting
        return ("NX",) if nx else ("XX",) if xx else ()
    at_most_one(method, nx=nx, xx=xx, ifeq=ifeq, ifne=ifne, ifdeq=ifdeq, ifdne=ifdne)
    if ifeq is not None:
        return "IFEQ", ifeq
    if ifne is not None:
        return "IFNE", ifne
    if ifdeq is not None:
        return "IFDEQ", ifdeq
    return () if ifdne is None else ("IFDNE", ifdne)


def _flat(method: str, mapping: Mapping[K, Value]) -> list[Value]:
    """The keys and values of a mapping in turn."""
    if not hasattr(mapping, "items"):
        raise TypeError(f'{method}() takes a mapping: {method}({{"key": "value"}})')
    parts = [part for pair in mapping.items() for part in pair]
    if not parts:
        raise none_given(method, "key")
    return parts


def _matches(reply: Any) -> dict[str, Any]:
    """The map of LCS IDX, flat on RESP2. A match is two ranges, and its length if that was asked for."""
    _, matches, _, length = reply if hasattr(reply, "append") else [part for pair in reply.items() for part in pair]
    return {
        "matches": [(tuple(first), tuple(second), *length) for first, second, *length in matches],
        "len": length,
    }
