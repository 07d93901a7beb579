"""Commands on streams: entries with ids, and groups of consumers that share the reading of them.

An entry is a tuple (id, {field: value}). Rules:
1. A field that an entry has twice keeps its last value here, as in any dict; `execute("XRANGE", ...)` gives all.
2. An entry always has fields: {} stands for one that was deleted while it was pending (`xreadgroup` of ids other than
   ">"). `xclaim` and `xautoclaim` leave such entries out, whatever an old server says of them.
3. What is read from several streams is {stream: [entry, ...]}, and {} if nothing came: never None.
4. Ids, groups, consumers, fields and values are the users' and keep their type; the names in XINFO's maps are `str`.
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
    texts,
    to_bool,
    unix_milliseconds,
)
from .core import milliseconds as whole_milliseconds
from .entries import (
    autoclaimed,
    autoclaimed_ids,
    by_stream,
    claimed_by_stream,
    count_option,
    entries,
    entriesread_option,
    flat_fields,
    maps,
    pending_summary,
    reading,
    references,
    some_ids,
    stream_told,
    trimming,
    tuples,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal, TypeAlias

    from .core import Duration, K, Key, Moment, Reply, Value

    Entry: TypeAlias = tuple[S, dict[S, S]]
    # With the milliseconds since it was delivered last, and how many times it was delivered before.
    ClaimedEntry: TypeAlias = tuple[S, dict[S, S], int, int]
    # The id, the consumer that has it, the milliseconds since it was delivered, and how many times it was.
    PendingEntry: TypeAlias = tuple[S, S, int, int]


class StreamCommands(CommandsCore[S]):
    """Streams: entries in the order of their ids, under one key."""

    __slots__ = ()

    def xack(self, key: Key, group: Value, *ids: Value) -> Reply[int]:
        """Return how many of these entries were pending in the group and are no longer.

        https://redis.io/docs/latest/commands/xack/
        """
        return self._run("XACK", key, group, *some_ids("xack", ids))

    def xackdel(
        self, key: Key, group: Value, *ids: Value, keepref: bool = False, delref: bool = False, acked: bool = False
    ) -> Reply[list[int]]:
        """Return a code for each of these entries after it was acknowledged and deleted.

        1: done; 2: acknowledged, but not deleted, as other groups have use for it; -1: no such entry is pending.

        Args:
            keepref: Leave it pending in other groups (so it is without any of the three).
            delref: Take it out of all groups.
            acked: Delete it only if all groups have acknowledged it.

        https://redis.io/docs/latest/commands/xackdel/
        """
        policy = references("xackdel", keepref, delref, acked)
        return self._run("XACKDEL", key, group, *policy, "IDS", len(ids), *some_ids("xackdel", ids))

    @overload
    def xadd(
        self,
        key: Key,
        fields: Mapping[K, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: Literal[False] = False,
        maxlen: int | None = None,
        minid: Value | None = None,
        approximate: bool = False,
        limit: int | None = None,
        keepref: bool = False,
        delref: bool = False,
        acked: bool = False,
        idmp: tuple[Value, Value] | None = None,
        idmpauto: Value | None = None,
    ) -> Reply[S]: ...
    @overload
    def xadd(
        self,
        key: Key,
        fields: Mapping[K, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: bool,
        maxlen: int | None = None,
        minid: Value | None = None,
        approximate: bool = False,
        limit: int | None = None,
        keepref: bool = False,
        delref: bool = False,
        acked: bool = False,
        idmp: tuple[Value, Value] | None = None,
        idmpauto: Value | None = None,
    ) -> Reply[S | None]: ...
    def xadd(
        self,
        key: Key,
        fields: Mapping[K, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: bool = False,
        maxlen: int | None = None,
        minid: Value | None = None,
        approximate: bool = False,
        limit: int | None = None,
        keepref: bool = False,
        delref: bool = False,
        acked: bool = False,
        idmp: tuple[Value, Value] | None = None,
        idmpauto: Value | None = None,
    ) -> Reply[Any]:
        """Return the id of the entry that was added; None if *nomkstream* was given and there is no stream.

        Args:
            fields: A mapping, or pairs (field, value).
            id: Its id, which must be above all others: "*" lets the server make one, "5-*" the second part of it.
            nomkstream: Do not make the stream.
            maxlen: Then delete the oldest entries until so many are left.
            minid: Then delete all entries with ids below this one.
            approximate: Delete only what costs little: more may be left. Much faster.
            limit: Look at so many entries at most while deleting (with *approximate*).
            keepref: Leave deleted entries pending in groups (so it is without any of the three).
            delref: Take deleted entries out of all groups.
            acked: Delete only what all groups have acknowledged.
            idmp: A producer and its own id of the entry: a second entry with the same two is not added, and the id of
                the first one is returned.
            idmpauto: A producer; the fields and values stand for its id of the entry.

        https://redis.io/docs/latest/commands/xadd/
        """
        at_most_one("xadd", idmp=idmp, idmpauto=idmpauto)
        options: list[Value] = ["NOMKSTREAM"] if nomkstream else []
        options += references("xadd", keepref, delref, acked)
        if idmp is not None:
            producer, entry = idmp
            options += "IDMP", producer, entry
        elif idmpauto is not None:
            options += "IDMPAUTO", idmpauto
        options += trimming("xadd", maxlen, minid, approximate, limit)
        return self._run("XADD", key, *options, id, *flat_fields(fields))

    @overload
    def xautoclaim(
        self,
        key: Key,
        group: Value,
        consumer: Value,
        min_idle_time: Duration,
        start: Value = "0-0",
        *,
        count: int | None = None,
        justid: Literal[False] = False,
    ) -> Reply[tuple[S, list[Entry[S]], list[S]]]: ...
    @overload
    def xautoclaim(
        self,
        key: Key,
        group: Value,
        consumer: Value,
        min_idle_time: Duration,
        start: Value = "0-0",
        *,
        count: int | None = None,
        justid: Literal[True],
    ) -> Reply[tuple[S, list[S], list[S]]]: ...
    def xautoclaim(
        self,
        key: Key,
        group: Value,
        consumer: Value,
        min_idle_time: Duration,
        start: Value = "0-0",
        *,
        count: int | None = None,
        justid: bool = False,
    ) -> Reply[Any]:
        """Return (where to go on, entries that now belong to *consumer*, ids that were deleted meanwhile).

        Begin at "0-0"; all were looked at when that is where to go on. Ids in the last part are pending no longer;
        Redis 6.2 does not tell them and leaves them pending.

        Args:
            min_idle_time: Only entries that were delivered so many milliseconds ago at least.
            count: At most so many; 100 without it.
            justid: Give ids alone, and do not count it as a delivery.

        https://redis.io/docs/latest/commands/xautoclaim/
        """
        options: list[Value] = [] if count is None else ["COUNT", count]
        if justid:
            options.append("JUSTID")
        idle = whole_milliseconds("min_idle_time", min_idle_time)
        parse = autoclaimed_ids if justid else autoclaimed
        return self._run("XAUTOCLAIM", key, group, consumer, idle, start, *options, parse=parse)

    def xcfgset(self, key: Key, *, idmp_duration: int | None = None, idmp_maxsize: int | None = None) -> Reply[bool]:
        """Return True; the stream remembers the ids of its producers as it is told to.

        Args:
            idmp_duration: For so many seconds.
            idmp_maxsize: So many for each producer.

        https://redis.io/docs/latest/commands/xcfgset/
        """
        options: list[Value] = [] if idmp_duration is None else ["IDMP-DURATION", idmp_duration]
        if idmp_maxsize is not None:
            options += "IDMP-MAXSIZE", idmp_maxsize
        if not options:
            raise none_given("xcfgset", "setting")
        return self._run("XCFGSET", key, *options, parse=ok)

    @overload
    def xclaim(
        self,
        key: Key,
        group: Value,
        consumer: Value,
        min_idle_time: Duration,
        *ids: Value,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: Literal[False] = False,
        lastid: Value | None = None,
    ) -> Reply[list[Entry[S]]]: ...
    @overload
    def xclaim(
        self,
        key: Key,
        group: Value,
        consumer: Value,
        min_idle_time: Duration,
        *ids: Value,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: Literal[True],
        lastid: Value | None = None,
    ) -> Reply[list[S]]: ...
    def xclaim(
        self,
        key: Key,
        group: Value,
        consumer: Value,
        min_idle_time: Duration,
        *ids: Value,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: bool = False,
        lastid: Value | None = None,
    ) -> Reply[Any]:
        """Return those of these pending entries that now belong to *consumer*.

        Args:
            min_idle_time: Only entries that were delivered so many milliseconds ago at least.
            idle: Take them for delivered so many milliseconds ago; 0 without it.
            time: Take them for delivered at this Unix time in milliseconds, or datetime.
            retrycount: Take them for delivered so many times.
            force: Also entries that are not pending.
            justid: Give ids alone, and do not count it as a delivery.
            lastid: Move the group's last delivered id there, if it is below.

        https://redis.io/docs/latest/commands/xclaim/
        """
        at_most_one("xclaim", idle=idle, time=time)
        options: list[Value] = []
        if idle is not None:
            options += "IDLE", whole_milliseconds("idle", idle)
        if time is not None:
            options += "TIME", unix_milliseconds(time)
        if retrycount is not None:
            options += "RETRYCOUNT", retrycount
        if force:
            options.append("FORCE")
        if justid:
            options.append("JUSTID")
        if lastid is not None:
            options += "LASTID", lastid
        least = whole_milliseconds("min_idle_time", min_idle_time)
        parse = None if justid else entries
        return self._run("XCLAIM", key, group, consumer, least, *some_ids("xclaim", ids), *options, parse=parse)

    def xdel(self, key: Key, *ids: Value) -> Reply[int]:
        """Return how many of these entries were there and are no longer.

        https://redis.io/docs/latest/commands/xdel/
        """
        return self._run("XDEL", key, *some_ids("xdel", ids))

    def xdelex(
        self, key: Key, *ids: Value, keepref: bool = False, delref: bool = False, acked: bool = False
    ) -> Reply[list[int]]:
        """Return a code for each of these entries after it was deleted.

        1: done; 2: not done, as groups have use for it; -1: no such entry. The options are those of `xackdel`.

        https://redis.io/docs/latest/commands/xdelex/
        """
        policy = references("xdelex", keepref, delref, acked)
        return self._run("XDELEX", key, *policy, "IDS", len(ids), *some_ids("xdelex", ids))

    def xgroup_create(
        self, key: Key, group: Value, id: Value = "$", *, mkstream: bool = False, entriesread: int | None = None
    ) -> Reply[bool]:
        """Return True; the stream has a new group.

        Args:
            id: The group reads what comes after this entry: "$" is the last one there is, "0" gives all.
            mkstream: Make the stream if it does not exist; without it that is an error.
            entriesread: How many entries there are up to *id*, for the lag in `xinfo_groups`.

        Raises:
            BusyGroupError: There is such a group.

        https://redis.io/docs/latest/commands/xgroup-create/
        """
        options = ("MKSTREAM", *entriesread_option(entriesread)) if mkstream else entriesread_option(entriesread)
        return self._run("XGROUP CREATE", key, group, id, *options, parse=ok)

    def xgroup_createconsumer(self, key: Key, group: Value, consumer: Value) -> Reply[bool]:
        """Return whether the group did not have the consumer and has it now.

        https://redis.io/docs/latest/commands/xgroup-createconsumer/
        """
        return self._run("XGROUP CREATECONSUMER", key, group, consumer, parse=to_bool)

    def xgroup_delconsumer(self, key: Key, group: Value, consumer: Value) -> Reply[int]:
        """Return how many entries were pending with the consumer, which is gone: nobody can claim them any more.

        https://redis.io/docs/latest/commands/xgroup-delconsumer/
        """
        return self._run("XGROUP DELCONSUMER", key, group, consumer)

    def xgroup_destroy(self, key: Key, group: Value) -> Reply[bool]:
        """Return whether there was such a group; it is gone.

        https://redis.io/docs/latest/commands/xgroup-destroy/
        """
        return self._run("XGROUP DESTROY", key, group, parse=to_bool)

    def xgroup_help(self) -> Reply[list[str]]:
        """Return the server's lines on the XGROUP commands.

        https://redis.io/docs/latest/commands/xgroup-help/
        """
        return self._run("XGROUP HELP", parse=texts)

    def xgroup_setid(self, key: Key, group: Value, id: Value, *, entriesread: int | None = None) -> Reply[bool]:
        """Return True; the group reads on after this entry. The arguments are those of `xgroup_create`.

        https://redis.io/docs/latest/commands/xgroup-setid/
        """
        return self._run("XGROUP SETID", key, group, id, *entriesread_option(entriesread), parse=ok)

    def xinfo_consumers(self, key: Key, group: Value) -> Reply[list[dict[str, Any]]]:
        """Return the consumers of a group: for each its `name`, how many entries are `pending`, its `idle` time ...

        https://redis.io/docs/latest/commands/xinfo-consumers/
        """
        return self._run("XINFO CONSUMERS", key, group, parse=maps)

    def xinfo_groups(self, key: Key) -> Reply[list[dict[str, Any]]]:
        """Return the groups of a stream: for each its `name`, `consumers`, `pending`, `last-delivered-id`, `lag` ...

        https://redis.io/docs/latest/commands/xinfo-groups/
        """
        return self._run("XINFO GROUPS", key, parse=maps)

    def xinfo_help(self) -> Reply[list[str]]:
        """Return the server's lines on the XINFO commands.

        https://redis.io/docs/latest/commands/xinfo-help/
        """
        return self._run("XINFO HELP", parse=texts)

    def xinfo_stream(self, key: Key, *, full: bool = False, count: int | None = None) -> Reply[dict[str, Any]]:
        """Return what the server tells of a stream: its `length`, `last-generated-id`, `first-entry` (or None) ...

        Args:
            full: With `entries`, and `groups` as a list of dicts, in which `pending` is a list of tuples.
            count: With *full*, at most so many of each: 10 without it, 0 is all.

        https://redis.io/docs/latest/commands/xinfo-stream/
        """
        if count is not None and not full:
            raise ValueError("xinfo_stream(): count needs full")
        options: list[Value] = ["FULL"] if full else []
        if count is not None:
            options += "COUNT", count
        return self._run("XINFO STREAM", key, *options, parse=stream_told)

    def xlen(self, key: Key) -> Reply[int]:
        """Return the number of entries.

        https://redis.io/docs/latest/commands/xlen/
        """
        return self._run("XLEN", key)

    @overload
    def xpending(self, key: Key, group: Value) -> Reply[tuple[int, S | None, S | None, dict[S, int]]]: ...
    @overload
    def xpending(
        self,
        key: Key,
        group: Value,
        start: Value,
        end: Value,
        count: int,
        *,
        consumer: Value | None = None,
        idle: Duration | None = None,
    ) -> Reply[list[PendingEntry[S]]]: ...
    def xpending(
        self,
        key: Key,
        group: Value,
        start: Value | None = None,
        end: Value | None = None,
        count: int | None = None,
        *,
        consumer: Value | None = None,
        idle: Duration | None = None,
    ) -> Reply[Any]:
        """Return (how many entries are pending, the first id, the last id, {consumer: how many}).

        With *start*, *end* and *count* the entries themselves: (id, consumer, milliseconds since it was delivered, how
        many times it was).

        Args:
            start, end: From and to this id, both included; "-" and "+" are the ends, "(5-1" leaves 5-1 out.
            consumer: Only those of one consumer.
            idle: Only those that were delivered so many milliseconds ago at least.

        https://redis.io/docs/latest/commands/xpending/
        """
        if start is None and end is None and count is None:
            if consumer is not None or idle is not None:
                raise ValueError("xpending(): consumer and idle go with start, end and count")
            return self._run("XPENDING", key, group, parse=pending_summary)
        if start is None or end is None or count is None:
            raise ValueError("xpending(): start, end and count go together")
        filters: tuple[Value, ...] = () if idle is None else ("IDLE", whole_milliseconds("idle", idle))
        last = () if consumer is None else (consumer,)
        return self._run("XPENDING", key, group, *filters, start, end, count, *last, parse=tuples)

    def xrange(
        self, key: Key, start: Value = "-", end: Value = "+", *, count: int | None = None
    ) -> Reply[list[Entry[S]]]:
        """Return the entries from *start* to *end*, both included.

        Args:
            start, end: Ids, or their first parts; "-" and "+" are the ends, "(5-1" leaves 5-1 out.
            count: At most so many.

        https://redis.io/docs/latest/commands/xrange/
        """
        return self._run("XRANGE", key, start, end, *count_option(count), parse=entries)

    def xread(
        self, streams: Mapping[K, Value], *, count: int | None = None, block: Duration | None = None
    ) -> Reply[dict[S, list[Entry[S]]]]:
        """Return {stream: [entry, ...]} for those of *streams* that have entries after the given ids; {} if none has.

        Args:
            streams: A mapping {stream: id}: "0" gives all, "$" what is added while it waits, "+" the last one.
            count: At most so many of each stream.
            block: Wait so many milliseconds if there is nothing; 0 is for ever. Without it, do not wait.

        https://redis.io/docs/latest/commands/xread/
        """
        return self._run("XREAD", *reading("xread", streams, count, block), parse=by_stream)

    @overload
    def xreadgroup(
        self,
        group: Value,
        consumer: Value,
        streams: Mapping[K, Value],
        *,
        count: int | None = None,
        block: Duration | None = None,
        noack: bool = False,
        claim: None = None,
    ) -> Reply[dict[S, list[Entry[S]]]]: ...
    @overload
    def xreadgroup(
        self,
        group: Value,
        consumer: Value,
        streams: Mapping[K, Value],
        *,
        count: int | None = None,
        block: Duration | None = None,
        noack: bool = False,
        claim: Duration,
    ) -> Reply[dict[S, list[ClaimedEntry[S]]]]: ...
    def xreadgroup(
        self,
        group: Value,
        consumer: Value,
        streams: Mapping[K, Value],
        *,
        count: int | None = None,
        block: Duration | None = None,
        noack: bool = False,
        claim: Duration | None = None,
    ) -> Reply[Any]:
        """Return {stream: [entry, ...]} with entries that now belong to *consumer*; {} if there are none.

        Args:
            streams: A mapping {stream: id}: ">" gives what nobody in the group was given; with any other id what is
                pending with this consumer after it, {} as the fields of what was deleted.
            count: At most so many of each stream.
            block: Wait so many milliseconds if there is nothing; 0 is for ever. Without it, do not wait.
            noack: Do not make them pending.
            claim: First those that are pending, with whomever, for so many milliseconds at least. Entries then are
                (id, {field: value}, milliseconds since it was delivered, how many times it was); ids must be ">".

        https://redis.io/docs/latest/commands/xreadgroup/
        """
        options: list[Value] = ["GROUP", group, consumer]
        if noack:
            options.append("NOACK")
        if claim is None:
            return self._run("XREADGROUP", *options, *reading("xreadgroup", streams, count, block), parse=by_stream)
        if not all(id in (">", b">") for id in streams.values()):
            raise ValueError('xreadgroup(): claim goes with ">" alone; the server would ignore it for other ids')
        options += "CLAIM", whole_milliseconds("claim", claim)
        return self._run("XREADGROUP", *options, *reading("xreadgroup", streams, count, block), parse=claimed_by_stream)

    def xrevrange(
        self, key: Key, end: Value = "+", start: Value = "-", *, count: int | None = None
    ) -> Reply[list[Entry[S]]]:
        """Return the entries from *end* down to *start*, both included. The arguments are those of `xrange`.

        https://redis.io/docs/latest/commands/xrevrange/
        """
        return self._run("XREVRANGE", key, end, start, *count_option(count), parse=entries)

    def xsetid(
        self, key: Key, last_id: Value, *, entriesadded: int | None = None, maxdeletedid: Value | None = None
    ) -> Reply[bool]:
        """Return True; ids go on after this one. Servers use it to make a stream like another.

        Args:
            entriesadded: How many entries were ever added.
            maxdeletedid: The highest id that was deleted.

        https://redis.io/docs/latest/commands/xsetid/
        """
        options: list[Value] = [] if entriesadded is None else ["ENTRIESADDED", entriesadded]
        if maxdeletedid is not None:
            options += "MAXDELETEDID", maxdeletedid
        return self._run("XSETID", key, last_id, *options, parse=ok)

    def xtrim(
        self,
        key: Key,
        *,
        maxlen: int | None = None,
        minid: Value | None = None,
        approximate: bool = False,
        limit: int | None = None,
        keepref: bool = False,
        delref: bool = False,
        acked: bool = False,
    ) -> Reply[int]:
        """Return how many entries were deleted. The options are those of `xadd`.

        https://redis.io/docs/latest/commands/xtrim/
        """
        options = trimming("xtrim", maxlen, minid, approximate, limit)
        if not options:
            raise ValueError("xtrim() needs maxlen or minid; nothing was sent")
        return self._run("XTRIM", key, *options, *references("xtrim", keepref, delref, acked))
