"""Commands on sets.

Rules: what is a set by nature comes back as a Python set; what may hold one member twice, or a part of a scan, as a
list. The commands that store take their keys as a list, behind the destination.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, as_set, none_given, overload, to_bool
from .options import key_list, scan_options, scanned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .core import Key, Reply, Value


class SetCommands(CommandsCore[S]):
    """Sets: members without order, each once."""

    __slots__ = ()

    def sadd(self, key: Key, *members: Value) -> Reply[int]:
        """Return how many of *members* were not in the set yet and are now.

        https://redis.io/docs/latest/commands/sadd/
        """
        if not members:
            raise none_given("sadd", "member")
        return self._run("SADD", key, *members)

    def scard(self, key: Key) -> Reply[int]:
        """Return the number of members.

        https://redis.io/docs/latest/commands/scard/
        """
        return self._run("SCARD", key)

    def sdiff(self, *keys: Key) -> Reply[set[S]]:
        """Return the members of the first set that are in none of the others.

        https://redis.io/docs/latest/commands/sdiff/
        """
        if not keys:
            raise none_given("sdiff", "key")
        return self._run("SDIFF", *keys, parse=as_set)

    def sdiffstore(self, destination: Key, keys: Sequence[Key]) -> Reply[int]:
        """Return the size of the difference, which replaced *destination*.

        https://redis.io/docs/latest/commands/sdiffstore/
        """
        return self._run("SDIFFSTORE", destination, *key_list("sdiffstore", keys))

    def sinter(self, *keys: Key) -> Reply[set[S]]:
        """Return the members that are in all of the sets.

        https://redis.io/docs/latest/commands/sinter/
        """
        if not keys:
            raise none_given("sinter", "key")
        return self._run("SINTER", *keys, parse=as_set)

    def sintercard(self, *keys: Key, limit: int | None = None) -> Reply[int]:
        """Return how many members are in all of the sets.

        Args:
            limit: Stop counting there; 0 is no limit.

        https://redis.io/docs/latest/commands/sintercard/
        """
        if not keys:
            raise none_given("sintercard", "key")
        return self._run("SINTERCARD", len(keys), *keys, *(() if limit is None else ("LIMIT", limit)))

    def sinterstore(self, destination: Key, keys: Sequence[Key]) -> Reply[int]:
        """Return the size of the intersection, which replaced *destination*.

        https://redis.io/docs/latest/commands/sinterstore/
        """
        return self._run("SINTERSTORE", destination, *key_list("sinterstore", keys))

    def sismember(self, key: Key, member: Value) -> Reply[bool]:
        """Return whether *member* is in the set.

        https://redis.io/docs/latest/commands/sismember/
        """
        return self._run("SISMEMBER", key, member, parse=to_bool)

    def smembers(self, key: Key) -> Reply[set[S]]:
        """Return all members.

        https://redis.io/docs/latest/commands/smembers/
        """
        return self._run("SMEMBERS", key, parse=as_set)

    def smismember(self, key: Key, *members: Value) -> Reply[list[bool]]:
        """Return for each of *members*, in order, whether it is in the set.

        https://redis.io/docs/latest/commands/smismember/
        """
        if not members:
            raise none_given("smismember", "member")
        return self._run("SMISMEMBER", key, *members, parse=_bools)

    def smove(self, source: Key, destination: Key, member: Value) -> Reply[bool]:
        """Return whether *member* was in *source*, and is now in *destination* only.

        https://redis.io/docs/latest/commands/smove/
        """
        return self._run("SMOVE", source, destination, member, parse=to_bool)

    @overload
    def spop(self, key: Key) -> Reply[S | None]: ...
    @overload
    def spop(self, key: Key, count: int) -> Reply[set[S]]: ...
    def spop(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return a random member, taken out of the set, or None; with *count* a set of at most so many.

        https://redis.io/docs/latest/commands/spop/
        """
        if count is None:
            return self._run("SPOP", key)
        return self._run("SPOP", key, count, parse=as_set)

    @overload
    def srandmember(self, key: Key) -> Reply[S | None]: ...
    @overload
    def srandmember(self, key: Key, count: int) -> Reply[list[S]]: ...
    def srandmember(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return a random member, or None; with *count* a list of them.

        Args:
            count: At most so many different members; below 0 just so many, and a member may come more than once.

        https://redis.io/docs/latest/commands/srandmember/
        """
        if count is None:
            return self._run("SRANDMEMBER", key)
        return self._run("SRANDMEMBER", key, count, parse=_list)

    def srem(self, key: Key, *members: Value) -> Reply[int]:
        """Return how many of *members* were in the set and are no longer.

        https://redis.io/docs/latest/commands/srem/
        """
        if not members:
            raise none_given("srem", "member")
        return self._run("SREM", key, *members)

    def sscan(
        self, key: Key, cursor: int = 0, *, match: Value | None = None, count: int | None = None
    ) -> Reply[tuple[int, list[S]]]:
        """Return (next cursor, some members). Begin with cursor 0; the scan is over when it is 0 again.

        A member that is there all the time comes at least once, and may come twice.

        Args:
            match: Only members that match this glob-style pattern.
            count: About how many to look at in one call.

        https://redis.io/docs/latest/commands/sscan/
        """
        return self._run("SSCAN", key, cursor, *scan_options(match, count), parse=scanned)

    def sunion(self, *keys: Key) -> Reply[set[S]]:
        """Return the members that are in any of the sets.

        https://redis.io/docs/latest/commands/sunion/
        """
        if not keys:
            raise none_given("sunion", "key")
        return self._run("SUNION", *keys, parse=as_set)

    def sunionstore(self, destination: Key, keys: Sequence[Key]) -> Reply[int]:
        """Return the size of the union, which replaced *destination*.

        https://redis.io/docs/latest/commands/sunionstore/
        """
        return self._run("SUNIONSTORE", destination, *key_list("sunionstore", keys))


def _list(reply: Any) -> list[Any]:
    """Members of which one may come twice. Some servers call them a set on RESP3."""
    return list(reply)


def _bools(reply: Any) -> list[bool]:
    return list(map(bool, reply))
