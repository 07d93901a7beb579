"""Deadlines without a timer for each call: whose time is up is told, the others go on, and silence has an end."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.looking import own, shared, turns, until

from plasma import RedisConnectionError, RedisTimeoutError
from plasma.testing import FaultProxy, Peer


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


async def test_only_the_call_whose_time_is_up_fails(connect, proxy):
    client = connect(proxy.url, command_timeout=5)
    await client.set("k", "v")
    conn = shared(client)
    proxy.hold("client")
    patient = asyncio.create_task(client.get("k"))
    started = time.monotonic()
    with pytest.raises(RedisTimeoutError) as caught:
        await client.options(timeout=0.05).incr("n")

    assert time.monotonic() - started < 1
    assert (caught.value.phase, caught.value.maybe_executed, caught.value.command) == ("reply", True, "INCR n")
    proxy.release()

    assert await patient == "v"
    assert await client.get("n") == "1"
    assert shared(client) is conn


async def test_each_call_has_its_own_deadline(connect, proxy):
    client = connect(proxy.url, command_timeout=5)
    await client.ping()
    proxy.hold("client")
    started = time.monotonic()
    ended = {}

    async def call(timeout):
        with pytest.raises(RedisTimeoutError):
            await client.options(timeout=timeout).get("k")
        ended[timeout] = time.monotonic() - started

    await asyncio.gather(*(call(timeout) for timeout in (0.3, 0.1, 0.2, 0.05)))

    assert list(ended) == sorted(ended)
    assert all(timeout <= took < timeout + 0.5 for timeout, took in ended.items())


async def test_there_is_one_timer_for_all(connect, proxy):
    client = connect(proxy.url, command_timeout=5)
    await client.ping()
    proxy.hold("client")
    loop = asyncio.get_running_loop()
    before, calls = len(getattr(loop, "_scheduled", [])), []
    for _ in range(1_000):
        calls.append(asyncio.create_task(client.get("k")))
    await turns()

    assert len(getattr(loop, "_scheduled", [])) <= before + 1
    proxy.release()
    await asyncio.gather(*calls)


async def test_a_connection_that_says_nothing_for_command_timeout_is_closed(connect, proxy):
    client = connect(proxy.url, command_timeout=0.3)
    await client.set("k", "v")
    conn = shared(client)
    proxy.swallow()
    first = asyncio.create_task(client.incr("n"))
    await asyncio.sleep(0.15)  # half of its time: who comes now has some left when it is over
    proxy.heal()  # for new connections: this one is lost for good
    read, write = asyncio.create_task(client.get("k")), asyncio.create_task(client.incr("n"))
    with pytest.raises(RedisTimeoutError):
        await first

    assert await read == "v"  # sent again on a new connection, within its time
    with pytest.raises(RedisConnectionError, match="said nothing") as caught:
        await write
    assert caught.value.maybe_executed
    assert conn.closed
    assert await client.get("n") is None


async def test_a_server_that_is_slow_with_each_call_is_not_silent(connect, proxy):
    client = connect(proxy.url, command_timeout=0.3)
    await client.ping()
    conn = shared(client)
    proxy.delay(0.2)
    for _ in range(4):
        await client.ping()

    assert shared(client) is conn


async def test_a_call_that_is_given_more_time_has_it(connect):
    with Peer.answering({"EVAL": lambda conn: (time.sleep(0.8), conn.send(b":1\r\n"))}) as peer:
        client = connect(peer.url, command_timeout=0.2)
        slow = asyncio.create_task(client.options(timeout=5).execute("EVAL", "slow", 0))
        endless = asyncio.create_task(client.options(timeout=None).execute("EVAL", "slow", 0))
        await until(lambda: peer.count("EVAL") == 1)
        with pytest.raises(RedisTimeoutError):
            await client.incr("n")

        assert await slow == 1
        assert await endless == 1
        assert peer.connections == 1


async def test_a_call_with_much_time_does_not_keep_a_lost_connection(connect, proxy):
    """It stands behind calls of ordinary patience, so the server is not busy with it."""
    client = connect(proxy.url, command_timeout=0.3, max_retries=0)
    await client.ping()
    conn = shared(client)
    proxy.swallow()
    ordinary = asyncio.create_task(client.get("k"))
    await turns()
    endless = asyncio.create_task(client.options(timeout=None).incr("n"))
    with pytest.raises(RedisTimeoutError):
        await ordinary
    with pytest.raises(RedisConnectionError):
        await endless

    assert conn.closed


async def test_what_arrived_while_the_loop_was_held_up_is_read_first(connect, url):
    client = connect(url, command_timeout=0.2)
    await client.set("k", "v")
    call = asyncio.create_task(client.get("k"))
    await turns(2)
    time.sleep(0.4)  # noqa: ASYNC251 - somebody else's code

    assert await call == "v"


async def test_opening_a_connection_has_time_of_its_own(connect, proxy):
    proxy.delay(0.15)
    client = connect(proxy.url, command_timeout=0.2, connect_timeout=5)

    assert await client.ping() is True


async def test_a_blocking_command_has_its_own_time_in_addition(connect, url):
    client = connect(url, command_timeout=0.2)

    assert await client.blpop("nothing", timeout=0.5) is None
    assert await client.execute("BLPOP", "nothing", 0.5) is None
    assert len(own(client)) == 1


async def test_without_command_timeout_nothing_is_watched(connect, url):
    client = connect(url, command_timeout=None)
    await client.ping()
    alarm = shared(client)._alarm  # of the login
    await asyncio.gather(*(client.get("k") for _ in range(10)))

    assert shared(client)._alarm is alarm


async def test_a_pipeline_that_times_out_tells_what_it_has(connect):
    answers = {"GET": b"$1\r\nv\r\n", "INCR": None}
    with Peer.answering(answers) as peer:
        client = connect(peer.url, command_timeout=0.1)
        with pytest.raises(RedisTimeoutError) as caught:
            await client.pipeline().get("a").get("b").incr("n").exec()

        assert caught.value.results == ("v", "v")
        assert caught.value.maybe_executed
