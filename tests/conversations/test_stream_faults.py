"""Connections that are lost while a group is read: nothing is lost, and nothing is handled twice by who lives."""

from __future__ import annotations

import asyncio
import gc
import logging
from functools import partial
from typing import Any

import pytest
from support.consuming import begun, failed, following, handled
from support.conversing import Colour, got
from support.interruptions import everywhere
from support.listening import eventually, inside
from support.waiting import Background, wait_until

from plasma import RedisClient, RedisConnectionError
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import FaultProxy, RedisServer

FAST = {"retry_delay": 0.001}
ENTRIES = 9  # and one that was delivered too often


def prepare(server: RedisServer) -> None:
    """Entries: some died with others, one of them too often, some are those of an earlier life, some are new."""
    server.execute("FLUSHALL")
    for n in range(ENTRIES + 1):
        server.execute("XADD", "s", f"{n + 1}-0", "n", n)
    server.execute("XGROUP", "CREATE", "s", "g", "0")
    server.execute("XREADGROUP", "GROUP", "g", "dead", "COUNT", 3, "STREAMS", "s", ">")
    server.execute("XCLAIM", "s", "g", "dead", 0, "2-0", "3-0", "IDLE", 100_000, "JUSTID")
    server.execute("XCLAIM", "s", "g", "dead", 0, "1-0", "IDLE", 100_000, "RETRYCOUNT", 5, "JUSTID")
    server.execute("XREADGROUP", "GROUP", "g", "w1", "COUNT", 3, "STREAMS", "s", ">")


async def all_handled(client: Any, server: RedisServer, how: str) -> list[str]:
    """What is handled until nothing is pending and nothing is left to read."""
    found: list[str] = []
    source = begun(client.stream_group("s", "g", "w1", count=2, max_deliveries=5))
    while len(found) < ENTRIES:
        entry = await following(source)
        if how == "block":
            async with inside(entry):
                found.append(entry["n"])
        else:
            found.append(entry["n"])
            try:
                await got(entry.ack())
            except RedisConnectionError:
                pass
        del entry
    source.stop()
    await following(source)
    async with inside(client.stream_group("s", "g", "w1", wait=0)) as rest:
        found += [str(n) for n, _ in await handled(rest)]
    return found


def check(found: list[str], server: RedisServer) -> None:
    assert sorted(found) == [str(n) for n in range(1, ENTRIES + 1)]
    assert server.execute("XPENDING", "s", "g")[0] == 0
    assert [fields[:2] for _, fields in server.execute("XRANGE", "{s}:dead", "-", "+")] == [["n", "0"]]


@pytest.mark.parametrize("how", ["block", "ack"])
@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_a_cut_at_any_command_loses_nothing_and_has_nothing_handled_twice(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any, how: str
) -> None:
    client = colour.client(proxy.url, **FAST)
    nth = 0
    cuts = None
    while nth == 0 or proxy.count() - cuts >= nth:
        nth += 1
        prepare(server)
        cuts = proxy.count()
        proxy.cut_at(None, moment, nth=nth)
        check(colour.run(all_handled(client, server, how)), server)
        proxy.heal()

    assert nth > ENTRIES


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_two_cuts_one_after_the_other_lose_nothing_either(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url, **FAST)
    for nth in range(1, 25):
        prepare(server)
        proxy.cut_at(None, moment, nth=nth)
        proxy.cut_at(None, "answered", nth=nth + 1)
        check(colour.run(all_handled(client, server, "block")), server)
        proxy.heal()


def test_a_cut_in_the_middle_of_a_reply_loses_nothing(colour: Colour, proxy: FaultProxy, server: RedisServer) -> None:
    client = colour.client(proxy.url, **FAST)
    for size in range(5, 1500, 29):
        prepare(server)
        proxy.cut_after(size, "client")
        check(colour.run(all_handled(client, server, "block")), server)
        proxy.heal()


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_a_cut_while_an_entry_is_moved_moves_it_once(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url, **FAST)
    server.execute("XADD", "s", "1-0", "n", 1)

    async def case() -> None:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0, max_deliveries=1))
        entry = await following(source)
        proxy.cut_at("EVALSHA", moment)
        with pytest.raises(ValueError, match="mine"):
            async with inside(entry):
                raise ValueError("mine")
        assert await handled(client.stream_group("s", "g", "w1", wait=0, max_deliveries=1)) == []

    colour.run(case())

    assert server.execute("XLEN", "{s}:dead") == 1
    assert server.execute("XPENDING", "s", "g")[0] == 0


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_a_cut_while_entries_are_given_back_loses_nothing(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url, **FAST)
    for n in range(1, 4):
        server.execute("XADD", "s", f"{n}-0", "n", n)

    async def case() -> Any:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0))
        async with inside(await following(source)):
            source.stop()
        proxy.cut_at("EVALSHA", moment)
        assert await following(source) is None
        return await handled(source)

    assert [n for n, _ in colour.run(case())] == ["2", "3"]
    assert server.execute("XPENDING", "s", "g")[0] == 0


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_a_cut_while_what_waits_behind_a_slow_one_is_given_back_loses_nothing(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url, **FAST)
    for n in range(1, 4):
        server.execute("XADD", "s", f"{n}-0", "n", n)

    async def case() -> Any:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0, min_idle=6))
        async with inside(await following(source)):
            source._consumer.read_at -= 1000  # as if it had been read then
            proxy.cut_at("EVALSHA", moment)
            with pytest.raises(RedisConnectionError):
                await _run(client, source._consumer._give_back())
        return await handled(source)

    assert [n for n, _ in colour.run(case())] == ["2", "3"]


async def _run(client: Any, flow: Any) -> Any:
    from plasma import asyncio, running

    return await got((asyncio.running if hasattr(client, "__aenter__") else running).run(flow, client.bytes))


def test_cuts_while_it_is_asked_whose_an_entry_is_lose_nothing(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    client = colour.client(proxy.url, **FAST)
    for n in range(1, 4):
        server.execute("XADD", "s", f"{n}-0", "n", n)

    async def case() -> Any:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0))
        async with inside(await following(source)):
            pass
        source._consumer.read_at -= 1000  # as if it had been read then
        proxy.cut_at("EVALSHA", "before")
        proxy.cut_at("EVALSHA", "answered", nth=2)
        return await handled(source)

    assert [n for n, _ in colour.run(case())] == ["2", "3"]


def test_what_was_given_up_does_not_come_again_at_once_after_a_cut(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    client = colour.client(proxy.url, **FAST)
    for n in range(1, 4):
        server.execute("XADD", "s", f"{n}-0", "n", n)

    async def case() -> Any:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0, count=1))
        await failed(await following(source), ValueError())
        proxy.cut_at("XREADGROUP", "answered")
        return await handled(source)

    assert colour.run(case()) == [("2", 1), ("3", 1)]
    assert server.execute("XPENDING", "s", "g", "-", "+", 9)[0][3] == 1


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_an_ack_whose_answer_was_lost_is_known_to_be_ours(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url, **FAST)
    server.execute("XADD", "s", "1-0", "n", 1)

    async def case() -> Any:
        entry = await following(begun(client.stream_group("s", "g", create=True, wait=0)))
        proxy.cut_at("EVALSHA", moment)
        return await got(entry.ack())

    assert colour.run(case()) is True


def test_what_was_handled_while_the_server_was_away_is_acknowledged_when_it_is_back(
    colour: Colour, proxy: FaultProxy, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = colour.client(proxy.url, **FAST)
    for n in range(1, 4):
        server.execute("XADD", "s", f"{n}-0", "n", n)

    async def case() -> Any:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0, count=1))
        async with inside(await following(source)) as entry:
            proxy.refuse()
            proxy.cut()
        assert entry.acknowledged is False
        proxy.accept()
        return await handled(source), entry.acknowledged

    with caplog.at_level(logging.WARNING, "plasma.streams"):
        assert colour.run(case()) == ([("2", 1), ("3", 1)], True)
    assert "1-0 is acknowledged when this has passed" in caplog.text
    assert server.execute("XPENDING", "s", "g")[0] == 0


def test_closing_says_that_something_could_not_be_acknowledged(colour: Colour, proxy: FaultProxy, server: Any) -> None:
    client = colour.client(proxy.url, **FAST)
    server.execute("XADD", "s", "1-0", "n", 1)

    async def case() -> None:
        source = begun(client.stream_group("s", "g", "w1", create=True, wait=0))
        async with inside(await following(source)):
            proxy.refuse()
            proxy.cut()
        await got(source.close())

    with pytest.raises(RedisConnectionError):
        colour.run(case())


def test_the_loop_outlasts_a_server_that_is_away(
    colour: Colour, proxy: FaultProxy, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    client = colour.client(proxy.url, **FAST)

    def away() -> None:
        wait_until(lambda: "blocked_clients:1" in server.execute("INFO", "clients"))
        proxy.refuse()
        proxy.cut()
        wait_until(lambda: "reads on when this has passed" in caplog.text)
        server.execute("XADD", "s", "1-0", "n", 1)
        proxy.accept()

    async def case() -> Any:
        return await following(begun(client.stream_group("s", "g", "w1", create=True)))

    with caplog.at_level(logging.WARNING, "plasma.streams"):
        helper = Background(away)
        entry = colour.run(case())
        helper.result()
    assert entry["n"] == "1"


def test_a_server_that_was_never_reached_is_an_error(colour: Colour) -> None:
    client = colour.client("redis://127.0.0.1:1", **FAST)

    with pytest.raises(RedisConnectionError):
        colour.run(following(begun(client.stream_group("s", "g"))))


def test_a_server_that_stays_away_for_longer_than_the_loop_waits_is_an_error(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    client = colour.client(proxy.url, **FAST)

    async def case() -> None:
        source = begun(client.stream_group("s", "g", create=True, wait=0.05))
        assert await following(source) is None
        proxy.refuse()
        proxy.cut()
        await following(begun(source))

    with pytest.raises(RedisConnectionError):
        colour.run(case())


def test_what_is_in_hand_is_renewed_over_a_cut(colour: Colour, proxy: FaultProxy, server: RedisServer) -> None:
    client = colour.client(proxy.url, **FAST)
    server.execute("XADD", "s", "1-0", "n", 1)

    async def case() -> Any:
        entry = await following(begun(client.stream_group("s", "g", "w1", create=True, min_idle=0.15)))
        proxy.cut_at("EVALSHA", "answered")
        server.execute("XCLAIM", "s", "g", "w1", 0, "1-0", "IDLE", 100_000, "JUSTID")
        await eventually(client, lambda: server.execute("XPENDING", "s", "g", "-", "+", 1)[0][2] < 100_000)
        return await got(entry.ack())

    assert colour.run(case()) is True


def test_stopping_from_another_thread_ends_a_loop_that_waits(colour: Colour, server: RedisServer) -> None:
    server.execute("FLUSHALL")
    client = colour.client(server.url)
    source = client.stream_group("s", "g", "w1", create=True)

    def stop() -> None:
        wait_until(lambda: "blocked_clients:1" in server.execute("INFO", "clients"))
        source.stop()

    helper = Background(stop)

    assert colour.run(following(begun(source))) is None
    helper.result()


def test_an_interrupt_at_any_instruction_loses_nothing(server: RedisServer, recwarn: pytest.WarningsRecorder) -> None:
    server.execute("FLUSHALL")
    for n in range(100):
        server.execute("XADD", "s", "*", "n", n)
    found: set[str] = set()
    with RedisClient(server.url) as client:
        source = client.stream_group("s", "g", "w1", create=True, wait=0, count=2)

        def one() -> None:
            client.disconnect()  # so that one run is as long as another
            for entry in source:
                with entry:
                    found.add(entry["n"])
                break

        one()
        for _ in everywhere(one, runs=60):
            pass
        for entry in client.stream_group("s", "g", "w1", wait=0):
            with entry:
                found.add(entry["n"])

        assert found == {str(n) for n in range(100)}
        assert client.xpending("s", "g")[0] == 0
    # Python's own warning about a socket that was interrupted before it had a name is not ours to prevent: here it is.
    gc.collect()


def test_a_task_cancelled_while_it_reads_loses_nothing(server: RedisServer) -> None:
    server.execute("FLUSHALL")

    async def main() -> list[str]:
        found: list[str] = []
        async with AsyncRedisClient(server.url) as client, client.stream_group("s", "g", create=True) as source:
            for n in range(40):
                reading = asyncio.ensure_future(anext(aiter(source)))
                if n % 4:
                    await asyncio.to_thread(wait_until, partial(_blocked_or_done, server, reading))
                await client.xadd("s", {"n": n})
                for _ in range(n % 7):
                    await asyncio.sleep(0)
                reading.cancel()
                try:
                    async with await reading as entry:
                        found.append(entry["n"])
                except asyncio.CancelledError:
                    pass
            source.stop()
            async for _ in source:
                raise AssertionError("it was stopped")
            async with client.stream_group("s", "g", source.consumer, wait=0, min_idle=None) as rest:
                async for entry in rest:
                    async with entry:
                        found.append(entry["n"])
        return found

    assert sorted(asyncio.run(main()), key=int) == [str(n) for n in range(40)]


def _blocked_or_done(server: RedisServer, reading: asyncio.Future[Any]) -> bool:
    return reading.done() or "blocked_clients:1" in server.execute("INFO", "clients")
