"""Every command on hashes, on a real server and every face of the client."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from support.servers import needs, since

from plasma.errors import ResponseError, WrongTypeError

IN_2100 = datetime(2100, 1, 1, tzinfo=timezone.utc)
IN_2100_SECONDS = 4102444800


# --- setting and reading --------------------------------------------------------------------------------------


async def test_hset_takes_a_field_and_a_value(r):
    assert await r.hset("h", "f", "v") == 1
    assert await r.hget("h", "f") == r.s("v")


async def test_hset_takes_a_mapping(r):
    assert await r.hset("h", {"a": "1", "b": 2, "c": 2.5, "d": b"bytes"}) == 4
    assert await r.hgetall("h") == r.s({"a": "1", "b": "2", "c": "2.5", "d": "bytes"})


async def test_hset_takes_any_kind_of_mapping(r):
    await r.hset("h", MappingProxyType({b"a": 1}))

    assert await r.hgetall("h") == r.s({"a": "1"})


async def test_hset_takes_a_mapping_by_keyword(r):
    assert await r.hset("h", mapping={"a": "1"}) == 1
    assert await r.hget("h", "a") == r.s("1")


async def test_hset_takes_several_fields_one_after_the_other(r):
    assert await r.hset("h", "a", "1", "b", "2") == 2
    assert await r.hgetall("h") == r.s({"a": "1", "b": "2"})


async def test_hset_takes_pairs_and_a_mapping_together(r):
    assert await r.hset("h", "a", "1", mapping={"b": "2"}) == 2
    assert await r.hgetall("h") == r.s({"a": "1", "b": "2"})


async def test_hset_counts_new_fields_only(r):
    await r.hset("h", {"a": "1"})

    assert await r.hset("h", {"a": "2", "b": "2"}) == 1


async def test_hset_takes_a_field_called_mapping(r):
    assert await r.hset("h", "mapping", "v") == 1
    assert await r.hgetall("h") == r.s({"mapping": "v"})


async def test_hset_without_fields_is_refused_by_name(r):
    for arguments in ((), ({},)):
        with pytest.raises(ValueError, match=r"hset\(\) needs at least one field"):
            await r.hset("h", *arguments)
    with pytest.raises(ValueError, match=r"hset\(\) needs at least one field"):
        await r.hset("h", mapping={})


async def test_hset_with_a_field_that_has_no_value_is_refused(r):
    for arguments in (("a",), ("a", "1", "b"), ({"a": "1"}, "b", "2")):
        with pytest.raises(ValueError, match=r"hset\(\) takes a mapping, or fields each with its value"):
            await r.hset("h", *arguments)


async def test_hset_takes_no_list_as_a_mapping(r):
    with pytest.raises(TypeError, match=r"hset\(\) takes a mapping of fields to values, not a list"):
        await r.hset("h", mapping=[("a", "1")])


@pytest.mark.parametrize("value", [None, True, ["a"], {"a": 1}, {1}, object()])
async def test_hset_refuses_values_that_are_not_one(r, value):
    with pytest.raises(TypeError):
        await r.hset("h", {"a": value})

    assert await r.raw.execute("EXISTS", r.key("h")) == 0


async def test_hset_keeps_every_byte(r):
    value = "\r\n\0 ünï \U0001f600"
    await r.hset("h", {value: value})

    assert await r.hgetall("h") == r.s({value: value})


async def test_hset_on_another_kind_of_key_is_an_error(r):
    await r.execute("SET", "k", "text")

    with pytest.raises(WrongTypeError):
        await r.hset("k", "f", "v")


async def test_hget_gives_none_for_what_is_not_there(r):
    await r.hset("h", "f", "v")

    assert await r.hget("h", "other") is None
    assert await r.hget("nothing", "f") is None


async def test_hgetall_gives_an_empty_dict_for_no_hash(r):
    assert await r.hgetall("nothing") == {}


async def test_hgetall_gives_large_hashes_whole(r):
    fields = {f"field:{i}": f"value:{i}" for i in range(1000)}
    await r.hset("h", fields)

    assert await r.hgetall("h") == r.s(fields)


async def test_hmset_says_true(r):
    assert await r.hmset("h", {"a": "1"}) is True
    assert await r.hmset("h", "b", "2", "c", "3") is True
    assert await r.hmset("h", mapping={"d": "4"}) is True
    assert await r.hgetall("h") == r.s({"a": "1", "b": "2", "c": "3", "d": "4"})


async def test_hmset_without_fields_is_refused_by_name(r):
    with pytest.raises(ValueError, match=r"hmset\(\) needs at least one field"):
        await r.hmset("h", {})


async def test_hmget_gives_values_in_order(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hmget("h", "b", "x", "a") == r.s(["2", None, "1"])
    assert await r.hmget("nothing", "a") == [None]


async def test_hmget_without_fields_is_refused_by_name(r):
    with pytest.raises(ValueError, match=r"hmget\(\) needs at least one field"):
        await r.hmget("h")


async def test_hsetnx_sets_only_what_is_not_there(r):
    assert await r.hsetnx("h", "f", "first") is True
    assert await r.hsetnx("h", "f", "second") is False
    assert await r.hget("h", "f") == r.s("first")


async def test_hdel_counts_what_was_there(r):
    await r.hset("h", {"a": "1", "b": "2", "c": "3"})

    assert await r.hdel("h", "a", "b", "x") == 2
    assert await r.hkeys("h") == r.s(["c"])


async def test_hdel_without_fields_is_refused_by_name(r):
    with pytest.raises(ValueError, match=r"hdel\(\) needs at least one field"):
        await r.hdel("h")


async def test_hexists_says_yes_or_no(r):
    await r.hset("h", "f", "v")

    assert await r.hexists("h", "f") is True
    assert await r.hexists("h", "x") is False


async def test_hkeys_hvals_and_hlen_tell_of_all_fields(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hkeys("h") == r.s(["a", "b"])
    assert await r.hvals("h") == r.s(["1", "2"])
    assert await r.hlen("h") == 2


async def test_hkeys_hvals_and_hlen_of_no_hash_are_empty(r):
    assert await r.hkeys("nothing") == []
    assert await r.hvals("nothing") == []
    assert await r.hlen("nothing") == 0


async def test_hstrlen_counts_bytes(r):
    await r.hset("h", "f", "ü")

    assert await r.hstrlen("h", "f") == 2
    assert await r.hstrlen("h", "x") == 0


# --- counting -------------------------------------------------------------------------------------------------


async def test_hincrby_adds(r):
    assert await r.hincrby("h", "n") == 1
    assert await r.hincrby("h", "n", 41) == 42
    assert await r.hincrby("h", "n", -2) == 40


async def test_hincrby_of_a_text_is_an_error(r):
    await r.hset("h", "f", "text")

    with pytest.raises(ResponseError, match="hash value is not an integer"):
        await r.hincrby("h", "f")


async def test_hincrbyfloat_gives_a_float(r):
    assert await r.hincrbyfloat("h", "n", 2.5) == 2.5
    total = await r.hincrbyfloat("h", "n", 0.5)

    assert total == 3.0
    assert type(total) is float


async def test_hincrbyfloat_adds_one_by_itself(r):
    assert await r.hincrbyfloat("h", "n") == 1.0


# --- random fields --------------------------------------------------------------------------------------------


async def test_hrandfield_gives_one_field(r):
    await r.hset("h", "f", "v")

    assert await r.hrandfield("h") == r.s("f")
    assert await r.hrandfield("nothing") is None


async def test_hrandfield_with_a_count_gives_a_list(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert sorted(await r.hrandfield("h", 5)) == r.s(["a", "b"])
    assert len(await r.hrandfield("h", -5)) == 5
    assert await r.hrandfield("h", 0) == []
    assert await r.hrandfield("nothing", 5) == []


async def test_hrandfield_with_values_gives_pairs(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert sorted(await r.hrandfield("h", 5, withvalues=True)) == r.s([("a", "1"), ("b", "2")])
    assert len(await r.hrandfield("h", -5, withvalues=True)) == 5
    assert await r.hrandfield("nothing", 5, withvalues=True) == []


async def test_hrandfield_with_values_needs_a_count(r):
    with pytest.raises(ValueError, match=r"hrandfield\(\): withvalues needs a count"):
        await r.hrandfield("h", withvalues=True)


# --- scanning -------------------------------------------------------------------------------------------------


async def test_hscan_gives_a_cursor_and_a_dict(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hscan("h") == (0, r.s({"a": "1", "b": "2"}))
    assert await r.hscan("nothing", 0) == (0, {})


async def test_hscan_matches_fields(r):
    await r.hset("h", {"user:1": "x", "other": "y"})

    assert await r.hscan("h", match="user:*") == (0, r.s({"user:1": "x"}))


async def test_hscan_goes_on_from_its_cursor(r):
    fields = {f"f{i}": "v" * 70 for i in range(300)}
    await r.hset("h", fields)
    seen: dict[object, object] = {}
    cursor, part = await r.hscan("h", count=100)
    calls = 1
    seen.update(part)
    while cursor:
        cursor, part = await r.hscan("h", cursor, count=100)
        calls += 1
        seen.update(part)

    assert type(cursor) is int
    assert calls > 1
    assert seen == r.s(fields)


async def test_hscan_takes_a_match_and_a_count_together(r):
    await r.hset("h", {"a1": "1", "b1": "2"})

    assert await r.hscan("h", 0, match="a*", count=10) == (0, r.s({"a1": "1"}))


@since(redis="7.4", valkey="8.0", redict="7.3")
async def test_hscan_without_values_gives_a_list(r):
    await r.hset("h", {"a": "1", "b": "2"})
    cursor, fields = await r.hscan("h", novalues=True)

    assert cursor == 0
    assert sorted(fields) == r.s(["a", "b"])


# --- expiry of fields -----------------------------------------------------------------------------------------


@needs("HEXPIRE")
async def test_hexpire_gives_a_code_for_each_field(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hexpire("h", 100, "a", "x") == [1, -2]
    (left,) = await r.httl("h", "a")
    assert 95 <= left <= 100


@needs("HEXPIRE")
async def test_hexpire_of_no_hash_says_that_no_field_is_there(r):
    assert await r.hexpire("nothing", 100, "a", "b") == [-2, -2]


@needs("HEXPIRE")
async def test_hexpire_takes_a_timedelta(r):
    await r.hset("h", "a", "1")

    assert await r.hexpire("h", timedelta(hours=1), "a") == [1]
    (left,) = await r.httl("h", "a")
    assert 3595 <= left <= 3600


@needs("HEXPIRE")
async def test_hexpire_with_a_part_of_a_second_names_the_finer_command(r):
    with pytest.raises(ValueError, match=r"hpexpire\(\)"):
        await r.hexpire("h", timedelta(milliseconds=1500), "a")


@needs("HEXPIRE")
async def test_hexpire_of_zero_deletes_the_field(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hexpire("h", 0, "a") == [2]
    assert await r.hgetall("h") == r.s({"b": "2"})


@needs("HEXPIRE")
async def test_hexpire_has_four_conditions(r):
    await r.hset("h", "a", "1")

    assert await r.hexpire("h", 100, "a", xx=True) == [0]
    assert await r.hexpire("h", 100, "a", nx=True) == [1]
    assert await r.hexpire("h", 200, "a", nx=True) == [0]
    assert await r.hexpire("h", 50, "a", gt=True) == [0]
    assert await r.hexpire("h", 150, "a", gt=True) == [1]
    assert await r.hexpire("h", 200, "a", lt=True) == [0]
    assert await r.hexpire("h", 50, "a", lt=True) == [1]
    assert await r.hexpire("h", 60, "a", xx=True) == [1]


@needs("HEXPIRE")
@pytest.mark.parametrize("command", ["hexpire", "hpexpire", "hexpireat", "hpexpireat"])
async def test_conditions_of_field_expiry_exclude_each_other(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\): nx and gt exclude each other"):
        await getattr(r, command)("h", 100, "a", nx=True, gt=True)


@needs("HEXPIRE")
@pytest.mark.parametrize("command", ["hexpire", "hpexpire", "hexpireat", "hpexpireat"])
async def test_setting_field_expiry_needs_fields(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one field"):
        await getattr(r, command)("h", 100)


@needs("HEXPIRE")
@pytest.mark.parametrize("command", ["httl", "hpttl", "hexpiretime", "hpexpiretime", "hpersist", "hgetdel", "hgetex"])
async def test_asking_of_fields_needs_fields(r, command):
    with pytest.raises(ValueError, match=rf"{command}\(\) needs at least one field"):
        await getattr(r, command)("h")


@needs("HPEXPIRE")
async def test_hpexpire_takes_milliseconds(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hpexpire("h", 100_000, "a") == [1]
    assert await r.hpexpire("h", timedelta(milliseconds=100_500), "b", nx=True) == [1]
    a, b = await r.hpttl("h", "a", "b")
    assert 95_000 < a <= 100_000
    assert 95_000 < b <= 100_500


@needs("HPEXPIRE")
@pytest.mark.parametrize("condition", ["nx", "xx", "gt", "lt"])
@pytest.mark.parametrize("command", ["hpexpire", "hexpireat", "hpexpireat"])
async def test_every_command_of_field_expiry_has_the_conditions(r, command, condition):
    await r.hset("h", "a", "1")
    allowed = condition in ("nx", "lt")  # the field lives for ever so far
    when = IN_2100_SECONDS if command == "hexpireat" else IN_2100_SECONDS * 1000

    assert await getattr(r, command)("h", when, "a", **{condition: True}) == [int(allowed)]


@needs("HEXPIREAT")
async def test_hexpireat_takes_seconds_or_a_datetime(r):
    await r.hset("h", {"a": "1", "b": "2", "c": "3"})

    assert await r.hexpireat("h", IN_2100_SECONDS, "a") == [1]
    assert await r.hexpireat("h", IN_2100, "b") == [1]
    assert await r.hexpiretime("h", "a", "b", "c", "x") == [IN_2100_SECONDS, IN_2100_SECONDS, -1, -2]


@needs("HPEXPIREAT")
async def test_hpexpireat_takes_milliseconds_or_a_datetime(r):
    await r.hset("h", {"a": "1", "b": "2", "c": "3"})
    when = IN_2100_SECONDS * 1000 + 500

    assert await r.hpexpireat("h", when, "a") == [1]
    assert await r.hpexpireat("h", IN_2100 + timedelta(milliseconds=500), "b") == [1]
    assert await r.hpexpiretime("h", "a", "b", "c", "x") == [when, when, -1, -2]


@needs("HTTL")
async def test_times_left_keep_the_codes_of_the_server(r):
    await r.hset("h", {"a": "1"})

    assert await r.httl("h", "a", "x") == [-1, -2]
    assert await r.hpttl("h", "a", "x") == [-1, -2]
    assert await r.httl("nothing", "a") == [-2]
    assert await r.hpttl("nothing", "a") == [-2]
    assert await r.hexpiretime("nothing", "a") == [-2]
    assert await r.hpexpiretime("nothing", "a") == [-2]


@needs("HPERSIST")
async def test_hpersist_takes_the_expiry_away(r):
    await r.hset("h", {"a": "1", "b": "2"})
    await r.hexpire("h", 100, "a")

    assert await r.hpersist("h", "a", "b", "x") == [1, -1, -2]
    assert await r.httl("h", "a") == [-1]
    assert await r.hpersist("nothing", "a") == [-2]


# --- the newer ones -------------------------------------------------------------------------------------------


@needs("HGETDEL")
async def test_hgetdel_gives_values_and_deletes_them(r):
    await r.hset("h", {"a": "1", "b": "2"})

    assert await r.hgetdel("h", "a", "x") == r.s(["1", None])
    assert await r.hgetall("h") == r.s({"b": "2"})
    assert await r.hgetdel("nothing", "a") == [None]


@needs("HGETEX")
async def test_hgetex_gives_values_and_leaves_expiry_alone_by_itself(r):
    await r.hset("h", {"a": "1"})
    await r.hexpire("h", 100, "a")

    assert await r.hgetex("h", "a", "x") == r.s(["1", None])
    assert (await r.httl("h", "a"))[0] > 0
    assert await r.hgetex("nothing", "a") == [None]


@needs("HGETEX")
async def test_hgetex_sets_a_time_to_live(r):
    await r.hset("h", {"a": "1", "b": "2", "c": "3"})

    assert await r.hgetex("h", "a", ex=100) == r.s(["1"])
    assert await r.hgetex("h", "b", px=100_000) == r.s(["2"])
    assert await r.hgetex("h", "c", ex=timedelta(seconds=100)) == r.s(["3"])
    for left in await r.hpttl("h", "a", "b", "c"):
        assert 95_000 < left <= 100_000


@needs("HGETEX")
async def test_hgetex_sets_a_time_to_expire(r):
    await r.hset("h", {"a": "1", "b": "2", "c": "3"})
    await r.hgetex("h", "a", exat=IN_2100_SECONDS)
    await r.hgetex("h", "b", pxat=IN_2100_SECONDS * 1000)
    await r.hgetex("h", "c", pxat=IN_2100)

    assert await r.hexpiretime("h", "a", "b", "c") == [IN_2100_SECONDS] * 3


@needs("HGETEX")
async def test_hgetex_takes_expiry_away(r):
    await r.hset("h", {"a": "1"})
    await r.hexpire("h", 100, "a")

    assert await r.hgetex("h", "a", persist=True) == r.s(["1"])
    assert await r.httl("h", "a") == [-1]


@needs("HGETEX")
async def test_hgetex_takes_one_kind_of_expiry(r):
    with pytest.raises(ValueError, match=r"hgetex\(\): ex and persist exclude each other"):
        await r.hgetex("h", "a", ex=1, persist=True)


@needs("HGETEX")
async def test_hgetex_lets_the_server_judge_a_time_of_zero(r):
    await r.hset("h", "a", "1")

    assert await r.hgetex("h", "a", ex=0) == r.s(["1"])
    assert await r.hexists("h", "a") is False
    with pytest.raises(ResponseError, match="invalid expire time"):
        await r.hgetex("h", "a", ex=-1)


@needs("HSETEX")
async def test_hsetex_sets_fields_with_a_time_to_live(r):
    assert await r.hsetex("h", {"a": "1", "b": "2"}, ex=100) is True
    assert await r.hsetex("h", "c", "3", px=100_000) is True
    assert await r.hsetex("h", mapping={"d": "4"}, ex=timedelta(seconds=100)) is True
    assert await r.hgetall("h") == r.s({"a": "1", "b": "2", "c": "3", "d": "4"})
    for left in await r.hpttl("h", "a", "b", "c", "d"):
        assert 95_000 < left <= 100_000


@needs("HSETEX")
async def test_hsetex_sets_fields_with_a_time_to_expire(r):
    await r.hsetex("h", {"a": "1"}, exat=IN_2100_SECONDS)
    await r.hsetex("h", {"b": "1"}, pxat=IN_2100_SECONDS * 1000)
    await r.hsetex("h", {"c": "1"}, exat=IN_2100)

    assert await r.hexpiretime("h", "a", "b", "c") == [IN_2100_SECONDS] * 3


@needs("HSETEX")
async def test_hsetex_forgets_the_expiry_unless_told_to_keep_it(r):
    await r.hsetex("h", {"a": "1", "b": "1"}, ex=100)

    assert await r.hsetex("h", {"a": "2"}) is True
    assert await r.hsetex("h", {"b": "2"}, keepttl=True) is True
    a, b = await r.httl("h", "a", "b")
    assert a == -1
    assert b > 0


@needs("HSETEX")
async def test_hsetex_looks_at_the_fields_first(r):
    assert await r.hsetex("h", {"a": "1"}, fxx=True) is False
    assert await r.hsetex("h", {"a": "1"}, fnx=True) is True
    assert await r.hsetex("h", {"a": "2", "b": "2"}, fnx=True) is False
    assert await r.hsetex("h", {"a": "3"}, fxx=True, ex=100) is True
    assert await r.hgetall("h") == r.s({"a": "3"})


@needs("HSETEX")
@since(valkey="9.0")
async def test_hsetex_looks_at_the_key_first_on_valkey(r):
    assert await r.hsetex("h", {"a": "1"}, xx=True) is False
    assert await r.hsetex("h", {"a": "1"}, nx=True) is True
    assert await r.hsetex("h", {"b": "1"}, nx=True) is False
    assert await r.hsetex("h", {"b": "1"}, xx=True, fnx=True, ex=100) is True


@needs("HSETEX")
async def test_hsetex_takes_options_that_do_not_exclude_each_other(r):
    for options in (
        {"ex": 1, "px": 1},
        {"ex": 1, "keepttl": True},
        {"fnx": True, "fxx": True},
        {"nx": True, "xx": True},
    ):
        with pytest.raises(ValueError, match=r"hsetex\(\): \w+ and \w+ exclude each other"):
            await r.hsetex("h", {"a": "1"}, **options)


@needs("HSETEX")
async def test_hsetex_without_fields_is_refused_by_name(r):
    with pytest.raises(ValueError, match=r"hsetex\(\) needs at least one field"):
        await r.hsetex("h", {}, ex=100)
