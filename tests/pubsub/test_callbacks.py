"""Subscriptions with callbacks, on every face of the client."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from support.conversing import got
from support.listening import eventually, inside
from support.servers import needs

from plasma import DecodeError, NoPermissionError, RedisError


async def test_a_callback_gets_the_message_and_its_channel(r: Any) -> None:
    calls: list[Any] = []
    async with inside(await got(r.client.subscribe("events", lambda *call: calls.append(call)))):
        await r.publish("events", "workflow:done")
        await eventually(r.client, lambda: calls)

    assert calls == [(r.s("workflow:done"), r.s("events"))]


async def test_subscribe_returns_once_the_server_has_confirmed(r: Any) -> None:
    async with inside(await got(r.client.subscribe("events", print))):
        assert await r.raw.pubsub_numsub("events") == {"events": 1}


async def test_several_callbacks_listen_to_one_channel(r: Any) -> None:
    calls: list[Any] = []
    one = await got(r.client.subscribe("events", lambda *_: calls.append("one")))
    two = await got(r.client.subscribe("events", lambda *_: calls.append("two")))
    async with inside(one), inside(two):
        await r.publish("events", "x")
        await eventually(r.client, lambda: len(calls) == 2)

        assert sorted(calls) == ["one", "two"]
        assert await r.raw.pubsub_numsub("events") == {"events": 1}


async def test_closing_one_leaves_the_other(r: Any) -> None:
    calls: list[Any] = []
    one = await got(r.client.subscribe("events", lambda *_: calls.append("one")))
    async with inside(await got(r.client.subscribe("events", lambda *_: calls.append("two")))):
        await got(one.close())
        await got(one.close())
        await r.publish("events", "x")
        await eventually(r.client, lambda: calls)

    assert calls == ["two"]
    assert one.closed


async def test_a_pattern_gives_the_channel_of_the_message(r: Any) -> None:
    calls: list[Any] = []
    async with inside(await got(r.client.psubscribe("ev*", lambda *call: calls.append(call)))):
        await r.publish("events", "x")
        await eventually(r.client, lambda: calls)

    assert calls == [(r.s("x"), r.s("events"))]


@needs("SSUBSCRIBE")
async def test_a_sharded_channel_has_callbacks_too(r: Any) -> None:
    calls: list[Any] = []
    async with inside(await got(r.client.ssubscribe("orders", lambda *call: calls.append(call)))):
        await r.spublish("orders", "x")
        await eventually(r.client, lambda: calls)

    assert calls == [(r.s("x"), r.s("orders"))]


async def test_unsubscribe_closes_every_subscription_of_the_channel(r: Any) -> None:
    one = await got(r.client.subscribe("events", print))
    two = await got(r.client.subscribe("events", print, policy="drop_oldest"))
    other = await got(r.client.subscribe("others", print))
    await got(r.client.unsubscribe("events"))

    assert (one.closed, two.closed, other.closed) == (True, True, False)
    assert await r.raw.pubsub_numsub("events", "others") == {"events": 0, "others": 1}
    await got(r.client.unsubscribe())


async def test_callbacks_are_called_in_the_order_of_the_messages(r: Any) -> None:
    calls: list[Any] = []
    async with inside(await got(r.client.subscribe("events", lambda message, _: calls.append(message)))):
        pipe = r.raw.client.pipeline()
        for number in range(300):
            pipe.publish("events", number)
        pipe.exec()
        await eventually(r.client, lambda: len(calls) == 300)

    assert calls == [r.s(str(number)) for number in range(300)]


async def test_a_callback_that_raises_is_logged_and_told_and_stops_nothing(
    r: Any, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[Any] = []
    errors: list[Exception] = []

    def callback(message: Any, channel: Any) -> None:
        calls.append(message)
        if len(calls) == 1:
            raise ValueError("no")

    with caplog.at_level(logging.ERROR, "plasma.pubsub"):
        async with inside(await got(r.client.subscribe("events", callback, on_error=errors.append))):
            await r.publish("events", "one")
            await r.publish("events", "two")
            await eventually(r.client, lambda: len(calls) == 2)

    assert [str(error) for error in errors] == ["no"]
    assert [record.name for record in caplog.records] == ["plasma.pubsub"]


async def test_a_callback_that_would_end_its_thread_does_not(r: Any, caplog: pytest.LogCaptureFixture) -> None:
    calls: list[Any] = []

    def callback(message: Any, channel: Any) -> None:
        calls.append(message)
        if len(calls) == 1:
            raise SystemExit

    async with inside(await got(r.client.subscribe("events", callback))):
        await r.publish("events", "one")
        await r.publish("events", "two")
        await eventually(r.client, lambda: len(calls) == 2)

    assert "SystemExit" in caplog.text


async def test_a_user_who_may_not_subscribe_is_told(r: Any) -> None:
    await r.raw.execute("ACL", "SETUSER", "narrow", "on", ">pw", "+@all", "~*", "resetchannels", "&open")
    config = r.client.config.replace(username="narrow", password="pw")
    client = type(r).make_client(config)
    try:
        with pytest.raises(NoPermissionError) as caught:
            await got(client.subscribe("secret", print))
        assert caught.value.command == "SUBSCRIBE secret"

        calls: list[Any] = []
        async with inside(await got(client.subscribe("open", lambda *call: calls.append(call)))):
            await r.publish("open", "x")
            await eventually(client, lambda: calls)
    finally:
        await got(client.disconnect())
        await r.raw.execute("ACL", "DELUSER", "narrow")

    assert len(calls) == 1


async def test_disconnect_ends_subscriptions_and_the_next_one_works(r: Any) -> None:
    client = type(r).make_client(r.client.config)
    calls: list[Any] = []
    before = await got(client.subscribe("events", lambda *_: calls.append("before")))
    await got(client.disconnect())
    after = await got(client.subscribe("events", lambda *_: calls.append("after")))
    await r.publish("events", "x")
    await eventually(client, lambda: calls)
    await got(client.disconnect())

    assert calls == ["after"]
    assert before.closed
    assert after.closed


async def test_a_bound_that_cannot_be_is_refused(r: Any) -> None:
    with pytest.raises(RedisError, match="capacity"):
        await got(r.client.subscribe("events", print, capacity=0))
    with pytest.raises(RedisError, match="policy"):
        r.client.pubsub(policy="wait")


async def test_what_cannot_be_called_is_refused_before_anything_is_sent(r: Any) -> None:
    with pytest.raises(TypeError, match=r"subscribe\(\) takes one name and a callback, which str is not"):
        await got(r.client.subscribe("events", "others"))
    with pytest.raises(TypeError, match="on_error and on_reconnect must be callable"):
        await got(r.client.psubscribe("events", print, on_error="log"))

    assert await r.raw.pubsub_channels() == []


async def test_bytes_that_are_not_text_are_told_where_text_is_wanted_and_stop_nothing(r: Any) -> None:
    calls: list[Any] = []
    errors: list[Exception] = []
    async with inside(
        await got(r.client.subscribe("events", lambda message, _: calls.append(message), on_error=errors.append))
    ):
        await r.publish("events", b"\xff")
        await r.publish("events", "next")
        await eventually(r.client, lambda: r.s("next") in calls)

    assert [type(error) for error in errors] == [DecodeError] * (r.face.text is str)
    assert calls == ([] if r.face.text is str else [b"\xff"]) + [r.s("next")]
