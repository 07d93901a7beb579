"""The facades and the views have the conversations of their clients."""

from __future__ import annotations

import asyncio

from plasma.asyncio.facade import RedisFacade as AsyncRedisFacade
from plasma.facade import RedisFacade
from plasma.testing import RedisServer


def test_the_facade_has_them_on_the_default_connection(server: RedisServer) -> None:
    server.execute("FLUSHALL")
    with RedisFacade() as redis:
        redis.configure(default="main", connections={"main": f"{server.url}?key_prefix=app:"})
        redis.set("n", 3)

        assert list(redis.scan_iter()) == ["n"]
        assert list(redis.bytes.scan_iter()) == [b"n"]
        assert redis.transact(lambda tx: tx.decr("n"), "n") == (2,)
        assert redis.script("return redis.call('GET', KEYS[1])")(keys=["n"]) == "2"
        with redis.lock("a") as lock:
            assert lock.owned()
            assert server.execute("EXISTS", "app:lock:a") == 1
        redis.stream("s", maxlen=10).add({"n": 1})
        assert [entry["n"] for entry in redis.stream_group("s", "g", create=True, wait=0)] == ["1"]
        assert server.execute("XLEN", "app:s") == 1


def test_the_facade_of_asyncio_has_them_in_one_loop_after_another(server: RedisServer) -> None:
    async def main() -> None:
        await redis.set("n", 3)

        assert [key async for key in redis.scan_iter()] == ["n"]
        assert [key async for key in redis.bytes.scan_iter()] == [b"n"]
        assert await redis.transact(lambda tx: tx.decr("n"), "n") == (2,)
        assert await script(keys=["n"]) == "2"
        async with redis.lock("a") as lock:
            assert await lock.owned()
            assert await asyncio.to_thread(server.execute, "EXISTS", "app:lock:a") == 1
        await redis.stream("s", maxlen=10).add({"n": 1})
        async for entry in group:
            async with entry:
                assert entry["n"] == "1"
        await redis.disconnect()

    server.execute("FLUSHALL")
    redis = AsyncRedisFacade()
    redis.configure(default="main", connections={"main": f"{server.url}?key_prefix=app:"})
    script = redis.script("return redis.call('GET', KEYS[1])")
    group = redis.stream_group("s", "g", "w1", create=True, wait=0)
    for _ in range(2):
        asyncio.run(main())
        server.execute("FLUSHALL")
