# pyright: strict
"""What type checkers make of listening, in both colours: never run, only checked, by mypy and by pyright."""

from __future__ import annotations

from typing_extensions import assert_type

import plasma.asyncio
from plasma import Inbox, Message, Monitor, MonitoredCommand, Reconnected, Redis, RedisClient, Subscription


def called(message: str, channel: str) -> None:
    """A callback."""


async def awaited(message: str, channel: str) -> None:
    """A callback of asyncio."""


def an_inbox_gives_messages_of_its_text_type(client: RedisClient[str]) -> None:
    assert_type(client.pubsub(), Inbox[str])
    assert_type(client.bytes.pubsub(policy="error"), Inbox[bytes])
    assert_type(Redis.pubsub(), Inbox[str])
    assert_type(client.pubsub().get(), Message[str] | Reconnected)
    assert_type(client.bytes.pubsub().get(timeout=1), Message[bytes] | Reconnected | None)
    for event in client.pubsub():
        assert_type(event, Message[str] | Reconnected)
        assert_type(event.data, str | None)


def subscriptions_and_monitors(client: RedisClient[str]) -> None:
    assert_type(client.subscribe("a", called, on_error=print), Subscription)
    assert_type(Redis.psubscribe("a*", called), Subscription)
    assert_type(client.monitor(), Monitor[str])
    for command in client.bytes.monitor():
        assert_type(command, MonitoredCommand[bytes])
        assert_type(command.args, tuple[bytes, ...])


async def the_same_in_asyncio(client: plasma.asyncio.RedisClient[str]) -> None:
    assert_type(client.pubsub(), plasma.asyncio.Inbox[str])
    assert_type(await client.pubsub().get(), Message[str] | Reconnected)
    assert_type(await client.bytes.pubsub().get(timeout=1), Message[bytes] | Reconnected | None)
    async for event in client.pubsub():
        assert_type(event, Message[str] | Reconnected)
    assert_type(await client.subscribe("a", awaited), plasma.asyncio.Subscription)
    assert_type(await client.subscribe("a", called), plasma.asyncio.Subscription)
    async for command in client.monitor():
        assert_type(command, MonitoredCommand[str])
