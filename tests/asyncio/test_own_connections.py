"""Connections that a call has for itself: chosen by the command, bounded, waited for in turn, lost by nobody."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.looking import idle, own, shared, turns, until

from plasma import RedisConnectionError, RedisTimeoutError
from plasma.testing import FaultProxy, Peer


async def test_a_blocking_command_does_not_keep_others_waiting(connect, url):
    client = connect(url)
    blocked = asyncio.create_task(client.blpop("list", timeout=10))
    await until(lambda: own(client))

    assert await client.get("k") is None
    await client.rpush("list", "a")

    assert await blocked == ("list", "a")


async def test_a_pipeline_with_a_blocking_command_has_a_connection_of_its_own(connect, url):
    client = connect(url, command_timeout=0.3)
    call = asyncio.create_task(client.pipeline().set("k", "v").blpop("list", timeout=0.5).exec())
    started = time.monotonic()
    await until(lambda: own(client) and not idle(client))

    assert await client.ping() is True
    assert await call == (True, None)
    assert time.monotonic() - started > 0.4


async def test_ordinary_commands_have_none(connect, url):
    client = connect(url)
    await asyncio.gather(*(client.get("k") for _ in range(100)), client.xread({"s": "0"}))

    assert own(client) == []


async def test_they_are_used_again_the_last_one_first(connect, url):
    client = connect(url)
    for _ in range(5):
        await client.blpop("nothing", timeout=0.01)

    assert len(own(client)) == 1


async def test_there_are_never_more_than_max_connections(connect, url):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, max_connections=4)
        calls = [asyncio.create_task(client.blpop("nothing", timeout=0.01)) for _ in range(40)]
        await asyncio.gather(*calls)

        assert proxy.connections == 4
        assert len(own(client)) == len(idle(client)) == 4


async def test_who_waits_is_served_in_turn(connect, url):
    client = connect(url, max_connections=1)
    served = []

    async def take(number):
        async with client.pinned():
            served.append(number)
            await turns(2)

    await asyncio.gather(*(take(number) for number in range(20)))

    assert served == list(range(20))


async def test_waiting_for_one_times_out_in_phase_pool(connect, url):
    client = connect(url, max_connections=1, command_timeout=0.2)
    async with client.pinned():
        with pytest.raises(RedisTimeoutError, match="max_connections") as caught:
            await client.blpop("list", timeout=0.05)
        with pytest.raises(RedisTimeoutError) as caught:
            await client.options(timeout=0.05).blpop("list", timeout=0.05)

    assert (caught.value.phase, caught.value.maybe_executed) == ("pool", False)
    assert caught.value.command == "BLPOP list"
    assert await client.blpop("list", timeout=0.01) is None


async def test_waiting_for_one_and_for_the_reply_share_one_deadline(connect):
    with Peer.answering({"BLPOP": None}) as peer:
        client = connect(peer.url, max_connections=1, command_timeout=0.4)
        started = time.monotonic()
        async with client.pinned():
            call = asyncio.create_task(client.blpop("list", timeout=0.1))
            await asyncio.sleep(0.3)  # most of its time: what is left of it is what the reply gets
        with pytest.raises(RedisTimeoutError) as caught:
            await call

        assert caught.value.phase == "reply"
        assert time.monotonic() - started < 0.7


async def test_who_gives_up_waiting_passes_his_turn_on(connect, url):
    client = connect(url, max_connections=1)
    for turns_between in range(6):
        async with client.pinned():
            first = asyncio.create_task(client.blpop("a", timeout=0.01))
            second = asyncio.create_task(client.blpop("b", timeout=0.01))
            await turns(4)
        await turns(turns_between)
        first.cancel()
        await asyncio.wait([first])

        assert await asyncio.wait_for(second, 2) is None


async def test_a_connection_that_breaks_frees_its_place(connect, url):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, max_connections=2, max_retries=0)
        calls = [asyncio.create_task(client.blpop("nothing", timeout=0)) for _ in range(2)]
        await until(lambda: proxy.count("BLPOP") == 2)
        proxy.cut()
        for call in calls:
            with pytest.raises(RedisConnectionError) as caught:
                await call

            assert caught.value.maybe_executed

        assert own(client) == []
        assert await asyncio.gather(*(client.blpop("nothing", timeout=0.01) for _ in range(4))) == [None] * 4


async def test_idle_ones_that_the_server_closed_are_forgotten(connect, url):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url)
        await asyncio.gather(*(client.blpop("nothing", timeout=0.01) for _ in range(5)))
        proxy.cut()
        await until(lambda: not own(client))

        assert idle(client) == []
        assert await client.blpop("nothing", timeout=0.01) is None


async def test_one_that_fails_to_open_frees_its_place(connect, url):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, max_connections=1, max_retries=0)
        proxy.refuse()
        for _ in range(3):
            with pytest.raises(RedisConnectionError):
                await client.blpop("nothing", timeout=0.01)
        proxy.accept()

        assert await client.blpop("nothing", timeout=0.01) is None


async def test_a_pinned_connection_whose_state_was_changed_is_closed_afterwards(connect, url):
    client = connect(url)
    async with client.pinned() as conn:
        assert await conn.execute("SELECT", 3) == "OK"
        await conn.set("k", "v")

    assert own(client) == []
    assert await client.exists("k") == 0


async def test_a_pinned_connection_goes_back_if_nothing_was_changed(connect, url):
    client = connect(url)
    async with client.pinned() as conn:
        await conn.set("k", "v")

    assert len(idle(client)) == 1


async def test_disconnect_closes_them_and_those_in_use_when_they_are_done(connect, url):
    client = connect(url)
    await client.blpop("nothing", timeout=0.01)
    async with client.pinned() as conn:
        await asyncio.gather(*(client.blpop("nothing", timeout=0.01) for _ in range(2)))
        await client.disconnect()

        assert len(own(client)) == 1
        assert await conn.ping() is True

    assert own(client) == []
    assert shared(client) is None
