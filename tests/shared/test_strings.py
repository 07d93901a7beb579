"""Every command on strings, on a real server and every face of the client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from support.servers import needs, since

from plasma.errors import ResponseError, WrongTypeError

IN_2100 = datetime(2100, 1, 1, tzinfo=timezone.utc)
IN_2100_SECONDS = 4102444800


class OwnMapping:
    """A mapping that is no dict."""

    def items(self) -> Iterator[tuple[str, int]]:
        return iter([("a", 1), ("b", 2)])


# --- one value ------------------------------------------------------------------------------------------------


async def test_get_of_a_missing_key_is_none(r):
    assert await r.get("k") is None


async def test_get_gives_what_set_stored(r):
    assert await r.set("k", "v") is True
    assert await r.get("k") == r.s("v")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1, "1"),
        (-5, "-5"),
        (2.5, "2.5"),
        (b"raw", "raw"),
        (bytearray(b"ba"), "ba"),
        pytest.param(memoryview(b"mv"), "mv", id="memoryview"),
        ("", ""),
    ],
    ids=str,
)
async def test_set_stores_every_kind_of_value(r, value, stored):
    await r.set("k", value)

    assert await r.get("k") == r.s(stored)


async def test_values_may_hold_any_text(r):
    for value in ("größer €", "line\r\nbreak", "|1\r\n$3", "\x00"):
        await r.set("k", value)

        assert await r.get("k") == r.s(value)


async def test_get_of_another_type_raises_wrong_type(r):
    await r.rpush("k", "v")

    with pytest.raises(WrongTypeError):
        await r.get("k")


# --- set and its options --------------------------------------------------------------------------------------


async def test_set_takes_an_expiry_in_seconds(r):
    assert await r.set("k", "v", ex=100) is True
    assert 98 <= await r.ttl("k") <= 100


async def test_set_takes_an_expiry_in_milliseconds(r):
    assert await r.set("k", "v", px=100_500) is True
    assert 99_000 < await r.pttl("k") <= 100_500


async def test_set_takes_a_unix_time(r):
    assert await r.set("k", "v", exat=IN_2100_SECONDS) is True
    assert await r.ttl("k") > 1_000_000


async def test_set_takes_a_unix_time_in_milliseconds(r):
    assert await r.set("k", "v", pxat=IN_2100_SECONDS * 1000) is True
    assert await r.ttl("k") > 1_000_000


async def test_set_takes_timedeltas(r):
    await r.set("a", "v", ex=timedelta(minutes=2))
    await r.set("b", "v", px=timedelta(seconds=90, milliseconds=500))

    assert 118 <= await r.ttl("a") <= 120
    assert 89_000 < await r.pttl("b") <= 90_500


@needs("EXPIRETIME")
async def test_set_takes_datetimes(r):
    await r.set("a", "v", exat=IN_2100)
    await r.set("b", "v", pxat=IN_2100 + timedelta(milliseconds=5, microseconds=999))

    assert await r.expiretime("a") == IN_2100_SECONDS
    assert await r.pexpiretime("b") == IN_2100_SECONDS * 1000 + 5


@needs("EXPIRETIME")
async def test_a_naive_datetime_is_local_time(r):
    await r.set("k", "v", exat=IN_2100.astimezone().replace(tzinfo=None))

    assert await r.expiretime("k") == IN_2100_SECONDS


async def test_a_timedelta_that_seconds_cannot_hold_names_the_finer_option(r):
    with pytest.raises(ValueError, match=r"ex: 0:00:01\.500000 is not a whole number of seconds; use px"):
        await r.set("k", "v", ex=timedelta(seconds=1.5))


async def test_a_timedelta_that_milliseconds_cannot_hold_is_refused(r):
    with pytest.raises(ValueError, match=r"px: .* is not a whole number of milliseconds"):
        await r.set("k", "v", px=timedelta(microseconds=1))


async def test_set_with_an_expiry_of_zero_reaches_the_server_which_refuses_it(r):
    for option in ("ex", "px", "exat", "pxat"):
        with pytest.raises(ResponseError, match="invalid expire"):
            await r.set("k", "v", **{option: 0})


async def test_set_nx_sets_a_new_key_only(r):
    assert await r.set("k", "1", nx=True) is True
    assert await r.set("k", "2", nx=True) is False
    assert await r.get("k") == r.s("1")


async def test_set_xx_sets_an_old_key_only(r):
    assert await r.set("k", "1", xx=True) is False
    await r.set("k", "1")

    assert await r.set("k", "2", xx=True) is True


async def test_set_keepttl_keeps_the_expiry(r):
    await r.set("k", "1", ex=100)

    assert await r.set("k", "2", keepttl=True) is True
    assert await r.ttl("k") > 90


async def test_set_without_keepttl_takes_the_expiry_away(r):
    await r.set("k", "1", ex=100)
    await r.set("k", "2")

    assert await r.ttl("k") == -1


async def test_set_get_gives_the_old_value(r):
    assert await r.set("k", "1", get=True) is None
    assert await r.set("k", "2", get=True) == r.s("1")
    assert await r.get("k") == r.s("2")


@since("7.0")
async def test_set_get_goes_with_nx(r):
    assert await r.set("k", "1", nx=True, get=True) is None
    assert await r.set("k", "2", nx=True, get=True) == r.s("1")
    assert await r.get("k") == r.s("1")


async def test_set_options_go_together(r):
    await r.set("k", "1")

    assert await r.set("k", "2", xx=True, get=True, px=100_000) == r.s("1")
    assert await r.get("k") == r.s("2")
    assert await r.ttl("k") > 90


@since("8.4", valkey="8.1")
async def test_set_ifeq_sets_only_over_an_equal_value(r):
    await r.set("k", "1")

    assert await r.set("k", "2", ifeq="other") is False
    assert await r.set("k", "2", ifeq="1") is True
    assert await r.set("k", "3", ifeq="2", get=True) == r.s("2")
    assert await r.get("k") == r.s("3")


@since("8.4")
async def test_set_ifne_sets_only_over_another_value(r):
    await r.set("k", "1")

    assert await r.set("k", "2", ifne="1") is False
    assert await r.set("k", "2", ifne="other") is True


@needs("DIGEST")
async def test_set_ifdeq_and_ifdne_compare_digests(r):
    await r.set("k", "1")
    digest = await r.digest("k")

    assert await r.set("k", "2", ifdne=digest) is False
    assert await r.set("k", "2", ifdeq=digest) is True
    assert await r.set("k", "3", ifdeq=digest) is False
    assert await r.set("k", "3", ifdne=digest, ex=100) is True


@pytest.mark.parametrize(
    "options",
    [
        {"nx": True, "xx": True},
        {"nx": True, "ifeq": ""},
        {"ifeq": "a", "ifne": "b"},
        {"xx": True, "ifdeq": "a"},
        {"ifdeq": "a", "ifdne": "b"},
        {"ex": 1, "px": 1},
        {"ex": 0, "px": 0},
        {"px": 1, "exat": 1},
        {"exat": 1, "pxat": 1},
        {"ex": 1, "keepttl": True},
    ],
    ids=lambda options: "-".join(options),
)
async def test_set_options_that_exclude_each_other_are_refused_by_name(r, options):
    first, second = options

    with pytest.raises(ValueError, match=rf"set\(\): {first} and {second} exclude each other"):
        await r.set("k", "v", **options)
    assert await r.exists("k") == 0


@pytest.mark.parametrize("value", [None, True, False, ["v"], {"v": 1}, object()], ids=lambda v: type(v).__name__)
async def test_set_refuses_what_is_no_value(r, value):
    with pytest.raises(TypeError, match="SET"):
        await r.set("k", value)


async def test_setex_and_psetex_set_with_an_expiry(r):
    assert await r.setex("a", 100, "1") is True
    assert await r.psetex("b", 100_000, "2") is True
    assert await r.setex("c", timedelta(hours=1), "3") is True
    assert 90 < await r.ttl("a") <= 100
    assert 90 < await r.ttl("b") <= 100
    assert 3590 < await r.ttl("c") <= 3600
    assert await r.mget("a", "b", "c") == r.s(["1", "2", "3"])


async def test_setex_names_psetex_for_a_timedelta_it_cannot_hold(r):
    with pytest.raises(ValueError, match=r"use psetex\(\)"):
        await r.setex("k", timedelta(milliseconds=1), "v")


async def test_setnx_says_whether_it_set(r):
    assert await r.setnx("k", "1") is True
    assert await r.setnx("k", "2") is False


async def test_getset_gives_the_old_value(r):
    assert await r.getset("k", "1") is None
    assert await r.getset("k", "2") == r.s("1")


# --- get and its kin ------------------------------------------------------------------------------------------


async def test_getdel_gives_and_deletes(r):
    await r.set("k", "v")

    assert await r.getdel("k") == r.s("v")
    assert await r.getdel("k") is None


async def test_getex_without_options_leaves_the_expiry(r):
    await r.set("k", "v", ex=100)

    assert await r.getex("k") == r.s("v")
    assert await r.ttl("k") > 90


@pytest.mark.parametrize(
    "options",
    [
        {"ex": 100},
        {"px": 100_000},
        {"ex": timedelta(seconds=100)},
        {"exat": IN_2100_SECONDS},
        {"pxat": IN_2100_SECONDS * 1000},
        {"pxat": IN_2100},
    ],
    ids=str,
)
async def test_getex_sets_an_expiry(r, options):
    await r.set("k", "v")

    assert await r.getex("k", **options) == r.s("v")
    assert await r.ttl("k") > 90


async def test_getex_persist_takes_the_expiry_away(r):
    await r.set("k", "v", ex=100)

    assert await r.getex("k", persist=True) == r.s("v")
    assert await r.ttl("k") == -1


async def test_getex_of_a_missing_key_is_none(r):
    assert await r.getex("k", ex=1) is None


async def test_getex_options_exclude_each_other(r):
    with pytest.raises(ValueError, match=r"getex\(\): ex and persist exclude each other"):
        await r.getex("k", ex=1, persist=True)


# --- parts ----------------------------------------------------------------------------------------------------


async def test_append_gives_the_new_length_in_bytes(r):
    assert await r.append("k", "ab") == 2
    assert await r.append("k", "ü") == 4
    assert await r.strlen("k") == 4
    assert await r.strlen("none") == 0


async def test_getrange_and_substr_give_a_part(r):
    await r.set("k", "This is a string")

    assert await r.getrange("k", 0, 3) == r.s("This")
    assert await r.getrange("k", -3, -1) == r.s("ing")
    assert await r.getrange("none", 0, -1) == r.s("")
    assert await r.substr("k", 5, 6) == r.s("is")


async def test_setrange_writes_over_a_part(r):
    await r.set("k", "Hello World")

    assert await r.setrange("k", 6, "Redis") == 11
    assert await r.get("k") == r.s("Hello Redis")


@needs("LCS")
async def test_lcs_gives_the_subsequence_or_its_length(r):
    await r.mset({"a": "ohmytext", "b": "mynewtext"})

    assert await r.lcs("a", "b") == r.s("mytext")
    assert await r.lcs("a", "b", len=True) == 6


@needs("LCS")
async def test_lcs_idx_gives_where_it_lies(r):
    await r.mset({"a": "ohmytext", "b": "mynewtext"})

    assert await r.lcs("a", "b", idx=True) == {"matches": [((4, 7), (5, 8)), ((2, 3), (0, 1))], "len": 6}
    assert await r.lcs("a", "b", idx=True, withmatchlen=True, minmatchlen=4) == {
        "matches": [((4, 7), (5, 8), 4)],
        "len": 6,
    }
    assert await r.lcs("a", "none", idx=True) == {"matches": [], "len": 0}


async def test_lcs_refuses_options_that_do_not_go_together(r):
    with pytest.raises(ValueError, match="len and idx exclude each other"):
        await r.lcs("a", "b", len=True, idx=True)
    with pytest.raises(ValueError, match="need idx=True"):
        await r.lcs("a", "b", minmatchlen=4)
    with pytest.raises(ValueError, match="need idx=True"):
        await r.lcs("a", "b", withmatchlen=True)


# --- numbers --------------------------------------------------------------------------------------------------


async def test_counters_count(r):
    assert await r.incr("k") == 1
    assert await r.incrby("k", 10) == 11
    assert await r.decr("k") == 10
    assert await r.decrby("k", 30) == -20


async def test_counters_reach_64_bits(r):
    assert await r.incrby("k", 2**63 - 1) == 2**63 - 1
    with pytest.raises(ResponseError, match="overflow"):
        await r.incr("k")


async def test_incr_of_a_text_raises(r):
    await r.set("k", "abc")

    with pytest.raises(ResponseError, match="not an integer"):
        await r.incr("k")


async def test_incrbyfloat_gives_a_float(r):
    results = [await r.incrbyfloat("k", amount) for amount in (10.5, 0.1, -5, 3)]

    assert results == [10.5, 10.6, 5.6, 8.6]
    assert all(type(result) is float for result in results)


# --- several keys ---------------------------------------------------------------------------------------------


async def test_mget_gives_none_for_what_is_missing_or_no_string(r):
    await r.set("a", "1")
    await r.rpush("list", "x")

    assert await r.mget("a", "none", "list", "a") == r.s(["1", None, None, "1"])


async def test_mset_sets_all(r):
    assert await r.mset({"a": 1, b"b": "2", "c": 2.5}) is True
    assert await r.mget("a", "b", "c") == r.s(["1", "2", "2.5"])


async def test_mset_takes_any_kind_of_mapping(r):
    assert await r.mset(OwnMapping()) is True
    assert await r.mget("a", "b") == r.s(["1", "2"])


async def test_msetnx_sets_all_or_none(r):
    assert await r.msetnx({"a": "1", "b": "2"}) is True
    assert await r.msetnx({"b": "3", "c": "4"}) is False
    assert await r.mget("a", "b", "c") == r.s(["1", "2", None])


@needs("MSETEX")
async def test_msetex_sets_all_with_one_expiry(r):
    assert await r.msetex({"a": "1", "b": "2"}, ex=100) is True
    assert 90 < await r.ttl("a") <= 100
    assert 90 < await r.ttl("b") <= 100
    assert await r.msetex({"a": "3"}, keepttl=True) is True
    assert await r.ttl("a") > 90
    assert await r.msetex({"a": "4"}) is True
    assert await r.ttl("a") == -1
    assert await r.msetex({"a": "5"}, pxat=IN_2100) is True
    assert await r.ttl("a") > 1000


@needs("MSETEX")
async def test_msetex_nx_and_xx_are_conditions_for_all(r):
    assert await r.msetex({"a": "1", "b": "2"}, xx=True) is False
    assert await r.msetex({"a": "1", "b": "2"}, nx=True, px=100_000) is True
    assert await r.msetex({"b": "3", "c": "4"}, nx=True) is False
    assert await r.msetex({"a": "5", "b": "6"}, xx=True) is True
    assert await r.mget("a", "b", "c") == r.s(["5", "6", None])


async def test_msetex_options_exclude_each_other(r):
    with pytest.raises(ValueError, match=r"msetex\(\): nx and xx exclude"):
        await r.msetex({"a": 1}, nx=True, xx=True)
    with pytest.raises(ValueError, match=r"msetex\(\): ex and keepttl exclude"):
        await r.msetex({"a": 1}, ex=1, keepttl=True)


@pytest.mark.parametrize("method", ["mset", "msetnx", "msetex"])
async def test_an_empty_mapping_is_refused_by_name(r, method):
    with pytest.raises(ValueError, match=rf"{method}\(\) needs at least one key"):
        await getattr(r, method)({})


@pytest.mark.parametrize("method", ["mset", "msetnx", "msetex"])
async def test_what_is_no_mapping_is_refused_by_name(r, method):
    for pairs in ([("a", 1)], "ab"):
        with pytest.raises(TypeError, match=rf"{method}\(\) takes a mapping"):
            await getattr(r, method)(pairs)


async def test_mget_of_nothing_is_refused_by_name(r):
    with pytest.raises(ValueError, match=r"mget\(\) needs at least one key"):
        await r.mget()


# --- conditional delete ---------------------------------------------------------------------------------------


@needs("DIGEST")
async def test_digest_gives_text_on_every_face(r):
    await r.set("k", "Hello world")
    digest = await r.digest("k")

    assert type(digest) is str
    assert digest == "b6acb9d84a38ff74"
    assert await r.digest("none") is None


@needs("DELEX")
async def test_delex_deletes_only_on_its_condition(r):
    await r.set("k", "1")
    digest = await r.digest("k")

    assert await r.delex("k", ifeq="other") is False
    assert await r.delex("k", ifne="1") is False
    assert await r.delex("k", ifdeq="0" * 16) is False
    assert await r.delex("k", ifdne=digest) is False
    assert await r.delex("k", ifdeq=digest) is True
    assert await r.delex("k") is False


async def test_delex_conditions_exclude_each_other(r):
    with pytest.raises(ValueError, match=r"delex\(\): ifeq and ifne exclude each other"):
        await r.delex("k", ifeq="a", ifne="b")


@needs("DELIFEQ")
async def test_delifeq_deletes_an_equal_value_only(r):
    await r.set("k", "1")

    assert await r.delifeq("k", "other") is False
    assert await r.delifeq("k", "1") is True
    assert await r.exists("k") == 0
