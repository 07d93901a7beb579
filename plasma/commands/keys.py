"""Commands on keys whatever they hold: life and death, expiry, names, types, sorting, moving.

Rules: a duration is in the command's unit, seconds, or milliseconds where the name begins with "p"; so is a Unix
time. A timedelta or a datetime will do for either. Yes/no replies are bools; `ttl` and its like keep -1 (no expiry)
and -2 (no such key).
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
    text,
    text_or_none,
    texts,
    to_bool,
    unix_milliseconds,
    unix_seconds,
)
from .core import milliseconds as whole_milliseconds
from .core import seconds as whole_seconds
from .options import key_list, scan_options, scanned
from .scores import limit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from typing import Any, Literal

    from .core import Duration, Key, Moment, Reply, Value


class KeyCommands(CommandsCore[S]):
    """Keys, whatever they hold."""

    __slots__ = ()

    def copy(self, source: Key, destination: Key, *, db: int | None = None, replace: bool = False) -> Reply[bool]:
        """Return whether *source* was copied to *destination*.

        Args:
            db: The database to copy to; without it the one in use.
            replace: Take away what is at *destination* first; without it nothing is copied over a key.

        https://redis.io/docs/latest/commands/copy/
        """
        options: list[Value] = [] if db is None else ["DB", db]
        if replace:
            options.append("REPLACE")
        return self._run("COPY", source, destination, *options, parse=to_bool)

    def delete(self, *keys: Key) -> Reply[int]:
        """Return how many of *keys* there were; they are deleted.

        https://redis.io/docs/latest/commands/del/
        """
        if not keys:
            raise none_given("delete", "key")
        return self._run("DEL", *keys)

    def dump(self, key: Key) -> Reply[S | None]:
        """Return the value of *key* in a form for `restore`, or None if it does not exist.

        It is binary: ask for it by `client.bytes`.

        Raises:
            DecodeError: It was asked for as text.

        https://redis.io/docs/latest/commands/dump/
        """
        return self._run("DUMP", key)

    def exists(self, *keys: Key) -> Reply[int]:
        """Return how many of *keys* exist; one that is given twice counts twice.

        https://redis.io/docs/latest/commands/exists/
        """
        if not keys:
            raise none_given("exists", "key")
        return self._run("EXISTS", *keys)

    def expire(
        self,
        key: Key,
        seconds: Duration,
        *,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[bool]:
        """Return whether *key* now expires in so many seconds. One of 0 or less deletes it at once.

        Args:
            nx: Only if it has no expiry yet.
            xx: Only if it has one.
            gt, lt: Only if the new expiry is later, is earlier than the one it has. None at all is later than any.

        https://redis.io/docs/latest/commands/expire/
        """
        duration = seconds if type(seconds) is int else whole_seconds("seconds", seconds, "pexpire()")
        if not (nx or xx or gt or lt):  # the plain form first, as it is what pipelines are full of
            return self._run("EXPIRE", key, duration, parse=to_bool)
        return self._run("EXPIRE", key, duration, *_when("expire", nx, xx, gt, lt), parse=to_bool)

    def expireat(
        self,
        key: Key,
        unix_time_seconds: Moment,
        *,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[bool]:
        """Return whether *key* now expires at this Unix time. The options are those of `expire`.

        https://redis.io/docs/latest/commands/expireat/
        """
        moment = unix_seconds(unix_time_seconds)
        return self._run("EXPIREAT", key, moment, *_when("expireat", nx, xx, gt, lt), parse=to_bool)

    def expiretime(self, key: Key) -> Reply[int]:
        """Return the Unix time in seconds at which *key* expires; -1 if it does not, -2 if it does not exist.

        https://redis.io/docs/latest/commands/expiretime/
        """
        return self._run("EXPIRETIME", key)

    def keys(self, pattern: Value = "*") -> Reply[list[S]]:
        """Return all keys that match the glob-style *pattern*. It looks at every key: on a big database use `scan`.

        https://redis.io/docs/latest/commands/keys/
        """
        return self._run("KEYS", pattern)

    def migrate(
        self,
        host: str,
        port: int,
        keys: Sequence[Key],
        destination_db: int,
        timeout: Duration,
        *,
        copy: bool = False,
        replace: bool = False,
        username: str | None = None,
        password: str | None = None,
    ) -> Reply[bool]:
        """Return whether any of *keys* was there to be moved to another server.

        Args:
            timeout: Milliseconds that the other server may be silent.
            copy: Leave the keys here, too.
            replace: Replace keys that are there already.
            username, password: For the other server.

        Raises:
            ResponseError: The other server cannot be reached (IOERR), or has such a key already (BUSYKEY).

        https://redis.io/docs/latest/commands/migrate/
        """
        options: list[Value] = ["COPY"] if copy else []
        if replace:
            options.append("REPLACE")
        if username is not None:
            if password is None:
                raise ValueError("migrate(): username needs password")
            options += "AUTH2", username, password
        elif password is not None:
            options += "AUTH", password
        milliseconds = whole_milliseconds("timeout", timeout)
        keys = key_list("migrate", keys)
        return self._run(
            "MIGRATE", host, port, "", destination_db, milliseconds, *options, "KEYS", *keys, parse=_migrated
        )

    def move(self, key: Key, db: int) -> Reply[bool]:
        """Return whether *key* was moved to the database *db*, where there must be none of its name.

        https://redis.io/docs/latest/commands/move/
        """
        return self._run("MOVE", key, db, parse=to_bool)

    def object_encoding(self, key: Key) -> Reply[str | None]:
        """Return how the value is held in memory ("embstr", "listpack" ...), or None if *key* does not exist.

        https://redis.io/docs/latest/commands/object-encoding/
        """
        return self._run("OBJECT ENCODING", key, parse=text_or_none)

    def object_freq(self, key: Key) -> Reply[int | None]:
        """Return how often *key* is used, on a logarithmic scale, or None if it does not exist.

        Raises:
            ResponseError: The server does not evict by frequency (`maxmemory-policy`).

        https://redis.io/docs/latest/commands/object-freq/
        """
        return self._run("OBJECT FREQ", key)

    def object_help(self) -> Reply[list[str]]:
        """Return the server's lines on the OBJECT commands.

        https://redis.io/docs/latest/commands/object-help/
        """
        return self._run("OBJECT HELP", parse=texts)

    def object_idletime(self, key: Key) -> Reply[int | None]:
        """Return the seconds since *key* was last used, or None if it does not exist.

        https://redis.io/docs/latest/commands/object-idletime/
        """
        return self._run("OBJECT IDLETIME", key)

    def object_refcount(self, key: Key) -> Reply[int | None]:
        """Return how many times the value is referred to, or None if *key* does not exist.

        https://redis.io/docs/latest/commands/object-refcount/
        """
        return self._run("OBJECT REFCOUNT", key)

    def persist(self, key: Key) -> Reply[bool]:
        """Return whether an expiry was taken away from *key*.

        https://redis.io/docs/latest/commands/persist/
        """
        return self._run("PERSIST", key, parse=to_bool)

    def pexpire(
        self,
        key: Key,
        milliseconds: Duration,
        *,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[bool]:
        """Return whether *key* now expires in so many milliseconds. The options are those of `expire`.

        https://redis.io/docs/latest/commands/pexpire/
        """
        duration = whole_milliseconds("milliseconds", milliseconds)
        return self._run("PEXPIRE", key, duration, *_when("pexpire", nx, xx, gt, lt), parse=to_bool)

    def pexpireat(
        self,
        key: Key,
        unix_time_milliseconds: Moment,
        *,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> Reply[bool]:
        """Return whether *key* now expires at this Unix time in milliseconds. The options are those of `expire`.

        https://redis.io/docs/latest/commands/pexpireat/
        """
        moment = unix_milliseconds(unix_time_milliseconds)
        return self._run("PEXPIREAT", key, moment, *_when("pexpireat", nx, xx, gt, lt), parse=to_bool)

    def pexpiretime(self, key: Key) -> Reply[int]:
        """Return the Unix time in milliseconds at which *key* expires; -1 if it does not, -2 if it does not exist.

        https://redis.io/docs/latest/commands/pexpiretime/
        """
        return self._run("PEXPIRETIME", key)

    def pttl(self, key: Key) -> Reply[int]:
        """Return the milliseconds that *key* has to live; -1 if it does not expire, -2 if it does not exist.

        https://redis.io/docs/latest/commands/pttl/
        """
        return self._run("PTTL", key)

    def randomkey(self) -> Reply[S | None]:
        """Return some key of the database, or None if it is empty. A key prefix does not confine it.

        https://redis.io/docs/latest/commands/randomkey/
        """
        return self._run("RANDOMKEY")

    def rename(self, key: Key, newkey: Key) -> Reply[bool]:
        """Return True; *key* is now called *newkey*, and what had that name is gone.

        Raises:
            ResponseError: There is no such key.

        https://redis.io/docs/latest/commands/rename/
        """
        return self._run("RENAME", key, newkey, parse=ok)

    def renamenx(self, key: Key, newkey: Key) -> Reply[bool]:
        """Return whether *key* is now called *newkey*, which it is only if nothing had that name.

        Raises:
            ResponseError: There is no such key.

        https://redis.io/docs/latest/commands/renamenx/
        """
        return self._run("RENAMENX", key, newkey, parse=to_bool)

    def restore(
        self,
        key: Key,
        ttl: int | timedelta | datetime,
        serialized_value: Value,
        *,
        replace: bool = False,
        absttl: bool = False,
        idletime: int | None = None,
        freq: int | None = None,
    ) -> Reply[bool]:
        """Return True; *key* holds what `dump` gave.

        Args:
            ttl: Milliseconds to live; 0 is for ever. With *absttl* the Unix time in milliseconds to die at.
            replace: Replace the key if it exists.
            idletime: Seconds since it was last used.
            freq: How often it is used, as `object_freq` says it.

        Raises:
            BusyKeyError: The key exists, and *replace* was not given.

        https://redis.io/docs/latest/commands/restore/
        """
        at_most_one("restore", idletime=idletime, freq=freq)
        options: list[Value] = ["REPLACE"] if replace else []
        if absttl:
            options.append("ABSTTL")
        if idletime is not None:
            options += "IDLETIME", idletime
        if freq is not None:
            options += "FREQ", freq
        life = ttl if isinstance(ttl, int) else _life(ttl, absttl)
        return self._run("RESTORE", key, life, serialized_value, *options, parse=ok)

    def scan(
        self,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        type: str | None = None,
    ) -> Reply[tuple[int, list[S]]]:
        """Return the cursor for the next call, 0 at the end, and some of the keys; a key may come more than once.

        Args:
            match: Leave out keys that do not match this glob-style pattern.
            count: About how many keys to look at.
            type: Leave out keys of other types ("string", "hash" ...).

        https://redis.io/docs/latest/commands/scan/
        """
        options = scan_options(match, count)
        if type is not None:
            options = (*options, "TYPE", type)
        return self._run("SCAN", cursor, *options, parse=scanned)

    @overload
    def sort(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> Reply[list[S]]: ...
    @overload
    def sort(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        get: Sequence[Value],
        desc: bool = False,
        alpha: bool = False,
    ) -> Reply[list[S | None]]: ...
    @overload
    def sort(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        get: Sequence[Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: Key,
    ) -> Reply[int]: ...
    def sort(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        get: Sequence[Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: Key | None = None,
    ) -> Reply[Any]:
        """Return the elements of a list, set or sorted set in order; with *store* how many were stored there.

        Args:
            by: Sort by the values at the keys of this pattern, in which "*" stands for the element; do not sort
                at all by one without "*".
            offset, count: Leave out so many elements, then give so many.
            get: Give, instead of each element, the values at the keys of these patterns; "#" is the element itself.
                Those of missing keys are None.
            alpha: Sort as texts; without it as numbers.

        https://redis.io/docs/latest/commands/sort/
        """
        options = _sorting("sort", by, offset, count, get, desc, alpha)
        if store is None:
            return self._run("SORT", key, *options)
        return self._run("SORT", key, *options, "STORE", store)

    @overload
    def sort_ro(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> Reply[list[S]]: ...
    @overload
    def sort_ro(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        get: Sequence[Value],
        desc: bool = False,
        alpha: bool = False,
    ) -> Reply[list[S | None]]: ...
    def sort_ro(
        self,
        key: Key,
        *,
        by: Value | None = None,
        offset: int | None = None,
        count: int | None = None,
        get: Sequence[Value] | None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> Reply[Any]:
        """Return the elements of a list, set or sorted set in order: `sort` for replicas. The options are the same.

        https://redis.io/docs/latest/commands/sort_ro/
        """
        return self._run("SORT_RO", key, *_sorting("sort_ro", by, offset, count, get, desc, alpha))

    def touch(self, *keys: Key) -> Reply[int]:
        """Return how many of *keys* exist; they count as just used.

        https://redis.io/docs/latest/commands/touch/
        """
        if not keys:
            raise none_given("touch", "key")
        return self._run("TOUCH", *keys)

    def ttl(self, key: Key) -> Reply[int]:
        """Return the seconds that *key* has to live; -1 if it does not expire, -2 if it does not exist.

        https://redis.io/docs/latest/commands/ttl/
        """
        return self._run("TTL", key)

    def type(self, key: Key) -> Reply[str]:
        """Return what *key* holds: "string", "list", "set", "zset", "hash", "stream", or "none" if it does not exist.

        https://redis.io/docs/latest/commands/type/
        """
        return self._run("TYPE", key, parse=text)

    def unlink(self, *keys: Key) -> Reply[int]:
        """Return how many of *keys* there were; they are deleted, and their memory is freed in the background.

        https://redis.io/docs/latest/commands/unlink/
        """
        if not keys:
            raise none_given("unlink", "key")
        return self._run("UNLINK", *keys)

    def wait(self, numreplicas: int, timeout: Duration) -> Reply[int]:
        """Return how many replicas have received what this connection wrote before.

        It speaks of one connection: use it on `client.pinned()` or at the end of a pipeline.

        Args:
            numreplicas: Wait for so many of them.
            timeout: But not longer than so many milliseconds; 0 is for ever.

        https://redis.io/docs/latest/commands/wait/
        """
        return self._run("WAIT", numreplicas, whole_milliseconds("timeout", timeout))

    def waitaof(self, numlocal: int, numreplicas: int, timeout: Duration) -> Reply[tuple[int, int]]:
        """Return how many servers, this one and the replicas, have on disk what this connection wrote before.

        It speaks of one connection: use it on `client.pinned()` or at the end of a pipeline.

        Args:
            numlocal: Wait for this server (1) or not (0).
            numreplicas: Wait for so many replicas.
            timeout: But not longer than so many milliseconds; 0 is for ever.

        https://redis.io/docs/latest/commands/waitaof/
        """
        return self._run("WAITAOF", numlocal, numreplicas, whole_milliseconds("timeout", timeout), parse=_pair)


def _life(ttl: timedelta | datetime, absolute: bool) -> int:
    from datetime import datetime, timedelta

    if absolute and isinstance(ttl, datetime):
        return unix_milliseconds(ttl)
    if not absolute and isinstance(ttl, timedelta):
        return whole_milliseconds("ttl", ttl)
    raise ValueError("restore(): ttl is a timedelta, or a datetime and absttl=True")


def _migrated(reply: str | bytes) -> bool:
    """False for "NOKEY"."""
    return text(reply) == "OK"


def _pair(reply: Any) -> tuple[int, int]:
    local, replicas = reply
    return local, replicas


def _sorting(
    method: str,
    by: Value | None,
    offset: int | None,
    count: int | None,
    get: Sequence[Value] | None,
    desc: bool,
    alpha: bool,
) -> list[Value]:
    if isinstance(get, (str, bytes, bytearray, memoryview)):
        raise TypeError(f"{method}() takes the patterns of get as a list")
    options: list[Value] = [] if by is None else ["BY", by]
    options += limit(offset, count)
    for pattern in get or ():
        options += "GET", pattern
    if desc:
        options.append("DESC")
    if alpha:
        options.append("ALPHA")
    return options


def _when(method: str, nx: bool, xx: bool, gt: bool, lt: bool) -> tuple[Literal["NX", "XX", "GT", "LT"], ...]:
    if not (nx or xx or gt or lt):
        return ()
    # XX goes with GT and with LT; everything else excludes each other.
    at_most_one(method, nx=nx, xx=xx)
    at_most_one(method, nx=nx, gt=gt, lt=lt)
    given: list[Literal["NX", "XX", "GT", "LT"]] = ["NX"] if nx else ["XX"] if xx else []
    if gt or lt:
        given.append("GT" if gt else "LT")
    return tuple(given)
