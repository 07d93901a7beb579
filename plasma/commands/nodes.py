"""What the commands of clusters say and hear: ranges of slots, and nodes as lines, lists or maps.

A line of CLUSTER NODES is: id, host:port@bus_port,hostname,name=value ..., flags, master or "-", ping sent, pong
received, epoch, state of the link, then slots: 7, 0-100, [7-<-id] coming from a node, [7->-id] going to one.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, none_given, text, text_dict, text_keys, text_or_none, texts
from .worded import worded, worded_maps

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .core import Value


def flat_ranges(method: str, ranges: Iterable[tuple[int, ...] | int]) -> list[Value]:
    """First, last, first, last ..."""
    flat: list[Value] = []
    for slots in ranges:
        if not isinstance(slots, tuple) or len(slots) != 2:
            raise TypeError(f"{method}() takes ranges of slots as pairs (first, last), not {slots!r:.40}")
        flat += slots
    if not flat:
        raise none_given(method, "range of slots")
    return flat


# --- lines ----------------------------------------------------------------------------------------------------


def nodes_of_lines(reply: str | bytes) -> list[dict[str, Any]]:
    """CLUSTER NODES."""
    return list(map(_node, text(reply).splitlines()))


def node_lines(reply: list[str | bytes]) -> list[dict[str, Any]]:
    """CLUSTER REPLICAS: the same lines, in a list."""
    return list(map(_node, texts(reply)))


def _node(line: str) -> dict[str, Any]:
    id, address, flags, master, ping, pong, epoch, state, *slots = line.split()
    address, _, more = address.partition(",")
    address, _, bus_port = address.partition("@")
    host, _, port = address.rpartition(":")
    hostname = more.partition(",")[0]
    node: dict[str, Any] = {
        "id": id,
        "host": host,
        "port": int(port),
        "bus_port": int(bus_port) if bus_port else None,
        "hostname": "" if "=" in hostname else hostname,
        "flags": {flag for flag in flags.split(",") if flag != "noflags"},
        "master": None if master == "-" else master,
        "ping_sent": int(ping),
        "pong_received": int(pong),
        "config_epoch": int(epoch),
        "link_state": state,
        "slots": [],
        "importing": {},
        "migrating": {},
    }
    for part in slots:
        if part[0] == "[":
            way = "importing" if "-<-" in part else "migrating"
            slot, _, other = part[1:-1].partition("-<-" if way == "importing" else "->-")
            node[way][int(slot)] = other
        else:
            first, _, last = part.partition("-")
            node["slots"].append((int(first), int(last or first)))
    return node


# --- lists and maps -------------------------------------------------------------------------------------------


def shards(reply: Any) -> list[dict[str, Any]]:
    """CLUSTER SHARDS."""
    found = list(map(text_keys, reply))
    for shard in found:
        slots = shard["slots"]
        shard["slots"] = list(zip(slots[::2], slots[1::2], strict=True))
        shard["nodes"] = worded_maps(shard["nodes"])
        if "id" in shard:
            shard["id"] = text(shard["id"])
    return found


def slot_owners(reply: Any) -> list[tuple[int, int, list[dict[str, Any]]]]:
    """CLUSTER SLOTS."""
    return [(first, last, list(map(_owner, nodes))) for first, last, *nodes in reply]


def _owner(reply: Any) -> dict[str, Any]:
    host, port, id, *metadata = reply
    return {
        "host": text_or_none(host) or None,
        "port": port,
        "id": text(id),
        "metadata": text_dict(metadata[0]) if metadata else {},  # from Redis 7 on
    }


def slot_statistics(reply: Any) -> dict[int, dict[str, int]]:
    """CLUSTER SLOT-STATS."""
    return {slot: worded(text_keys(counts)) for slot, counts in reply}


def text_cursor(reply: Any) -> tuple[str, Any]:
    """CLUSTERSCAN, whose cursors are words of the server."""
    return text(reply[0]), reply[1]
