"""Every command on clusters, on real nodes of clusters and every face of the client.

Most cases run on one node that serves all slots. Those that change what a node is have nodes of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.servers import needs, since

from plasma import RedisClient
from plasma.errors import ConfigurationError, ResponseError
from plasma.testing import RedisServer, ServerFailed

NOBODY = "0" * 40


def start_node() -> RedisServer:
    """A node of a cluster. Its bus listens 10000 ports higher, and not every free port has room above it."""
    for _ in range(20):
        node = RedisServer(server=os.environ.get("PLASMA_SERVER"), config={"cluster-enabled": "yes"})
        try:
            return node.start()
        except ServerFailed as exc:
            failure = exc
    raise failure


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        pass  # the suite's time limit ends it


@pytest.fixture(scope="module")
def suite(suite: Any) -> Iterator[Any]:
    """The suite of this file runs on a node that serves all slots."""
    with start_node() as node, RedisClient(node.url) as client:
        client.cluster_addslots(*range(16384))
        until(lambda: client.cluster_info()["cluster_state"] == "ok")
        own = type(suite)(node.url)
        yield own
        for adapter in (*own.adapters.values(), *own.raw.values()):
            adapter.close()
        own.keys.disconnect()


@pytest.fixture
def node() -> Iterator[RedisClient]:
    """A node that nobody knows and that serves no slot."""
    with start_node() as server, RedisClient(server.url) as client:
        yield client


@pytest.fixture
def pair() -> Iterator[tuple[RedisClient, RedisClient]]:
    """Two nodes that know each other; the first serves all slots."""
    with ExitStack() as stack:
        servers = [stack.enter_context(start_node()) for _ in range(2)]
        first, second = (stack.enter_context(RedisClient(server.url)) for server in servers)
        first.cluster_addslots(*range(16384))
        first.cluster_set_config_epoch(1)
        second.cluster_set_config_epoch(2)
        first.cluster_meet("127.0.0.1", servers[1].port, servers[1].port + 10000)
        for client in (first, second):
            until(lambda client=client: client.cluster_info()["cluster_known_nodes"] == 2)
            until(lambda client=client: client.cluster_info()["cluster_state"] == "ok")
        yield first, second


# --- what is known --------------------------------------------------------------------------------------------


async def test_cluster_info_is_text_and_numbers(r):
    info = await r.cluster_info()

    assert info["cluster_state"] == "ok"
    assert info["cluster_slots_ok"] == 16384


async def test_cluster_nodes_gives_dicts(r):
    (node,) = await r.cluster_nodes()

    assert node["id"] == await r.cluster_myid()
    assert node["port"] == r.client.config.port
    assert node["bus_port"] == node["port"] + 10000
    assert node["flags"] == {"myself", "master"}
    assert node["master"] is None
    assert node["slots"] == [(0, 16383)]
    assert (node["importing"], node["migrating"]) == ({}, {})
    assert type(node["pong_received"]) is int


async def test_cluster_slots_gives_ranges_with_nodes(r):
    ((first, last, (node,)),) = await r.cluster_slots()

    assert (first, last) == (0, 16383)
    assert (node["host"], node["port"]) == (None, r.client.config.port)
    assert node["id"] == await r.cluster_myid()
    assert type(node["metadata"]) is dict


@needs("CLUSTER SHARDS")
async def test_cluster_shards_gives_ranges_and_nodes(r):
    (shard,) = await r.cluster_shards()
    (node,) = shard["nodes"]

    assert shard["slots"] == [(0, 16383)]
    assert node["id"] == await r.cluster_myid()
    assert (node["role"], node["health"]) == ("master", "online")


@needs("CLUSTER MYSHARDID")
async def test_cluster_myshardid_is_text(r):
    assert len(await r.cluster_myshardid()) == 40


@needs("CLUSTER LINKS")
async def test_a_node_alone_has_no_links(r):
    assert await r.cluster_links() == []


@pytest.mark.parametrize("method", ["cluster_replicas", "cluster_slaves"])
async def test_a_node_alone_has_no_replicas(r, method):
    assert await getattr(r, method)(await r.cluster_myid()) == []
    with pytest.raises(ResponseError, match="Unknown node"):
        await getattr(r, method)(NOBODY)


async def test_failure_reports_are_counted(r):
    assert await r.cluster_count_failure_reports(await r.cluster_myid()) == 0


@since("7.0")
async def test_cluster_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.cluster_help())


@pytest.mark.parametrize("method", ["asking", "readonly", "readwrite"])
async def test_what_changes_a_connection_is_for_a_pinned_one(r, method):
    with pytest.raises(ConfigurationError, match="pinned"):
        await getattr(r, method)()
    with r.raw.client.pinned() as pinned:
        assert getattr(pinned, method)() is True


# --- keys and slots -------------------------------------------------------------------------------------------


async def test_keys_of_a_slot_are_counted_and_given(r):
    slot = await r.cluster_keyslot("{k}")
    await r.set("{k}1", "v")
    await r.set("{k}2", "v")

    assert slot == await r.cluster_keyslot("{k}2")
    assert await r.cluster_countkeysinslot(slot) == 2
    assert sorted(await r.cluster_getkeysinslot(slot, 10)) == r.s(["{k}1", "{k}2"])
    assert len(await r.cluster_getkeysinslot(slot, 1)) == 1


@needs("CLUSTER FLUSHSLOT")
@pytest.mark.parametrize("options", [{}, {"asynchronous": True}, {"synchronous": True}], ids=str)
async def test_a_slot_is_emptied(r, options):
    await r.set("k", "v")

    assert await r.cluster_flushslot(await r.cluster_keyslot("k"), **options) is True
    assert await r.get("k") is None


@needs("CLUSTER SLOT-STATS")
async def test_slots_are_counted(r):
    slot = await r.cluster_keyslot("k")
    await r.set("k", "v")

    assert (await r.cluster_slot_stats(slotsrange=(slot, slot)))[slot]["key-count"] == 1
    assert list(await r.cluster_slot_stats(orderby="KEY-COUNT", limit=1, sort="DESC")) == [slot]
    with pytest.raises(ValueError, match="slotsrange and orderby exclude each other"):
        await r.cluster_slot_stats(slotsrange=(0, 1), orderby="KEY-COUNT")
    with pytest.raises(ValueError, match="slotsrange and limit exclude each other"):
        await r.cluster_slot_stats(slotsrange=(0, 1), limit=1)
    with pytest.raises(ValueError, match=r"cluster_slot_stats\(\) needs slotsrange or orderby"):
        await r.cluster_slot_stats()


async def scanned(r: Any, **options: Any) -> set[Any]:
    """All keys that a scan gives."""
    cursor, found = await r.clusterscan(count=1000, **options)
    while cursor != "0":
        cursor, keys = await r.clusterscan(cursor, count=1000, **options)
        found += keys
    return set(found)


@needs("CLUSTERSCAN")
async def test_clusterscan_gives_all_keys_of_a_slot(r):
    slot = await r.cluster_keyslot("{k}")
    await r.set("{k}text", "v")
    await r.rpush("{k}list", "v")

    assert await scanned(r, slot=slot) == r.s({"{k}text", "{k}list"})
    assert await scanned(r, slot=slot, match="*x*") == r.s({"{k}text"})
    assert await scanned(r, slot=slot, type="list") == r.s({"{k}list"})
    assert await scanned(r, slot=(slot + 1) % 16384) == set()


@needs("CLUSTERSCAN")
async def test_clusterscan_goes_on_where_it_stopped(r):
    cursor, keys = await r.clusterscan()

    assert type(cursor) is str
    assert cursor.startswith("0-{")
    assert keys == []


# --- changing a cluster ---------------------------------------------------------------------------------------


def test_a_node_takes_slots_and_gives_them_up(node):
    assert node.cluster_addslots(1, 2, 5) is True
    assert node.cluster_nodes()[0]["slots"] == [(1, 2), (5, 5)]
    assert node.cluster_delslots(1, 5) is True
    assert node.cluster_flushslots() is True
    assert node.cluster_nodes()[0]["slots"] == []


def test_a_node_takes_ranges_of_slots(node):
    if "addslotsrange" not in " ".join(node.cluster_help()).lower():
        pytest.skip("no CLUSTER ADDSLOTSRANGE")

    assert node.cluster_addslotsrange((0, 10), (20, 20)) is True
    assert node.cluster_delslotsrange((0, 5), (20, 20)) is True
    assert node.cluster_nodes()[0]["slots"] == [(6, 10)]


def test_a_node_has_an_epoch(node):
    assert node.cluster_set_config_epoch(7) is True
    assert node.cluster_nodes()[0]["config_epoch"] == 7
    assert node.cluster_bumpepoch().split()[0] in ("BUMPED", "STILL")
    assert node.cluster_saveconfig() is True


@pytest.mark.parametrize(("options", "same"), [({}, True), ({"soft": True}, True), ({"hard": True}, False)], ids=str)
def test_a_node_is_reset(node, options, same):
    before = node.cluster_myid()

    assert node.cluster_reset(**options) is True
    assert (node.cluster_myid() == before) is same


def test_slots_go_from_node_to_node(pair):
    first, second = pair
    ids = [client.cluster_myid() for client in pair]

    assert second.cluster_setslot(5, importing=ids[0]) is True
    assert first.cluster_setslot(5, migrating=ids[1]) is True
    assert [node["importing"] for node in second.cluster_nodes() if "myself" in node["flags"]] == [{5: ids[0]}]
    assert [node["migrating"] for node in first.cluster_nodes() if "myself" in node["flags"]] == [{5: ids[1]}]
    assert first.cluster_setslot(5, stable=True) is True
    assert second.cluster_setslot(5, node=ids[1]) is True
    assert (5, 5) in [slots for node in second.cluster_nodes() if node["id"] == ids[1] for slots in node["slots"]]


def test_a_replica_takes_the_place_of_its_master(pair):
    first, second = pair
    master = first.cluster_myid()

    assert second.cluster_replicate(master) is True
    until(lambda: bool(first.cluster_replicas(master)))
    (replica,) = first.cluster_replicas(master)
    assert replica["id"] == second.cluster_myid()
    assert replica["master"] == master
    assert "slave" in replica["flags"]
    until(lambda: second.info("replication")["master_link_status"] == "up")
    assert second.cluster_failover(takeover=True) is True
    until(lambda: second.role()[0] == "master")


def test_nodes_know_and_forget_each_other(pair):
    first, second = pair
    if first.info("server")["redis_version"] >= "7":
        assert {link["direction"] for link in first.cluster_links()} == {"to", "from"}

    assert len(first.cluster_nodes()) == 2
    assert first.cluster_forget(second.cluster_myid()) is True
    assert len(first.cluster_nodes()) == 1


@needs("CLUSTER MIGRATION")
async def test_migrations_are_told(r):
    assert await r.cluster_migration("STATUS") == []
    assert await r.cluster_migration("STATUS", id="nothing") == []
    assert await r.cluster_migration("CANCEL") == 0
    assert await r.cluster_migration("CANCEL", id="nothing") == 0
    with pytest.raises(ValueError, match="needs at least one range of slots"):
        await r.cluster_migration("IMPORT")


@needs("CLUSTER GETSLOTMIGRATIONS")
async def test_there_are_no_slots_on_their_way(r):
    assert await r.cluster_getslotmigrations() == []
    with pytest.raises(ResponseError, match="No migrations ongoing"):
        await r.cluster_cancelslotmigrations()
    with pytest.raises(ResponseError, match=NOBODY):
        await r.cluster_migrateslots({NOBODY: [(0, 1), (5, 5)]})
    with pytest.raises(ValueError, match=r"cluster_migrateslots\(\) needs at least one node"):
        await r.cluster_migrateslots({})


@needs("TRIMSLOTS")
async def test_slots_that_are_served_are_not_trimmed(r):
    with pytest.raises(ResponseError, match="slot"):
        await r.trimslots((0, 1))


# --- refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["cluster_addslotsrange", "cluster_delslotsrange", "trimslots"])
async def test_ranges_are_pairs(r, method):
    with pytest.raises(TypeError, match=r"takes ranges of slots as pairs \(first, last\)"):
        await getattr(r, method)(0, 100)
    with pytest.raises(ValueError, match="needs at least one range of slots"):
        await getattr(r, method)()


async def test_cluster_commands_refuse_what_cannot_be_meant(r):
    for method in (r.cluster_addslots, r.cluster_delslots):
        with pytest.raises(ValueError, match="needs at least one slot"):
            await method()
    with pytest.raises(ValueError, match="force and takeover exclude each other"):
        await r.cluster_failover(force=True, takeover=True)
    with pytest.raises(ValueError, match="hard and soft exclude each other"):
        await r.cluster_reset(hard=True, soft=True)
    with pytest.raises(ValueError, match="needs importing, migrating, node or stable"):
        await r.cluster_setslot(1)
    with pytest.raises(ValueError, match="node and stable exclude each other"):
        await r.cluster_setslot(1, node=NOBODY, stable=True)


async def test_a_master_does_not_fail_over(r):
    with pytest.raises(ResponseError, match="replica"):
        await r.cluster_failover()
    with pytest.raises(ResponseError, match="replica"):
        await r.cluster_failover(force=True)


@since(valkey="8.0")
async def test_setslot_takes_a_timeout(r):
    assert await r.cluster_setslot(1, stable=True, timeout=1000) is True


@since(valkey="9.0")
async def test_a_master_may_be_told_to_follow_nobody(r):
    assert await r.cluster_replicate(None) is True
