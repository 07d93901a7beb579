"""Commands that wait in the server: as long as they say, for ever if they say so, and at nobody else's cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.conversing import Colour, got
from support.servers import ServerFacts
from support.waiting import Background, wait_until

from plasma import RedisClient, RedisConnectionError, RedisTimeoutError
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import FaultProxy, Peer, RedisServer

PATIENCE = 0.1  # the command_timeout, far less than the others wait

# How each is called with a timeout in seconds, what it waits for, and what it gives then.
WAITING: dict[str, tuple[Any, tuple[Any, ...], Any]] = {
    "BLPOP": (lambda c, t: c.blpop("k", timeout=t), ("RPUSH", "k", "v"), ("k", "v")),
    "BRPOP": (lambda c, t: c.brpop("k", timeout=t), ("RPUSH", "k", "v"), ("k", "v")),
    "BLMOVE": (lambda c, t: c.blmove("k", "to", "LEFT", "RIGHT", timeout=t), ("RPUSH", "k", "v"), "v"),
    "BRPOPLPUSH": (lambda c, t: c.brpoplpush("k", "to", timeout=t), ("RPUSH", "k", "v"), "v"),
    "BLMPOP": (lambda c, t: c.blmpop(["k"], "LEFT", timeout=t), ("RPUSH", "k", "v"), ("k", ["v"])),
    "BZPOPMIN": (lambda c, t: c.bzpopmin("k", timeout=t), ("ZADD", "k", 1, "v"), ("k", "v", 1.0)),
    "BZPOPMAX": (lambda c, t: c.bzpopmax("k", timeout=t), ("ZADD", "k", 1, "v"), ("k", "v", 1.0)),
    "BZMPOP": (lambda c, t: c.bzmpop(["k"], "MIN", timeout=t), ("ZADD", "k", 1, "v"), ("k", [("v", 1.0)])),
    "XREAD": (
        lambda c, t: c.execute("XREAD", "BLOCK", int(t * 1000), "STREAMS", "k", "$"),
        ("XADD", "k", "5-5", "f", "v"),
        "5-5",
    ),
    "XREADGROUP": (
        lambda c, t: c.execute("XREADGROUP", "GROUP", "g", "c", "BLOCK", int(t * 1000), "STREAMS", "k", ">"),
        ("XADD", "k", "5-5", "f", "v"),
        "5-5",
    ),
    "pipeline": (lambda c, t: c.pipeline().ping().blpop("k", timeout=t).exec(), ("RPUSH", "k", "v"), ("k", "v")),
    "pinned": (None, ("RPUSH", "k", "v"), ("k", "v")),
}


@pytest.fixture
def facts(server: RedisServer) -> Iterator[ServerFacts]:
    server.execute("FLUSHALL")
    with RedisClient(server.url) as client:
        yield ServerFacts(client)


def blocked(server: RedisServer) -> int:
    told = server.execute("INFO", "clients")
    return int(next(line for line in told.splitlines() if line.startswith("blocked_clients:")).partition(":")[2])


def feed_later(server: RedisServer, command: tuple[Any, ...]) -> None:
    """Give the one who waits what he waits for, when his client's own patience is long over."""
    wait_until(lambda: blocked(server) == 1)
    since = time.monotonic()
    wait_until(lambda: time.monotonic() - since > 2 * PATIENCE)
    server.execute(*command)


async def on_pinned(client: Any, timeout: float) -> Any:
    pinned = client.pinned()
    if hasattr(pinned, "__aenter__"):
        async with pinned as conn:
            return await conn.blpop("k", timeout=timeout)
    with pinned as conn:
        return conn.blpop("k", timeout=timeout)


@pytest.mark.parametrize("timeout", [30, 0], ids=["for 30 s", "for ever"])
@pytest.mark.parametrize("name", WAITING)
def test_it_waits_past_the_command_timeout_until_there_is_something(
    colour: Colour, server: RedisServer, facts: ServerFacts, name: str, timeout: float
) -> None:
    if name.isupper() and not facts.has(name):
        pytest.skip(f"{facts} has no {name}")
    call, wanted, expected = WAITING[name]
    client = colour.client(server.url, command_timeout=PATIENCE)
    if name == "XREADGROUP":
        server.execute("XGROUP", "CREATE", "k", "g", "$", "MKSTREAM")
    feeding = Background(feed_later, server, wanted)
    result = colour.run(on_pinned(client, timeout) if call is None else got(call(client, timeout)))
    feeding.result()

    assert result == expected or expected in result or str(expected) in str(result)


def test_its_own_timeout_ends_it(colour: Colour, server: RedisServer, facts: ServerFacts) -> None:
    client = colour.client(server.url, command_timeout=PATIENCE)

    assert colour.run(got(client.blpop("k", timeout=2 * PATIENCE))) is None
    assert colour.run(got(client.pipeline().blpop("k", timeout=PATIENCE).wait(1, 100).exec())) == (None, 0)


def test_a_server_that_says_nothing_at_all_is_given_up_command_timeout_later(colour: Colour) -> None:
    with Peer.answering({"BLPOP": None}) as peer:
        client = colour.client(peer.url, command_timeout=0.2, max_retries=0)
        with pytest.raises(RedisTimeoutError) as caught:
            colour.run(got(client.blpop("k", timeout=0.1)))
        colour.run(got(client.disconnect()))

    assert caught.value.maybe_executed


@pytest.mark.parametrize("how", ["call", "pipeline"])
def test_a_server_that_dies_meanwhile_is_noticed(colour: Colour, how: str) -> None:
    with RedisServer() as own:
        client = colour.client(own.url, max_retries=0)

        def die() -> None:
            wait_until(lambda: blocked(own) == 1)
            own.kill()

        dying = Background(die)

        async def case() -> None:
            await got(client.blpop("k", timeout=0) if how == "call" else client.pipeline().blpop("k", timeout=0).exec())

        with pytest.raises(RedisConnectionError) as caught:
            colour.run(case())
        dying.result()

    assert caught.value.maybe_executed


def test_a_connection_cut_meanwhile_does_not_take_a_second_element(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    client = colour.client(proxy.url)
    server.execute("RPUSH", "k", "one", "two")
    proxy.cut_at("BLPOP", "answered")
    with pytest.raises(RedisConnectionError) as caught:
        colour.run(got(client.blpop("k", timeout=0)))

    assert caught.value.maybe_executed
    assert server.execute("LRANGE", "k", 0, -1) == ["two"]


def test_other_threads_are_not_held_up(server: RedisServer, facts: ServerFacts) -> None:
    with RedisClient(server.url, command_timeout=5) as client:
        waiting = [Background(client.blpop, f"k{number}", timeout=0) for number in range(5)]
        wait_until(lambda: blocked(server) == 5)
        for number in range(100):
            assert client.incr("n") == number + 1
        for number in range(5):
            client.rpush(f"k{number}", "v")

        assert [call.result() for call in waiting] == [(f"k{number}", "v") for number in range(5)]


def test_other_tasks_are_not_held_up(server: RedisServer, facts: ServerFacts) -> None:
    async def main() -> Any:
        async with AsyncRedisClient(server.url, command_timeout=5) as client:
            waiting = [asyncio.create_task(client.blpop(f"k{number}", timeout=0)) for number in range(5)]
            await asyncio.to_thread(wait_until, lambda: blocked(server) == 5)
            assert await asyncio.gather(*(client.incr("n") for _ in range(100))) == list(range(1, 101))
            for number in range(5):
                await client.rpush(f"k{number}", "v")
            return await asyncio.gather(*waiting)

    assert asyncio.run(main()) == [(f"k{number}", "v") for number in range(5)]


def test_one_that_is_cancelled_takes_nothing(server: RedisServer, facts: ServerFacts) -> None:
    async def main() -> Any:
        async with AsyncRedisClient(server.url) as client:
            call = asyncio.create_task(client.blpop("k", timeout=0))
            await asyncio.to_thread(wait_until, lambda: blocked(server) == 1)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.to_thread(wait_until, lambda: blocked(server) == 0)
            await client.rpush("k", "v")
            return await client.lrange("k", 0, -1)

    assert asyncio.run(main()) == ["v"]
