"""Every command on lists, on a real server and every face of the client."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.servers import needs

from plasma.errors import ResponseError, WrongTypeError

# --- pushing and popping --------------------------------------------------------------------------------------


async def test_lpush_puts_each_element_first(r):
    assert await r.lpush("l", "a") == 1
    assert await r.lpush("l", "b", "c") == 3
    assert await r.lrange("l", 0, -1) == r.s(["c", "b", "a"])


async def test_rpush_puts_elements_last(r):
    assert await r.rpush("l", "a") == 1
    assert await r.rpush("l", "b", 3, 2.5, b"bytes") == 5
    assert await r.lrange("l", 0, -1) == r.s(["a", "b", "3", "2.5", "bytes"])


async def test_lpushx_and_rpushx_need_a_list(r):
    assert await r.lpushx("l", "a") == 0
    assert await r.rpushx("l", "a") == 0
    await r.rpush("l", "m")

    assert await r.lpushx("l", "a", "b") == 3
    assert await r.rpushx("l", "y", "z") == 5
    assert await r.lrange("l", 0, -1) == r.s(["b", "a", "m", "y", "z"])


@pytest.mark.parametrize("command", ["lpush", "rpush", "lpushx", "rpushx"])
async def test_pushing_nothing_is_refused_by_name(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one element"):
        await getattr(r, command)("l")


@pytest.mark.parametrize("element", [None, True, ["a", "b"], {"a": 1}])
async def test_pushing_what_is_no_value_is_refused(r, element):
    with pytest.raises(TypeError):
        await r.rpush("l", "fine", element)

    assert await r.raw.execute("EXISTS", r.key("l")) == 0


async def test_pushing_to_another_kind_of_key_is_an_error(r):
    await r.execute("SET", "k", "text")

    with pytest.raises(WrongTypeError):
        await r.lpush("k", "a")


async def test_lpop_and_rpop_give_one_element(r):
    await r.rpush("l", "a", "b", "c")

    assert await r.lpop("l") == r.s("a")
    assert await r.rpop("l") == r.s("c")
    assert await r.lpop("nothing") is None
    assert await r.rpop("nothing") is None


async def test_lpop_and_rpop_with_a_count_give_a_list(r):
    await r.rpush("l", "a", "b", "c", "d")

    assert await r.lpop("l", 2) == r.s(["a", "b"])
    assert await r.rpop("l", 1) == r.s(["d"])
    assert await r.rpop("l", 9) == r.s(["c"])


@pytest.mark.parametrize("command", ["lpop", "rpop"])
async def test_popping_several_where_nothing_is_gives_an_empty_list(r, command):
    assert await getattr(r, command)("nothing", 2) == []
    await r.rpush("l", "a")
    if r.server.since(redis="7.0"):  # 6.2 takes a count of zero for a mistake
        assert await getattr(r, command)("l", 0) == []


async def test_popping_fewer_than_none_is_an_error(r):
    await r.rpush("l", "a")

    with pytest.raises(ResponseError, match="must be positive"):
        await r.lpop("l", -1)


# --- reading --------------------------------------------------------------------------------------------------


async def test_lrange_includes_both_ends(r):
    await r.rpush("l", "a", "b", "c", "d")

    assert await r.lrange("l", 1, 2) == r.s(["b", "c"])
    assert await r.lrange("l", -2, -1) == r.s(["c", "d"])
    assert await r.lrange("l", 5, 9) == []
    assert await r.lrange("nothing", 0, -1) == []


async def test_lrange_gives_large_lists_whole(r):
    elements = [f"element:{i}" for i in range(1000)]
    await r.rpush("l", *elements)

    assert await r.lrange("l", 0, -1) == r.s(elements)


async def test_llen_counts(r):
    await r.rpush("l", "a", "b")

    assert await r.llen("l") == 2
    assert await r.llen("nothing") == 0


async def test_lindex_counts_from_both_ends(r):
    await r.rpush("l", "a", "b", "c")

    assert await r.lindex("l", 0) == r.s("a")
    assert await r.lindex("l", -1) == r.s("c")
    assert await r.lindex("l", 3) is None
    assert await r.lindex("nothing", 0) is None


async def test_lpos_gives_an_index(r):
    await r.rpush("l", "a", "b", "c", "b")

    assert await r.lpos("l", "b") == 1
    assert await r.lpos("l", "x") is None
    assert await r.lpos("nothing", "x") is None


async def test_lpos_has_ranks(r):
    await r.rpush("l", "a", "b", "c", "b")

    assert await r.lpos("l", "b", rank=2) == 3
    assert await r.lpos("l", "b", rank=-1) == 3
    assert await r.lpos("l", "b", rank=3) is None


async def test_lpos_with_a_count_gives_a_list(r):
    await r.rpush("l", "a", "b", "c", "b")

    assert await r.lpos("l", "b", count=0) == [1, 3]
    assert await r.lpos("l", "b", count=1) == [1]
    assert await r.lpos("l", "b", count=0, rank=-1) == [3, 1]
    assert await r.lpos("l", "x", count=0) == []
    assert await r.lpos("nothing", "x", count=2) == []


async def test_lpos_compares_at_most_so_many(r):
    await r.rpush("l", "a", "b", "c", "b")

    assert await r.lpos("l", "b", maxlen=1) is None
    assert await r.lpos("l", "b", count=0, maxlen=3) == [1]


async def test_lpos_of_rank_zero_is_the_servers_error(r):
    with pytest.raises(ResponseError, match="RANK can't be zero"):
        await r.lpos("l", "b", rank=0)


# --- changing -------------------------------------------------------------------------------------------------


async def test_linsert_puts_an_element_beside_another(r):
    await r.rpush("l", "a", "c")

    assert await r.linsert("l", "BEFORE", "c", "b") == 3
    assert await r.linsert("l", "AFTER", "c", "d") == 4
    assert await r.lrange("l", 0, -1) == r.s(["a", "b", "c", "d"])


async def test_linsert_tells_why_it_did_not(r):
    await r.rpush("l", "a")

    assert await r.linsert("l", "BEFORE", "x", "b") == -1
    assert await r.linsert("nothing", "BEFORE", "x", "b") == 0


async def test_linsert_elsewhere_is_the_servers_error(r):
    with pytest.raises(ResponseError, match="syntax error"):
        await r.linsert("l", "BESIDE", "x", "b")


async def test_lset_replaces(r):
    await r.rpush("l", "a", "b")

    assert await r.lset("l", -1, "z") is True
    assert await r.lrange("l", 0, -1) == r.s(["a", "z"])


async def test_lset_outside_the_list_is_an_error(r):
    await r.rpush("l", "a")

    with pytest.raises(ResponseError, match="index out of range"):
        await r.lset("l", 5, "z")
    with pytest.raises(ResponseError, match="no such key"):
        await r.lset("nothing", 0, "z")


async def test_lrem_removes_from_either_end(r):
    await r.rpush("l", "a", "b", "a", "c", "a")

    assert await r.lrem("l", 1, "a") == 1
    assert await r.lrange("l", 0, -1) == r.s(["b", "a", "c", "a"])
    assert await r.lrem("l", -1, "a") == 1
    assert await r.lrange("l", 0, -1) == r.s(["b", "a", "c"])
    assert await r.lrem("l", 0, "a") == 1
    assert await r.lrem("l", 0, "x") == 0


async def test_ltrim_keeps_a_range(r):
    await r.rpush("l", "a", "b", "c", "d")

    assert await r.ltrim("l", 1, 2) is True
    assert await r.lrange("l", 0, -1) == r.s(["b", "c"])


# --- moving ---------------------------------------------------------------------------------------------------


async def test_lmove_takes_from_an_end_and_puts_to_an_end(r):
    await r.rpush("a", "1", "2", "3")
    await r.rpush("b", "x")

    assert await r.lmove("a", "b", "LEFT", "RIGHT") == r.s("1")
    assert await r.lmove("a", "b", "RIGHT", "LEFT") == r.s("3")
    assert await r.lrange("b", 0, -1) == r.s(["3", "x", "1"])
    assert await r.lmove("nothing", "b", "LEFT", "LEFT") is None


async def test_rpoplpush_moves_the_last_to_the_front(r):
    await r.rpush("a", "1", "2")

    assert await r.rpoplpush("a", "b") == r.s("2")
    assert await r.lrange("b", 0, -1) == r.s(["2"])
    assert await r.rpoplpush("nothing", "b") is None


@needs("LMPOP")
async def test_lmpop_takes_from_the_first_list_that_has_any(r):
    await r.rpush("b", "1", "2", "3")

    assert await r.lmpop(["a", "b"], "LEFT") == r.s(("b", ["1"]))
    assert await r.lmpop(("a", "b"), "RIGHT", count=5) == r.s(("b", ["3", "2"]))
    assert await r.lmpop(["a", "b"], "LEFT") is None


@needs("LMPOP")
@pytest.mark.parametrize("command", ["lmpop", "blmpop"])
async def test_lmpop_takes_its_keys_as_a_list(r, command):
    with pytest.raises(TypeError, match=rf"{command}\(\) takes its keys as a list: \['abc'\]"):
        await getattr(r, command)("abc", "LEFT")
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)([], "LEFT")


# --- waiting --------------------------------------------------------------------------------------------------


async def test_blpop_and_brpop_take_what_is_there(r):
    await r.rpush("l", "a", "b", "c")

    assert await r.blpop("nothing", "l", timeout=1) == r.s(("l", "a"))
    assert await r.brpop("nothing", "l", timeout=1) == r.s(("l", "c"))
    assert await r.blpop("l") == r.s(("l", "b"))


@pytest.mark.parametrize("command", ["blpop", "brpop"])
async def test_waiting_for_an_element_ends_when_one_comes(r, command):
    with r.once_blocked("RPUSH", r.key("l"), "late"):
        assert await getattr(r, command)("l", timeout=20) == r.s(("l", "late"))


async def test_blpop_waits_for_ever_by_itself(r):
    with r.once_blocked("RPUSH", r.key("l"), "late"):
        assert await r.blpop("l") == r.s(("l", "late"))


@pytest.mark.parametrize("command", ["blpop", "brpop"])
async def test_waiting_for_an_element_ends_with_none_in_time(r, command):
    assert await getattr(r, command)("nothing", timeout=0.01) is None
    assert await getattr(r, command)("nothing", timeout=timedelta(milliseconds=10)) is None


@pytest.mark.parametrize("command", ["blpop", "brpop"])
async def test_waiting_for_no_key_is_refused_by_name(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)(timeout=1)


async def test_waiting_for_less_than_nothing_is_the_servers_error(r):
    with pytest.raises(ResponseError, match="timeout is negative"):
        await r.blpop("l", timeout=-1)


async def test_blmove_moves_what_is_there_or_comes(r):
    await r.rpush("a", "1")

    assert await r.blmove("a", "b", "LEFT", "RIGHT", timeout=1) == r.s("1")
    with r.once_blocked("RPUSH", r.key("a"), "2"):
        assert await r.blmove("a", "b", "RIGHT", "LEFT", timeout=20) == r.s("2")
    assert await r.lrange("b", 0, -1) == r.s(["2", "1"])
    assert await r.blmove("a", "b", "LEFT", "LEFT", timeout=0.01) is None


async def test_brpoplpush_moves_what_is_there_or_comes(r):
    await r.rpush("a", "1")

    assert await r.brpoplpush("a", "b", timeout=1) == r.s("1")
    with r.once_blocked("RPUSH", r.key("a"), "2"):
        assert await r.brpoplpush("a", "b", timeout=20) == r.s("2")
    assert await r.lrange("b", 0, -1) == r.s(["2", "1"])
    assert await r.brpoplpush("a", "b", timeout=0.01) is None


@needs("BLMPOP")
async def test_blmpop_takes_what_is_there_or_comes(r):
    await r.rpush("b", "1", "2", "3")

    assert await r.blmpop(["a", "b"], "LEFT", timeout=1) == r.s(("b", ["1"]))
    assert await r.blmpop(["a", "b"], "RIGHT", timeout=1, count=2) == r.s(("b", ["3", "2"]))
    with r.once_blocked("RPUSH", r.key("a"), "late"):
        assert await r.blmpop(["a", "b"], "LEFT", timeout=20) == r.s(("a", ["late"]))
    assert await r.blmpop(["a", "b"], "LEFT", timeout=0.01) is None
