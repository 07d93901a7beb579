"""Commands on the cluster that a server is a node of: its slots, its nodes, and moving slots between them.

A range of slots is a pair (first, last), both included. Nodes are dicts; what the server words of them is `str`. Most
of these are for tools that build and mend clusters: they change the one node that they are sent to.
`asking`, `readonly` and `readwrite` change a connection, and a client refuses them.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, at_most_one, none_given, ok, overload, text, texts
from .core import milliseconds as whole_milliseconds
from .nodes import (
    flat_ranges,
    node_lines,
    nodes_of_lines,
    shards,
    slot_owners,
    slot_statistics,
    text_cursor,
)
from .options import flush_mode, scan_options
from .worded import sections, worded_maps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, TypeAlias

    from .core import Duration, Key, Reply, Value

    SlotRange: TypeAlias = tuple[int, int]


class ClusterCommands(CommandsCore[S]):
    """The cluster, seen from one of its nodes."""

    __slots__ = ()

    def asking(self) -> Reply[bool]:
        """Return True; the next command may use a slot that the node is importing. A client refuses it.

        https://redis.io/docs/latest/commands/asking/
        """
        return self._run("ASKING", parse=ok)

    def cluster_addslots(self, *slots: int) -> Reply[bool]:
        """Return True; the node serves these slots, which nobody did.

        https://redis.io/docs/latest/commands/cluster-addslots/
        """
        if not slots:
            raise none_given("cluster_addslots", "slot")
        return self._run("CLUSTER ADDSLOTS", *slots, parse=ok)

    def cluster_addslotsrange(self, *ranges: SlotRange) -> Reply[bool]:
        """Return True; the node serves the slots of these ranges, which nobody did.

        https://redis.io/docs/latest/commands/cluster-addslotsrange/
        """
        return self._run("CLUSTER ADDSLOTSRANGE", *flat_ranges("cluster_addslotsrange", ranges), parse=ok)

    def cluster_bumpepoch(self) -> Reply[str]:
        """Return "BUMPED" or "STILL" and the node's configuration epoch, which now is the highest of the cluster.

        https://redis.io/docs/latest/commands/cluster-bumpepoch/
        """
        return self._run("CLUSTER BUMPEPOCH", parse=text)

    def cluster_cancelslotmigrations(self) -> Reply[bool]:
        """Return True; no slot is on its way to another node any more.

        https://valkey.io/commands/cluster-cancelslotmigrations/
        """
        return self._run("CLUSTER CANCELSLOTMIGRATIONS", parse=ok)

    def cluster_count_failure_reports(self, node_id: str) -> Reply[int]:
        """Return how many nodes told this one that they cannot reach that node.

        https://redis.io/docs/latest/commands/cluster-count-failure-reports/
        """
        return self._run("CLUSTER COUNT-FAILURE-REPORTS", node_id)

    def cluster_countkeysinslot(self, slot: int) -> Reply[int]:
        """Return how many keys the node has in a slot.

        https://redis.io/docs/latest/commands/cluster-countkeysinslot/
        """
        return self._run("CLUSTER COUNTKEYSINSLOT", slot)

    def cluster_delslots(self, *slots: int) -> Reply[bool]:
        """Return True; the node no longer knows who serves these slots.

        https://redis.io/docs/latest/commands/cluster-delslots/
        """
        if not slots:
            raise none_given("cluster_delslots", "slot")
        return self._run("CLUSTER DELSLOTS", *slots, parse=ok)

    def cluster_delslotsrange(self, *ranges: SlotRange) -> Reply[bool]:
        """Return True; the node no longer knows who serves the slots of these ranges.

        https://redis.io/docs/latest/commands/cluster-delslotsrange/
        """
        return self._run("CLUSTER DELSLOTSRANGE", *flat_ranges("cluster_delslotsrange", ranges), parse=ok)

    def cluster_failover(self, *, force: bool = False, takeover: bool = False) -> Reply[bool]:
        """Return True; the replica that it is sent to takes the place of its master.

        Args:
            force: Also if the master does not answer.
            takeover: Also if the other masters do not agree.

        https://redis.io/docs/latest/commands/cluster-failover/
        """
        at_most_one("cluster_failover", force=force, takeover=takeover)
        options = ("FORCE",) if force else ("TAKEOVER",) if takeover else ()
        return self._run("CLUSTER FAILOVER", *options, parse=ok)

    def cluster_flushslot(self, slot: int, *, asynchronous: bool = False, synchronous: bool = False) -> Reply[bool]:
        """Return True; the node has no keys in the slot. The options are those of `flushall`.

        https://valkey.io/commands/cluster-flushslot/
        """
        mode = flush_mode("cluster_flushslot", asynchronous, synchronous)
        return self._run("CLUSTER FLUSHSLOT", slot, *mode, parse=ok)

    def cluster_flushslots(self) -> Reply[bool]:
        """Return True; the node, which must be empty, no longer knows who serves any slot.

        https://redis.io/docs/latest/commands/cluster-flushslots/
        """
        return self._run("CLUSTER FLUSHSLOTS", parse=ok)

    def cluster_forget(self, node_id: str) -> Reply[bool]:
        """Return True; the node does not know that node, for a minute at least.

        https://redis.io/docs/latest/commands/cluster-forget/
        """
        return self._run("CLUSTER FORGET", node_id, parse=ok)

    def cluster_getkeysinslot(self, slot: int, count: int) -> Reply[list[S]]:
        """Return keys that the node has in a slot, at most *count*, whatever the key prefix.

        https://redis.io/docs/latest/commands/cluster-getkeysinslot/
        """
        return self._run("CLUSTER GETKEYSINSLOT", slot, count)

    def cluster_getslotmigrations(self) -> Reply[list[dict[str, Any]]]:
        """Return the slots that are, or lately were, on their way from or to the node.

        https://valkey.io/commands/cluster-getslotmigrations/
        """
        return self._run("CLUSTER GETSLOTMIGRATIONS", parse=worded_maps)

    def cluster_help(self) -> Reply[list[str]]:
        """Return the server's lines on the CLUSTER commands.

        https://redis.io/docs/latest/commands/cluster-help/
        """
        return self._run("CLUSTER HELP", parse=texts)

    def cluster_info(self) -> Reply[dict[str, Any]]:
        """Return how the cluster is: `cluster_state`, `cluster_slots_ok`, `cluster_known_nodes` ...

        https://redis.io/docs/latest/commands/cluster-info/
        """
        return self._run("CLUSTER INFO", parse=sections)

    def cluster_keyslot(self, key: Key) -> Reply[int]:
        """Return the slot that *key*, with its key prefix, is in.

        https://redis.io/docs/latest/commands/cluster-keyslot/
        """
        return self._run("CLUSTER KEYSLOT", key)

    def cluster_links(self) -> Reply[list[dict[str, Any]]]:
        """Return the node's connections to other nodes.

        https://redis.io/docs/latest/commands/cluster-links/
        """
        return self._run("CLUSTER LINKS", parse=worded_maps)

    def cluster_meet(self, ip: str, port: int, cluster_bus_port: int | None = None) -> Reply[bool]:
        """Return True; the node tries to make that other one a part of its cluster.

        https://redis.io/docs/latest/commands/cluster-meet/
        """
        bus = () if cluster_bus_port is None else (cluster_bus_port,)
        return self._run("CLUSTER MEET", ip, port, *bus, parse=ok)

    def cluster_migrateslots(self, targets: Mapping[str, Sequence[SlotRange]]) -> Reply[bool]:
        """Return True; slots of the node begin to move to others.

        Args:
            targets: A mapping {id of a node: ranges of slots}.

        https://valkey.io/commands/cluster-migrateslots/
        """
        if not targets:
            raise none_given("cluster_migrateslots", "node")
        options: list[Value] = []
        for node_id, ranges in targets.items():
            options += "SLOTSRANGE", *flat_ranges("cluster_migrateslots", ranges), "NODE", node_id
        return self._run("CLUSTER MIGRATESLOTS", *options, parse=ok)

    @overload
    def cluster_migration(self, action: Literal["IMPORT"], *ranges: SlotRange) -> Reply[str]: ...
    @overload
    def cluster_migration(self, action: Literal["CANCEL"], *, id: str | None = None) -> Reply[int]: ...
    @overload
    def cluster_migration(self, action: Literal["STATUS"], *, id: str | None = None) -> Reply[list[dict[str, Any]]]: ...
    def cluster_migration(
        self, action: Literal["IMPORT", "CANCEL", "STATUS"], *ranges: SlotRange, id: str | None = None
    ) -> Reply[Any]:
        """Return the id of a task that moves slots to this node, how many tasks were ended, or the tasks.

        Args:
            action: "IMPORT" begins a task, "CANCEL" ends tasks, "STATUS" tells of them.
            ranges: The slots to move.
            id: One task; all of them without it.

        https://redis.io/docs/latest/commands/cluster-migration/
        """
        if action == "IMPORT":
            return self._run("CLUSTER MIGRATION", action, *flat_ranges("cluster_migration", ranges), parse=text)
        which = ("ALL",) if id is None else ("ID", id)
        return self._run("CLUSTER MIGRATION", action, *which, parse=None if action == "CANCEL" else worded_maps)

    def cluster_myid(self) -> Reply[str]:
        """Return the id of the node.

        https://redis.io/docs/latest/commands/cluster-myid/
        """
        return self._run("CLUSTER MYID", parse=text)

    def cluster_myshardid(self) -> Reply[str]:
        """Return the id of the shard, which a master shares with its replicas.

        https://redis.io/docs/latest/commands/cluster-myshardid/
        """
        return self._run("CLUSTER MYSHARDID", parse=text)

    def cluster_nodes(self) -> Reply[list[dict[str, Any]]]:
        """Return the nodes that the node knows, itself included.

        Each has its `id`, `host`, `port`, `bus_port`, `hostname`, `flags` (a set), `master` (an id, or None),
        `ping_sent`, `pong_received`, `config_epoch`, `link_state`, its `slots` (ranges), and `importing` and
        `migrating`, the slots on their way, {slot: id of the other node}.

        https://redis.io/docs/latest/commands/cluster-nodes/
        """
        return self._run("CLUSTER NODES", parse=nodes_of_lines)

    def cluster_replicas(self, node_id: str) -> Reply[list[dict[str, Any]]]:
        """Return the replicas of a node, as `cluster_nodes` gives them.

        https://redis.io/docs/latest/commands/cluster-replicas/
        """
        return self._run("CLUSTER REPLICAS", node_id, parse=node_lines)

    def cluster_replicate(self, node_id: str | None) -> Reply[bool]:
        """Return True; the node is a replica of that one, or, with None, of none (Valkey).

        https://redis.io/docs/latest/commands/cluster-replicate/
        """
        return self._run("CLUSTER REPLICATE", *(("NO", "ONE") if node_id is None else (node_id,)), parse=ok)

    def cluster_reset(self, *, hard: bool = False, soft: bool = False) -> Reply[bool]:
        """Return True; the node knows no other node and serves no slot. A master must be empty.

        Args:
            hard: It has a new id, too, and its epochs are 0.
            soft: It has not, as without either.

        https://redis.io/docs/latest/commands/cluster-reset/
        """
        at_most_one("cluster_reset", hard=hard, soft=soft)
        return self._run("CLUSTER RESET", *(("HARD",) if hard else ("SOFT",) if soft else ()), parse=ok)

    def cluster_saveconfig(self) -> Reply[bool]:
        """Return True; what the node knows of the cluster is on disk.

        https://redis.io/docs/latest/commands/cluster-saveconfig/
        """
        return self._run("CLUSTER SAVECONFIG", parse=ok)

    def cluster_set_config_epoch(self, config_epoch: int) -> Reply[bool]:
        """Return True; a new node has this configuration epoch.

        https://redis.io/docs/latest/commands/cluster-set-config-epoch/
        """
        return self._run("CLUSTER SET-CONFIG-EPOCH", config_epoch, parse=ok)

    def cluster_setslot(
        self,
        slot: int,
        *,
        importing: str | None = None,
        migrating: str | None = None,
        node: str | None = None,
        stable: bool = False,
        timeout: Duration | None = None,
    ) -> Reply[bool]:
        """Return True; the node knows of a slot that it comes from a node, goes to one, belongs to one, or stays.

        Args:
            importing, migrating, node: The id of the other node; one of these, or *stable*.
            stable: The slot stays where it is.
            timeout: Milliseconds to wait for the node's replicas (Valkey).

        https://redis.io/docs/latest/commands/cluster-setslot/
        """
        at_most_one("cluster_setslot", importing=importing, migrating=migrating, node=node, stable=stable)
        options: list[Value] = ["STABLE"] if stable else []
        for word, node_id in (("IMPORTING", importing), ("MIGRATING", migrating), ("NODE", node)):
            if node_id is not None:
                options += word, node_id
        if not options:
            raise ValueError("cluster_setslot() needs importing, migrating, node or stable; nothing was sent")
        if timeout is not None:
            options += "TIMEOUT", whole_milliseconds("timeout", timeout)
        return self._run("CLUSTER SETSLOT", slot, *options, parse=ok)

    def cluster_shards(self) -> Reply[list[dict[str, Any]]]:
        """Return the shards: for each its `slots` (ranges) and its `nodes`, a list of dicts.

        https://redis.io/docs/latest/commands/cluster-shards/
        """
        return self._run("CLUSTER SHARDS", parse=shards)

    def cluster_slaves(self, node_id: str) -> Reply[list[dict[str, Any]]]:
        """Return the replicas of a node: the older name of `cluster_replicas`.

        https://redis.io/docs/latest/commands/cluster-slaves/
        """
        return self._run("CLUSTER SLAVES", node_id, parse=node_lines)

    def cluster_slot_stats(
        self,
        *,
        slotsrange: SlotRange | None = None,
        orderby: str | None = None,
        limit: int | None = None,
        sort: Literal["ASC", "DESC"] | None = None,
    ) -> Reply[dict[int, dict[str, int]]]:
        """Return what the node counts of its slots: {slot: {"key-count": ...}}.

        Args:
            slotsrange: The slots of this range; either this or *orderby*.
            orderby: The slots in the order of this count: "KEY-COUNT", "CPU-USEC", "NETWORK-BYTES-IN" ...
            limit: At most so many of those.
            sort: "DESC", the highest first, without it.

        https://redis.io/docs/latest/commands/cluster-slot-stats/
        """
        at_most_one("cluster_slot_stats", slotsrange=slotsrange, orderby=orderby)
        options: list[Value] = []
        if slotsrange is not None:
            at_most_one("cluster_slot_stats", slotsrange=slotsrange, limit=limit)
            at_most_one("cluster_slot_stats", slotsrange=slotsrange, sort=sort)
            options += "SLOTSRANGE", *slotsrange
        elif orderby is not None:
            options += "ORDERBY", orderby
        else:
            raise ValueError("cluster_slot_stats() needs slotsrange or orderby; nothing was sent")
        if limit is not None:
            options += "LIMIT", limit
        if sort is not None:
            options.append(sort)
        return self._run("CLUSTER SLOT-STATS", *options, parse=slot_statistics)

    def cluster_slots(self) -> Reply[list[tuple[int, int, list[dict[str, Any]]]]]:
        """Return (first slot, last slot, nodes) for each range that is served; the first of the nodes is the master.

        A node has its `host` (None: that of this connection), `port`, `id` and `metadata`, a dict of its other names.

        https://redis.io/docs/latest/commands/cluster-slots/
        """
        return self._run("CLUSTER SLOTS", parse=slot_owners)

    def clusterscan(
        self,
        cursor: str | bytes = "0",
        *,
        match: Value | None = None,
        count: int | None = None,
        type: str | None = None,
        slot: int | None = None,
    ) -> Reply[tuple[str, list[S]]]:
        """Return (next cursor, some keys). Begin with "0"; the scan is over when the cursor is "0" again.

        A cursor names the slot that it goes on in, "0-{tag}-7": send it to the node of that slot.

        Args:
            match: Only keys that match this glob-style pattern.
            count: About how many to look at in one call.
            type: Only keys that hold this type: "string", "hash" ...
            slot: Only keys in this slot.

        https://valkey.io/commands/clusterscan/
        """
        options = scan_options(match, count)
        if type is not None:
            options += ("TYPE", type)
        if slot is not None:
            options += ("SLOT", slot)
        return self._run("CLUSTERSCAN", cursor, *options, parse=text_cursor)

    def readonly(self) -> Reply[bool]:
        """Return True; this connection reads from a replica. A client refuses it.

        https://redis.io/docs/latest/commands/readonly/
        """
        return self._run("READONLY", parse=ok)

    def readwrite(self) -> Reply[bool]:
        """Return True; a replica sends this connection to its master again. A client refuses it.

        https://redis.io/docs/latest/commands/readwrite/
        """
        return self._run("READWRITE", parse=ok)

    def trimslots(self, *ranges: SlotRange) -> Reply[bool]:
        """Return True; keys in the slots of these ranges, which the node does not serve, are deleted.

        https://redis.io/docs/latest/commands/trimslots/
        """
        return self._run("TRIMSLOTS", "RANGES", len(ranges), *flat_ranges("trimslots", ranges), parse=ok)
