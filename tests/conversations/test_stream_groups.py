"""Groups of consumers on real servers, in both colours: who is given an entry, and what becomes of it."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import pytest
from support.consuming import begun, failed, following, handled
from support.conversing import Colour, got, listed
from support.listening import eventually, inside
from support.waiting import Background

from plasma import ConfigurationError, DecodeError, NoGroupError, RedisClient, WrongTypeError
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import RedisServer

LONG = 100_000  # milliseconds


def group(r: Any, consumer: str | None = "w1", **options: Any) -> Any:
    return r.client.stream_group("s", "g", consumer, **({"create": True, "wait": 0} | options))


def filled(r: Any, count: int) -> None:
    for n in range(1, count + 1):
        r.raw.client.xadd(r.key("s"), {"n": n}, id=f"{n}-0")


def pending(r: Any) -> list[Any]:
    """(id, consumer, deliveries) of all that is pending."""
    found = r.raw.client.xpending(r.key("s"), "g", "-", "+", 100)
    return [(id, consumer, deliveries) for id, consumer, _, deliveries in found]


def died(r: Any, *ids: str, deliveries: int = 1) -> None:
    """Entries are pending with a consumer that died long ago."""
    raw = r.raw.client
    raw.xreadgroup("g", "dead", {r.key("s"): ">"}, count=len(ids))
    raw.xclaim(r.key("s"), "g", "dead", 0, *ids, idle=LONG, retrycount=deliveries, justid=True)


def made(r: Any, count: int) -> None:
    filled(r, count)
    r.raw.client.xgroup_create(r.key("s"), "g", "0")


# --- reading ----------------------------------------------------------------------------------------------------------


async def test_entries_come_in_order(r: Any) -> None:
    filled(r, 25)

    assert await handled(group(r)) == [(r.s(str(n)), 1) for n in range(1, 26)]
    assert pending(r) == []


async def test_an_entry_has_its_id_and_its_fields(r: Any) -> None:
    filled(r, 1)
    (entry,) = await listed(group(r))

    assert (entry.id, entry.fields, entry.deliveries) == (r.s("1-0"), r.s({"n": "1"}), 1)
    assert entry[r.s("n")] == r.s("1")


async def test_the_consumers_of_a_group_share_the_entries(r: Any) -> None:
    filled(r, 4)
    one, two = group(r, "w1", count=1), group(r, "w2", count=1)
    ids = [(await following(begun(source))).id for source in (one, two, two, one)]

    assert ids == r.s(["1-0", "2-0", "3-0", "4-0"])


async def test_the_loop_waits_for_what_is_added(r: Any) -> None:
    source = begun(group(r, wait=10))
    with r.once_blocked("XADD", r.key("s"), "1-0", "n", "1"):
        entry = await following(source)

    assert entry.id == r.s("1-0")


async def test_the_loop_ends_when_nothing_came_in_time(r: Any) -> None:
    filled(r, 1)

    assert len(await handled(group(r, wait=0.03))) == 1


async def test_a_group_that_is_not_there_is_an_error(r: Any) -> None:
    filled(r, 1)

    with pytest.raises(NoGroupError):
        await following(begun(group(r, create=False)))


async def test_a_key_that_holds_something_else_is_an_error(r: Any) -> None:
    await r.set("s", "x")

    with pytest.raises(WrongTypeError):
        await following(begun(group(r)))


async def test_a_group_may_begin_with_what_is_added_from_then_on(r: Any) -> None:
    filled(r, 2)
    source = group(r, start="$")
    before = await handled(source)
    r.raw.client.xadd(r.key("s"), {"n": "3"}, id="3-0")

    assert before == []
    assert await handled(source) == [(r.s("3"), 1)]


async def test_a_group_that_was_removed_is_made_anew_and_leaves_out_nothing(r: Any) -> None:
    filled(r, 2)
    source = group(r, start="$")
    await handled(source)
    r.raw.client.xgroup_destroy(r.key("s"), "g")
    r.raw.client.xadd(r.key("s"), {"n": "3"}, id="3-0")

    assert await handled(source) == [(r.s("3"), 1)]


async def test_a_stream_that_is_deleted_while_it_is_waited_for_is_made_anew(r: Any) -> None:
    source = begun(group(r, wait=10))
    anew = "redis.call('DEL', KEYS[1]) return redis.call('XADD', KEYS[1], '5-0', 'n', '1')"
    with r.once_blocked("EVAL", anew, 1, r.key("s")):
        entry = await following(source)

    assert entry.id == r.s("5-0")


# --- acknowledging ----------------------------------------------------------------------------------------------------


async def test_a_block_acknowledges(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r)))
    async with inside(entry):
        before = pending(r)

    assert before == [("1-0", "w1", 1)]
    assert pending(r) == []
    assert entry.acknowledged is True


async def test_ack_acknowledges_and_may_be_said_twice(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r)))
    async with inside(entry):
        assert await got(entry.ack()) is True
        assert await got(entry.ack()) is True

    assert pending(r) == []
    assert (entry.acknowledged, entry.lost) == (True, False)


async def test_who_acknowledges_what_another_has_claimed_is_told_so(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r)))
    r.raw.client.xclaim(r.key("s"), "g", "w2", 0, "1-0")

    assert await got(entry.ack()) is False
    assert (entry.acknowledged, entry.lost) == (False, True)
    assert pending(r) == []


async def test_who_acknowledges_what_is_pending_no_longer_is_told_so(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r)))
    r.raw.client.xgroup_destroy(r.key("s"), "g")

    assert await got(entry.ack()) is False


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
async def test_what_raises_stays_pending_and_comes_again_when_it_is_idle(r: Any, error: BaseException) -> None:
    filled(r, 2)
    source = begun(group(r))
    await failed(await following(source), error)
    rest = await handled(source)
    r.raw.client.xclaim(r.key("s"), "g", "w1", 0, "1-0", idle=LONG, justid=True)

    assert rest == [(r.s("2"), 1)]
    assert await handled(group(r, "w2")) == [(r.s("1"), 2)]


async def test_entries_may_be_acknowledged_out_of_order_and_after_the_loop(r: Any) -> None:
    filled(r, 3)
    entries = await listed(group(r))
    for entry in reversed(entries):
        assert await got(entry.ack()) is True

    assert pending(r) == []


# --- going on ---------------------------------------------------------------------------------------------------------


async def test_what_was_pending_with_the_consumer_comes_first_when_it_comes_back(r: Any) -> None:
    made(r, 5)
    r.raw.client.xreadgroup("g", "w1", {r.key("s"): ">"}, count=3)

    assert await handled(group(r, count=2)) == [(r.s(str(n)), 2 if n <= 3 else 1) for n in range(1, 6)]


async def test_more_than_a_page_may_be_pending_with_the_consumer(r: Any) -> None:
    made(r, 250)
    r.raw.client.xreadgroup("g", "w1", {r.key("s"): ">"})

    assert [n for n, _ in await handled(group(r, count=30))] == [r.s(str(n)) for n in range(1, 251)]


async def test_a_loop_that_was_left_goes_on_where_it_was(r: Any) -> None:
    filled(r, 5)
    source = group(r)
    first = await handled(source, most=2)

    assert first + await handled(source) == [(r.s(str(n)), 1) for n in range(1, 6)]


async def test_what_is_in_hand_is_not_given_out_again_when_the_loop_begins_again(r: Any) -> None:
    filled(r, 3)
    source = group(r)
    entries = await listed(source)

    assert await listed(source) == []
    assert [await got(entry.ack()) for entry in entries] == [True] * 3


async def test_what_was_given_up_comes_first_when_the_loop_begins_again(r: Any) -> None:
    filled(r, 2)
    source = group(r, min_idle=None)
    for entry in await listed(source):
        await failed(entry, ValueError())

    assert await handled(source) == [(r.s("1"), 2), (r.s("2"), 2)]


async def test_stopping_gives_back_what_was_not_given_out_so_that_others_have_it_at_once(r: Any) -> None:
    filled(r, 3)
    source = begun(group(r))
    async with inside(await following(source)):
        source.stop()

    assert await following(source) is None
    assert pending(r) == [("2-0", "w1", 0), ("3-0", "w1", 0)]
    assert await handled(group(r, "w2")) == [(r.s("2"), 1), (r.s("3"), 1)]


async def test_a_loop_that_was_stopped_may_be_begun_again(r: Any) -> None:
    filled(r, 3)
    source = begun(group(r))
    async with inside(await following(source)):
        source.stop()
    ended = await following(source), await following(source)

    assert ended == (None, None)
    assert await handled(source) == [(r.s("2"), 1), (r.s("3"), 1)]


async def test_a_group_that_was_closed_gives_nothing_more(r: Any) -> None:
    filled(r, 3)
    async with inside(group(r)) as source:
        await handled(source, most=1)

    assert await listed(source) == []
    assert pending(r) == [("2-0", "w1", 0), ("3-0", "w1", 0)]


async def test_a_consumer_without_a_name_has_one_of_its_own_and_is_forgotten(r: Any) -> None:
    filled(r, 1)
    async with inside(group(r, None)) as source:
        await handled(source)
        names = [consumer["name"] for consumer in r.raw.client.xinfo_consumers(r.key("s"), "g")]

    assert names == [source.consumer]
    assert str(os.getpid()) in source.consumer
    assert r.raw.client.xinfo_consumers(r.key("s"), "g") == []


async def test_a_consumer_without_a_name_stays_while_something_is_pending_with_it(r: Any) -> None:
    filled(r, 1)
    async with inside(group(r, None)) as source:
        entry = await following(begun(source))

    assert [consumer["name"] for consumer in r.raw.client.xinfo_consumers(r.key("s"), "g")] == [source.consumer]
    assert await got(entry.ack()) is True


async def test_one_object_has_one_loop_at_a_time(r: Any) -> None:
    source = begun(group(r, wait=10))
    if hasattr(source, "__anext__"):
        other: Any = asyncio.ensure_future(following(source))
        await asyncio.sleep(0)
    else:
        other = Background(lambda: next(source, None))
        while not source._busy:
            pass
    try:
        with pytest.raises(ConfigurationError, match="running already"):
            await following(source)
    finally:
        source.stop()
    result = await other if hasattr(source, "__anext__") else other.result()

    assert result is None


# --- claiming ---------------------------------------------------------------------------------------------------------


async def test_what_died_with_another_consumer_is_claimed(r: Any) -> None:
    made(r, 3)
    died(r, "1-0", "2-0")

    assert await handled(group(r)) == [(r.s("1"), 2), (r.s("2"), 2), (r.s("3"), 1)]


async def test_all_that_died_is_claimed_before_the_loop_ends_however_much_lies_before_it(r: Any) -> None:
    made(r, 300)
    ids = [f"{n}-0" for n in range(1, 301)]
    died(r, *ids)
    r.raw.client.xclaim(r.key("s"), "g", "alive", 0, *ids[:290], justid=True)

    assert len(await handled(group(r, count=2))) == 10


async def test_what_another_has_had_for_a_short_time_is_left_to_it(r: Any) -> None:
    made(r, 1)
    r.raw.client.xreadgroup("g", "alive", {r.key("s"): ">"})

    assert await handled(group(r)) == []
    assert pending(r) == [("1-0", "alive", 1)]


async def test_without_min_idle_nothing_is_claimed(r: Any) -> None:
    made(r, 1)
    died(r, "1-0")

    assert await handled(group(r, min_idle=None)) == []


async def test_what_is_in_hand_for_long_is_neither_claimed_nor_moved_by_the_consumer_itself(r: Any) -> None:
    filled(r, 1)
    source = group(r, renew=False, max_deliveries=1)
    entries = await listed(source)
    r.raw.client.xclaim(r.key("s"), "g", "w1", 0, "1-0", idle=LONG, justid=True)

    assert await listed(source) == []
    assert pending(r) == [("1-0", "w1", 1)]
    assert await got(entries[0].ack()) is True


async def test_what_was_deleted_while_it_was_pending_is_pending_no_longer(r: Any) -> None:
    made(r, 3)
    died(r, "1-0")
    r.raw.client.xreadgroup("g", "w1", {r.key("s"): ">"}, count=1)
    r.raw.client.xdel(r.key("s"), "1-0", "2-0")

    assert await handled(group(r)) == [(r.s("3"), 1)]
    assert pending(r) == []


async def test_extend_keeps_others_from_claiming_it(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r)))
    r.raw.client.xclaim(r.key("s"), "g", "w1", 0, "1-0", idle=LONG, justid=True)

    assert await got(entry.extend()) is True
    assert await handled(group(r, "w2")) == []
    assert pending(r) == [("1-0", "w1", 1)]


async def test_extend_tells_that_another_has_claimed_it(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r)))
    r.raw.client.xclaim(r.key("s"), "g", "w2", 0, "1-0")

    assert await got(entry.extend()) is False
    assert entry.lost is True


def idle(r: Any, id: str) -> int:
    return int(r.raw.client.xpending(r.key("s"), "g", id, id, 1)[0][2])


async def test_what_is_in_hand_is_renewed(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r, min_idle=0.15)))
    r.raw.client.xclaim(r.key("s"), "g", "w1", 0, "1-0", idle=LONG, justid=True)
    await eventually(r.client, lambda: idle(r, "1-0") < LONG)

    assert pending(r) == [("1-0", "w1", 1)]
    assert await got(entry.ack()) is True


async def test_who_has_it_in_hand_learns_that_another_has_claimed_it(r: Any) -> None:
    filled(r, 1)
    entry = await following(begun(group(r, min_idle=0.15)))
    r.raw.client.xclaim(r.key("s"), "g", "w2", 0, "1-0")
    await eventually(r.client, lambda: entry.lost)

    assert pending(r) == [("1-0", "w2", 2)]


async def test_what_waits_behind_a_slow_one_is_given_back_and_handled_once(r: Any) -> None:
    filled(r, 4)
    source = begun(group(r, "w1", min_idle=0.3))
    entry = await following(source)
    await eventually(r.client, lambda: [count for *_, count in pending(r)] == [1, 0, 0, 0])
    others = await handled(group(r, "w2", count=1), most=2)
    async with inside(entry):
        pass

    assert others == [(r.s("2"), 1), (r.s("3"), 1)]
    assert await handled(source) == [(r.s("4"), 1)]
    assert pending(r) == []


async def test_what_waited_for_long_and_was_claimed_by_another_is_not_given_out(r: Any) -> None:
    filled(r, 3)
    source = begun(group(r))
    async with inside(await following(source)):
        r.raw.client.xclaim(r.key("s"), "g", "w2", 0, "2-0")
        source._consumer.read_at -= 1000  # as if it had been read then

    assert await handled(source) == [(r.s("3"), 1)]
    assert pending(r) == [("2-0", "w2", 2)]


async def test_an_entry_that_is_dropped_without_a_word_is_renewed_no_longer(r: Any) -> None:
    filled(r, 1)
    source = group(r)
    await listed(source)
    r.raw.client.xclaim(r.key("s"), "g", "w1", 0, "1-0", idle=LONG, justid=True)

    assert await handled(group(r, "w2")) == [(r.s("1"), 2)]


async def test_what_was_given_up_and_handled_by_another_is_remembered_no_longer(r: Any) -> None:
    filled(r, 2)
    source = group(r)
    for entry in await listed(source):
        await failed(entry, ValueError())
    before = {*source._consumer.left}
    r.raw.client.xack(r.key("s"), "g", "1-0")
    source._consumer._look_at = 0.0  # as if it had looked long ago
    source._ended = False
    await following(source)

    assert (before, source._consumer.left) == ({b"1-0", b"2-0"}, {b"2-0"})


# --- dead letters -----------------------------------------------------------------------------------------------------


def dead_letters(r: Any, source: Any) -> list[Any]:
    return [fields for _, fields in r.raw.client.xrange(r.key(source.dead_letter))]


async def test_what_was_delivered_too_often_is_moved(r: Any) -> None:
    made(r, 2)
    died(r, "1-0", deliveries=3)
    source = group(r, max_deliveries=3)

    assert await handled(source) == [(r.s("2"), 1)]
    assert pending(r) == []
    assert dead_letters(r, source) == [
        {
            "n": "1",
            "dead:stream": "s",
            "dead:group": "g",
            "dead:id": "1-0",
            "dead:deliveries": "3",
            "dead:reason": "max_deliveries",
        }
    ]


async def test_what_was_delivered_as_often_as_may_be_and_no_more_is_handled(r: Any) -> None:
    made(r, 1)
    died(r, "1-0", deliveries=2)

    assert await handled(group(r, max_deliveries=3)) == [(r.s("1"), 3)]


async def test_what_kills_its_consumer_each_time_is_moved_when_that_comes_back(r: Any) -> None:
    made(r, 1)
    died(r, "1-0", deliveries=3)
    source = group(r, "dead", max_deliveries=3, min_idle=None)

    assert await handled(source) == []
    assert [letter["n"] for letter in dead_letters(r, source)] == ["1"]


async def test_the_last_attempt_that_raises_moves_it_at_once_and_says_why(r: Any) -> None:
    filled(r, 2)
    source = group(r, max_deliveries=1, dead_letter="bad")
    for entry in await listed(source):
        if entry.id == r.s("1-0"):
            await failed(entry, ValueError("no such order"))
        else:
            await got(entry.ack())

    assert source.dead_letter == "bad"
    assert pending(r) == []
    assert [(letter["n"], letter["dead:reason"]) for letter in dead_letters(r, source)] == [
        ("1", "ValueError: no such order")
    ]


async def test_what_another_has_claimed_is_not_moved(r: Any) -> None:
    filled(r, 1)
    source = group(r, max_deliveries=1)
    entry = await following(begun(source))
    r.raw.client.xclaim(r.key("s"), "g", "w2", 0, "1-0")
    await failed(entry, ValueError())

    assert dead_letters(r, source) == []
    assert pending(r) == [("1-0", "w2", 2)]


async def test_an_interrupt_does_not_move_it(r: Any) -> None:
    filled(r, 1)
    source = group(r, max_deliveries=1)
    await failed(await following(begun(source)), KeyboardInterrupt())

    assert pending(r) == [("1-0", "w1", 1)]


# --- what cannot work -------------------------------------------------------------------------------------------------


async def test_what_is_not_text_is_told_and_the_next_one_comes(r: Any) -> None:
    raw = r.raw.client
    raw.xadd(r.key("s"), {"n": b"\xff"}, id="1-0")
    raw.xadd(r.key("s"), {"n": b"2"}, id="2-0")
    source = begun(group(r))
    if r.face.text is bytes:
        assert await handled(source) == [(b"\xff", 1), (b"2", 1)]
        return

    with pytest.raises(DecodeError, match="the entry 1-0 of s is not UTF-8"):
        await following(source)
    assert await handled(source) == [("2", 1)]
    assert pending(r) == [("1-0", "w1", 1)]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"count": 0}, ValueError, "count must be 1 or more"),
        ({"count": True}, TypeError, "count must be a whole number"),
        ({"wait": -1}, ValueError, "wait must be 0 or more"),
        ({"min_idle": 0}, ValueError, "min_idle must be a millisecond or more"),
        ({"min_idle": "x"}, TypeError, "min_idle must be seconds"),
        ({"max_deliveries": 0}, ValueError, "max_deliveries must be 1 or more"),
        ({"dead_letter": "d"}, ValueError, "goes with max_deliveries"),
        ({"consumer": ""}, ValueError, "the consumer must not be empty"),
        ({"consumer": 7}, TypeError, "the consumer must be str or bytes"),
        ({"start": ""}, ValueError, "the start must not be empty"),
    ],
)
async def test_options_that_cannot_work_are_refused_at_once(
    r: Any, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        group(r, **options)


def test_threads_of_one_client_share_the_entries(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    found: list[str] = []

    def work(at: int) -> None:
        with client.stream_group("s", "g", f"w{at}", create=True, wait=0.05) as source:
            for entry in source:
                with entry:
                    found.append(entry["n"])

    with RedisClient(server.url) as client:
        for n in range(400):
            client.xadd("s", {"n": n})
        threads = [threading.Thread(target=work, args=(at,)) for at in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(found, key=int) == [str(n) for n in range(400)]
        assert client.xpending("s", "g")[0] == 0


def test_tasks_share_the_entries_and_each_handles_several_at_once(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    found: list[str] = []

    async def handle(entry: Any) -> None:
        async with entry:
            await asyncio.sleep(0)
            found.append(entry["n"])

    async def work(client: Any) -> None:
        async with client.stream_group("s", "g", create=True, wait=0.05) as source:
            await asyncio.gather(*[asyncio.create_task(handle(entry)) async for entry in source])

    async def main() -> Any:
        async with AsyncRedisClient(server.url) as client:
            for n in range(400):
                await client.xadd("s", {"n": n})
            await asyncio.gather(*[work(client) for _ in range(4)])
            return await client.xpending("s", "g")

    assert asyncio.run(main())[0] == 0
    assert sorted(found, key=int) == [str(n) for n in range(400)]


def test_one_object_serves_one_event_loop_after_another(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    client = AsyncRedisClient(server.url)
    source = client.stream_group("s", "g", create=True, wait=0, count=2)

    async def main(n: int) -> Any:
        await client.xadd("s", {"n": n})
        found = await handled(source, most=1)
        await client.disconnect()
        return found

    assert [asyncio.run(main(n)) for n in range(3)] == [[(str(n), 1)] for n in range(3)]


def test_a_child_process_does_not_inherit_it(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    with RedisClient(server.url) as client:
        client.xadd("s", {"n": 1})
        client.xadd("s", {"n": 2})
        source = client.stream_group("s", "g", create=True, wait=0)
        next(iter(source))
        child = os.fork()
        if not child:
            try:
                next(source)
            except ConfigurationError:
                os._exit(7)
            finally:
                os._exit(1)

        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert next(source)["n"] == "2"
        source.close()


@pytest.mark.parametrize(
    ("prefix", "name", "dead_letter"),
    [
        ("", "orders", "{orders}:dead"),
        ("app:", "orders", "{app:orders}:dead"),
        ("", "{shop}:orders", "{shop}:orders:dead"),
        ("{app}:", "orders", "orders:dead"),
        ("", "{}orders", "{}orders:dead"),
    ],
)
def test_dead_letters_lie_in_the_slot_of_the_stream(
    colour: Colour, server: RedisServer, prefix: str, name: str, dead_letter: str
) -> None:
    client = colour.client(server.url, key_prefix=prefix)

    assert client.stream_group(name, "g", max_deliveries=1).dead_letter == dead_letter


def test_in_a_cluster_dead_letters_are_moved(colour: Colour) -> None:
    with RedisServer(config={"cluster-enabled": "yes"}) as server:
        server.execute("CLUSTER", "ADDSLOTS", *range(16384))
        while "cluster_state:ok" not in server.execute("CLUSTER", "INFO"):
            pass
        client = colour.client(server.url, key_prefix="app:")

        async def case() -> Any:
            await got(client.xadd("s", {"n": 1}))
            source = client.stream_group("s", "g", create=True, wait=0, max_deliveries=1)
            await failed(await following(begun(source)), ValueError())
            return await got(client.xlen(source.dead_letter)), await got(client.xpending("s", "g"))

        assert colour.run(case()) == (1, (0, None, None, {}))
