"""What is written, and when: one write a turn of the loop, and no more than the socket takes."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from support.looking import own, shared, turns, until, written

from plasma import RedisTimeoutError
from plasma.testing import FaultProxy, Peer, RedisServer, steps
from plasma.testing.peer import HELLO

BIG = b"x" * 1_000_000


async def test_the_first_command_of_an_idle_connection_is_written_at_once(connect, url):
    client = connect(url)
    await client.ping()
    writes = written(client)
    call = client.get("k")
    call.send(None)

    assert len(writes) == 1
    await until(lambda: not shared(client)._queue)
    call.close()


async def test_what_is_issued_in_one_turn_leaves_in_one_write(connect, url):
    client = connect(url)
    await client.ping()
    await asyncio.gather(*(client.get("k") for _ in range(100)))
    writes = written(client)
    replies = await asyncio.gather(*(client.incr("n") for _ in range(100)))

    assert sorted(replies) == list(range(1, 101))
    assert len(writes) == 1


async def test_commands_run_in_the_order_in_which_they_were_issued(connect, url):
    client = connect(url)
    replies = await asyncio.gather(*(client.rpush("list", n) for n in range(500)))

    assert replies == list(range(1, 501))
    assert await client.lrange("list", 0, -1) == [str(n) for n in range(500)]


async def test_a_transaction_is_written_in_one_piece(connect, url):
    client = connect(url)
    await client.ping()
    writes = written(client)
    transactions = [client.transaction().incr("a").incr("a").exec() for _ in range(20)]
    results = await asyncio.gather(*transactions, *(client.incr("b") for _ in range(20)))

    assert sorted(results[:20]) == [(n, n + 1) for n in range(1, 40, 2)]
    for data in writes:
        assert data.count(b"MULTI") == data.count(b"EXEC")


async def test_a_transaction_of_more_than_one_chunk_has_its_own_connection(connect, url):
    client = connect(url)
    await client.ping()
    writes = written(client)
    transaction = client.transaction()
    for _ in range(3_000):
        transaction.incr("n")
    results = await asyncio.gather(transaction.exec(), *(client.incr("n") for _ in range(50)))

    first = results[0][0]
    assert results[0] == tuple(range(first, first + 3_000))
    assert not any(b"MULTI" in data for data in writes)
    assert len(own(client)) == 1


async def test_big_values_wait_for_room(connect, url):
    """Many of them at once are not all put into memory: each waits until those before it have gone."""
    with FaultProxy(url) as proxy:
        client = connect(proxy.url)
        await client.ping()
        writes = written(client)
        proxy.hold("server")
        calls = [asyncio.create_task(client.set(f"k{n}", BIG)) for n in range(50)]
        await turns(10)

        # What the sockets of the two sides take, and no more than one beyond it.
        assert sum(map(len, writes)) < 20 * len(BIG)
        assert not shared(client).ready
        proxy.release()

        assert all(await asyncio.gather(*calls))
        assert shared(client).ready


async def test_waiting_for_room_counts_against_the_deadline(connect):
    script = [steps.expect("HELLO", ...), steps.send(HELLO + b"+OK\r\n+OK\r\n")]

    def deaf(connection):
        for step in script:
            step(connection)
        connection.receive()
        connection.receive()
        ended.wait(20)

    ended = threading.Event()
    with Peer(deaf) as peer:
        client = connect(peer.url, command_timeout=0.4)
        first = asyncio.create_task(client.set("a", b"x" * 30_000_000))
        await until(lambda: shared(client) is not None and shared(client)._paused)
        started = time.monotonic()
        with pytest.raises(RedisTimeoutError) as caught:
            await client.options(timeout=0.1).set("b", "small")

        assert time.monotonic() - started < 0.35
        assert (caught.value.phase, caught.value.maybe_executed) == ("send", False)
        with pytest.raises(RedisTimeoutError) as caught:
            await first

        assert (caught.value.phase, caught.value.maybe_executed) == ("send", True)
        ended.set()


async def test_who_is_cancelled_while_waiting_for_room_has_sent_nothing(connect):
    with RedisServer() as server:
        client = connect(server.url, command_timeout=60)
        await client.ping()
        server.pause()  # it reads nothing, and so much does not fit between it and us
        first = asyncio.create_task(client.set("a", b"x" * 30_000_000))
        await until(lambda: not shared(client).ready)
        waiting = [asyncio.create_task(client.set("b", "v")) for _ in range(10)]
        await turns()
        for call in waiting:
            call.cancel()
        await asyncio.wait(waiting)

        assert not shared(client)._roomless
        server.resume()

        assert await first is True
        assert await client.exists("b") == 0


async def test_a_value_may_be_changed_as_soon_as_its_call_is_given_up(connect):
    with RedisServer() as server:
        client = connect(server.url, command_timeout=60)
        await client.ping()
        server.pause()
        value = bytearray(b"a" * 30_000_000)
        call = asyncio.create_task(client.set("k", value))
        await until(lambda: not shared(client).ready)
        call.cancel()
        await asyncio.wait([call])
        value[:] = b"b" * len(value)
        server.resume()

        assert set(await client.bytes.get("k")) == {ord("a")}


async def test_long_pipelines_keep_two_chunks_under_way(connect, url):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url)
        await client.ping()
        writes = written(client)
        proxy.hold("client")
        pipeline = client.pipeline()
        for n in range(50_000):
            pipeline.set(f"key:{n}", n)
        call = asyncio.create_task(pipeline.exec())
        await until(lambda: len(writes) >= 2)
        await turns(20)

        assert sum(data.count(b"SET") for data in writes) <= 2 * 1024
        proxy.release()

        assert await call == (True,) * 50_000


async def test_a_pipeline_of_100_000_commands_lets_others_run_in_between(connect, url):
    client = connect(url)
    pipeline = client.pipeline()
    for _ in range(100_000):
        pipeline.incr("n")
    call = asyncio.create_task(pipeline.exec())
    others = 0
    while not call.done():
        await client.ping()
        others += 1

    assert await call == tuple(range(1, 100_001))
    assert others > 10
