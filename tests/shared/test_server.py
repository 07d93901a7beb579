"""Every command on the server as a whole, on a real server and every face of the client."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from support.servers import needs, since

from plasma import RedisClient
from plasma.errors import ResponseError
from plasma.testing import RedisServer


@pytest.fixture
def own() -> Iterator[RedisClient]:
    """A client of a server that the case may break."""
    with RedisServer(server=os.environ.get("PLASMA_SERVER")) as server, RedisClient(server.url) as client:
        yield client


def only_text(value: object) -> bool:
    """Is there no bytes anywhere in a reply?"""
    if isinstance(value, dict):
        return all(type(key) is str and only_text(inner) for key, inner in value.items())
    if isinstance(value, list | tuple | set):
        return all(map(only_text, value))
    return not isinstance(value, bytes)


# --- data -----------------------------------------------------------------------------------------------------


async def test_dbsize_counts_the_keys(r):
    assert await r.dbsize() == 0
    await r.mset({"a": 1, "b": 2})

    assert await r.dbsize() == 2


@pytest.mark.parametrize("options", [{}, {"asynchronous": True}, {"synchronous": True}], ids=str)
@pytest.mark.parametrize("method", ["flushdb", "flushall"])
async def test_flushing_empties_the_database(r, method, options):
    await r.set("k", "v")

    assert await getattr(r, method)(**options) is True
    assert await r.dbsize() == 0


@pytest.mark.parametrize("method", ["flushdb", "flushall"])
async def test_flushing_is_one_way_or_the_other(r, method):
    with pytest.raises(ValueError, match="asynchronous and synchronous exclude each other"):
        await getattr(r, method)(asynchronous=True, synchronous=True)


async def test_flushdb_spares_other_databases(r):
    await r.set("k", "v")
    await r.move("k", 1)
    await r.flushdb()

    assert await r.swapdb(0, 1) is True
    assert await r.get("k") == r.s("v")


# --- what the server tells ------------------------------------------------------------------------------------


async def test_info_is_one_dict_of_text_and_numbers(r):
    await r.set("k", "v", ex=1000)
    info = await r.info()

    assert only_text(info)
    assert info["redis_version"].count(".") == 2
    assert type(info["connected_clients"]) is int
    assert type(info["mem_fragmentation_ratio"]) is float
    assert type(info["run_id"]) is str
    assert info["db0"]["keys"] == 1
    assert info["db0"]["expires"] == 1
    assert info["used_memory_human"].endswith(("K", "M"))


async def test_info_gives_one_section(r):
    info = await r.info("memory")

    assert "used_memory" in info
    assert "redis_version" not in info


@since("7.0")
async def test_info_gives_several_sections(r):
    await r.echo("counted")
    info = await r.info("server", "commandstats")

    assert "redis_version" in info
    assert "used_memory" not in info
    assert info["cmdstat_echo"]["calls"] >= 1
    assert type(info["cmdstat_echo"]["usec_per_call"]) is float
    assert type(info["run_id"]) is str


async def test_time_is_two_numbers(r):
    seconds, microseconds = await r.time()

    assert abs(seconds - time.time()) < 60
    assert 0 <= microseconds < 1_000_000


async def test_role_is_text_and_numbers(r):
    word, offset, replicas = await r.role()

    assert word == "master"
    assert type(offset) is int
    assert replicas == []


async def test_lolwut_is_text(r):
    assert " ver" in await r.lolwut()
    assert " ver" in await r.lolwut(1, 1, 1, version=5)


# --- settings -------------------------------------------------------------------------------------------------


async def test_config_is_text_on_every_face(r):
    assert await r.config_set("slowlog-max-len", 100) is True
    assert await r.config_get("slowlog-max-len") == {"slowlog-max-len": "100"}
    assert await r.config_set("slowlog-max-len", "128") is True
    assert (await r.config_get("slowlog-*"))["slowlog-max-len"] == "128"
    assert await r.config_get("no-such-thing") == {}


@since("7.0")
async def test_config_takes_several_settings_at_once(r):
    assert await r.config_set({"slowlog-max-len": 99, "hz": 11}) is True
    assert await r.config_get("slowlog-max-len", "hz") == {"slowlog-max-len": "99", "hz": "11"}
    assert await r.config_set({"slowlog-max-len": 128, "hz": 10}) is True


async def test_config_set_of_an_unknown_setting_raises(r):
    with pytest.raises(ResponseError, match=r"(?i)unknown|unsupported"):
        await r.config_set("no-such-thing", 1)


async def test_config_refuses_what_cannot_be_meant(r):
    with pytest.raises(ValueError, match=r"config_get\(\) needs at least one parameter"):
        await r.config_get()
    with pytest.raises(ValueError, match=r"config_set\(\) needs at least one parameter"):
        await r.config_set({})
    with pytest.raises(ValueError, match="needs a value"):
        await r.config_set("hz")
    with pytest.raises(ValueError, match="takes a mapping, or a parameter and its value"):
        await r.config_set({"hz": 10}, 10)


async def test_config_resetstat_sets_the_counters_back(r):
    assert await r.config_resetstat() is True
    assert (await r.info("stats"))["total_commands_processed"] < 10


def test_config_rewrite_writes_the_file(own):
    own.config_set("hz", 12)

    assert own.config_rewrite() is True


# --- commands -------------------------------------------------------------------------------------------------


async def test_command_tells_of_every_command(r):
    commands = await r.command()

    assert only_text(commands)
    assert len(commands) == await r.command_count()
    assert commands["get"]["arity"] == 2
    assert commands["get"]["flags"] >= {"readonly", "fast"}
    assert commands["get"]["acl_categories"] >= {"@read", "@string"}
    assert [commands["mset"][name] for name in ("first_key", "last_key", "step")] == [1, -1, 2]


async def test_command_info_leaves_out_what_there_is_not(r):
    assert list(await r.command_info("get", "no-such-thing")) == ["get"]


@since("7.0")
async def test_command_info_tells_of_subcommands_and_keys(r):
    info = await r.command_info("get", "config")
    (spec,) = info["get"]["key_specifications"]

    assert spec["flags"] == {"RO", "access"}
    assert spec["begin_search"] == {"type": "index", "spec": {"index": 1}}
    assert spec["find_keys"] == {"type": "range", "spec": {"lastkey": 0, "keystep": 1, "limit": 0}}
    assert info["config"]["subcommands"]["config|get"]["arity"] == -3


@needs("COMMAND DOCS")
async def test_command_docs_is_the_same_on_every_face(r):
    docs = await r.command_docs("set", "config")

    assert only_text(docs)
    assert set(docs) == {"set", "config"}
    assert docs["set"]["since"] == "1.0.0"
    assert ("6.0.0", "Added the `KEEPTTL` option.") in docs["set"]["history"]
    assert docs["set"]["arguments"][0]["name"] == "key"
    assert docs["set"]["arguments"][2]["flags"] == {"optional"}
    assert docs["set"]["arguments"][2]["arguments"][0]["token"] == "NX"
    assert docs["config"]["subcommands"]["config|get"]["since"] == "2.0.0"


@needs("COMMAND DOCS")
async def test_command_docs_gives_all(r):
    assert len(await r.command_docs()) == await r.command_count()


async def test_command_getkeys_gives_the_keys(r):
    assert await r.command_getkeys("MSET", "a", 1, "b", 2) == r.s(["a", "b"])


@needs("COMMAND GETKEYSANDFLAGS")
async def test_command_getkeysandflags_says_how_keys_are_used(r):
    assert await r.command_getkeysandflags("SET", "k", "v") == [(r.s("k"), {"OW", "update"})]


@needs("COMMAND LIST")
async def test_command_list_filters(r):
    assert len(await r.command_list()) >= await r.command_count()
    assert set(await r.command_list(pattern="getr*")) == {"getrange"}
    assert "subscribe" in await r.command_list(aclcat="pubsub")
    assert await r.command_list(module="no-such-thing") == []
    with pytest.raises(ValueError, match="aclcat and pattern exclude each other"):
        await r.command_list(aclcat="a", pattern="b")


HELPS = [
    "command_help",
    "commandlog_help",
    "config_help",
    "latency_help",
    "memory_help",
    "module_help",
    "slowlog_help",
]


@pytest.mark.parametrize("method", HELPS)
async def test_help_is_lines_of_text_on_every_face(r, method):
    family = method.removesuffix("_help").upper()
    if not r.server.has(f"{family} HELP") and not (r.server.version < (7,) and r.server.has(family)):
        pytest.skip(f"no {family} HELP")
    if family == "CONFIG" and r.server.version < (7,):
        pytest.skip("no CONFIG HELP before Redis 7")
    lines = await getattr(r, method)()

    assert lines
    assert all(type(line) is str for line in lines)


# --- logs -----------------------------------------------------------------------------------------------------


async def test_slowlog_keeps_what_was_slow(r):
    await r.config_set("slowlog-log-slower-than", 0)
    try:
        assert await r.slowlog_reset() is True
        await r.echo("noted")
        newest = (await r.slowlog_get())[::-1]
        entry = next(entry for entry in newest if r.s("ECHO") in entry["command"])

        assert entry["command"] == r.s(["ECHO", "noted"])
        assert type(entry["client_address"]) is str
        assert type(entry["client_name"]) is str
        assert [type(entry[name]) for name in ("id", "time", "duration")] == [int, int, int]
        assert len(await r.slowlog_get(1)) == 1
        assert await r.slowlog_len() >= 2
    finally:
        await r.config_set("slowlog-log-slower-than", 10_000)
        await r.slowlog_reset()


@needs("COMMANDLOG GET")
async def test_commandlog_keeps_large_requests(r):
    await r.config_set("commandlog-request-larger-than", 100)
    try:
        assert await r.commandlog_reset("LARGE-REQUEST") is True
        await r.echo("x" * 200)
        (entry,) = await r.commandlog_get(-1, "LARGE-REQUEST")

        assert entry["command"][0] == r.s("ECHO")
        assert entry["value"] > 200
        assert type(entry["client_address"]) is str
        assert await r.commandlog_len("LARGE-REQUEST") == 1
        assert await r.commandlog_len("LARGE-REPLY") == 0
        assert type(await r.commandlog_len("SLOW")) is int
    finally:
        await r.config_set("commandlog-request-larger-than", 1048576)


async def test_latency_is_followed(r):
    await r.config_set("latency-monitor-threshold", 1)
    try:
        assert type(await r.latency_reset()) is int
        assert await r.latency_latest() == {}
        r.raw.client.execute("EVAL", "local n = 0 for i = 1, 3000000 do n = n + i end return n", 0)
        latest = await r.latency_latest()
        event = next(iter(latest))
        history = await r.latency_history(event)

        assert type(event) is str
        assert latest[event]["max"] >= latest[event]["latest"] >= 1
        assert abs(latest[event]["time"] - time.time()) < 60
        assert history[-1] == (latest[event]["time"], latest[event]["latest"])
        assert type(history[-1]) is tuple
        assert event in await r.latency_graph(event)
        assert type(await r.latency_doctor()) is str
        assert await r.latency_reset(event, "none") == 1
    finally:
        await r.config_set("latency-monitor-threshold", 0)


@needs("LATENCY HISTOGRAM")
async def test_latency_histogram_counts_calls(r):
    await r.config_resetstat()
    await r.set("k", "v")
    histogram = await r.latency_histogram("set", "none")

    assert list(histogram) == ["set"]
    assert histogram["set"]["calls"] == 1
    assert list(histogram["set"]["histogram_usec"].values()) == [1]
    assert "config|resetstat" in await r.latency_histogram()


# --- memory ---------------------------------------------------------------------------------------------------


async def test_memory_usage_counts_bytes(r):
    await r.rpush("l", *range(1000))

    assert await r.memory_usage("l") > 1000
    assert await r.memory_usage("l", samples=0) > 1000
    assert await r.memory_usage("none") is None


async def test_memory_stats_are_numbers_on_every_face(r):
    await r.set("k", "v")
    stats = await r.memory_stats()

    assert stats["keys.count"] == 1
    assert type(stats["dataset.percentage"]) is float
    assert type(stats["db.0"]["overhead.hashtable.main"]) is int
    assert {type(value) for value in stats.values()} == {int, float, dict}


async def test_memory_reports_are_text(r):
    assert await r.memory_purge() is True
    assert type(await r.memory_doctor()) is str
    assert type(await r.memory_malloc_stats()) is str


# --- modules --------------------------------------------------------------------------------------------------


async def test_module_list_is_text_on_every_face(r):
    modules = await r.module_list()

    assert only_text(modules)
    assert all(module.keys() >= {"name", "ver"} for module in modules)


async def test_modules_that_are_not_there_cannot_be_loaded(r):
    with pytest.raises(ResponseError):
        await r.module_load("/no/such/module.so", "argument")
    with pytest.raises(ResponseError):
        await r.module_unload("no-such-module")


@needs("MODULE LOADEX")
async def test_modules_that_are_not_there_cannot_be_loaded_with_settings(r):
    with pytest.raises(ResponseError):
        await r.module_loadex("/no/such/module.so", config={"a": "1"}, args=("x",))


# --- disk and replicas ----------------------------------------------------------------------------------------


async def test_save_moves_the_time_of_the_last_save(r):
    before = await r.lastsave()

    assert await r.save() is True
    assert await r.lastsave() >= before
    assert type(before) is int


def test_bgsave_and_bgrewriteaof_say_what_they_do(own):
    assert own.bgrewriteaof().startswith("Background append only file rewriting")
    assert own.bgsave(schedule=True).startswith("Background saving")


@since("99", valkey="8.1")
async def test_bgsave_cancel_needs_a_save_to_cancel(r):
    with pytest.raises(ResponseError, match="not in progress"):
        await r.bgsave(cancel=True)


async def test_bgsave_options_exclude_each_other(r):
    with pytest.raises(ValueError, match="schedule and cancel exclude each other"):
        await r.bgsave(schedule=True, cancel=True)


@pytest.mark.parametrize("method", ["replicaof", "slaveof"])
def test_replicaof_follows_and_stops_following(own, method):
    follow = getattr(own, method)

    assert follow("127.0.0.1", 1) is True
    assert own.role()[:3] == ["slave", "127.0.0.1", 1]
    assert follow() is True
    assert own.role()[0] == "master"


async def test_host_and_port_go_together(r):
    with pytest.raises(ValueError, match="host and port go together"):
        await r.replicaof("127.0.0.1")
    with pytest.raises(ValueError, match="host and port go together"):
        await r.slaveof(port=1)
    with pytest.raises(ValueError, match="host and port go together"):
        await r.failover(port=1)
    with pytest.raises(ValueError, match="force needs host, port and timeout"):
        await r.failover(force=True)


async def test_debug_gives_text(r):
    await r.set("k", "v")  # the server under test is set to allow it

    assert "encoding:embstr" in await r.debug("object", "k")


async def test_failover_needs_a_replica(r):
    with pytest.raises(ResponseError, match="replica"):
        await r.failover(host="127.0.0.1", port=1, timeout=1000, force=True)
    with pytest.raises(ResponseError, match="No failover in progress"):
        await r.failover(abort=True)


def test_shutdown_succeeds_when_the_server_is_gone(own):
    assert own.shutdown(nosave=True) is True


@since("7.0")
async def test_shutdown_abort_needs_a_shutdown_to_abort(r):
    with pytest.raises(ResponseError, match="No shutdown in progress"):
        await r.shutdown(abort=True)


async def test_shutdown_options_exclude_each_other(r):
    with pytest.raises(ValueError, match="nosave and save exclude each other"):
        await r.shutdown(save=True, nosave=True)
    with pytest.raises(ValueError, match="now and abort exclude each other"):
        await r.shutdown(now=True, abort=True)
