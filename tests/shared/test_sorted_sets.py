"""Every command on sorted sets, on a real server and every face of the client."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import inf, nan
from types import MappingProxyType

import pytest
from support.servers import needs, since

from plasma.errors import ResponseError, WrongTypeError

ABCD = {"a": 1, "b": 2, "c": 3, "d": 4}


# --- adding ---------------------------------------------------------------------------------------------------


async def test_zadd_takes_a_mapping_of_members_to_scores(r):
    assert await r.zadd("z", {"a": 1, "b": 2.5, b"c": 3}) == 3
    assert await r.zrange("z", 0, -1, withscores=True) == r.s([("a", 1.0), ("b", 2.5), ("c", 3.0)])


async def test_zadd_takes_pairs_of_a_score_and_a_member(r):
    assert await r.zadd("z", (120, "user:1"), (80.5, "user:2")) == 2
    assert await r.zrange("z", 0, -1, withscores=True) == r.s([("user:2", 80.5), ("user:1", 120.0)])


async def test_zadd_takes_mappings_and_pairs_together(r):
    assert await r.zadd("z", {"a": 1}, (2, "b"), MappingProxyType({"c": 3})) == 3
    assert await r.zrange("z", 0, -1) == r.s(["a", "b", "c"])


@pytest.mark.parametrize("score", [0, -1, 1.5, 0.1, 1e300, 5e-324, 2**53, inf, -inf])
async def test_every_score_comes_back_as_it_went(r, score):
    await r.zadd("z", {"a": score})
    back = await r.zscore("z", "a")

    assert back == score
    assert type(back) is float


async def test_zadd_counts_new_members(r):
    await r.zadd("z", {"a": 1})

    assert await r.zadd("z", {"a": 2, "b": 2}) == 1


async def test_zadd_with_ch_counts_changed_members_too(r):
    await r.zadd("z", {"a": 1, "b": 1})

    assert await r.zadd("z", {"a": 2, "b": 1, "c": 1}, ch=True) == 2


async def test_zadd_with_nx_never_changes_a_score(r):
    await r.zadd("z", {"a": 1})

    assert await r.zadd("z", {"a": 2, "b": 2}, nx=True) == 1
    assert await r.zscore("z", "a") == 1.0


async def test_zadd_with_xx_never_adds(r):
    await r.zadd("z", {"a": 1})

    assert await r.zadd("z", {"a": 2, "b": 2}, xx=True) == 0
    assert await r.zrange("z", 0, -1, withscores=True) == r.s([("a", 2.0)])


async def test_zadd_with_gt_and_lt_changes_one_way_only(r):
    await r.zadd("z", {"a": 5})

    assert await r.zadd("z", {"a": 4}, gt=True, ch=True) == 0
    assert await r.zadd("z", {"a": 6}, gt=True, ch=True) == 1
    assert await r.zadd("z", {"a": 7}, lt=True, ch=True) == 0
    assert await r.zadd("z", {"a": 3}, lt=True, xx=True, ch=True) == 1
    assert await r.zscore("z", "a") == 3.0


async def test_zadd_with_incr_gives_the_new_score(r):
    score = await r.zadd("z", {"a": 1.5}, incr=True)

    assert score == 1.5
    assert type(score) is float
    assert await r.zadd("z", (2, "a"), incr=True) == 3.5
    assert await r.zadd("z", {"a": 1}, incr=True, nx=True) is None
    assert await r.zadd("z", {"b": 1}, incr=True, xx=True) is None


async def test_zadd_with_incr_of_two_members_is_the_servers_error(r):
    with pytest.raises(ResponseError, match="INCR option supports a single increment-element pair"):
        await r.zadd("z", {"a": 1, "b": 2}, incr=True)


@pytest.mark.parametrize("options", [("nx", "xx"), ("nx", "gt"), ("nx", "lt"), ("gt", "lt")])
async def test_zadd_refuses_options_that_exclude_each_other(r, options):
    one, other = options

    with pytest.raises(ValueError, match=rf"zadd\(\): {one} and {other} exclude each other"):
        await r.zadd("z", {"a": 1}, **{one: True, other: True})


async def test_zadd_of_nothing_is_refused_by_name(r):
    for members in ((), ({},), ({}, {})):
        with pytest.raises(ValueError, match=r"zadd\(\) needs at least one member"):
            await r.zadd("z", *members)


@pytest.mark.parametrize("member", ["user:1", 42])
async def test_zadd_shows_both_right_forms_to_those_who_write_score_and_member(r, member):
    with pytest.raises(TypeError) as caught:
        await r.zadd("z", {"score": 120, "member": member})

    assert 'zadd(key, {"user:1": 120})' in str(caught.value)
    assert 'zadd(key, (120, "user:1"))' in str(caught.value)


@pytest.mark.parametrize("score", ["120", b"120", None, True, [1], Decimal(1), ("a", 1)])
async def test_a_score_that_is_no_number_never_leaves(r, score):
    with pytest.raises(TypeError, match=r'zadd\(\) takes numbers as scores.*zadd\(key, \(120, "user:1"\)\)'):
        await r.zadd("z", {"fine": 1, "a": score})
    with pytest.raises(TypeError, match=r"zadd\(\) takes numbers as scores"):
        await r.zadd("z", (score, "a"))
    with pytest.raises(TypeError, match=r"zincrby\(\) takes numbers as scores"):
        await r.zincrby("z", score, "a")

    assert await r.raw.execute("EXISTS", r.key("z")) == 0


async def test_a_score_of_nan_never_leaves(r):
    with pytest.raises(ValueError, match="not a number"):
        await r.zadd("z", {"a": nan})
    with pytest.raises(ValueError, match="not a number"):
        await r.zincrby("z", nan, "a")


@pytest.mark.parametrize("members", [("a", 1), (1, "a"), ([1, "a"],), ([(1, "a")],), ((1, "a", "b"),), ((),), (None,)])
async def test_zadd_of_anything_else_shows_the_right_forms(r, members):
    with pytest.raises(TypeError, match=r'zadd\(key, {"user:1": 120}\) or zadd\(key, \(120, "user:1"\)\)'):
        await r.zadd("z", *members)


@pytest.mark.parametrize("member", [None, True, ("a",)])
async def test_zadd_refuses_members_that_are_no_value(r, member):
    with pytest.raises(TypeError):
        await r.zadd("z", {member: 1})
    with pytest.raises(TypeError):
        await r.zadd("z", (1, member))


async def test_zadd_to_another_kind_of_key_is_an_error(r):
    await r.execute("SET", "k", "text")

    with pytest.raises(WrongTypeError):
        await r.zadd("k", {"a": 1})


async def test_zincrby_gives_the_new_score(r):
    assert await r.zincrby("z", 1, "a") == 1.0
    assert await r.zincrby("z", -2.5, "a") == -1.5
    assert type(await r.zincrby("z", 1, "b")) is float


# --- one member -----------------------------------------------------------------------------------------------


async def test_zcard_counts(r):
    await r.zadd("z", ABCD)

    assert await r.zcard("z") == 4
    assert await r.zcard("nothing") == 0


async def test_zscore_gives_a_float_or_none(r):
    await r.zadd("z", ABCD)

    assert await r.zscore("z", "b") == 2.0
    assert await r.zscore("z", "x") is None
    assert await r.zscore("nothing", "x") is None


async def test_zmscore_answers_in_order(r):
    await r.zadd("z", ABCD)
    scores = await r.zmscore("z", "b", "x", "a")

    assert scores == [2.0, None, 1.0]
    assert type(scores[0]) is float
    assert await r.zmscore("nothing", "a") == [None]


async def test_zrank_and_zrevrank_count_from_either_end(r):
    await r.zadd("z", ABCD)

    assert await r.zrank("z", "a") == 0
    assert await r.zrank("z", "c") == 2
    assert await r.zrevrank("z", "a") == 3
    assert await r.zrank("z", "x") is None
    assert await r.zrevrank("nothing", "x") is None


@since(redis="7.2")
async def test_zrank_and_zrevrank_give_the_score_too(r):
    await r.zadd("z", ABCD)

    assert await r.zrank("z", "a", withscore=True) == (0, 1.0)
    assert await r.zrevrank("z", "a", withscore=True) == (3, 1.0)
    assert await r.zrank("z", "x", withscore=True) is None
    assert await r.zrevrank("nothing", "x", withscore=True) is None


async def test_zrem_counts_what_was_there(r):
    await r.zadd("z", ABCD)

    assert await r.zrem("z", "a", "b", "x") == 2
    assert await r.zrange("z", 0, -1) == r.s(["c", "d"])


@pytest.mark.parametrize("command", ["zrem", "zmscore"])
async def test_naming_no_member_is_refused(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one member"):
        await getattr(r, command)("z")


# --- ranges ---------------------------------------------------------------------------------------------------


async def test_zrange_goes_by_rank(r):
    await r.zadd("z", ABCD)

    assert await r.zrange("z", 0, -1) == r.s(["a", "b", "c", "d"])
    assert await r.zrange("z", 1, 2) == r.s(["b", "c"])
    assert await r.zrange("z", 9, 10) == []
    assert await r.zrange("nothing", 0, -1) == []
    assert await r.zrange("nothing", 0, -1, withscores=True) == []


async def test_zrange_gives_members_with_scores(r):
    await r.zadd("z", {"a": 1, "b": 2.5})
    pairs = await r.zrange("z", 0, -1, withscores=True)

    assert pairs == r.s([("a", 1.0), ("b", 2.5)])
    assert all(type(pair) is tuple and type(pair[1]) is float for pair in pairs)


async def test_zrange_gives_large_sets_whole(r):
    members = {f"member:{i:04}": i / 8 for i in range(1000)}
    await r.zadd("z", members)

    assert await r.zrange("z", 0, -1) == r.s(list(members))
    assert await r.zrange("z", 0, -1, withscores=True) == r.s(list(members.items()))


async def test_zrange_goes_the_other_way(r):
    await r.zadd("z", ABCD)

    assert await r.zrange("z", 0, 1, rev=True) == r.s(["d", "c"])
    assert await r.zrange("z", 0, 0, rev=True, withscores=True) == r.s([("d", 4.0)])


async def test_zrange_goes_by_score(r):
    await r.zadd("z", ABCD)

    assert await r.zrange("z", 2, 3, byscore=True) == r.s(["b", "c"])
    assert await r.zrange("z", "(2", "+inf", byscore=True) == r.s(["c", "d"])
    assert await r.zrange("z", -inf, inf, byscore=True, withscores=True, count=1) == r.s([("a", 1.0)])
    assert await r.zrange("z", "+inf", "(2", byscore=True, rev=True) == r.s(["d", "c"])


async def test_zrange_goes_by_the_order_of_bytes(r):
    await r.zadd("z", dict.fromkeys("abcd", 0))

    assert await r.zrange("z", "-", "[b", bylex=True) == r.s(["a", "b"])
    assert await r.zrange("z", "+", "(b", bylex=True, rev=True) == r.s(["d", "c"])


async def test_zrange_has_an_offset_and_a_count(r):
    await r.zadd("z", ABCD)

    assert await r.zrange("z", 0, 9, byscore=True, offset=1, count=2) == r.s(["b", "c"])
    assert await r.zrange("z", 0, 9, byscore=True, offset=2) == r.s(["c", "d"])
    assert await r.zrange("z", 0, 9, byscore=True, count=1) == r.s(["a"])
    assert await r.zrange("z", 0, 9, byscore=True, offset=0, count=0) == []


async def test_zrange_goes_by_score_or_by_bytes(r):
    with pytest.raises(ValueError, match=r"zrange\(\): byscore and bylex exclude each other"):
        await r.zrange("z", 0, 1, byscore=True, bylex=True)


async def test_zrange_of_wrong_bounds_is_the_servers_error(r):
    with pytest.raises(ResponseError, match="not an integer"):
        await r.zrange("z", "a", "b")
    with pytest.raises(ResponseError, match="min or max is not a float"):
        await r.zrange("z", "a", "b", byscore=True)
    with pytest.raises(ResponseError, match="LIMIT is only supported"):
        await r.zrange("z", 0, -1, count=1)


async def test_zrangebyscore_goes_up_and_zrevrangebyscore_down(r):
    await r.zadd("z", ABCD)

    assert await r.zrangebyscore("z", 2, "(4") == r.s(["b", "c"])
    assert await r.zrangebyscore("z", "-inf", "+inf", offset=1, count=1) == r.s(["b"])
    assert await r.zrangebyscore("z", 1, 2, withscores=True) == r.s([("a", 1.0), ("b", 2.0)])
    assert await r.zrangebyscore("z", 1, 9, withscores=True, offset=3) == r.s([("d", 4.0)])
    assert await r.zrevrangebyscore("z", "(4", 2) == r.s(["c", "b"])
    assert await r.zrevrangebyscore("z", inf, -inf, offset=1, count=1) == r.s(["c"])
    assert await r.zrevrangebyscore("z", 2, 1, withscores=True) == r.s([("b", 2.0), ("a", 1.0)])
    assert await r.zrevrangebyscore("z", 9, 1, withscores=True, count=1) == r.s([("d", 4.0)])


async def test_zrangebylex_goes_up_and_zrevrangebylex_down(r):
    await r.zadd("z", dict.fromkeys("abcd", 0))

    assert await r.zrangebylex("z", "[b", "(d") == r.s(["b", "c"])
    assert await r.zrangebylex("z", "-", "+", offset=1, count=2) == r.s(["b", "c"])
    assert await r.zrevrangebylex("z", "(d", "[b") == r.s(["c", "b"])
    assert await r.zrevrangebylex("z", "+", "-", count=1) == r.s(["d"])


async def test_zrevrange_gives_the_highest_first(r):
    await r.zadd("z", ABCD)

    assert await r.zrevrange("z", 0, 1) == r.s(["d", "c"])
    assert await r.zrevrange("z", 0, 0, withscores=True) == r.s([("d", 4.0)])


async def test_zrangestore_keeps_a_range(r):
    await r.zadd("z", ABCD)

    assert await r.zrangestore("d", "z", 0, 1) == 2
    assert await r.zrange("d", 0, -1, withscores=True) == r.s([("a", 1.0), ("b", 2.0)])
    assert await r.zrangestore("d", "z", 0, 0, rev=True) == 1
    assert await r.zrange("d", 0, -1) == r.s(["d"])
    assert await r.zrangestore("d", "z", "(1", "+inf", byscore=True, offset=1, count=1) == 1
    assert await r.zrange("d", 0, -1) == r.s(["c"])
    assert await r.zrangestore("d", "z", "-", "+", bylex=True) == 4


async def test_zrangestore_goes_by_score_or_by_bytes(r):
    with pytest.raises(ValueError, match=r"zrangestore\(\): byscore and bylex exclude each other"):
        await r.zrangestore("d", "z", 0, 1, byscore=True, bylex=True)


async def test_zcount_and_zlexcount_count_a_range(r):
    await r.zadd("z", ABCD)
    await r.zadd("lex", dict.fromkeys("abcd", 0))

    assert await r.zcount("z", 2, 3) == 2
    assert await r.zcount("z", "(2", "+inf") == 2
    assert await r.zlexcount("lex", "[b", "(d") == 2
    assert await r.zlexcount("lex", "-", "+") == 4


async def test_zremrangeby_removes_a_range(r):
    await r.zadd("z", ABCD)
    await r.zadd("lex", dict.fromkeys("abcd", 0))

    assert await r.zremrangebyrank("z", 0, 0) == 1
    assert await r.zremrangebyscore("z", "(2", 3) == 1
    assert await r.zrange("z", 0, -1) == r.s(["b", "d"])
    assert await r.zremrangebylex("lex", "[b", "(d") == 2
    assert await r.zrange("lex", 0, -1) == r.s(["a", "d"])


# --- popping and random members -------------------------------------------------------------------------------


async def test_zpopmin_and_zpopmax_give_a_member_with_its_score(r):
    await r.zadd("z", ABCD)

    assert await r.zpopmin("z") == r.s(("a", 1.0))
    assert await r.zpopmax("z") == r.s(("d", 4.0))
    assert await r.zpopmin("nothing") is None
    assert await r.zpopmax("nothing") is None


async def test_zpopmin_and_zpopmax_with_a_count_give_a_list(r):
    await r.zadd("z", ABCD)

    assert await r.zpopmin("z", 1) == r.s([("a", 1.0)])
    assert await r.zpopmax("z", 2) == r.s([("d", 4.0), ("c", 3.0)])
    assert await r.zpopmin("z", 9) == r.s([("b", 2.0)])
    assert await r.zpopmin("nothing", 2) == []
    assert await r.zpopmax("nothing", 2) == []


async def test_zrandmember_leaves_the_member_in(r):
    await r.zadd("z", {"a": 1})

    assert await r.zrandmember("z") == r.s("a")
    assert await r.zcard("z") == 1
    assert await r.zrandmember("nothing") is None


async def test_zrandmember_with_a_count_gives_a_list(r):
    await r.zadd("z", {"a": 1, "b": 2})

    assert sorted(await r.zrandmember("z", 9)) == r.s(["a", "b"])
    assert len(await r.zrandmember("z", -9)) == 9
    assert await r.zrandmember("z", 0) == []
    assert await r.zrandmember("nothing", 2) == []


async def test_zrandmember_gives_scores_too(r):
    await r.zadd("z", {"a": 1, "b": 2})

    assert sorted(await r.zrandmember("z", 9, withscores=True)) == r.s([("a", 1.0), ("b", 2.0)])
    assert await r.zrandmember("nothing", 9, withscores=True) == []
    with pytest.raises(ValueError, match=r"zrandmember\(\): withscores needs a count"):
        await r.zrandmember("z", withscores=True)


@needs("ZMPOP")
async def test_zmpop_takes_from_the_first_set_that_has_any(r):
    await r.zadd("b", ABCD)

    assert await r.zmpop(["a", "b"], "MIN") == r.s(("b", [("a", 1.0)]))
    assert await r.zmpop(("a", "b"), "MAX", count=2) == r.s(("b", [("d", 4.0), ("c", 3.0)]))
    assert await r.zmpop(["a"], "MIN") is None


# --- several sets ---------------------------------------------------------------------------------------------


async def test_sorted_sets_are_combined(r):
    await r.zadd("a", {"x": 1, "y": 2})
    await r.zadd("b", {"y": 10, "z": 20})

    assert await r.zunion("a", "b") == r.s(["x", "y", "z"])
    assert await r.zinter("a", "b") == r.s(["y"])
    assert await r.zdiff("a", "b") == r.s(["x"])
    assert await r.zunion("nothing") == []


async def test_combinations_come_with_scores(r):
    await r.zadd("a", {"x": 1, "y": 2})
    await r.zadd("b", {"y": 10, "z": 20})

    assert await r.zunion("a", "b", withscores=True) == r.s([("x", 1.0), ("y", 12.0), ("z", 20.0)])
    assert await r.zinter("a", "b", withscores=True) == r.s([("y", 12.0)])
    assert await r.zdiff("a", "b", withscores=True) == r.s([("x", 1.0)])
    assert await r.zdiff("nothing", withscores=True) == []


@pytest.mark.parametrize("command", ["zunion", "zinter"])
async def test_scores_are_weighted_and_aggregated(r, command):
    await r.zadd("a", {"y": 2})
    await r.zadd("b", {"y": 10})
    combine = getattr(r, command)

    assert await combine("a", "b", weights=[2, 0.5], withscores=True) == r.s([("y", 9.0)])
    assert await combine("a", "b", aggregate="SUM", withscores=True) == r.s([("y", 12.0)])
    assert await combine("a", "b", aggregate="MIN", withscores=True) == r.s([("y", 2.0)])
    assert await combine("a", "b", aggregate="MAX", withscores=True) == r.s([("y", 10.0)])
    assert await combine("a", "b", weights=(3, 1), aggregate="MIN", withscores=True) == r.s([("y", 6.0)])
    assert await combine("a", "b", weights=(3, 1), aggregate="MIN") == r.s(["y"])


async def test_combinations_are_stored(r):
    await r.zadd("a", {"x": 1, "y": 2})
    await r.zadd("b", {"y": 10, "z": 20})

    assert await r.zunionstore("u", ["a", "b"]) == 3
    assert await r.zinterstore("i", ("a", "b")) == 1
    assert await r.zdiffstore("d", ["a", "b"]) == 1
    assert await r.zrange("u", 0, -1, withscores=True) == r.s([("x", 1.0), ("y", 12.0), ("z", 20.0)])
    assert await r.zrange("i", 0, -1, withscores=True) == r.s([("y", 12.0)])
    assert await r.zrange("d", 0, -1, withscores=True) == r.s([("x", 1.0)])


@pytest.mark.parametrize("command", ["zunionstore", "zinterstore"])
async def test_stored_scores_are_weighted_and_aggregated(r, command):
    await r.zadd("a", {"y": 2})
    await r.zadd("b", {"y": 10})

    assert await getattr(r, command)("d", ["a", "b"], weights=[2, 1], aggregate="MAX") == 1
    assert await r.zscore("d", "y") == 10.0
    assert await getattr(r, command)("d", ["a", "b"], weights=[2, 1]) == 1
    assert await r.zscore("d", "y") == 14.0


@pytest.mark.parametrize("command", ["zunion", "zinter"])
async def test_each_key_needs_a_weight(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\): 2 keys and 1 weights; each key needs one"):
        await getattr(r, command)("a", "b", weights=[1])
    with pytest.raises(ValueError, match=rf"{command}store\(\): 2 keys and 3 weights; each key needs one"):
        await getattr(r, f"{command}store")("d", ["a", "b"], weights=[1, 2, 3])


async def test_an_unknown_aggregate_is_the_servers_error(r):
    with pytest.raises(ResponseError, match="syntax error"):
        await r.zunion("a", aggregate="MEDIAN")


@pytest.mark.parametrize("command", ["zunion", "zinter", "zdiff", "zintercard", "bzpopmin", "bzpopmax"])
async def test_naming_no_key_is_refused(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)()


@pytest.mark.parametrize("command", ["zunionstore", "zinterstore", "zdiffstore"])
async def test_storing_takes_its_keys_as_a_list(r, command):
    with pytest.raises(TypeError, match=rf"{command}\(\) takes its keys as a list: \['abc'\]"):
        await getattr(r, command)("d", "abc")
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)("d", [])


@pytest.mark.parametrize("command", ["zmpop", "bzmpop"])
async def test_zmpop_takes_its_keys_as_a_list(r, command):
    with pytest.raises(TypeError, match=rf"{command}\(\) takes its keys as a list: \['abc'\]"):
        await getattr(r, command)("abc", "MIN")
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one key"):
        await getattr(r, command)([], "MIN")


@needs("ZINTERCARD")
async def test_zintercard_counts_up_to_a_limit(r):
    await r.zadd("a", ABCD)
    await r.zadd("b", {"b": 1, "c": 1})

    assert await r.zintercard("a", "b") == 2
    assert await r.zintercard("a", "b", limit=1) == 1
    assert await r.zintercard("a", "nothing") == 0


# --- scanning -------------------------------------------------------------------------------------------------


async def test_zscan_gives_a_cursor_and_pairs(r):
    await r.zadd("z", {"a": 1, "b": 2.5})

    assert await r.zscan("z") == (0, r.s([("a", 1.0), ("b", 2.5)]))
    assert await r.zscan("nothing", 0) == (0, [])


async def test_zscan_matches_members(r):
    await r.zadd("z", {"user:1": 1, "other": 2})

    assert await r.zscan("z", match="user:*") == (0, r.s([("user:1", 1.0)]))
    assert await r.zscan("z", match="user:*", count=10) == (0, r.s([("user:1", 1.0)]))


async def test_zscan_goes_on_from_its_cursor(r):
    members = {f"member:{i}": float(i) for i in range(600)}
    await r.zadd("z", members)
    cursor, part = await r.zscan("z", count=100)
    seen = dict(part)
    calls = 1
    while cursor:
        cursor, part = await r.zscan("z", cursor, count=100)
        seen.update(part)
        calls += 1

    assert type(cursor) is int
    assert calls > 1
    assert seen == r.s(members)


@since(valkey="9.1")
async def test_zscan_without_scores_gives_members(r):
    await r.zadd("z", {"a": 1, "b": 2})

    assert await r.zscan("z", noscores=True) == (0, r.s(["a", "b"]))


# --- waiting --------------------------------------------------------------------------------------------------


async def test_bzpopmin_and_bzpopmax_take_what_is_there(r):
    await r.zadd("z", ABCD)

    assert await r.bzpopmin("nothing", "z", timeout=1) == r.s(("z", "a", 1.0))
    assert await r.bzpopmax("nothing", "z", timeout=1) == r.s(("z", "d", 4.0))


@pytest.mark.parametrize("command", ["bzpopmin", "bzpopmax"])
async def test_waiting_for_a_member_ends_when_one_comes(r, command):
    with r.once_blocked("ZADD", r.key("z"), 2.5, "late"):
        assert await getattr(r, command)("z", timeout=20) == r.s(("z", "late", 2.5))
    with r.once_blocked("ZADD", r.key("z"), 1, "for ever"):
        assert await getattr(r, command)("z") == r.s(("z", "for ever", 1.0))


@pytest.mark.parametrize("command", ["bzpopmin", "bzpopmax"])
async def test_waiting_for_a_member_ends_with_none_in_time(r, command):
    assert await getattr(r, command)("nothing", timeout=0.01) is None
    assert await getattr(r, command)("nothing", timeout=timedelta(milliseconds=10)) is None


@needs("BZMPOP")
async def test_bzmpop_takes_what_is_there_or_comes(r):
    await r.zadd("b", ABCD)

    assert await r.bzmpop(["a", "b"], "MIN", timeout=1) == r.s(("b", [("a", 1.0)]))
    assert await r.bzmpop(["a", "b"], "MAX", timeout=1, count=9) == r.s(("b", [("d", 4.0), ("c", 3.0), ("b", 2.0)]))
    with r.once_blocked("ZADD", r.key("a"), 1, "late"):
        assert await r.bzmpop(["a", "b"], "MIN", timeout=20) == r.s(("a", [("late", 1.0)]))
    assert await r.bzmpop(["a", "b"], "MIN", timeout=0.01) is None
