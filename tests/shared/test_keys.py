"""Every command on keys, whatever they hold, on a real server and every face of the client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from support.servers import needs, since

from plasma import RedisClient
from plasma.errors import BusyKeyError, DecodeError, ResponseError
from plasma.testing import RedisServer

IN_2100 = datetime(2100, 1, 1, tzinfo=timezone.utc)
IN_2100_SECONDS = 4102444800


@pytest.fixture(scope="module")
def other() -> Iterator[RedisClient]:
    """A second server, of the same kind as the first, to move keys to."""
    with RedisServer(server=os.environ.get("PLASMA_SERVER")) as server, RedisClient(server.url) as client:
        yield client


# --- life and death -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["delete", "unlink"])
async def test_delete_and_unlink_count_what_there_was(r, method):
    await r.mset({"a": 1, "b": 2, "c": 3})

    assert await getattr(r, method)("a", "b", "none") == 2
    assert await r.exists("a", "b", "c") == 1


@pytest.mark.parametrize("method", ["delete", "unlink", "exists", "touch"])
async def test_no_keys_at_all_are_refused_by_name(r, method):
    with pytest.raises(ValueError, match=rf"{method}\(\) needs at least one key; nothing was sent"):
        await getattr(r, method)()


async def test_a_list_of_keys_is_refused(r):
    with pytest.raises(TypeError, match="DEL"):
        await r.delete(["a", "b"])


async def test_exists_counts_a_key_as_often_as_it_is_given(r):
    await r.set("a", 1)

    assert await r.exists("a", "a", "none") == 2


async def test_touch_counts_what_there_is(r):
    await r.mset({"a": 1, "b": 2})

    assert await r.touch("a", "b", "none") == 2


# --- expiry ---------------------------------------------------------------------------------------------------


async def test_ttl_tells_no_expiry_from_no_key(r):
    await r.set("k", "v")

    assert [await r.ttl("k"), await r.pttl("k")] == [-1, -1]
    assert [await r.ttl("none"), await r.pttl("none")] == [-2, -2]


@pytest.mark.parametrize(
    ("method", "time"),
    [
        ("expire", 100),
        ("expire", timedelta(seconds=100)),
        ("pexpire", 100_000),
        ("pexpire", timedelta(seconds=100)),
    ],
    ids=str,
)
async def test_a_key_expires_after_a_duration(r, method, time):
    await r.set("k", "v")

    assert await getattr(r, method)("k", time) is True
    assert 90 < await r.ttl("k") <= 100
    assert 90_000 < await r.pttl("k") <= 100_000
    assert await getattr(r, method)("none", time) is False


@pytest.mark.parametrize(
    ("method", "time"),
    [
        ("expireat", IN_2100_SECONDS),
        ("expireat", IN_2100),
        ("expireat", IN_2100.astimezone().replace(tzinfo=None)),
        ("pexpireat", IN_2100_SECONDS * 1000),
        ("pexpireat", IN_2100),
        ("pexpireat", IN_2100.astimezone(timezone(timedelta(hours=5, minutes=30)))),
    ],
    ids=str,
)
async def test_a_key_expires_at_a_time(r, method, time):
    await r.set("k", "v")
    seconds = (IN_2100 - datetime.now(timezone.utc)).total_seconds()

    assert await getattr(r, method)("k", time) is True
    assert seconds - 10 < await r.ttl("k") <= seconds + 1
    assert await getattr(r, method)("none", time) is False


@needs("EXPIRETIME")
async def test_expiretime_tells_the_time(r):
    await r.set("k", "v")

    assert [await r.expiretime("k"), await r.pexpiretime("k")] == [-1, -1]
    assert [await r.expiretime("none"), await r.pexpiretime("none")] == [-2, -2]
    await r.pexpireat("k", IN_2100 + timedelta(milliseconds=7))
    assert await r.expiretime("k") == IN_2100_SECONDS
    assert await r.pexpiretime("k") == IN_2100_SECONDS * 1000 + 7


@pytest.mark.parametrize("method", ["expire", "pexpire", "expireat", "pexpireat"])
async def test_a_time_that_is_over_deletes_the_key(r, method):
    await r.set("k", "v")

    assert await getattr(r, method)("k", 0 if method.endswith("at") else -1) is True
    assert await r.exists("k") == 0


@since("7.0")
@pytest.mark.parametrize(
    ("method", "soon", "late"),
    [
        ("expire", 100, 200),
        ("pexpire", 100_000, 200_000),
        ("expireat", IN_2100_SECONDS, IN_2100_SECONDS + 1),
        ("pexpireat", IN_2100_SECONDS * 1000, IN_2100_SECONDS * 1000 + 1),
    ],
    ids=str,
)
async def test_an_expiry_may_depend_on_the_one_there_is(r, method, soon, late):
    await r.set("k", "v")
    expire = getattr(r, method)

    assert await expire("k", soon, xx=True) is False
    assert await expire("k", soon, gt=True) is False
    assert await expire("k", soon, nx=True) is True
    assert await expire("k", soon, nx=True) is False
    assert await expire("k", late, lt=True) is False
    assert await expire("k", late, gt=True) is True
    assert await expire("k", soon, xx=True, gt=True) is False
    assert await expire("k", soon, xx=True, lt=True) is True


@pytest.mark.parametrize("method", ["expire", "pexpire", "expireat", "pexpireat"])
@pytest.mark.parametrize("options", [("nx", "xx"), ("nx", "gt"), ("nx", "lt"), ("gt", "lt")], ids="-".join)
async def test_conditions_of_an_expiry_exclude_each_other(r, method, options):
    with pytest.raises(ValueError, match=rf"{method}\(\): {options[0]} and {options[1]} exclude each other"):
        await getattr(r, method)("k", 1, **dict.fromkeys(options, True))


async def test_a_duration_that_seconds_cannot_hold_names_pexpire(r):
    with pytest.raises(ValueError, match=r"use pexpire\(\)"):
        await r.expire("k", timedelta(milliseconds=1500))


async def test_persist_says_whether_it_took_an_expiry_away(r):
    await r.set("k", "v", ex=100)

    assert await r.persist("k") is True
    assert await r.persist("k") is False
    assert await r.persist("none") is False


# --- names ----------------------------------------------------------------------------------------------------


async def test_rename_takes_the_place_of_what_was_there(r):
    await r.mset({"a": "1", "b": "2"})

    assert await r.rename("a", "b") is True
    assert await r.mget("a", "b") == r.s([None, "1"])


async def test_rename_of_a_missing_key_raises(r):
    with pytest.raises(ResponseError, match="no such key"):
        await r.rename("none", "b")


async def test_renamenx_says_whether_it_renamed(r):
    await r.mset({"a": "1", "b": "2"})

    assert await r.renamenx("a", "b") is False
    assert await r.renamenx("a", "c") is True


async def test_keys_gives_those_of_a_pattern(r):
    await r.mset({"user:1": 1, "user:2": 2, "other": 3})

    assert sorted(await r.keys("user:*")) == r.s(["user:1", "user:2"])
    assert len(await r.keys()) == 3
    assert await r.keys("none*") == []


async def test_scan_comes_to_its_end_with_every_key(r):
    await r.mset({f"key:{i}": i for i in range(100)})
    cursor, found, calls = 0, set(), 0
    while True:
        cursor, some = await r.scan(cursor, count=30)
        assert type(cursor) is int
        assert type(some) is list
        found.update(some)
        calls += 1
        if not cursor:
            break

    assert found == r.s({f"key:{i}" for i in range(100)})
    assert calls > 1


async def test_scan_of_an_empty_database_gives_nothing(r):
    assert await r.scan() == (0, [])


async def test_scan_matches_a_pattern_and_a_type(r):
    await r.mset({"user:1": 1, "user:2": 2, "other": 3})
    await r.rpush("user:list", "x")

    assert sorted((await r.scan(match="user:*", count=1000))[1]) == r.s(["user:1", "user:2", "user:list"])
    assert (await r.scan(type="list", count=1000))[1] == r.s(["user:list"])
    assert sorted((await r.scan(match="user:*", type="string", count=1000))[1]) == r.s(["user:1", "user:2"])


async def test_randomkey_gives_some_key_or_none(r):
    assert await r.randomkey() is None
    await r.set("k", "v")

    assert await r.randomkey() == r.s("k")


# --- what a key holds -----------------------------------------------------------------------------------------


async def test_type_is_text_on_every_face(r):
    await r.set("string", 1)
    await r.rpush("list", 1)
    await r.sadd("set", 1)
    await r.zadd("zset", {"m": 1})
    await r.hset("hash", "f", 1)

    assert [await r.type(key) for key in ("string", "list", "set", "zset", "hash")] == [
        "string",
        "list",
        "set",
        "zset",
        "hash",
    ]
    assert await r.type("none") == "none"


async def test_object_encoding_is_text_on_every_face(r):
    await r.set("k", "1")

    assert await r.object_encoding("k") == "int"
    assert await r.object_encoding("none") is None


async def test_object_tells_references_and_idle_time(r):
    await r.set("k", "some text")

    assert await r.object_refcount("k") == 1
    assert 0 <= await r.object_idletime("k") < 60
    assert await r.object_refcount("none") is None
    assert await r.object_idletime("none") is None


async def test_object_freq_needs_a_policy_by_frequency(r):
    await r.set("k", "v")
    assert await r.object_freq("none") is None
    with pytest.raises(ResponseError, match="LFU"):
        await r.object_freq("k")
    await r.config_set("maxmemory-policy", "allkeys-lfu")
    try:
        await r.set("k", "v")

        assert type(await r.object_freq("k")) is int
    finally:
        await r.config_set("maxmemory-policy", "noeviction")


async def test_object_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.object_help())


# --- copies ---------------------------------------------------------------------------------------------------


async def test_copy_says_whether_it_copied(r):
    await r.mset({"a": "1", "b": "2"})

    assert await r.copy("a", "b") is False
    assert await r.copy("a", "b", replace=True) is True
    assert await r.copy("a", "c") is True
    assert await r.copy("none", "d") is False
    assert await r.mget("a", "b", "c") == r.s(["1", "1", "1"])


async def test_copy_and_move_reach_another_database(r):
    await r.mset({"a": "1", "b": "2"})

    assert await r.copy("a", "a", db=1) is True
    assert await r.copy("a", "a", db=1) is False
    assert await r.copy("a", "a", db=1, replace=True) is True
    assert await r.move("b", 1) is True
    assert await r.move("b", 1) is False
    assert await r.exists("a", "b") == 1


async def test_dump_and_restore_carry_a_value(r):
    if r.face.text is str:
        pytest.skip("a dump is binary")
    await r.set("k", "v")
    dumped = await r.dump("k")

    assert await r.restore("copy", 0, dumped) is True
    assert await r.get("copy") == b"v"
    assert await r.dump("none") is None
    with pytest.raises(BusyKeyError):
        await r.restore("copy", 0, dumped)
    assert await r.restore("copy", 100_000, dumped, replace=True) is True
    assert 90 < await r.ttl("copy") <= 100
    assert await r.restore("copy", timedelta(seconds=50), dumped, replace=True, idletime=1000) is True
    assert 40 < await r.ttl("copy") <= 50
    assert await r.object_idletime("copy") >= 1000
    assert await r.restore("copy", IN_2100, dumped, replace=True, absttl=True, freq=10) is True
    assert await r.ttl("copy") > 1000
    assert await r.restore("copy", IN_2100_SECONDS * 1000, dumped, replace=True, absttl=True) is True
    assert await r.ttl("copy") > 1000


async def test_a_dump_asked_for_as_text_says_so_and_the_connection_goes_on(r):
    if r.face.text is bytes:
        pytest.skip("bytes are what a dump is")
    await r.set("k", "x" * 200)

    with pytest.raises(DecodeError, match="DUMP"):
        await r.dump("k")
    assert await r.ping() is True


async def test_restore_refuses_a_time_of_the_wrong_kind(r):
    with pytest.raises(ValueError, match="restore"):
        await r.restore("k", IN_2100, b"")
    with pytest.raises(ValueError, match="restore"):
        await r.restore("k", timedelta(1), b"", absttl=True)
    with pytest.raises(ValueError, match="idletime and freq exclude"):
        await r.restore("k", 0, b"", idletime=1, freq=1)


async def test_migrate_moves_keys_to_another_server(r, other):
    port = other.config.port
    await r.mset({"a": "1", "b": "2"})

    assert await r.migrate("127.0.0.1", port, ["none"], 0, 5000) is False
    assert await r.migrate("127.0.0.1", port, ["a", "b"], 0, timedelta(seconds=5), copy=True) is True
    assert await r.mget("a", "b") == r.s(["1", "2"])
    assert other.mget(r.key("a"), r.key("b")) == ["1", "2"]
    with pytest.raises(ResponseError, match="BUSYKEY"):
        await r.migrate("127.0.0.1", port, ["a"], 0, 5000)
    assert await r.migrate("127.0.0.1", port, ["a", "b"], 0, 5000, replace=True) is True
    assert await r.exists("a", "b") == 0
    other.flushall()


async def test_migrate_logs_in_at_the_other_server(r, other):
    port = other.config.port
    other.execute("ACL", "SETUSER", "mover", "on", ">secret", "~*", "+@all")
    await r.mset({"a": "1", "b": "2"})

    assert await r.migrate("127.0.0.1", port, ["a"], 0, 5000, username="mover", password="secret") is True
    with pytest.raises(ResponseError, match="Target"):
        await r.migrate("127.0.0.1", port, ["b"], 0, 5000, username="mover", password="wrong")
    with pytest.raises(ResponseError, match="Target"):
        await r.migrate("127.0.0.1", port, ["b"], 0, 5000, password="wrong")
    with pytest.raises(ValueError, match="username needs password"):
        await r.migrate("127.0.0.1", port, ["b"], 0, 5000, username="mover")
    other.flushall()


async def test_migrate_takes_a_list_of_keys(r):
    with pytest.raises(ValueError, match=r"migrate\(\) needs at least one key"):
        await r.migrate("127.0.0.1", 1, [], 0, 5000)
    with pytest.raises(TypeError, match=r"migrate\(\) takes its keys as a list"):
        await r.migrate("127.0.0.1", 1, "ab", 0, 5000)


# --- sorting --------------------------------------------------------------------------------------------------


async def test_sort_sorts_numbers_and_texts(r):
    await r.rpush("l", "3", "1", "20")

    assert await r.sort("l") == r.s(["1", "3", "20"])
    assert await r.sort("l", desc=True) == r.s(["20", "3", "1"])
    assert await r.sort("l", alpha=True) == r.s(["1", "20", "3"])
    assert await r.sort("l", offset=1, count=1) == r.s(["3"])
    assert await r.sort("none") == []


async def test_sort_by_and_get_reach_other_keys(r):
    await r.rpush("l", "1", "2", "3")
    await r.mset({"weight:1": 30, "weight:2": 20, "weight:3": 10, "name:1": "a", "name:2": "b"})

    assert await r.sort("l", by="weight:*") == r.s(["3", "2", "1"])
    assert await r.sort("l", by="nosort", get=["#", "name:*"]) == r.s(["1", "a", "2", "b", "3", None])


async def test_sort_stores_and_counts(r):
    await r.rpush("l", "3", "1", "2")

    assert await r.sort("l", store="sorted") == 3
    assert await r.lrange("sorted", 0, -1) == r.s(["1", "2", "3"])


@needs("SORT_RO")
async def test_sort_ro_sorts_as_sort_does(r):
    await r.rpush("l", "3", "1", "2")
    await r.mset({"weight:1": 30, "weight:2": 20, "weight:3": 10, "name:3": "c"})

    assert await r.sort_ro("l", desc=True, offset=0, count=2) == r.s(["3", "2"])
    assert await r.sort_ro("l", by="weight:*", get=["name:*"]) == r.s(["c", None, None])
    assert await r.sort_ro("l", alpha=True) == r.s(["1", "2", "3"])


async def test_sort_takes_a_list_of_patterns(r):
    with pytest.raises(TypeError, match=r"sort\(\) takes the patterns of get as a list"):
        await r.sort("l", get="name:*")


# --- replicas -------------------------------------------------------------------------------------------------


async def test_wait_counts_replicas(r):
    assert await r.wait(0, 10) == 0
    assert await r.wait(1, timedelta(milliseconds=1)) == 0


@needs("WAITAOF")
async def test_waitaof_counts_servers(r):
    assert await r.waitaof(0, 0, 10) == (0, 0)
    assert await r.waitaof(0, 1, timedelta(milliseconds=1)) == (0, 0)
