"""What happens when messages come faster than they are taken: each policy, its counter, and nothing lost by "block"."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from support.conversing import Colour, got
from support.listening import all_in_order, eventually, inside, publish, taken
from support.waiting import Background

from plasma import InboxFull, Message, Reconnected
from plasma.buffer import Buffer
from plasma.testing import FaultProxy, RedisServer

MANY = 100_000


@pytest.mark.parametrize("capacity", [100, 10_000])
def test_a_hundred_thousand_messages_come_in_order_and_none_is_lost(
    colour: Colour, server: RedisServer, wire: dict[str, Any], capacity: int
) -> None:
    server.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")

    async def case() -> None:
        client = colour.client(server.url, **wire)
        async with inside(client.pubsub(capacity=capacity)) as inbox:
            await got(inbox.subscribe("many"))
            publisher = Background(publish, server.url, "many", MANY)
            for number in range(MANY):
                event = await got(inbox.get(timeout=20))
                assert event.data == str(number)
            publisher.result()

            assert inbox.dropped == 0
            assert inbox.reconnects == 0

    colour.run(case())


def test_ten_listeners_get_every_message_in_order(colour: Colour, server: RedisServer) -> None:
    """`make soak` does this with a hundred thousand."""
    server.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")

    all_in_order(colour, server.url, listeners=10, count=5000)


def test_ten_callbacks_get_ten_thousand_messages_each_in_order(colour: Colour, server: RedisServer) -> None:
    server.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")

    async def case() -> None:
        client = colour.client(server.url)
        found: list[list[str]] = [[] for _ in range(10)]
        for numbers in found:
            await got(client.subscribe("many", lambda message, _, numbers=numbers: numbers.append(message)))
        publisher = Background(publish, server.url, "many", 10_000)
        await eventually(client, lambda: all(len(numbers) == 10_000 for numbers in found), 60)
        publisher.result()

        assert all(numbers == [str(number) for number in range(10_000)] for numbers in found)

    colour.run(case())


def test_drop_oldest_keeps_the_newest_and_counts_the_others(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url)
        async with inside(client.pubsub(capacity=10, policy="drop_oldest")) as inbox:
            await got(inbox.subscribe("many"))
            publish(server.url, "many", 100)
            await eventually(client, lambda: inbox.dropped == 90)

            assert [event.data for event in await taken(inbox, 10)] == [str(number) for number in range(90, 100)]
            assert inbox.dropped == 90

    colour.run(case())


def test_error_keeps_the_first_and_raises_where_the_others_are_missing(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url)
        async with inside(client.pubsub(capacity=10, policy="error")) as inbox:
            await got(inbox.subscribe("many"))
            publish(server.url, "many", 100)
            await eventually(client, lambda: inbox.dropped == 90)
            kept = await taken(inbox, 10)
            with pytest.raises(InboxFull) as caught:
                await got(inbox.get(timeout=1))
            server.execute("PUBLISH", "many", "next")

            assert [event.data for event in kept] == [str(number) for number in range(10)]
            assert caught.value.dropped == 90
            assert (await taken(inbox, 1))[0].data == "next"

    colour.run(case())


def test_callbacks_with_the_policy_error_are_told(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url)
        first, go_on = threading.Event(), threading.Event()
        errors: list[Exception] = []
        calls: list[str] = []

        def callback(message: str, channel: str) -> None:
            calls.append(message)
            first.set()
            if client.__class__.__module__ == "plasma.client":
                go_on.wait(10)

        await got(client.subscribe("many", callback, on_error=errors.append, capacity=5, policy="error"))
        publish(server.url, "many", 100)
        await eventually(client, first.is_set)
        go_on.set()
        await eventually(client, lambda: sum(getattr(error, "dropped", 0) for error in errors) + len(calls) == 100)

        assert calls[:5] == ["0", "1", "2", "3", "4"]
        assert all(isinstance(error, InboxFull) for error in errors)

    colour.run(case())


def test_callbacks_with_the_policy_drop_oldest_get_the_newest(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url)
        go_on = asyncio.Event() if hasattr(client, "__aenter__") else threading.Event()
        calls: list[int] = []

        def callback(message: str, channel: str) -> Any:
            calls.append(int(message))
            return go_on.wait() if isinstance(go_on, asyncio.Event) else go_on.wait(20) and None

        subscription = await got(client.subscribe("many", callback, capacity=5, policy="drop_oldest"))
        server.execute("PUBLISH", "many", 0)
        await eventually(client, lambda: calls)
        for number in range(1, 101):
            server.execute("PUBLISH", "many", number)
        await eventually(client, lambda: subscription.dropped == 95)
        go_on.set()
        await eventually(client, lambda: len(calls) == 6)

        assert calls == [0, 96, 97, 98, 99, 100]

    colour.run(case())


def test_subscribing_while_the_inbox_is_full_does_not_deadlock(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url, command_timeout=10)
        async with inside(client.pubsub(capacity=5)) as inbox:
            await got(inbox.subscribe("a"))
            publish(server.url, "a", 5000)
            await eventually(client, lambda: len(inbox) >= 5)
            await got(inbox.subscribe("b"))
            await got(inbox.unsubscribe("a"))
            events = await taken(inbox, 5000)
            server.execute("PUBLISH", "b", "x")

            assert [event.data for event in events] == [str(number) for number in range(5000)]
            assert await taken(inbox, 1) == [Message("message", "b", "x")]

    colour.run(case())


def test_a_server_that_drops_a_listener_who_is_too_slow_does_not_do_so_unnoticed(
    colour: Colour, server: RedisServer
) -> None:
    """With "block" the server has to keep what is not read, and closes when that is too much for it."""
    server.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100kb 0 0")

    async def case() -> None:
        client = colour.client(server.url, retry_delay=0.001)
        async with inside(client.pubsub(capacity=10)) as inbox:
            await got(inbox.subscribe("a"))
            published = publish_until_dropped(server)
            seen = []
            while not isinstance(event := (await taken(inbox, 1))[0], Reconnected):
                seen.append(int(event.data.split()[0]))
            server.execute("PUBLISH", "a", "next")

            assert seen == list(range(len(seen)))
            assert 0 < len(seen) < published
            assert (await taken(inbox, 1))[0].data == "next"

    colour.run(case())


def test_a_server_that_drops_slow_callbacks_does_not_do_so_unnoticed(colour: Colour, server: RedisServer) -> None:
    server.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 100kb 0 0")

    async def case() -> None:
        client = colour.client(server.url, retry_delay=0.001)
        go_on = asyncio.Event() if hasattr(client, "__aenter__") else threading.Event()
        told: list[Reconnected] = []
        calls: list[int] = []

        def callback(message: str, channel: str) -> Any:
            calls.append(int(message.split()[0]))
            return go_on.wait() if isinstance(go_on, asyncio.Event) else go_on.wait(20) and None

        await got(client.subscribe("a", callback, on_reconnect=told.append, capacity=10))
        published = publish_until_dropped(server)
        go_on.set()
        await eventually(client, lambda: told)

        assert calls == list(range(len(calls)))
        assert len(calls) < published

    colour.run(case())


def publish_until_dropped(server: RedisServer) -> int:
    """Publish numbers, of some size, until the one who listens is closed; how many there were."""
    published, filling = 0, "x" * 10_000
    while server.execute("PUBSUB", "NUMSUB", "a")[1]:
        server.execute("PUBLISH", "a", f"{published} {filling}")
        published += 1
    return published


def test_a_gap_is_told_though_the_inbox_is_full(colour: Colour, proxy: FaultProxy, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, retry_delay=0.001)
        async with inside(client.pubsub(capacity=2, policy="drop_oldest")) as inbox:
            await got(inbox.subscribe("a"))
            publish(server.url, "a", 5)
            await eventually(client, lambda: inbox.dropped == 3)
            proxy.cut()
            await eventually(client, lambda: inbox.reconnects == 1)
            publish(server.url, "a", 5)
            await eventually(client, lambda: inbox.dropped == 8)
            events = await taken(inbox, 3)

            assert isinstance(events[0], Reconnected)
            assert [event.data for event in events[1:]] == ["3", "4"]

    colour.run(case())


def raw(*numbers: int) -> list[Any]:
    return [("message", b"a", number) for number in numbers]


def test_a_buffer_takes_what_it_has_room_for_and_gives_back_the_rest() -> None:
    buffer = Buffer(3, "block")

    assert buffer.put(raw(1, 2)) == []
    assert buffer.put(raw(3, 4, 5)) == raw(4, 5)
    assert buffer.put(raw(4), anyway=True) == []
    assert [entry[2] for entry in buffer.entries] == [1, 2, 3, 4]


def test_more_at_once_than_there_is_room_for_at_all_leaves_the_newest() -> None:
    buffer = Buffer(3, "drop_oldest")
    buffer.put(raw(1, 2))
    buffer.put(raw(*range(3, 11)))

    assert [entry[2] for entry in buffer.entries] == [8, 9, 10]
    assert buffer.dropped == 7


def test_marks_keep_their_place_when_messages_make_way() -> None:
    buffer = Buffer(2, "drop_oldest")
    buffer.put(raw(1))
    buffer.mark(Reconnected(1.0))
    buffer.put(raw(2))
    buffer.mark(Reconnected(2.0))
    buffer.put(raw(3, 4))

    assert list(buffer.entries) == [Reconnected(3.0), *raw(3, 4)]
    assert buffer.dropped == 2
