"""Locks on real servers, in both colours: who holds, who waits, who learns that it was lost."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import Any

import pytest
from support.conversing import Colour, got
from support.interruptions import everywhere
from support.waiting import Background, wait_until

from plasma import LockError, LockLost, LockNotAcquired, RedisClient, RedisConnectionError
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import FaultProxy, RedisServer


async def test_a_lock_is_taken_and_given_up(r: Any) -> None:
    lock = r.client.lock("billing:sync", ttl=10)

    assert await got(lock.acquire()) is True
    assert await got(lock.owned()) is True
    assert 9000 < r.raw.client.pttl(r.key("lock:billing:sync")) <= 10000
    await got(lock.release())
    assert await got(lock.owned()) is False
    assert await r.exists("lock:billing:sync") == 0


async def test_a_lock_that_another_holds_is_not_taken(r: Any) -> None:
    holder = r.client.lock("a")
    other = r.client.lock("a", wait=0)
    await got(holder.acquire())

    assert await got(other.acquire()) is False
    assert await got(other.owned()) is False
    await got(holder.release())
    assert await got(other.acquire()) is True


async def test_waiting_ends_when_the_time_is_up(r: Any) -> None:
    await got(r.client.lock("a").acquire())

    assert await got(r.client.lock("a", wait=0.02).acquire()) is False


async def test_a_lock_that_is_not_given_up_is_free_when_its_time_is_up(r: Any) -> None:
    await got(r.client.lock("a", ttl=0.05).acquire())

    assert await got(r.client.lock("a", wait=5).acquire()) is True


async def test_the_fence_grows_with_each_holder(r: Any) -> None:
    fences = []
    for _ in range(5):
        lock = r.client.lock("a")
        await got(lock.acquire())
        fences.append(lock.fence)
        await got(lock.release())

    assert fences == sorted(set(fences))


async def test_the_fence_grows_also_when_the_clock_of_the_server_was_put_back(r: Any) -> None:
    ahead = 4_000_000_000_000_000
    lock = r.client.lock("a")
    r.raw.client.set(r.key(lock._claim.fence_key), ahead)
    await got(lock.acquire())

    assert lock.fence == ahead + 1


async def test_a_lock_that_was_not_acquired_has_no_fence(r: Any) -> None:
    with pytest.raises(LockError, match="no fence"):
        _ = r.client.lock("a").fence


async def test_extend_makes_it_last_longer_and_never_shorter(r: Any) -> None:
    lock = r.client.lock("a", ttl=5)
    await got(lock.acquire())
    await got(lock.extend(1))

    assert r.raw.client.pttl(r.key("lock:a")) > 4000
    await got(lock.extend(60))
    assert r.raw.client.pttl(r.key("lock:a")) > 59000


@pytest.mark.parametrize("seconds", [0, -1, 0.0001, float("nan"), float("inf")])
async def test_times_that_are_none_are_refused(r: Any, seconds: float) -> None:
    lock = r.client.lock("a")
    await got(lock.acquire())

    with pytest.raises(ValueError, match="millisecond"):
        await got(lock.extend(seconds))
    with pytest.raises(ValueError, match="millisecond"):
        r.client.lock("a", ttl=seconds)
    assert await got(lock.owned()) is True


async def test_a_lock_is_not_reentrant(r: Any) -> None:
    lock = r.client.lock("a")
    await got(lock.acquire())

    with pytest.raises(LockError, match="not re-entrant"):
        await got(lock.acquire())


async def test_what_is_not_held_cannot_be_released_or_extended(r: Any) -> None:
    with pytest.raises(LockError, match="not held"):
        await got(r.client.lock("a").release())
    with pytest.raises(LockError, match="not held"):
        await got(r.client.lock("a").extend(1))


@pytest.mark.parametrize("how", ["deleted", "taken"])
async def test_a_lock_that_was_lost_says_so_and_the_other_keeps_it(r: Any, how: str) -> None:
    lock = r.client.lock("a")
    await got(lock.acquire())
    r.raw.client.delete(r.key("lock:a"))
    if how == "taken":
        r.raw.client.set(r.key("lock:a"), "somebody else")

    assert not lock.lost.is_set()
    with pytest.raises(LockLost):
        await got(lock.extend(5))
    assert lock.lost.is_set()
    with pytest.raises(LockLost):
        await got(lock.release())
    assert r.raw.client.get(r.key("lock:a")) == ("somebody else" if how == "taken" else None)


async def test_a_lock_is_lost_when_its_time_is_up(r: Any) -> None:
    lock = r.client.lock("a", ttl=0.02)
    await got(lock.acquire())

    assert await got(lock.lost.wait()) is True


async def test_the_recipe_with_set_and_the_lock_exclude_each_other(r: Any) -> None:
    assert await r.set("lock:billing:sync", "token", nx=True, px=10000) is True
    lock = r.client.lock("billing:sync", wait=0)

    assert await got(lock.acquire()) is False
    await r.delete("lock:billing:sync")
    assert await got(lock.acquire()) is True
    assert await r.set("lock:billing:sync", "token", nx=True, px=10000) is False


async def test_nothing_stays_behind_for_ever(r: Any) -> None:
    lock = r.client.lock("a")
    await got(lock.acquire())
    await got(lock.release())

    left = {key: r.raw.client.pttl(key) for key in r.raw.client.keys("*")}
    wake, fence = r.key(lock._claim.wake_key), r.key(lock._claim.fence_key)
    assert set(left) == {wake, fence}
    assert 0 < left[wake] <= 2000
    assert 0 < left[fence] <= 86_400_000


def test_the_keys_of_a_lock_are_in_one_slot_of_a_cluster() -> None:
    with RedisServer(config={"cluster-enabled": "yes"}) as node:
        for prefix in ("", "app[1]:", "{app}:"):
            client = RedisClient(node.url, key_prefix=prefix)
            for name in ("a", "{b}c", "a{b}c", "a{b"):
                claim = client.lock(name)._claim
                keys = [prefix + key for key in (claim.key, claim.fence_key, claim.wake_key)]

                assert len({node.execute("CLUSTER", "KEYSLOT", key) for key in keys}) == 1, keys


async def test_what_is_no_name_is_refused(r: Any) -> None:
    with pytest.raises(TypeError, match="must be a str, not bytes"):
        r.client.lock(b"a")
    with pytest.raises(ValueError, match="needs a name"):
        r.client.lock("")


async def test_the_well_known_recipe_works_as_it_is_written(r: Any) -> None:
    key, token = "lock:billing:sync", r.s("a token of one's own")
    entered = []

    async def critical() -> None:
        if not await r.set(key, token, nx=True, px=10_000):
            raise RuntimeError("Lock already held")
        try:
            entered.append(await got(r.client.lock("billing:sync", wait=0).acquire()))
            with pytest.raises(RuntimeError, match="already held"):
                await critical()
        finally:
            if await r.get(key) == token:
                await r.delete(key)

    await critical()
    await critical()

    assert entered == [False, False]
    assert await r.exists(key) == 0


# --- blocks -----------------------------------------------------------------------------------------------------------


def test_a_block_holds_the_lock(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    with RedisClient(server.url) as client:
        with client.lock("a", wait=0) as lock:
            assert lock.owned()
            with pytest.raises(LockNotAcquired, match="not free within 0 s"), client.lock("a", wait=0):
                pass
        assert not client.exists("lock:a")
        with pytest.raises(LockLost), client.lock("a", wait=0):
            client.delete("lock:a")


def test_what_the_block_raises_comes_out_though_the_lock_was_lost(server: RedisServer) -> None:
    def body(client: Any) -> None:
        with client.lock("a", wait=0):
            client.delete("lock:a")
            raise KeyError

    server.execute("FLUSHALL")
    with RedisClient(server.url) as client, pytest.raises(KeyError):
        body(client)


def test_a_block_of_asyncio_holds_the_lock(server: RedisServer) -> None:
    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            async with client.lock("a", wait=0) as lock:
                assert await lock.owned()
                with pytest.raises(LockNotAcquired):
                    await client.lock("a", wait=0).__aenter__()
            assert not await client.exists("lock:a")
            with pytest.raises(KeyError):
                await body(client, KeyError)
            with pytest.raises(LockLost):
                await body(client, None)

    async def body(client: Any, error: type[Exception] | None) -> None:
        async with client.lock("a", wait=0):
            await client.delete("lock:a")
            if error is not None:
                raise error

    server.execute("FLUSHALL")
    asyncio.run(main())


@pytest.mark.parametrize("renew", [False, True])
def test_the_body_is_cancelled_when_the_lock_is_lost(server: RedisServer, renew: bool) -> None:
    async def body(client: Any) -> None:
        async with client.lock("a", ttl=0.1, cancel=True, renew=renew):
            await client.delete("lock:a")
            await asyncio.Event().wait()

    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            with pytest.raises(LockLost):
                await body(client)
            await asyncio.sleep(0)  # nothing of the cancellation is left

    server.execute("FLUSHALL")
    asyncio.run(main())


def test_a_body_cancelled_from_outside_stays_cancelled(server: RedisServer) -> None:
    async def body(client: Any) -> None:
        async with client.lock("a", ttl=10, cancel=True):
            await asyncio.Event().wait()

    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            task = asyncio.create_task(body(client))
            await asyncio.to_thread(wait_until, lambda: server.execute("EXISTS", "lock:a"))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not await client.exists("lock:a")

    server.execute("FLUSHALL")
    asyncio.run(main())


# --- waiting ----------------------------------------------------------------------------------------------------------


def blocked(server: RedisServer) -> int:
    return int(next(line for line in server.execute("INFO", "clients").splitlines() if "blocked" in line).split(":")[1])


def test_the_release_wakes_who_waits(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plasma.flows.locks.LOOK_AGAIN", 30.0)
    server.execute("FLUSHALL")
    with RedisClient(server.url) as client:
        holder = client.lock("a", ttl=60)
        holder.acquire()
        waiter = client.lock("a", ttl=60, wait=30)
        waiting = Background(waiter.acquire)
        wait_until(lambda: blocked(server) == 1)
        began = time.monotonic()
        holder.release()

        assert waiting.result() is True
        assert time.monotonic() - began < 10
        assert client.exists("{lock:a}:wake") == 0


def test_those_who_wait_all_get_their_turn(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    inside: list[int] = []
    fences: list[int] = []

    def work() -> None:
        for _ in range(10):
            with client.lock("a", ttl=30, wait=30) as lock:
                inside.append(1)
                assert len(inside) == 1
                fences.append(lock.fence)
                inside.pop()

    with RedisClient(server.url) as client:
        threads = [Background(work) for _ in range(8)]
        for thread in threads:
            thread.result(60)

    assert len(fences) == 80
    assert fences == sorted(set(fences))


def test_tasks_that_wait_all_get_their_turn(server: RedisServer) -> None:
    async def work(client: Any, fences: list[int]) -> None:
        for _ in range(10):
            async with client.lock("a", ttl=30, wait=30) as lock:
                fences.append(lock.fence)

    async def main() -> list[int]:
        fences: list[int] = []
        async with AsyncRedisClient(server.url) as client:
            await asyncio.gather(*[work(client, fences) for _ in range(8)])
        return fences

    server.execute("FLUSHALL")
    fences = asyncio.run(main())

    assert len(fences) == 80
    assert fences == sorted(set(fences))


# --- renewal ----------------------------------------------------------------------------------------------------------


def test_a_renewed_lock_outlives_its_time(colour: Colour, server: RedisServer) -> None:
    server.execute("FLUSHALL")
    client = colour.client(server.url)
    server_side = RedisClient(server.url)

    async def case() -> None:
        lock = client.lock("a", ttl=0.6, renew=True)
        await got(lock.acquire())
        other = client.lock("a", wait=1.3)
        assert await got(other.acquire()) is False
        assert await got(lock.owned()) is True
        assert not lock.lost.is_set()
        await got(lock.release())

    with server_side:
        colour.run(case())

    assert "plasma lock a" not in [thread.name for thread in threading.enumerate()]


def test_the_renewal_tells_that_the_lock_is_lost(colour: Colour, server: RedisServer) -> None:
    server.execute("FLUSHALL")
    client = colour.client(server.url)

    async def case() -> None:
        lock = client.lock("a", ttl=30, renew=True)
        lock._claim.ttl = 0.3
        await got(lock.acquire())
        lock._claim.ends += 30  # so that it is the server's word that tells
        server.execute("DEL", "lock:a")
        assert await got(lock.lost.wait())
        with pytest.raises(LockLost):
            await got(lock.release())

    colour.run(case())


def test_a_holder_cut_off_from_the_server_knows_in_time(colour: Colour, proxy: FaultProxy) -> None:
    client = colour.client(proxy.url, max_retries=0, connect_timeout=0.2)

    async def case() -> None:
        lock = client.lock("a", ttl=0.3, renew=True)
        await got(lock.acquire())
        proxy.swallow()
        assert await got(lock.lost.wait())
        proxy.heal()
        try:
            await got(lock.release())
        except (LockLost, RedisConnectionError, TimeoutError):
            pass
        await got(client.disconnect())

    client._timeout = 0.5
    colour.run(case())

    # Its renewal does not connect any more when the proxy ends.
    wait_until(lambda: "plasma lock a" not in [thread.name for thread in threading.enumerate()])


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_a_lock_whose_taking_was_cut_is_held_once(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url)

    async def case() -> tuple[bool, int]:
        warm = client.lock("a")
        await got(warm.acquire())
        await got(warm.release())
        lock = client.lock("a", wait=0)
        proxy.cut_at("EVALSHA", moment)
        return await got(lock.acquire()), int(await got(lock.owned()))

    assert colour.run(case()) == (True, 1)


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_a_lock_whose_release_was_cut_is_free(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url)

    async def case() -> None:
        for at in range(2):
            lock = client.lock("a", wait=0)
            assert await got(lock.acquire()) is True
            if at:
                proxy.cut_at("EVALSHA", moment)
            await got(lock.release())

    colour.run(case())

    assert server.execute("EXISTS", "lock:a") == 0


def test_connections_cut_while_it_is_held_do_not_lose_it(colour: Colour, proxy: FaultProxy) -> None:
    client = colour.client(proxy.url)

    async def case() -> None:
        lock = client.lock("a")
        await got(lock.acquire())
        proxy.cut()
        await got(lock.extend(20))
        proxy.cut()
        await got(lock.release())

    colour.run(case())


def test_a_waiter_whose_connection_is_cut_goes_on_waiting(proxy: FaultProxy, server: RedisServer) -> None:
    with RedisClient(server.url) as direct, RedisClient(proxy.url) as client:
        holder = direct.lock("a", ttl=60)
        holder.acquire()
        waiting = Background(client.lock("a", wait=30).acquire)
        wait_until(lambda: blocked(server) == 1)
        proxy.cut()
        holder.release()

        assert waiting.result() is True


def test_a_task_cancelled_while_the_lock_is_being_taken_does_not_keep_it(proxy: FaultProxy, server: Any) -> None:
    async def main() -> None:
        async with AsyncRedisClient(proxy.url) as client:
            async with client.lock("a"):
                pass
            proxy.hold("client")
            count = proxy.count("EVALSHA")
            task = asyncio.create_task(client.lock("a").acquire())
            await asyncio.to_thread(wait_until, lambda: proxy.count("EVALSHA") > count)
            task.cancel()
            await asyncio.sleep(0)
            proxy.release()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())

    assert server.execute("EXISTS", "lock:a") == 0


@pytest.mark.parametrize("renew", [False, True])
def test_a_holder_interrupted_anywhere_leaves_the_lock_free(server: RedisServer, renew: bool) -> None:
    server.execute("FLUSHALL")
    with RedisClient(server.url) as client:

        def hold() -> None:
            lock = client.lock("a", ttl=60, wait=0, renew=renew)
            if lock.acquire():
                lock.release()

        hold()  # what is imported by the first call is no part of the others
        held = []
        for at in everywhere(hold):
            if server.execute("DEL", "lock:a"):
                held.append(at)

        # Between the call of `release` and its first step the lock is the caller's to give up.
        assert len(held) <= 1


def test_a_task_cancelled_while_the_lock_is_being_released_does_not_keep_it(
    proxy: FaultProxy, server: RedisServer
) -> None:
    async def main() -> None:
        async with AsyncRedisClient(proxy.url) as client:
            lock = client.lock("a")
            await lock.acquire()
            proxy.hold("server")
            task = asyncio.create_task(lock.release())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.sleep(0)
            proxy.release()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())

    assert server.execute("EXISTS", "lock:a") == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_does_not_hold_the_lock_of_its_parent(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    with RedisClient(server.url) as client:
        lock = client.lock("a", renew=True)
        lock.acquire()
        pid = os.fork()
        if not pid:
            try:
                lock.release()
            except LockError:
                os._exit(int(lock.owned()))
            os._exit(2)

        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert lock.owned() is True
        lock.release()
