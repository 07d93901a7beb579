"""What tests of listening need to be written once for both colours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from support.conversing import Colour, got
from support.waiting import Background

from plasma import RedisClient


@asynccontextmanager
async def inside(context: Any) -> Any:
    """`async with` for a context manager of either colour."""
    if hasattr(context, "__aenter__"):
        async with context as value:
            yield value
    else:
        with context as value:
            yield value


async def eventually(client: Any, condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Return as soon as the condition holds. The event loop of an asyncio client goes on meanwhile."""
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {timeout} s")
        if hasattr(client, "__aenter__"):
            await asyncio.sleep(0.001)
        else:
            _rest()


async def taken(inbox: Any, count: int, timeout: float = 10.0) -> list[Any]:
    """So many events of an inbox; None stands for one that did not come."""
    return [await got(inbox.get(timeout=timeout)) for _ in range(count)]


def publish(url: str, channel: str, count: int) -> None:
    """Publish the numbers from 0, as fast as can be."""
    with RedisClient(url, command_timeout=None) as client:
        pipe = client.pipeline()
        for number in range(count):
            pipe.publish(channel, number)
        pipe.exec()


def all_in_order(colour: Colour, url: str, listeners: int, count: int) -> None:
    """So many inboxes, each with a connection, get so many messages each; AssertionError if one is lost or early.

    The server must be willing to keep what is not read yet, for they are read one after another.
    """

    async def case() -> None:
        client = colour.client(url, max_connections=listeners + 1)
        inboxes = [client.pubsub() for _ in range(listeners)]
        for inbox in inboxes:
            await got(inbox.subscribe("many"))
        publisher = Background(publish, url, "many", count)
        for inbox in inboxes:
            for number in range(count):
                event = await got(inbox.get(timeout=60))
                assert event is not None, f"message {number} did not come"
                assert event.data == str(number)
            assert (inbox.dropped, inbox.reconnects) == (0, 0)
            await got(inbox.close())
        publisher.result(60)

    colour.run(case())


def _rest() -> None:
    time.sleep(0.001)
