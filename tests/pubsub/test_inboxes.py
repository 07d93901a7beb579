"""Inboxes: what is subscribed comes out of them, in order, on every face of the client."""

from __future__ import annotations

from typing import Any

import pytest
from support.conversing import got
from support.listening import inside, taken
from support.servers import needs

from plasma import DecodeError, Message, RedisConnectionError, ResponseError


async def test_a_message_comes_with_its_channel(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("news"))
        await r.publish("news", "hello")

        assert await got(inbox.get(timeout=10)) == Message("message", r.s("news"), r.s("hello"))


async def test_subscribe_returns_once_the_server_has_confirmed(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("a", "b"))

        assert await r.raw.pubsub_numsub("a", "b") == {"a": 1, "b": 1}


async def test_a_pattern_brings_the_channel_and_itself(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.psubscribe("n?ws"))
        await r.publish("news", "hello")

        assert await got(inbox.get(timeout=10)) == Message("pmessage", r.s("news"), r.s("hello"), r.s("n?ws"))


@needs("SSUBSCRIBE")
async def test_a_sharded_channel_brings_its_messages(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.ssubscribe("orders"))
        await r.spublish("orders", "one")

        assert await got(inbox.get(timeout=10)) == Message("smessage", r.s("orders"), r.s("one"))


async def test_what_the_server_does_not_know_is_raised_and_the_inbox_goes_on(r: Any) -> None:
    if r.server.has("SSUBSCRIBE"):
        pytest.skip("this server knows it")
    async with inside(r.client.pubsub()) as inbox:
        with pytest.raises(ResponseError, match=r"unknown command .SSUBSCRIBE.: it came with Redis 7\.0\.0"):
            await got(inbox.ssubscribe("orders"))
        await got(inbox.subscribe("news"))
        await r.publish("news", "hello")

        assert (await got(inbox.get(timeout=10))).data == r.s("hello")


async def test_unsubscribe_returns_once_the_server_has_confirmed(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("a", "b"))
        await got(inbox.unsubscribe("a"))

        assert await r.raw.pubsub_numsub("a", "b") == {"a": 0, "b": 1}


async def test_unsubscribe_without_names_leaves_patterns_alone(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("a", "b"))
        await got(inbox.psubscribe("c*"))
        await got(inbox.unsubscribe())

        assert await r.raw.pubsub_channels() == []
        assert await r.raw.pubsub_numpat() == 1


async def test_get_gives_none_when_nothing_comes(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("news"))

        assert await got(inbox.get(timeout=0.01)) is None


async def test_messages_come_in_the_order_they_were_published(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("a", "b"))
        pipe = r.raw.client.pipeline()
        for number in range(500):
            pipe.publish("ab"[number % 2], number)
        pipe.exec()

        assert [event.data for event in await taken(inbox, 500)] == [r.s(str(number)) for number in range(500)]


async def test_a_loop_over_the_inbox_takes_messages(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("news"))
        for number in range(3):
            await r.publish("news", number)
        found = []
        if hasattr(inbox, "__aiter__"):
            async for event in inbox:
                found.append(event.data)
                if len(found) == 3:
                    break
        else:
            for event in inbox:
                found.append(event.data)
                if len(found) == 3:
                    break

        assert found == r.s(["0", "1", "2"])


async def test_bytes_that_are_not_text_are_an_error_where_text_is_wanted_and_the_next_message_comes(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("news"))
        await r.publish("news", b"\xff")
        await r.publish("news", "next")
        if r.face.text is str:
            with pytest.raises(DecodeError, match=r"byte 0xff at 0"):
                await got(inbox.get(timeout=10))
        else:
            assert (await got(inbox.get(timeout=10))).data == b"\xff"

        assert (await got(inbox.get(timeout=10))).data == r.s("next")


async def test_the_client_runs_commands_while_it_is_subscribed(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("news"))
        await r.set("k", "v")

        assert await r.get("k") == r.s("v")


async def test_large_messages_come_whole(r: Any) -> None:
    data = "x" * 300_000
    async with inside(r.client.pubsub()) as inbox:
        await got(inbox.subscribe("news"))
        await r.publish("news", data)

        assert (await got(inbox.get(timeout=10))).data == r.s(data)


async def test_a_closed_inbox_says_so(r: Any) -> None:
    inbox = r.client.pubsub()
    await got(inbox.subscribe("news"))
    await got(inbox.close())

    with pytest.raises(RedisConnectionError, match="closed"):
        await got(inbox.get(timeout=1))


async def test_a_loop_over_a_closed_inbox_ends(r: Any) -> None:
    inbox = r.client.pubsub()
    await got(inbox.subscribe("news"))
    await got(inbox.close())

    assert [event async for event in inbox] == [] if hasattr(inbox, "__aiter__") else list(inbox) == []


async def test_subscribing_to_what_is_no_channel_is_refused_before_anything_is_sent(r: Any) -> None:
    async with inside(r.client.pubsub()) as inbox:
        with pytest.raises(TypeError, match="a channel is text or bytes, not NoneType"):
            await got(inbox.subscribe(None))
        with pytest.raises(TypeError, match="needs a name"):
            await got(inbox.subscribe())
