"""Every command on streams, on a real server and every face of the client."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from support.servers import needs, since

from plasma.errors import BusyGroupError, NoGroupError, ResponseError

# Where entries that were deleted leave the pending ones when they are claimed.
TELLS_DELETED = since(redis="7.0")


async def filled(r, *ids: str, key: str = "s") -> None:
    """A stream of entries {"n": "1"}, {"n": "2"} ... with these ids."""
    for number, id in enumerate(ids, 1):
        await r.xadd(key, {"n": number}, id=id)


async def delivered(r, *ids: str) -> None:
    """A stream whose entries are all pending with the consumer c1 of the group g."""
    await filled(r, *ids)
    await r.xgroup_create("s", "g", "0")
    await r.xreadgroup("g", "c1", {"s": ">"})


# --- adding ---------------------------------------------------------------------------------------------------


async def test_xadd_gives_the_id_that_the_server_made(r):
    id = await r.xadd("s", {"a": "1", "b": 2})

    assert type(id) is r.face.text
    assert await r.xrange("s") == [(id, r.s({"a": "1", "b": "2"}))]


async def test_xadd_takes_an_id(r):
    assert await r.xadd("s", {"a": 1}, id="5-1") == r.s("5-1")
    with pytest.raises(ResponseError, match="equal or smaller"):
        await r.xadd("s", {"a": 1}, id="5-1")


@since("7.0")
async def test_xadd_completes_an_id(r):
    await r.xadd("s", {"a": 1}, id="5-7")

    assert await r.xadd("s", {"a": 1}, id="5-*") == r.s("5-8")


async def test_xadd_takes_pairs(r):
    await r.xadd("s", [("b", 1), ("a", b"2")], id="1-1")
    await r.xadd("s", (pair for pair in [("b", 1)]), id="1-2")

    assert await r.xrange("s") == r.s([("1-1", {"b": "1", "a": "2"}), ("1-2", {"b": "1"})])


async def test_a_field_twice_in_an_entry_keeps_its_last_value(r):
    await r.xadd("s", [("a", 1), ("b", 2), ("a", 3)], id="1-1")

    assert await r.xrange("s") == r.s([("1-1", {"a": "3", "b": "2"})])
    assert await r.execute("XRANGE", "s", "-", "+") == r.s([["1-1", ["a", "1", "b", "2", "a", "3"]]])


async def test_xadd_makes_no_stream_when_told_so(r):
    assert await r.xadd("s", {"a": 1}, nomkstream=True) is None
    await filled(r, "1-1")

    assert await r.xadd("s", {"a": 1}, id="2-1", nomkstream=True) == r.s("2-1")


async def test_xadd_trims(r):
    await filled(r, "1-1", "2-1", "3-1")
    await r.xadd("s", {"a": 1}, id="4-1", maxlen=2)

    assert [id for id, _ in await r.xrange("s")] == r.s(["3-1", "4-1"])
    await r.xadd("s", {"a": 1}, id="5-1", minid="4")
    assert [id for id, _ in await r.xrange("s")] == r.s(["4-1", "5-1"])
    await r.xadd("s", {"a": 1}, id="6-1", maxlen=0)
    assert await r.xlen("s") == 0


async def test_xadd_trims_about(r):
    for number in range(1, 300):
        await r.xadd("s", {"n": number}, id=f"{number}-1", maxlen=10, approximate=True)

    assert 10 <= await r.xlen("s") < 299
    await r.xadd("s", {"n": 0}, id="300-1", minid="300", approximate=True, limit=1)
    assert await r.xlen("s") > 10


@needs("XACKDEL")
@pytest.mark.parametrize(("policy", "left", "pending"), [("keepref", 1, 3), ("delref", 1, 0), ("acked", 4, 3)])
async def test_what_is_trimmed_is_kept_or_not_in_groups(r, policy, left, pending):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xadd("s", {"a": 1}, id="4-1", maxlen=1, **{policy: True})

    assert await r.xlen("s") == left
    assert (await r.xpending("s", "g"))[0] == pending


@needs("XCFGSET")
async def test_xadd_adds_an_entry_of_a_producer_once(r):
    first = await r.xadd("s", {"a": 1}, idmp=("producer", "id"))
    second = await r.xadd("s", {"b": 2}, idmp=("producer", "other"))

    assert await r.xadd("s", {"a": 1}, idmp=("producer", "id")) == first
    assert second != first
    assert await r.xadd("s", {"c": 3}, idmpauto="producer") == await r.xadd("s", {"c": 3}, idmpauto="producer")
    assert await r.xlen("s") == 3


@needs("XCFGSET")
async def test_xcfgset_says_what_is_remembered_of_producers(r):
    await filled(r, "1-1")

    assert await r.xcfgset("s", idmp_duration=60, idmp_maxsize=7) is True
    told = await r.xinfo_stream("s")
    assert (told["idmp-duration"], told["idmp-maxsize"]) == (60, 7)
    with pytest.raises(ValueError, match=r"xcfgset\(\) needs at least one setting"):
        await r.xcfgset("s")


@pytest.mark.parametrize("nothing", [{}, [], iter(())], ids=["mapping", "list", "iterator"])
async def test_xadd_without_fields_is_refused_by_name(r, nothing):
    with pytest.raises(ValueError, match=r"xadd\(\) needs at least one field"):
        await r.xadd("s", nothing)


@pytest.mark.parametrize("wrong", ["text", b"b", 1, None], ids=repr)
async def test_xadd_takes_fields_as_a_mapping_or_pairs_only(r, wrong):
    with pytest.raises(TypeError, match=r"xadd\(\) takes a mapping of fields to values, or pairs, not a"):
        await r.xadd("s", wrong)


@pytest.mark.parametrize("wrong", [["ab"], [("a", "b", "c")], [["a", "b"]]], ids=repr)
async def test_xadd_takes_pairs_that_are_tuples(r, wrong):
    with pytest.raises(TypeError, match=r"xadd\(\) takes pairs \(field, value\), not"):
        await r.xadd("s", wrong)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"maxlen": 1, "minid": "1"}, "maxlen and minid exclude each other"),
        ({"keepref": True, "acked": True}, "keepref and acked exclude each other"),
        ({"idmp": ("a", "b"), "idmpauto": "a"}, "idmp and idmpauto exclude each other"),
        ({"approximate": True}, "approximate and limit go with maxlen or minid"),
        ({"limit": 1}, "approximate and limit go with maxlen or minid"),
    ],
    ids=str,
)
async def test_xadd_refuses_options_that_cannot_be_meant(r, options, message):
    with pytest.raises(ValueError, match=message):
        await r.xadd("s", {"a": 1}, **options)

    assert await r.exists("s") == 0


# --- reading --------------------------------------------------------------------------------------------------


async def test_xrange_gives_entries_in_order(r):
    await filled(r, "1-1", "2-1", "3-1")

    assert await r.xrange("s") == r.s([("1-1", {"n": "1"}), ("2-1", {"n": "2"}), ("3-1", {"n": "3"})])
    assert await r.xrange("s", "2") == r.s([("2-1", {"n": "2"}), ("3-1", {"n": "3"})])
    assert await r.xrange("s", "(1-1", "2") == r.s([("2-1", {"n": "2"})])
    assert await r.xrange("s", count=1) == r.s([("1-1", {"n": "1"})])
    assert await r.xrange("nothing") == []


async def test_xrevrange_gives_entries_from_the_last(r):
    await filled(r, "1-1", "2-1", "3-1")

    assert await r.xrevrange("s", count=1) == r.s([("3-1", {"n": "3"})])
    assert await r.xrevrange("s", "2", "-") == r.s([("2-1", {"n": "2"}), ("1-1", {"n": "1"})])


async def test_xread_gives_what_comes_after_an_id(r):
    await filled(r, "1-1", "2-1")
    await filled(r, "5-1", key="t")

    assert await r.xread({"s": "1", "t": 0, "nothing": "0"}) == r.s(
        {"s": [("1-1", {"n": "1"}), ("2-1", {"n": "2"})], "t": [("5-1", {"n": "1"})]}
    )
    assert await r.xread({"s": "0"}, count=1) == r.s({"s": [("1-1", {"n": "1"})]})


async def test_xread_gives_an_empty_dict_when_there_is_nothing(r):
    await filled(r, "1-1")

    assert await r.xread({"s": "$"}) == {}
    assert await r.xread({"nothing": "0"}) == {}
    assert await r.xread({"s": "$"}, block=1) == {}


@since(redis="7.4")
async def test_xread_gives_the_last_entry(r):
    await filled(r, "1-1", "2-1")

    assert await r.xread({"s": "+"}) == r.s({"s": [("2-1", {"n": "2"})]})


async def test_xread_waits_for_an_entry(r):
    await filled(r, "1-1")
    with r.once_blocked("XADD", r.key("s"), "2-1", "n", "new"):
        found = await r.xread({"s": "$"}, block=timedelta(seconds=10))

    assert found == r.s({"s": [("2-1", {"n": "new"})]})


async def test_xread_refuses_what_cannot_be_meant(r):
    with pytest.raises(ValueError, match=r"xread\(\) needs at least one stream"):
        await r.xread({})
    with pytest.raises(TypeError, match=r"xread\(\) takes a mapping of streams to ids"):
        await r.xread("s")
    with pytest.raises(ValueError, match=r"block: .* is not a whole number of milliseconds"):
        await r.xread({"s": "0"}, block=timedelta(microseconds=1))


# --- deleting -------------------------------------------------------------------------------------------------


async def test_xdel_counts_what_was_there(r):
    await filled(r, "1-1", "2-1")

    assert await r.xdel("s", "1-1", "9-9") == 1
    assert await r.xlen("s") == 1
    with pytest.raises(ValueError, match=r"xdel\(\) needs at least one id"):
        await r.xdel("s")


@needs("XDELEX")
async def test_xdelex_gives_a_code_for_each_entry(r):
    await delivered(r, "1-1", "2-1", "3-1", "4-1")

    assert await r.xdelex("s", "1-1", acked=True) == [2]
    assert await r.xdelex("s", "1-1", "9-9") == [1, -1]
    assert await r.xdelex("s", "2-1", keepref=True) == [1]
    assert await r.xdelex("s", "3-1", delref=True) == [1]
    assert [id for id, *_ in await r.xpending("s", "g", "-", "+", 10)] == r.s(["1-1", "2-1", "4-1"])
    with pytest.raises(ValueError, match=r"xdelex\(\) needs at least one id"):
        await r.xdelex("s")


@needs("XACKDEL")
async def test_xackdel_acknowledges_and_deletes(r):
    await delivered(r, "1-1", "2-1", "3-1", "4-1")
    await r.xgroup_create("s", "other", "0")
    await r.xreadgroup("other", "c", {"s": ">"})

    assert await r.xackdel("s", "g", "1-1", "9-9", acked=True) == [2, -1]
    assert await r.xackdel("s", "g", "2-1") == [1]
    assert await r.xackdel("s", "g", "3-1", keepref=True) == [1]
    assert await r.xackdel("s", "g", "4-1", delref=True) == [1]
    assert [id for id, *_ in await r.xpending("s", "other", "-", "+", 10)] == r.s(["1-1", "2-1", "3-1"])
    with pytest.raises(ValueError, match="keepref and delref exclude each other"):
        await r.xackdel("s", "g", "1-1", keepref=True, delref=True)
    with pytest.raises(ValueError, match=r"xackdel\(\) needs at least one id"):
        await r.xackdel("s", "g")


async def test_xtrim_counts_what_was_deleted(r):
    await filled(r, "1-1", "2-1", "3-1")

    assert await r.xtrim("s", maxlen=2) == 1
    assert await r.xtrim("s", minid="3-1") == 1
    assert await r.xtrim("s", maxlen=0, approximate=True, limit=100) == 1
    with pytest.raises(ValueError, match=r"xtrim\(\) needs maxlen or minid"):
        await r.xtrim("s")


@needs("XACKDEL")
async def test_xtrim_spares_what_groups_have_use_for(r):
    await delivered(r, "1-1", "2-1")

    assert await r.xtrim("s", maxlen=0, acked=True) == 0
    assert await r.xtrim("s", maxlen=0, delref=True) == 2


async def test_xsetid_lets_ids_go_on_from_there(r):
    await filled(r, "1-1")

    assert await r.xsetid("s", "9-9") is True
    assert (await r.xinfo_stream("s"))["last-generated-id"] == r.s("9-9")


@since("7.0")
async def test_xsetid_takes_what_servers_tell_each_other(r):
    await filled(r, "1-1")

    assert await r.xsetid("s", "9-9", entriesadded=5, maxdeletedid="8-8") is True
    told = await r.xinfo_stream("s")
    assert (told["entries-added"], told["max-deleted-entry-id"]) == (5, r.s("8-8"))


# --- groups ---------------------------------------------------------------------------------------------------


async def test_a_group_is_made_once(r):
    assert await r.xgroup_create("s", "g", mkstream=True) is True
    with pytest.raises(BusyGroupError):
        await r.xgroup_create("s", "g")
    with pytest.raises(ResponseError, match="MKSTREAM"):
        await r.xgroup_create("nothing", "g")


async def test_a_group_begins_where_it_is_told_to(r):
    await filled(r, "1-1", "2-1")
    await r.xgroup_create("s", "all", "0")
    await r.xgroup_create("s", "some", "1-1")
    await r.xgroup_create("s", "new")

    assert len((await r.xreadgroup("all", "c", {"s": ">"}))[r.s("s")]) == 2
    assert len((await r.xreadgroup("some", "c", {"s": ">"}))[r.s("s")]) == 1
    assert await r.xreadgroup("new", "c", {"s": ">"}) == {}


async def test_xgroup_setid_moves_a_group(r):
    await filled(r, "1-1", "2-1")
    await r.xgroup_create("s", "g")

    assert await r.xgroup_setid("s", "g", "1-1") is True
    assert await r.xreadgroup("g", "c", {"s": ">"}) == r.s({"s": [("2-1", {"n": "2"})]})


@since("7.0")
async def test_groups_are_told_how_many_entries_were_read(r):
    await filled(r, "1-1", "2-1", "3-1")
    await r.xgroup_create("s", "g", "2-1", mkstream=True, entriesread=2)

    assert [group["lag"] for group in await r.xinfo_groups("s")] == [1]
    await r.xgroup_setid("s", "g", "1-1", entriesread=1)
    assert [group["lag"] for group in await r.xinfo_groups("s")] == [2]


async def test_consumers_come_and_go(r):
    await delivered(r, "1-1", "2-1")

    assert await r.xgroup_createconsumer("s", "g", "c2") is True
    assert await r.xgroup_createconsumer("s", "g", "c2") is False
    assert await r.xgroup_delconsumer("s", "g", "c2") == 0
    assert await r.xgroup_delconsumer("s", "g", "c1") == 2


async def test_xgroup_destroy_says_whether_there_was_one(r):
    await r.xgroup_create("s", "g", mkstream=True)

    assert await r.xgroup_destroy("s", "g") is True
    assert await r.xgroup_destroy("s", "g") is False
    with pytest.raises(NoGroupError):
        await r.xreadgroup("g", "c", {"s": ">"})


async def test_xreadgroup_gives_each_entry_to_one_consumer(r):
    await filled(r, "1-1", "2-1", "3-1")
    await r.xgroup_create("s", "g", "0")

    assert await r.xreadgroup("g", "c1", {"s": ">"}, count=1) == r.s({"s": [("1-1", {"n": "1"})]})
    assert await r.xreadgroup("g", "c2", {"s": ">"}) == r.s({"s": [("2-1", {"n": "2"}), ("3-1", {"n": "3"})]})
    assert await r.xreadgroup("g", "c1", {"s": ">"}) == {}
    assert await r.xreadgroup("g", "c1", {"s": ">"}, block=1) == {}


async def test_xreadgroup_gives_again_what_is_pending(r):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xdel("s", "2-1")

    assert await r.xreadgroup("g", "c1", {"s": "0"}) == r.s(
        {"s": [("1-1", {"n": "1"}), ("2-1", {}), ("3-1", {"n": "3"})]}
    )
    assert await r.xreadgroup("g", "c2", {"s": "0"}) == r.s({"s": []})


async def test_xreadgroup_without_acknowledgement_leaves_nothing_pending(r):
    await filled(r, "1-1")
    await r.xgroup_create("s", "g", "0")
    await r.xreadgroup("g", "c", {"s": ">"}, noack=True)

    assert (await r.xpending("s", "g"))[0] == 0


async def test_xreadgroup_waits_for_an_entry(r):
    await r.xgroup_create("s", "g", mkstream=True)
    with r.once_blocked("XADD", r.key("s"), "2-1", "n", "new"):
        found = await r.xreadgroup("g", "c", {"s": ">"}, count=5, block=10_000)

    assert found == r.s({"s": [("2-1", {"n": "new"})]})


@needs("XACKDEL")
@since(redis="8.4")
async def test_xreadgroup_claims_what_is_pending_with_others(r):
    await delivered(r, "1-1")
    await filled(r, "2-1", key="s")
    (entries,) = (await r.xreadgroup("g", "c2", {"s": ">"}, claim=0)).values()

    assert [(id, fields, times) for id, fields, _, times in entries] == r.s(
        [("1-1", {"n": "1"}, 1), ("2-1", {"n": "1"}, 0)]
    )
    assert all(0 <= idle < 60_000 for _, _, idle, _ in entries)
    assert await r.xreadgroup("g", "c3", {"s": ">"}, claim=timedelta(hours=1)) == {}


async def test_xreadgroup_claims_only_beside_new_entries(r):
    with pytest.raises(ValueError, match='claim goes with ">" alone'):
        await r.xreadgroup("g", "c", {"s": ">", "t": "0"}, claim=0)


async def test_xack_counts_what_was_pending(r):
    await delivered(r, "1-1", "2-1")

    assert await r.xack("s", "g", "1-1", "9-9") == 1
    assert await r.xack("s", "g", "1-1") == 0
    with pytest.raises(ValueError, match=r"xack\(\) needs at least one id"):
        await r.xack("s", "g")


# --- pending entries ------------------------------------------------------------------------------------------


async def test_xpending_sums_up(r):
    await delivered(r, "1-1", "2-1")
    await r.xadd("s", {"n": 3}, id="3-1")
    await r.xreadgroup("g", "c2", {"s": ">"})

    assert await r.xpending("s", "g") == (3, r.s("1-1"), r.s("3-1"), r.s({"c1": 2, "c2": 1}))


async def test_xpending_sums_up_nothing(r):
    await r.xgroup_create("s", "g", mkstream=True)

    assert await r.xpending("s", "g") == (0, None, None, {})


async def test_xpending_gives_entries(r):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xclaim("s", "g", "c2", 0, "3-1", idle=60_000, retrycount=7)
    entries = await r.xpending("s", "g", "-", "+", 10)

    assert [entry[:2] for entry in entries] == r.s([("1-1", "c1"), ("2-1", "c1"), ("3-1", "c2")])
    assert [type(entry) for entry in entries] == [tuple] * 3
    assert entries[0][2] < 60_000 <= entries[2][2]
    assert [entry[3] for entry in entries] == [1, 1, 7]


async def test_xpending_selects(r):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xclaim("s", "g", "c2", 0, "3-1", idle=60_000)

    assert [entry[0] for entry in await r.xpending("s", "g", "(1-1", "+", 1)] == r.s(["2-1"])
    assert [entry[0] for entry in await r.xpending("s", "g", "-", "+", 9, consumer="c2")] == r.s(["3-1"])
    assert [entry[0] for entry in await r.xpending("s", "g", "-", "+", 9, idle=timedelta(seconds=30))] == r.s(["3-1"])
    assert await r.xpending("s", "g", "-", "+", 9, consumer="c1", idle=30_000) == []


async def test_xpending_refuses_what_cannot_be_meant(r):
    with pytest.raises(ValueError, match="start, end and count go together"):
        await r.xpending("s", "g", "-", "+")
    with pytest.raises(ValueError, match="consumer and idle go with start, end and count"):
        await r.xpending("s", "g", consumer="c1")


async def test_xclaim_gives_the_entries_that_changed_hands(r):
    await delivered(r, "1-1", "2-1", "3-1")

    assert await r.xclaim("s", "g", "c2", 0, "1-1", "2-1") == r.s([("1-1", {"n": "1"}), ("2-1", {"n": "2"})])
    assert await r.xclaim("s", "g", "c2", timedelta(hours=1), "3-1") == []
    assert await r.xclaim("s", "g", "c3", 0, "1-1", justid=True) == r.s(["1-1"])
    with pytest.raises(ValueError, match=r"xclaim\(\) needs at least one id"):
        await r.xclaim("s", "g", "c2", 0)


async def test_xclaim_leaves_out_what_was_deleted(r):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xdel("s", "2-1")

    assert await r.xclaim("s", "g", "c2", 0, "1-1", "2-1", "3-1") == r.s([("1-1", {"n": "1"}), ("3-1", {"n": "3"})])


async def test_xclaim_sets_what_the_group_remembers(r):
    await delivered(r, "1-1", "2-1")
    await filled(r, "5-1", key="s")
    an_hour_ago = datetime.fromtimestamp(int(time.time()) - 3600, timezone.utc)
    await r.xclaim("s", "g", "c2", 0, "1-1", time=an_hour_ago, retrycount=3)
    await r.xclaim("s", "g", "c2", 0, "2-1", idle=timedelta(minutes=30), lastid="7-7")
    entries = await r.xpending("s", "g", "-", "+", 10)

    assert [entry[2] // 60_000 for entry in entries] == [60, 30]
    assert [entry[3] for entry in entries] == [3, 2]
    assert [group["last-delivered-id"] for group in await r.xinfo_groups("s")] == r.s(["7-7"])
    assert await r.xclaim("s", "g", "c2", 0, "5-1") == []
    assert await r.xclaim("s", "g", "c2", 0, "5-1", force=True) == r.s([("5-1", {"n": "1"})])
    with pytest.raises(ValueError, match="idle and time exclude each other"):
        await r.xclaim("s", "g", "c2", 0, "5-1", idle=1, time=1)


async def test_xautoclaim_goes_on_where_it_stopped(r):
    await delivered(r, "1-1", "2-1", "3-1")

    assert await r.xautoclaim("s", "g", "c2", 0, count=2) == (
        *r.s(("3-1", [("1-1", {"n": "1"}), ("2-1", {"n": "2"})])),
        [],
    )
    assert await r.xautoclaim("s", "g", "c2", 0, "3-1") == (*r.s(("0-0", [("3-1", {"n": "3"})])), [])
    assert await r.xautoclaim("s", "g", "c2", timedelta(hours=1)) == (r.s("0-0"), [], [])
    assert await r.xautoclaim("s", "g", "c2", 0, justid=True) == (*r.s(("0-0", ["1-1", "2-1", "3-1"])), [])


async def test_xautoclaim_leaves_out_what_was_deleted(r):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xdel("s", "2-1")
    _, entries, _ = await r.xautoclaim("s", "g", "c2", 0)

    assert entries == r.s([("1-1", {"n": "1"}), ("3-1", {"n": "3"})])


@TELLS_DELETED
async def test_xautoclaim_tells_what_was_deleted(r):
    await delivered(r, "1-1", "2-1", "3-1")
    await r.xdel("s", "1-1", "3-1")

    assert await r.xautoclaim("s", "g", "c2", 0) == r.s(("0-0", [("2-1", {"n": "2"})], ["1-1", "3-1"]))


# --- what the server tells ------------------------------------------------------------------------------------


async def test_xinfo_stream_is_the_same_on_every_face(r):
    await delivered(r, "1-1", "2-1")
    told = await r.xinfo_stream("s")

    assert all(type(name) is str for name in told)
    assert told["length"] == 2
    assert told["groups"] == 1
    assert told["last-generated-id"] == r.s("2-1")
    assert told["first-entry"] == r.s(("1-1", {"n": "1"}))
    assert told["last-entry"] == r.s(("2-1", {"n": "2"}))


async def test_xinfo_stream_of_an_empty_stream_has_no_entries(r):
    await r.xgroup_create("s", "g", mkstream=True)
    told = await r.xinfo_stream("s")

    assert (told["first-entry"], told["last-entry"]) == (None, None)
    assert (await r.xinfo_stream("s", full=True))["entries"] == []


async def test_xinfo_stream_tells_all(r):
    await delivered(r, "1-1", "2-1")
    told = await r.xinfo_stream("s", full=True)
    (group,) = told["groups"]
    (consumer,) = group["consumers"]

    assert told["entries"] == r.s([("1-1", {"n": "1"}), ("2-1", {"n": "2"})])
    assert group["name"] == r.s("g")
    assert group["pel-count"] == 2
    assert [entry[:2] for entry in group["pending"]] == r.s([("1-1", "c1"), ("2-1", "c1")])
    assert consumer["name"] == r.s("c1")
    assert [(id, times) for id, _, times in consumer["pending"]] == r.s([("1-1", 1), ("2-1", 1)])
    assert all(type(name) is str for map in (told, group, consumer) for name in map)


async def test_xinfo_stream_tells_so_many(r):
    await filled(r, "1-1", "2-1")

    assert len((await r.xinfo_stream("s", full=True, count=1))["entries"]) == 1
    with pytest.raises(ValueError, match="count needs full"):
        await r.xinfo_stream("s", count=1)


async def test_xinfo_of_no_stream_is_an_error(r):
    with pytest.raises(ResponseError, match="no such key"):
        await r.xinfo_stream("nothing")


async def test_xinfo_groups_and_consumers_are_the_same_on_every_face(r):
    await delivered(r, "1-1", "2-1")
    (group,) = await r.xinfo_groups("s")
    (consumer,) = await r.xinfo_consumers("s", "g")

    assert {name: group[name] for name in ("name", "consumers", "pending", "last-delivered-id")} == {
        "name": r.s("g"),
        "consumers": 1,
        "pending": 2,
        "last-delivered-id": r.s("2-1"),
    }
    assert (consumer["name"], consumer["pending"]) == (r.s("c1"), 2)
    assert 0 <= consumer["idle"] < 60_000
    assert await r.xinfo_groups("s") != []


@pytest.mark.parametrize("method", ["xgroup_help", "xinfo_help"])
async def test_help_on_streams_is_text_on_every_face(r, method):
    assert all(type(line) is str for line in await getattr(r, method)())
