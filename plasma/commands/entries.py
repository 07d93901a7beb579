"""What the commands of streams say and hear: entries, ids, what is read from several streams, what is pending.

An entry is a tuple (id, {field: value}), on RESP2 and RESP3 alike. Its fields come as a flat list on both.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, at_most_one, none_given, pairs_to_dict, text_keys
from .core import milliseconds as whole_milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .core import Duration, Value

# --- arguments ------------------------------------------------------------------------------------------------


def count_option(count: int | None) -> tuple[Value, ...]:
    return () if count is None else ("COUNT", count)


def entriesread_option(count: int | None) -> tuple[Value, ...]:
    return () if count is None else ("ENTRIESREAD", count)


def flat_fields(fields: Any) -> list[Value]:
    """The fields and values of an entry, one after the other."""
    flat: list[Value] = []
    given = type(fields).__name__
    if hasattr(fields, "items"):
        flat += [part for pair in fields.items() for part in pair]
    elif isinstance(fields, (str, bytes, bytearray, memoryview)) or not hasattr(fields, "__iter__"):
        raise TypeError(f"xadd() takes a mapping of fields to values, or pairs, not a {given}")
    else:
        pairs: Iterable[tuple[Any, ...] | str] = fields  # a str would pass for a pair if it has two letters
        for pair in pairs:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"xadd() takes pairs (field, value), not {pair!r:.40}")
            flat += pair
    if not flat:
        raise none_given("xadd", "field")
    return flat


def some_ids(method: str, ids: tuple[Value, ...]) -> tuple[Value, ...]:
    if not ids:
        raise none_given(method, "id")
    return ids


def reading(method: str, streams: Mapping[Any, Value], count: int | None, block: Duration | None) -> tuple[Value, ...]:
    if not hasattr(streams, "keys"):
        raise TypeError(
            f'{method}() takes a mapping of streams to ids, {{"stream": "0"}}, not a {type(streams).__name__}'
        )
    if not streams:
        raise none_given(method, "stream")
    options = count_option(count)
    if block is not None:
        options += ("BLOCK", whole_milliseconds("block", block))
    return (*options, "STREAMS", *streams.keys(), *streams.values())


def references(method: str, keepref: bool, delref: bool, acked: bool) -> tuple[str, ...]:
    at_most_one(method, keepref=keepref, delref=delref, acked=acked)
    return ("KEEPREF",) if keepref else ("DELREF",) if delref else ("ACKED",) if acked else ()


def trimming(
    method: str, maxlen: int | None, minid: Value | None, approximate: bool, limit: int | None
) -> tuple[Value, ...]:
    at_most_one(method, maxlen=maxlen, minid=minid)
    threshold = minid if maxlen is None else maxlen
    if threshold is None:
        if approximate or limit is not None:
            raise ValueError(f"{method}(): approximate and limit go with maxlen or minid")
        return ()
    how = ("MINID" if maxlen is None else "MAXLEN", "~" if approximate else "=", threshold)
    return how if limit is None else (*how, "LIMIT", limit)


# --- replies --------------------------------------------------------------------------------------------------


# Entries come by the thousand: a dict written out takes half the time of one that is made of pairs.
_FEW_FIELDS: dict[int, Callable[[Any], dict[Any, Any]]] = {
    2: lambda f: {f[0]: f[1]},
    4: lambda f: {f[0]: f[1], f[2]: f[3]},
    6: lambda f: {f[0]: f[1], f[2]: f[3], f[4]: f[5]},
    8: lambda f: {f[0]: f[1], f[2]: f[3], f[4]: f[5], f[6]: f[7]},
    10: lambda f: {f[0]: f[1], f[2]: f[3], f[4]: f[5], f[6]: f[7], f[8]: f[9]},
    12: lambda f: {f[0]: f[1], f[2]: f[3], f[4]: f[5], f[6]: f[7], f[8]: f[9], f[10]: f[11]},
}


def entries(reply: Any) -> list[tuple[Any, dict[Any, Any]]]:
    """Entries; a null among them is one that was deleted (XCLAIM and XAUTOCLAIM before Redis 7)."""
    try:
        return [(id, _FEW_FIELDS[len(fields)](fields)) for id, fields in reply]
    except (KeyError, TypeError):
        pass  # one has more fields, or there are nulls
    shaped: list[tuple[Any, dict[Any, Any]]] = []
    for entry in reply:
        if entry is not None:
            fields = entry[1] or ()
            make = _FEW_FIELDS.get(len(fields))
            shaped.append((entry[0], pairs_to_dict(fields) if make is None else make(fields)))
    return shaped


def by_stream(reply: Any) -> dict[Any, list[tuple[Any, dict[Any, Any]]]]:
    """A list of pairs on RESP2, a map on RESP3."""
    if reply is None:
        return {}
    streams = reply.items() if hasattr(reply, "items") else reply
    return {stream: entries(read) for stream, read in streams}


def claimed_by_stream(reply: Any) -> dict[Any, list[tuple[Any, dict[Any, Any], int, int]]]:
    if reply is None:
        return {}
    streams = reply.items() if hasattr(reply, "items") else reply
    return {
        stream: [(id, pairs_to_dict(fields), idle, times) for id, fields, idle, times in read]
        for stream, read in streams
    }


def autoclaimed(reply: Any) -> tuple[Any, list[tuple[Any, dict[Any, Any]]], list[Any]]:
    return reply[0], entries(reply[1]), reply[2] if len(reply) > 2 else []


def autoclaimed_ids(reply: Any) -> tuple[Any, list[Any], list[Any]]:
    return reply[0], reply[1], reply[2] if len(reply) > 2 else []


def pending_summary(reply: Any) -> tuple[int, Any, Any, dict[Any, int]]:
    count, first, last, consumers = reply
    return count, first, last, {consumer: int(pending) for consumer, pending in consumers or ()}


def tuples(reply: Any) -> list[Any]:
    return list(map(tuple, reply))


def maps(reply: Any) -> list[dict[str, Any]]:
    return list(map(text_keys, reply))


def stream_told(reply: Any) -> dict[str, Any]:
    """XINFO STREAM. `groups` is a number, or with FULL a list."""
    found = text_keys(reply)
    for name in ("first-entry", "last-entry"):
        if found.get(name) is not None:
            (found[name],) = entries([found[name]])
    if "entries" in found:
        found["entries"] = entries(found["entries"])
        found["groups"] = maps(found["groups"])
        for group in found["groups"]:
            group["pending"] = tuples(group["pending"])
            group["consumers"] = maps(group["consumers"])
            for consumer in group["consumers"]:
                consumer["pending"] = tuples(consumer["pending"])
    return found
