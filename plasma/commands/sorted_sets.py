"""Commands on sorted sets, those that wait for a member included.

Rules: a score leaves as a number and comes back as a float. Members with scores are (member, score) in results,
whatever the wire: one flat list of texts on RESP2, pairs with doubles on RESP3. To add, they are a mapping
{member: score}, or pairs (score, member) in the order of Redis. Bounds are sent as they are given: a score may be
"(5", "-inf" or "+inf", a text "[a", "(a", "-" or "+". A `timeout` is in seconds, and 0 waits for ever.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, at_most_one, float_or_none, none_given, overload, wait_seconds
from .options import key_list, scan_options, scanned, to_float
from .scores import (
    checked_score,
    combination,
    floats_or_none,
    key_member_score,
    limit,
    member_score,
    popped,
    scanned_scores,
    scored,
    scores_first,
    selection,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, TypeAlias

    from .core import K, Key, Reply, Timeout, Value

    Aggregate: TypeAlias = Literal["SUM", "MIN", "MAX"]
    Scored: TypeAlias = Mapping[K, float] | tuple[float, Value]


class SortedSetCommands(CommandsCore[S]):
    """Sorted sets: members in the order of their scores."""

    __slots__ = ()

    def bzmpop(
        self, keys: Sequence[Key], where: Literal["MIN", "MAX"], *, timeout: Timeout = 0, count: int | None = None
    ) -> Reply[tuple[S, list[tuple[S, float]]] | None]:
        """Return (key, popped members with scores) of the first set that has any, waiting; None when time is up.

        Args:
            where: "MIN" takes those with the lowest scores, "MAX" those with the highest.
            count: At most so many of them; one without it.

        https://redis.io/docs/latest/commands/bzmpop/
        """
        given = key_list("bzmpop", keys)
        options = () if count is None else ("COUNT", count)
        return self._run("BZMPOP", wait_seconds(timeout), len(given), *given, where, *options, parse=popped)

    def bzpopmax(self, *keys: Key, timeout: Timeout = 0) -> Reply[tuple[S, S, float] | None]:
        """Return (key, member, score) of the highest score in the first set that has any, waiting; None in the end.

        https://redis.io/docs/latest/commands/bzpopmax/
        """
        if not keys:
            raise none_given("bzpopmax", "key")
        return self._run("BZPOPMAX", *keys, wait_seconds(timeout), parse=key_member_score)

    def bzpopmin(self, *keys: Key, timeout: Timeout = 0) -> Reply[tuple[S, S, float] | None]:
        """Return (key, member, score) of the lowest score in the first set that has any, waiting; None in the end.

        https://redis.io/docs/latest/commands/bzpopmin/
        """
        if not keys:
            raise none_given("bzpopmin", "key")
        return self._run("BZPOPMIN", *keys, wait_seconds(timeout), parse=key_member_score)

    @overload
    def zadd(
        self,
        key: Key,
        *members: Scored[K],
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
        ch: bool = False,
        incr: Literal[False] = False,
    ) -> Reply[int]: ...
    @overload
    def zadd(
        self,
        key: Key,
        *members: Scored[K],
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
        ch: bool = False,
        incr: Literal[True],
    ) -> Reply[float | None]: ...
    def zadd(
        self,
        key: Key,
        *members: Scored[K],
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
        ch: bool = False,
        incr: bool = False,
    ) -> Reply[Any]:
        """Return how many members were added; with *incr* the new score, or None if a condition was not met.

        Args:
            members: A mapping {member: score}, or pairs (score, member).
            nx: Only add, never change a score.
            xx: Only change, never add.
            gt: Change a score only for a higher one.
            lt: Change a score only for a lower one.
            ch: Count the changed members too.
            incr: Add to the score of one member, as zincrby() does.

        https://redis.io/docs/latest/commands/zadd/
        """
        flags: list[str] = []
        if nx or xx or gt or lt:
            at_most_one("zadd", nx=nx, xx=xx)
            at_most_one("zadd", nx=nx, gt=gt, lt=lt)
            flags += [name for name, given in (("NX", nx), ("XX", xx), ("GT", gt), ("LT", lt)) if given]
        if ch:
            flags.append("CH")
        if incr:
            flags.append("INCR")
        return self._run("ZADD", key, *flags, *scores_first(members), parse=float_or_none if incr else None)

    def zcard(self, key: Key) -> Reply[int]:
        """Return the number of members.

        https://redis.io/docs/latest/commands/zcard/
        """
        return self._run("ZCARD", key)

    def zcount(self, key: Key, min: Value, max: Value) -> Reply[int]:
        """Return how many members have a score from *min* to *max*, both included; "(5" leaves 5 out.

        https://redis.io/docs/latest/commands/zcount/
        """
        return self._run("ZCOUNT", key, min, max)

    @overload
    def zdiff(self, *keys: Key, withscores: Literal[False] = False) -> Reply[list[S]]: ...
    @overload
    def zdiff(self, *keys: Key, withscores: Literal[True]) -> Reply[list[tuple[S, float]]]: ...
    def zdiff(self, *keys: Key, withscores: bool = False) -> Reply[Any]:
        """Return the members of the first set that are in none of the others, or (member, score) pairs.

        https://redis.io/docs/latest/commands/zdiff/
        """
        if not keys:
            raise none_given("zdiff", "key")
        if withscores:
            return self._run("ZDIFF", len(keys), *keys, "WITHSCORES", parse=scored)
        return self._run("ZDIFF", len(keys), *keys)

    def zdiffstore(self, destination: Key, keys: Sequence[Key]) -> Reply[int]:
        """Return the size of the difference, which replaced *destination*.

        https://redis.io/docs/latest/commands/zdiffstore/
        """
        given = key_list("zdiffstore", keys)
        return self._run("ZDIFFSTORE", destination, len(given), *given)

    def zincrby(self, key: Key, increment: float, member: Value) -> Reply[float]:
        """Return the new score of *member*, which is added if it is not there.

        https://redis.io/docs/latest/commands/zincrby/
        """
        return self._run("ZINCRBY", key, checked_score("zincrby", increment), member, parse=to_float)

    @overload
    def zinter(
        self,
        *keys: Key,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
        withscores: Literal[False] = False,
    ) -> Reply[list[S]]: ...
    @overload
    def zinter(
        self,
        *keys: Key,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
        withscores: Literal[True],
    ) -> Reply[list[tuple[S, float]]]: ...
    def zinter(
        self,
        *keys: Key,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
        withscores: bool = False,
    ) -> Reply[Any]:
        """Return the members that are in all of the sets, or (member, score) pairs.

        Args:
            weights: A factor for the scores of each key, in the order of the keys.
            aggregate: How the scores of one member become one, "SUM" without it.

        https://redis.io/docs/latest/commands/zinter/
        """
        if not keys:
            raise none_given("zinter", "key")
        options = combination("zinter", keys, weights, aggregate)
        if withscores:
            return self._run("ZINTER", len(keys), *keys, *options, "WITHSCORES", parse=scored)
        return self._run("ZINTER", len(keys), *keys, *options)

    def zintercard(self, *keys: Key, limit: int | None = None) -> Reply[int]:
        """Return how many members are in all of the sets.

        Args:
            limit: Stop counting there; 0 is no limit.

        https://redis.io/docs/latest/commands/zintercard/
        """
        if not keys:
            raise none_given("zintercard", "key")
        return self._run("ZINTERCARD", len(keys), *keys, *(() if limit is None else ("LIMIT", limit)))

    def zinterstore(
        self,
        destination: Key,
        keys: Sequence[Key],
        *,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
    ) -> Reply[int]:
        """Return the size of the intersection, which replaced *destination*.

        Args:
            weights: A factor for the scores of each key, in the order of *keys*.
            aggregate: How the scores of one member become one, "SUM" without it.

        https://redis.io/docs/latest/commands/zinterstore/
        """
        given = key_list("zinterstore", keys)
        options = combination("zinterstore", given, weights, aggregate)
        return self._run("ZINTERSTORE", destination, len(given), *given, *options)

    def zlexcount(self, key: Key, min: Value, max: Value) -> Reply[int]:
        """Return how many members lie between *min* and *max* in the order of their bytes: "[a", "(a", "-", "+".

        https://redis.io/docs/latest/commands/zlexcount/
        """
        return self._run("ZLEXCOUNT", key, min, max)

    def zmpop(
        self, keys: Sequence[Key], where: Literal["MIN", "MAX"], *, count: int | None = None
    ) -> Reply[tuple[S, list[tuple[S, float]]] | None]:
        """Return (key, popped members with scores) of the first set that has any, or None.

        Args:
            where: "MIN" takes those with the lowest scores, "MAX" those with the highest.
            count: At most so many of them; one without it.

        https://redis.io/docs/latest/commands/zmpop/
        """
        given = key_list("zmpop", keys)
        options = () if count is None else ("COUNT", count)
        return self._run("ZMPOP", len(given), *given, where, *options, parse=popped)

    def zmscore(self, key: Key, *members: Value) -> Reply[list[float | None]]:
        """Return the score of each of *members*, in order; None for one that is not there.

        https://redis.io/docs/latest/commands/zmscore/
        """
        if not members:
            raise none_given("zmscore", "member")
        return self._run("ZMSCORE", key, *members, parse=floats_or_none)

    @overload
    def zpopmax(self, key: Key) -> Reply[tuple[S, float] | None]: ...
    @overload
    def zpopmax(self, key: Key, count: int) -> Reply[list[tuple[S, float]]]: ...
    def zpopmax(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return (member, score) of the highest score, taken out, or None; with *count* a list of at most so many.

        https://redis.io/docs/latest/commands/zpopmax/
        """
        if count is None:
            return self._run("ZPOPMAX", key, parse=member_score)
        return self._run("ZPOPMAX", key, count, parse=scored)

    @overload
    def zpopmin(self, key: Key) -> Reply[tuple[S, float] | None]: ...
    @overload
    def zpopmin(self, key: Key, count: int) -> Reply[list[tuple[S, float]]]: ...
    def zpopmin(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return (member, score) of the lowest score, taken out, or None; with *count* a list of at most so many.

        https://redis.io/docs/latest/commands/zpopmin/
        """
        if count is None:
            return self._run("ZPOPMIN", key, parse=member_score)
        return self._run("ZPOPMIN", key, count, parse=scored)

    @overload
    def zrandmember(self, key: Key) -> Reply[S | None]: ...
    @overload
    def zrandmember(self, key: Key, count: int, *, withscores: Literal[False] = False) -> Reply[list[S]]: ...
    @overload
    def zrandmember(self, key: Key, count: int, *, withscores: Literal[True]) -> Reply[list[tuple[S, float]]]: ...
    def zrandmember(self, key: Key, count: int | None = None, *, withscores: bool = False) -> Reply[Any]:
        """Return a random member, or None; with *count* a list of them, or of (member, score) pairs.

        Args:
            count: At most so many different members; below 0 just so many, and a member may come more than once.

        https://redis.io/docs/latest/commands/zrandmember/
        """
        if count is None:
            if withscores:
                raise ValueError("zrandmember(): withscores needs a count")
            return self._run("ZRANDMEMBER", key)
        if withscores:
            return self._run("ZRANDMEMBER", key, count, "WITHSCORES", parse=scored)
        return self._run("ZRANDMEMBER", key, count)

    @overload
    def zrange(
        self,
        key: Key,
        start: Value,
        stop: Value,
        *,
        byscore: bool = False,
        bylex: bool = False,
        rev: bool = False,
        offset: int | None = None,
        count: int | None = None,
        withscores: Literal[False] = False,
    ) -> Reply[list[S]]: ...
    @overload
    def zrange(
        self,
        key: Key,
        start: Value,
        stop: Value,
        *,
        byscore: bool = False,
        bylex: bool = False,
        rev: bool = False,
        offset: int | None = None,
        count: int | None = None,
        withscores: Literal[True],
    ) -> Reply[list[tuple[S, float]]]: ...
    def zrange(
        self,
        key: Key,
        start: Value,
        stop: Value,
        *,
        byscore: bool = False,
        bylex: bool = False,
        rev: bool = False,
        offset: int | None = None,
        count: int | None = None,
        withscores: bool = False,
    ) -> Reply[Any]:
        """Return the members from *start* to *stop*, both included, or (member, score) pairs.

        Args:
            start: A rank, 0 the first and -1 the last; a bound of scores or of texts with *byscore* or *bylex*.
            stop: Likewise.
            rev: In the reverse order; with *byscore* and *bylex* the higher bound then comes first.
            offset: Leave out the first so many; needs *byscore* or *bylex*.
            count: At most so many; needs *byscore* or *bylex*.

        https://redis.io/docs/latest/commands/zrange/
        """
        options = selection("zrange", byscore, bylex, rev, offset, count)
        if withscores:
            return self._run("ZRANGE", key, start, stop, *options, "WITHSCORES", parse=scored)
        return self._run("ZRANGE", key, start, stop, *options)

    def zrangebylex(
        self, key: Key, min: Value, max: Value, *, offset: int | None = None, count: int | None = None
    ) -> Reply[list[S]]:
        """Return the members between *min* and *max* in the order of their bytes: "[a", "(a", "-", "+".

        Args:
            offset: Leave out the first so many.
            count: At most so many.

        https://redis.io/docs/latest/commands/zrangebylex/
        """
        return self._run("ZRANGEBYLEX", key, min, max, *limit(offset, count))

    @overload
    def zrangebyscore(
        self,
        key: Key,
        min: Value,
        max: Value,
        *,
        offset: int | None = None,
        count: int | None = None,
        withscores: Literal[False] = False,
    ) -> Reply[list[S]]: ...
    @overload
    def zrangebyscore(
        self,
        key: Key,
        min: Value,
        max: Value,
        *,
        offset: int | None = None,
        count: int | None = None,
        withscores: Literal[True],
    ) -> Reply[list[tuple[S, float]]]: ...
    def zrangebyscore(
        self,
        key: Key,
        min: Value,
        max: Value,
        *,
        offset: int | None = None,
        count: int | None = None,
        withscores: bool = False,
    ) -> Reply[Any]:
        """Return the members with scores from *min* to *max*, both included, or (member, score) pairs.

        Args:
            offset: Leave out the first so many.
            count: At most so many.

        https://redis.io/docs/latest/commands/zrangebyscore/
        """
        options = limit(offset, count)
        if withscores:
            return self._run("ZRANGEBYSCORE", key, min, max, "WITHSCORES", *options, parse=scored)
        return self._run("ZRANGEBYSCORE", key, min, max, *options)

    def zrangestore(
        self,
        destination: Key,
        source: Key,
        start: Value,
        stop: Value,
        *,
        byscore: bool = False,
        bylex: bool = False,
        rev: bool = False,
        offset: int | None = None,
        count: int | None = None,
    ) -> Reply[int]:
        """Return the size of the range of *source*, as zrange() gives it, which replaced *destination*.

        https://redis.io/docs/latest/commands/zrangestore/
        """
        options = selection("zrangestore", byscore, bylex, rev, offset, count)
        return self._run("ZRANGESTORE", destination, source, start, stop, *options)

    @overload
    def zrank(self, key: Key, member: Value, *, withscore: Literal[False] = False) -> Reply[int | None]: ...
    @overload
    def zrank(self, key: Key, member: Value, *, withscore: Literal[True]) -> Reply[tuple[int, float] | None]: ...
    def zrank(self, key: Key, member: Value, *, withscore: bool = False) -> Reply[Any]:
        """Return the rank of *member*, 0 for the lowest score, or (rank, score); None if it is not there.

        https://redis.io/docs/latest/commands/zrank/
        """
        if withscore:
            return self._run("ZRANK", key, member, "WITHSCORE", parse=member_score)
        return self._run("ZRANK", key, member)

    def zrem(self, key: Key, *members: Value) -> Reply[int]:
        """Return how many of *members* were in the set and are no longer.

        https://redis.io/docs/latest/commands/zrem/
        """
        if not members:
            raise none_given("zrem", "member")
        return self._run("ZREM", key, *members)

    def zremrangebylex(self, key: Key, min: Value, max: Value) -> Reply[int]:
        """Return how many members between *min* and *max* ("[a", "(a", "-", "+") were removed.

        https://redis.io/docs/latest/commands/zremrangebylex/
        """
        return self._run("ZREMRANGEBYLEX", key, min, max)

    def zremrangebyrank(self, key: Key, start: int, stop: int) -> Reply[int]:
        """Return how many members from rank *start* to *stop*, both included, were removed.

        https://redis.io/docs/latest/commands/zremrangebyrank/
        """
        return self._run("ZREMRANGEBYRANK", key, start, stop)

    def zremrangebyscore(self, key: Key, min: Value, max: Value) -> Reply[int]:
        """Return how many members with scores from *min* to *max*, both included, were removed.

        https://redis.io/docs/latest/commands/zremrangebyscore/
        """
        return self._run("ZREMRANGEBYSCORE", key, min, max)

    @overload
    def zrevrange(self, key: Key, start: int, stop: int, *, withscores: Literal[False] = False) -> Reply[list[S]]: ...
    @overload
    def zrevrange(
        self, key: Key, start: int, stop: int, *, withscores: Literal[True]
    ) -> Reply[list[tuple[S, float]]]: ...
    def zrevrange(self, key: Key, start: int, stop: int, *, withscores: bool = False) -> Reply[Any]:
        """Return the members from *start* to *stop*, both included, highest score first, or (member, score) pairs.

        https://redis.io/docs/latest/commands/zrevrange/
        """
        if withscores:
            return self._run("ZREVRANGE", key, start, stop, "WITHSCORES", parse=scored)
        return self._run("ZREVRANGE", key, start, stop)

    def zrevrangebylex(
        self, key: Key, max: Value, min: Value, *, offset: int | None = None, count: int | None = None
    ) -> Reply[list[S]]:
        """Return the members between *max* and *min* in the reverse order of their bytes.

        Args:
            offset: Leave out the first so many.
            count: At most so many.

        https://redis.io/docs/latest/commands/zrevrangebylex/
        """
        return self._run("ZREVRANGEBYLEX", key, max, min, *limit(offset, count))

    @overload
    def zrevrangebyscore(
        self,
        key: Key,
        max: Value,
        min: Value,
        *,
        offset: int | None = None,
        count: int | None = None,
        withscores: Literal[False] = False,
    ) -> Reply[list[S]]: ...
    @overload
    def zrevrangebyscore(
        self,
        key: Key,
        max: Value,
        min: Value,
        *,
        offset: int | None = None,
        count: int | None = None,
        withscores: Literal[True],
    ) -> Reply[list[tuple[S, float]]]: ...
    def zrevrangebyscore(
        self,
        key: Key,
        max: Value,
        min: Value,
        *,
        offset: int | None = None,
        count: int | None = None,
        withscores: bool = False,
    ) -> Reply[Any]:
        """Return the members with scores from *max* down to *min*, both included, or (member, score) pairs.

        Args:
            offset: Leave out the first so many.
            count: At most so many.

        https://redis.io/docs/latest/commands/zrevrangebyscore/
        """
        options = limit(offset, count)
        if withscores:
            return self._run("ZREVRANGEBYSCORE", key, max, min, "WITHSCORES", *options, parse=scored)
        return self._run("ZREVRANGEBYSCORE", key, max, min, *options)

    @overload
    def zrevrank(self, key: Key, member: Value, *, withscore: Literal[False] = False) -> Reply[int | None]: ...
    @overload
    def zrevrank(self, key: Key, member: Value, *, withscore: Literal[True]) -> Reply[tuple[int, float] | None]: ...
    def zrevrank(self, key: Key, member: Value, *, withscore: bool = False) -> Reply[Any]:
        """Return the rank of *member*, 0 for the highest score, or (rank, score); None if it is not there.

        https://redis.io/docs/latest/commands/zrevrank/
        """
        if withscore:
            return self._run("ZREVRANK", key, member, "WITHSCORE", parse=member_score)
        return self._run("ZREVRANK", key, member)

    @overload
    def zscan(
        self,
        key: Key,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        noscores: Literal[False] = False,
    ) -> Reply[tuple[int, list[tuple[S, float]]]]: ...
    @overload
    def zscan(
        self,
        key: Key,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        noscores: Literal[True],
    ) -> Reply[tuple[int, list[S]]]: ...
    def zscan(
        self,
        key: Key,
        cursor: int = 0,
        *,
        match: Value | None = None,
        count: int | None = None,
        noscores: bool = False,
    ) -> Reply[Any]:
        """Return (next cursor, some (member, score) pairs). Begin with cursor 0; the scan is over when it is 0 again.

        A member that is there all the time comes at least once, and may come twice.

        Args:
            match: Only members that match this glob-style pattern.
            count: About how many to look at in one call.
            noscores: Give members alone (Valkey).

        https://redis.io/docs/latest/commands/zscan/
        """
        options = scan_options(match, count)
        if noscores:
            return self._run("ZSCAN", key, cursor, *options, "NOSCORES", parse=scanned)
        return self._run("ZSCAN", key, cursor, *options, parse=scanned_scores)

    def zscore(self, key: Key, member: Value) -> Reply[float | None]:
        """Return the score of *member*, or None if it is not there.

        https://redis.io/docs/latest/commands/zscore/
        """
        return self._run("ZSCORE", key, member, parse=float_or_none)

    @overload
    def zunion(
        self,
        *keys: Key,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
        withscores: Literal[False] = False,
    ) -> Reply[list[S]]: ...
    @overload
    def zunion(
        self,
        *keys: Key,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
        withscores: Literal[True],
    ) -> Reply[list[tuple[S, float]]]: ...
    def zunion(
        self,
        *keys: Key,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
        withscores: bool = False,
    ) -> Reply[Any]:
        """Return the members that are in any of the sets, or (member, score) pairs.

        Args:
            weights: A factor for the scores of each key, in the order of the keys.
            aggregate: How the scores of one member become one, "SUM" without it.

        https://redis.io/docs/latest/commands/zunion/
        """
        if not keys:
            raise none_given("zunion", "key")
        options = combination("zunion", keys, weights, aggregate)
        if withscores:
            return self._run("ZUNION", len(keys), *keys, *options, "WITHSCORES", parse=scored)
        return self._run("ZUNION", len(keys), *keys, *options)

    def zunionstore(
        self,
        destination: Key,
        keys: Sequence[Key],
        *,
        weights: Sequence[float] | None = None,
        aggregate: Aggregate | None = None,
    ) -> Reply[int]:
        """Return the size of the union, which replaced *destination*.

        Args:
            weights: A factor for the scores of each key, in the order of *keys*.
            aggregate: How the scores of one member become one, "SUM" without it.

        https://redis.io/docs/latest/commands/zunionstore/
        """
        given = key_list("zunionstore", keys)
        options = combination("zunionstore", given, weights, aggregate)
        return self._run("ZUNIONSTORE", destination, len(given), *given, *options)
