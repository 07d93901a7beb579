"""A cancelled call returns at once, leaves nothing to anybody else, and takes nothing of theirs along."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.looking import idle, own, shared, turns, until

from plasma import RedisConnectionError, RedisTimeoutError
from plasma.testing import FaultProxy, Peer


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


async def test_the_replies_of_others_stay_theirs(connect, proxy, wire):
    client = connect(proxy.url, **wire)
    await client.mset({f"k{n}": f"v{n}" for n in range(100)})
    proxy.hold("client")
    calls = [asyncio.create_task(client.get(f"k{n}")) for n in range(100)]
    await turns()
    for call in calls[::3]:
        await cancelled(call)
    proxy.release()

    for n, call in enumerate(calls):
        if n % 3:
            assert await call == f"v{n}"
    assert proxy.connections == 1


async def test_the_connection_lives_on(connect, proxy):
    client = connect(proxy.url)
    await client.set("k", "v")
    conn = shared(client)
    proxy.hold("client")
    call = asyncio.create_task(client.incr("n"))
    await turns()
    await cancelled(call)
    proxy.release()

    assert await client.get("k") == "v"
    assert shared(client) is conn
    assert await client.get("n") == "1"


async def test_a_reply_that_comes_in_pieces_around_the_cancellation_reaches_nobody(connect, url, parser):
    for size in (10, 5_000, 200_000):
        with FaultProxy(url) as proxy:
            client = connect(proxy.url, parser=parser)
            await client.mset({"a": "a" * size, "b": "b" * size})
            passed = proxy.bytes_passed("client")
            proxy.trickle(size // 3, 0.005)
            call = asyncio.create_task(client.get("a"))
            await until(lambda before=passed, proxy=proxy: proxy.bytes_passed("client") > before)
            await cancelled(call)

            assert await client.get("b") == "b" * size


async def test_a_timeout_around_a_call_is_a_cancellation(connect, proxy):
    client = connect(proxy.url)
    await client.set("k", "v")
    proxy.hold("client")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.get("k"), 0.02)
    proxy.release()

    assert await client.get("k") == "v"


async def test_a_cancelled_pipeline_leaves_its_replies_to_nobody(connect, proxy):
    client = connect(proxy.url)
    await client.set("k", "v")
    proxy.hold("client")
    pipeline = client.pipeline()
    for n in range(5_000):
        pipeline.echo(f"echo {n}")
    call = asyncio.create_task(pipeline.exec())
    await turns(5)
    await cancelled(call)
    proxy.release()

    assert await asyncio.gather(*(client.get("k") for _ in range(10))) == ["v"] * 10
    assert proxy.connections == 1


async def test_a_cancelled_transaction_leaves_nobody_in_it(connect, proxy):
    client = connect(proxy.url)
    await client.set("k", "v")
    proxy.hold("client")
    call = asyncio.create_task(client.transaction().incr("n").incr("n").exec())
    await turns()
    await cancelled(call)
    proxy.release()

    assert await client.get("k") == "v"
    assert await client.get("n") == "2"


async def test_a_long_transaction_that_is_cancelled_half_way_closes_its_connection_and_did_nothing(connect, proxy):
    client = connect(proxy.url)
    await client.blpop("nothing", timeout=0.01)  # opens a connection of its own
    proxy.hold("client")
    transaction = client.transaction()
    for _ in range(10_000):
        transaction.incr("n")
    call = asyncio.create_task(transaction.exec())
    await until(lambda: proxy.count("INCR") >= 1_000)
    await cancelled(call)
    proxy.release()

    assert not own(client)
    assert await client.exists("n") == 0
    assert proxy.count("EXEC") == 0


async def test_cancelling_a_blocking_command_closes_its_own_connection_alone(connect, url):
    client = connect(url)
    await client.ping()
    conn = shared(client)
    call = asyncio.create_task(client.blpop("list", timeout=0))
    await until(lambda: own(client) and not idle(client))
    await until_blocked(client)
    await cancelled(call)

    assert not own(client)
    assert shared(client) is conn
    await until(lambda: client.is_connected())
    await until_blocked(client, 0)  # the server has seen it; before that the element would go to the dead
    await client.rpush("list", "kept")

    assert await client.lrange("list", 0, -1) == ["kept"]


async def until_blocked(client, count=1):
    ends = time.monotonic() + 10
    while f"blocked_clients:{count}" not in await client.execute("INFO", "clients"):
        assert time.monotonic() < ends


@pytest.mark.parametrize(
    "command", [("BLPOP", "nothing", 0), ("XREAD", "BLOCK", 0, "STREAMS", "s", "$"), ("WAIT", 1, 0)], ids=lambda c: c[0]
)
async def test_every_blocking_command_can_be_cancelled(connect, url, command):
    client = connect(url)
    call = asyncio.create_task(client.execute(*command))
    await until_blocked(client)
    await cancelled(call)
    await until_blocked(client, 0)

    assert not own(client)


async def test_cancelling_a_blocking_command_on_a_pinned_connection_loses_that_connection(connect, url):
    client = connect(url)
    async with client.pinned() as conn:
        call = asyncio.create_task(conn.blpop("list", timeout=0))
        await until_blocked(client)
        await cancelled(call)
        with pytest.raises(RedisConnectionError, match="was lost"):
            await conn.ping()

    assert not own(client)


async def test_another_command_on_a_pinned_connection_may_be_cancelled(connect, proxy):
    client = connect(proxy.url)
    async with client.pinned() as conn:
        await conn.set("k", "v")
        proxy.hold("client")
        call = asyncio.create_task(conn.incr("n"))
        await turns()
        await cancelled(call)
        proxy.release()

        assert await conn.get("k") == "v"
    assert len(idle(client)) == 1


async def test_who_is_cancelled_while_connecting_does_not_take_the_connection_along(connect, proxy):
    client = connect(proxy.url)
    proxy.hold("client")
    first, second = (asyncio.create_task(client.incr("n")) for _ in range(2))
    await until(lambda: proxy.connections == 1)
    await cancelled(first)
    proxy.release()

    assert await second == 1
    assert proxy.connections == 1


async def test_a_connection_that_all_gave_up_is_there_for_the_next(connect, proxy):
    client = connect(proxy.url)
    proxy.hold("client")
    call = asyncio.create_task(client.incr("n"))
    await until(lambda: proxy.connections == 1)
    await cancelled(call)
    proxy.release()
    await until(lambda: client.is_connected())

    assert await client.incr("n") == 1
    assert proxy.connections == 1


async def test_who_is_cancelled_while_an_own_connection_opens_leaves_it_to_the_next(connect, proxy):
    client = connect(proxy.url, max_connections=1)
    proxy.hold("client")
    call = asyncio.create_task(client.blpop("list", timeout=1))
    await until(lambda: proxy.connections == 1)
    await cancelled(call)
    next_one = asyncio.create_task(client.blpop("other", timeout=0.01))
    await turns()
    proxy.release()

    assert await next_one is None
    assert proxy.connections == 1


async def test_a_call_cancelled_before_it_began_does_nothing(connect, url):
    client = connect(url)
    await client.ping()
    call = asyncio.create_task(client.incr("n"))
    await cancelled(call)

    assert await client.exists("n") == 0


async def test_cancelling_in_every_turn_leaks_nothing(connect, url):
    client = connect(url, max_connections=3)
    await client.ping()
    for wait in range(30):
        calls = [
            asyncio.create_task(client.blpop("nothing", timeout=5)),
            asyncio.create_task(client.blpop("nothing", timeout=5)),
            asyncio.create_task(client.get("k")),
            asyncio.create_task(client.pipeline().incr("n").blpop("nothing", timeout=5).exec()),
            asyncio.create_task(client.blpop("nothing", timeout=5)),
        ]
        await turns(wait)
        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
    await until(lambda: len(own(client)) == len(idle(client)))

    assert len(own(client)) <= 3
    assert await asyncio.gather(*(client.blpop("nothing", timeout=0.01) for _ in range(9))) == [None] * 9


async def test_a_time_out_and_a_cancellation_together_leave_the_connection_to_others(connect):
    with Peer.answering({"GET": None, "INCR": b":1\r\n"}) as peer:
        client = connect(peer.url, command_timeout=0.2)
        call = asyncio.create_task(client.get("k"))
        await turns()
        late = asyncio.create_task(client.get("k"))
        await cancelled(call)
        with pytest.raises((RedisTimeoutError, RedisConnectionError)):
            await late
