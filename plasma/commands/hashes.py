"""Commands on hashes, and on the expiry of single fields.

Rules: fields and values to set are a mapping, or written one after the other: field, value, field, value ...
What is asked of several fields is answered by a list in their order. The commands of field expiry answer with the
server's own codes, as `ttl()` does, since a yes or no would hide what they tell apart.
"""

from __future__ import annotations

from .core import (
    TYPE_CHECKING,
    CommandsCore,
    S,
    at_most_one,
    none_given,
    ok,
    overload,
    pairs_to_dict,
    to_bool,
    unix_milliseconds,
    unix_seconds,
)
from .core import milliseconds as whole_milliseconds
from .core import seconds as whole_seconds
from .options import expiry_options, scan_options, scanned, to_float

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal, TypeAlias

    from .core import Duration, K, Key, Moment, Reply, Value

    Fields: TypeAlias = Mapping[K, Value]


class HashCommands(CommandsCore[S]):
    """Hashes: fields with values, under one key."""

    __slots__ = ()

    def hdel(self, key: Key, *fields: Value) -> Reply[int]:
        """Return how many of *fields* were there and are no longer.

        https://redis.io/docs/latest/commands/hdel/
        """
        if not fields:
            raise none_given("hdel", "field")
        return self._run("HDEL", key, *fields)

    def hexists(self, key: Key, field: Value) -> Reply[bool]:
        """Return whether the hash has *field*.

        https://redis.io/docs/latest/commands/hexists/
        """
        return self._run("HEXISTS", key, field, parse=to_bool)

    def hexpire(
        self,
        key: Key,
        seconds: Duration,
        *fields: Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[list[int]]:
        """Return a code for each of *fields* after it was given *seconds* to live.

        1: done; 0: the condition was not met; 2: deleted, as the time is over already; -2: no such field.

        Args:
            seconds: Or a timedelta.
            nx: Only if the field has no expiry.
            xx: Only if it has one.
            gt: Only if the new expiry is later.
            lt: Only if the new expiry is earlier.

        https://redis.io/docs/latest/commands/hexpire/
        """
        options = _condition("hexpire", nx, xx, gt, lt)
        duration = whole_seconds("seconds", seconds, "hpexpire()")
        return self._run("HEXPIRE", key, duration, *options, *_fields("hexpire", fields))

    def hexpireat(
        self,
        key: Key,
        unix_time_seconds: Moment,
        *fields: Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[list[int]]:
        """Return a code for each of *fields*, as hexpire() does, after it was made to expire at this time.

        Args:
            unix_time_seconds: Or a datetime.
            nx: Only if the field has no expiry.
            xx: Only if it has one.
            gt: Only if the new expiry is later.
            lt: Only if the new expiry is earlier.

        https://redis.io/docs/latest/commands/hexpireat/
        """
        options = _condition("hexpireat", nx, xx, gt, lt)
        return self._run("HEXPIREAT", key, unix_seconds(unix_time_seconds), *options, *_fields("hexpireat", fields))

    def hexpiretime(self, key: Key, *fields: Value) -> Reply[list[int]]:
        """Return for each of *fields* the Unix time in seconds when it expires; -1: never, -2: no such field.

        https://redis.io/docs/latest/commands/hexpiretime/
        """
        return self._run("HEXPIRETIME", key, *_fields("hexpiretime", fields))

    def hget(self, key: Key, field: Value) -> Reply[S | None]:
        """Return the value of *field*, or None if it does not exist.

        https://redis.io/docs/latest/commands/hget/
        """
        return self._run("HGET", key, field)

    def hgetall(self, key: Key) -> Reply[dict[S, S]]:
        """Return all fields with their values.

        https://redis.io/docs/latest/commands/hgetall/
        """
        return self._run("HGETALL", key, parse=pairs_to_dict)

    def hgetdel(self, key: Key, *fields: Value) -> Reply[list[S | None]]:
        """Return the value of each of *fields*, None for one that is not there, and delete them.

        https://redis.io/docs/latest/commands/hgetdel/
        """
        return self._run("HGETDEL", key, *_fields("hgetdel", fields))

    def hgetex(
        self,
        key: Key,
        *fields: Value,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        persist: bool = False,
    ) -> Reply[list[S | None]]:
        """Return the value of each of *fields*, None for one that is not there, and change their expiry.

        Args:
            ex: Seconds to live.
            px: Milliseconds to live.
            exat: Unix time in seconds when they expire.
            pxat: Unix time in milliseconds when they expire.
            persist: They never expire.

        https://redis.io/docs/latest/commands/hgetex/
        """
        options = expiry_options("hgetex", ex, px, exat, pxat, persist=persist)
        return self._run("HGETEX", key, *options, *_fields("hgetex", fields))

    def hincrby(self, key: Key, field: Value, increment: int = 1) -> Reply[int]:
        """Return the new value of *field*, which is 0 before if it is not there.

        https://redis.io/docs/latest/commands/hincrby/
        """
        return self._run("HINCRBY", key, field, increment)

    def hincrbyfloat(self, key: Key, field: Value, increment: float = 1.0) -> Reply[float]:
        """Return the new value of *field*, which is 0 before if it is not there.

        https://redis.io/docs/latest/commands/hincrbyfloat/
        """
        return self._run("HINCRBYFLOAT", key, field, increment, parse=to_float)

    def hkeys(self, key: Key) -> Reply[list[S]]:
        """Return all fields.

        https://redis.io/docs/latest/commands/hkeys/
        """
        return self._run("HKEYS", key)

    def hlen(self, key: Key) -> Reply[int]:
        """Return the number of fields.

        https://redis.io/docs/latest/commands/hlen/
        """
        return self._run("HLEN", key)

    def hmget(self, key: Key, *fields: Value) -> Reply[list[S | None]]:
        """Return the value of each of *fields*, in order; None for one that is not there.

        https://redis.io/docs/latest/commands/hmget/
        """
        if not fields:
            raise none_given("hmget", "field")
        return self._run("HMGET", key, *fields)

    def hmset(self, key: Key, *pairs: Value | Fields[K], mapping: Fields[K] | None = None) -> Reply[bool]:
        """Return True after the fields were set. hset() does the same and says how many are new.

        Args:
            pairs: A mapping, or field, value, field, value ...
            mapping: Fields and values, also beside *pairs*.

        https://redis.io/docs/latest/commands/hmset/
        """
        return self._run("HMSET", key, *_pairs("hmset", pairs, mapping), parse=ok)

    def hpersist(self, key: Key, *fields: Value) -> Reply[list[int]]:
        """Return a code for each of *fields* after its expiry was taken away.

        1: done; -1: it had none; -2: no such field.

        https://redis.io/docs/latest/commands/hpersist/
        """
        return self._run("HPERSIST", key, *_fields("hpersist", fields))

    def hpexpire(
        self,
        key: Key,
        milliseconds: Duration,
        *fields: Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[list[int]]:
        """Return a code for each of *fields*, as hexpire() does, after it was given *milliseconds* to live.

        Args:
            milliseconds: Or a timedelta.
            nx: Only if the field has no expiry.
            xx: Only if it has one.
            gt: Only if the new expiry is later.
            lt: Only if the new expiry is earlier.

        https://redis.io/docs/latest/commands/hpexpire/
        """
        options = _condition("hpexpire", nx, xx, gt, lt)
        duration = whole_milliseconds("milliseconds", milliseconds)
        return self._run("HPEXPIRE", key, duration, *options, *_fields("hpexpire", fields))

    def hpexpireat(
        self,
        key: Key,
        unix_time_milliseconds: Moment,
        *fields: Value,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[list[int]]:
        """Return a code for each of *fields*, as hexpire() does, after it was made to expire at this time.

        Args:
            unix_time_milliseconds: Or a datetime.
            nx: Only if the field has no expiry.
            xx: Only if it has one.
            gt: Only if the new expiry is later.
            lt: Only if the new expiry is earlier.

        https://redis.io/docs/latest/commands/hpexpireat/
        """
        options = _condition("hpexpireat", nx, xx, gt, lt)
        moment = unix_milliseconds(unix_time_milliseconds)
        return self._run("HPEXPIREAT", key, moment, *options, *_fields("hpexpireat", fields))

    def hpexpiretime(self, key: Key, *fields: Value) -> Reply[list[int]]:
        """Return for each of *fields* the Unix time in milliseconds when it expires; -1: never, -2: no such field.

        https://redis.io/docs/latest/commands/hpexpiretime/
        """
        return self._run("HPEXPIRETIME", key, *_fields("hpexpiretime", fields))

    def hpttl(self, key: Key, *fields: Value) -> Reply[list[int]]:
        """Return the milliseconds each of *fields* has to live; -1: no expiry, -2: no such field.

        https://redis.io/docs/latest/commands/hpttl/
        """
        return self._run("HPTTL", key, *_fields("hpttl", fields))

    @overload
    def hrandfield(self, key: Key) -> Reply[S | None]: ...
    @overload
    def hrandfield(self, key: Key, count: int, *, withvalues: Literal[False] = False) -> Reply[list[S]]: ...
    @overload
    def hrandfield(self, key: Key, count: int, *, withvalues: Literal[True]) -> Reply[list[tuple[S, S]]]: ...
    def hrandfield(self, key: Key, count: int | None = None, *, withvalues: bool = False) -> Reply[Any]:
        """Return a random field, or None; with *count* a list of them, or of (field, value) pairs.

        Args:
            count: At most so many different fields; below 0 just so many, and a field may come more than once.

        https://redis.io/docs/latest/commands/hrandfield/
        """
        if count is None:
            if withvalues:
                raise ValueError("hrandfield(): withvalues needs a count")
            return self._run("HRANDFIELD", key)
        if withvalues:
            return self._run("HRANDFIELD", key, count, "WITHVALUES", parse=_field_values)
        return self._run("HRANDFIELD", key, count)

    @overload
    def hscan(
        self,
        key: Key,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        novalues: Literal[False] = False,
    ) -> Reply[tuple[int, dict[S, S]]]: ...
    @overload
    def hscan(
        self,
        key: Key,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        novalues: Literal[True],
    ) -> Reply[tuple[int, list[S]]]: ...
    def hscan(
        self,
        key: Key,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        novalues: bool = False,
    ) -> Reply[Any]:
        """Return (next cursor, some fields with values). Begin with cursor 0; the scan is over when it is 0 again.

        A field that is there all the time comes at least once, and may come twice.

        Args:
            match: Only fields that match this glob-style pattern.
            count: About how many to look at in one call.
            novalues: Give a list of fields alone.

        https://redis.io/docs/latest/commands/hscan/
        """
        options = scan_options(match, count)
        if novalues:
            return self._run("HSCAN", key, cursor, *options, "NOVALUES", parse=scanned)
        return self._run("HSCAN", key, cursor, *options, parse=_scanned_fields)

    def hset(self, key: Key, *pairs: Value | Fields[K], mapping: Fields[K] | None = None) -> Reply[int]:
        """Return how many of the fields are new, after all were set.

        Args:
            pairs: A mapping, or field, value, field, value ...
            mapping: Fields and values, also beside *pairs*.

        https://redis.io/docs/latest/commands/hset/
        """
        if len(pairs) == 2 and mapping is None:  # one field, which is how it is mostly called
            field: Any
            value: Any
            field, value = pairs
            return self._run("HSET", key, field, value)
        return self._run("HSET", key, *_pairs("hset", pairs, mapping))

    def hsetex(
        self,
        key: Key,
        *pairs: Value | Fields[K],
        mapping: Fields[K] | None = None,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        keepttl: bool = False,
        fnx: bool = False,
        fxx: bool = False,
        nx: bool = False,
        xx: bool = False,
    ) -> Reply[bool]:
        """Return whether the fields were set: all of them, or none where a condition was not met.

        Args:
            pairs: A mapping, or field, value, field, value ...
            mapping: Fields and values, also beside *pairs*.
            ex: Seconds to live.
            px: Milliseconds to live.
            exat: Unix time in seconds when they expire.
            pxat: Unix time in milliseconds when they expire.
            keepttl: They keep the expiry they have.
            fnx: Only if none of the fields exists.
            fxx: Only if all of the fields exist.
            nx: Only if the key does not exist (Valkey).
            xx: Only if the key exists (Valkey).

        https://redis.io/docs/latest/commands/hsetex/
        """
        flat = _pairs("hsetex", pairs, mapping)
        at_most_one("hsetex", fnx=fnx, fxx=fxx)
        at_most_one("hsetex", nx=nx, xx=xx)
        flags = [name for name, given in (("NX", nx), ("XX", xx), ("FNX", fnx), ("FXX", fxx)) if given]
        expiry = expiry_options("hsetex", ex, px, exat, pxat, keepttl=keepttl)
        return self._run("HSETEX", key, *flags, *expiry, "FIELDS", len(flat) // 2, *flat, parse=to_bool)

    def hsetnx(self, key: Key, field: Value, value: Value) -> Reply[bool]:
        """Return whether *field* was set, which it is only if it does not exist.

        https://redis.io/docs/latest/commands/hsetnx/
        """
        return self._run("HSETNX", key, field, value, parse=to_bool)

    def hstrlen(self, key: Key, field: Value) -> Reply[int]:
        """Return the length of the value of *field* in bytes, 0 if it is not there.

        https://redis.io/docs/latest/commands/hstrlen/
        """
        return self._run("HSTRLEN", key, field)

    def httl(self, key: Key, *fields: Value) -> Reply[list[int]]:
        """Return the seconds each of *fields* has to live; -1: no expiry, -2: no such field.

        https://redis.io/docs/latest/commands/httl/
        """
        return self._run("HTTL", key, *_fields("httl", fields))

    def hvals(self, key: Key) -> Reply[list[S]]:
        """Return all values.

        https://redis.io/docs/latest/commands/hvals/
        """
        return self._run("HVALS", key)


# --- arguments ------------------------------------------------------------------------------------------------


def _pairs(method: str, pairs: tuple[Any, ...], mapping: Fields[K] | None) -> list[Value]:
    """Field, value, field, value ... of a mapping, of what was written one after the other, or of both."""
    if len(pairs) == 2 and mapping is None:
        return [*pairs]
    if len(pairs) == 1 and hasattr(pairs[0], "items"):
        flat = [part for pair in pairs[0].items() for part in pair]
    elif len(pairs) % 2:
        raise ValueError(f"{method}() takes a mapping, or fields each with its value; the last one has none")
    else:
        flat = list(pairs)
    if mapping is not None:
        if not hasattr(mapping, "items"):
            raise TypeError(f"{method}() takes a mapping of fields to values, not a {type(mapping).__name__}")
        flat += [part for pair in mapping.items() for part in pair]
    if not flat:
        raise none_given(method, "field")
    return flat


def _fields(method: str, fields: tuple[Value, ...]) -> tuple[Value, ...]:
    if not fields:
        raise none_given(method, "field")
    return "FIELDS", len(fields), *fields


def _condition(method: str, nx: bool, xx: bool, gt: bool, lt: bool) -> tuple[Value, ...]:
    at_most_one(method, nx=nx, xx=xx, gt=gt, lt=lt)
    return ("NX",) if nx else ("XX",) if xx else ("GT",) if gt else ("LT",) if lt else ()


# --- replies --------------------------------------------------------------------------------------------------


def _field_values(reply: Any) -> list[tuple[Any, Any]]:
    """Fields with values: a flat list on RESP2, pairs on RESP3. Not a dict: a field may come more than once."""
    if reply and isinstance(reply[0], list):
        return list(map(tuple, reply))
    return list(zip(reply[::2], reply[1::2], strict=True))


def _scanned_fields(reply: Any) -> tuple[int, dict[Any, Any]]:
    return int(reply[0]), pairs_to_dict(reply[1])
