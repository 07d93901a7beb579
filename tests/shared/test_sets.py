"""Every command on sets, on a real server and every face of the client."""

from __future__ import annotations

import pytest
from support.servers import needs

from plasma.errors import WrongTypeError


async def test_sadd_counts_new_members(r):
    assert await r.sadd("s", "a", "b") == 2
    assert await r.sadd("s", "b", 3, 2.5, b"bytes") == 3
    assert await r.smembers("s") == r.s({"a", "b", "3", "2.5", "bytes"})


@pytest.mark.parametrize("command", ["sadd", "srem", "smismember"])
async def test_naming_no_member_is_refused(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one member"):
        await getattr(r, command)("s")


@pytest.mark.parametrize("member", [None, True, ["a"], {"a"}])
async def test_sadd_refuses_what_is_no_value(r, member):
    with pytest.raises(TypeError):
        await r.sadd("s", "fine", member)

    assert await r.raw.execute("EXISTS", r.key("s")) == 0


async def test_sadd_to_another_kind_of_key_is_an_error(r):
    await r.execute("SET", "k", "text")

    with pytest.raises(WrongTypeError):
        await r.sadd("k", "a")


async def test_srem_counts_what_was_there(r):
    await r.sadd("s", "a", "b", "c")

    assert await r.srem("s", "a", "b", "x") == 2
    assert await r.smembers("s") == r.s({"c"})


async def test_smembers_gives_a_set(r):
    members = await r.smembers("nothing")

    assert members == set()
    assert type(members) is set


async def test_smembers_gives_large_sets_whole(r):
    members = {f"member:{i}" for i in range(1000)}
    await r.sadd("s", *members)

    assert await r.smembers("s") == r.s(members)


async def test_scard_counts(r):
    await r.sadd("s", "a", "b")

    assert await r.scard("s") == 2
    assert await r.scard("nothing") == 0


async def test_sismember_says_yes_or_no(r):
    await r.sadd("s", "a")

    assert await r.sismember("s", "a") is True
    assert await r.sismember("s", "x") is False


async def test_smismember_answers_in_order(r):
    await r.sadd("s", "a", "b")
    answers = await r.smismember("s", "b", "x", "a")

    assert answers == [True, False, True]
    assert all(type(answer) is bool for answer in answers)
    assert await r.smismember("nothing", "a") == [False]


async def test_smove_moves_a_member(r):
    await r.sadd("a", "1", "2")

    assert await r.smove("a", "b", "1") is True
    assert await r.smove("a", "b", "x") is False
    assert await r.smembers("a") == r.s({"2"})
    assert await r.smembers("b") == r.s({"1"})


async def test_spop_takes_a_member_out(r):
    await r.sadd("s", "a")

    assert await r.spop("s") == r.s("a")
    assert await r.spop("s") is None
    assert await r.scard("s") == 0


async def test_spop_with_a_count_gives_a_set(r):
    await r.sadd("s", "a", "b", "c")
    first = await r.spop("s", 2)
    second = await r.spop("s", 9)

    assert type(first) is set
    assert len(first) == 2
    assert first | second == r.s({"a", "b", "c"})
    assert await r.spop("s", 2) == set()


async def test_srandmember_leaves_the_member_in(r):
    await r.sadd("s", "a")

    assert await r.srandmember("s") == r.s("a")
    assert await r.scard("s") == 1
    assert await r.srandmember("nothing") is None


async def test_srandmember_with_a_count_gives_a_list(r):
    await r.sadd("s", "a", "b")
    members = await r.srandmember("s", 9)

    assert type(members) is list
    assert sorted(members) == r.s(["a", "b"])
    assert len(await r.srandmember("s", -9)) == 9
    assert await r.srandmember("s", 0) == []
    assert await r.srandmember("nothing", 2) == []


# --- several sets ---------------------------------------------------------------------------------------------


async def test_sets_are_combined(r):
    await r.sadd("a", "1", "2", "3")
    await r.sadd("b", "2", "3", "4")

    assert await r.sunion("a", "b") == r.s({"1", "2", "3", "4"})
    assert await r.sinter("a", "b") == r.s({"2", "3"})
    assert await r.sdiff("a", "b") == r.s({"1"})
    assert await r.sdiff("a", "b", "nothing") == r.s({"1"})


@pytest.mark.parametrize("command", ["sunion", "sinter", "sdiff"])
async def test_combining_gives_a_set_of_one_key_and_of_nothing(r, command):
    await r.sadd("a", "1")

    assert await getattr(r, command)("a") == r.s({"1"})
    assert await getattr(r, command)("nothing") == set()


@pytest.mark.parametrize("command", ["sunion", "sinter", "sdiff", "sintercard"])
async def test_combining_no_keys_is_refused_by_name(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)()


async def test_combinations_are_stored(r):
    await r.sadd("a", "1", "2", "3")
    await r.sadd("b", "2", "3", "4")

    assert await r.sunionstore("u", ["a", "b"]) == 4
    assert await r.sinterstore("i", ("a", "b")) == 2
    assert await r.sdiffstore("d", ["a", "b"]) == 1
    assert await r.smembers("u") == r.s({"1", "2", "3", "4"})
    assert await r.smembers("i") == r.s({"2", "3"})
    assert await r.smembers("d") == r.s({"1"})


@pytest.mark.parametrize("command", ["sunionstore", "sinterstore", "sdiffstore"])
async def test_storing_takes_its_keys_as_a_list(r, command):
    with pytest.raises(TypeError, match=rf"{command}\(\) takes its keys as a list: \['abc'\]"):
        await getattr(r, command)("d", "abc")
    with pytest.raises(TypeError, match=rf"{command}\(\) takes its keys as a list: \[b'abc'\]"):
        await getattr(r, command)("d", b"abc")
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)("d", [])


@needs("SINTERCARD")
async def test_sintercard_counts_up_to_a_limit(r):
    await r.sadd("a", "1", "2", "3")
    await r.sadd("b", "2", "3", "4")

    assert await r.sintercard("a", "b") == 2
    assert await r.sintercard("a", "b", limit=1) == 1
    assert await r.sintercard("a", "b", limit=0) == 2
    assert await r.sintercard("a", "nothing") == 0


# --- scanning -------------------------------------------------------------------------------------------------


async def test_sscan_gives_a_cursor_and_a_list(r):
    await r.sadd("s", "1", "2")
    cursor, members = await r.sscan("s")

    assert cursor == 0
    assert sorted(members) == r.s(["1", "2"])
    assert await r.sscan("nothing", 0) == (0, [])


async def test_sscan_matches_members(r):
    await r.sadd("s", "user:1", "other")

    assert await r.sscan("s", match="user:*") == (0, r.s(["user:1"]))
    assert await r.sscan("s", match="user:*", count=10) == (0, r.s(["user:1"]))


async def test_sscan_goes_on_from_its_cursor(r):
    members = {f"member:{i}" for i in range(600)}
    await r.sadd("s", *members)
    cursor, part = await r.sscan("s", count=100)
    seen = list(part)
    calls = 1
    while cursor:
        cursor, part = await r.sscan("s", cursor, count=100)
        seen += part
        calls += 1

    assert type(cursor) is int
    assert calls > 1
    assert set(seen) == r.s(members)
