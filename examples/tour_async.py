"""A tour of the asyncio client on real servers: `make demo`, or `python examples/tour_async.py`.

The same names as in tour.py, with `await`, and what only asyncio has: many calls at once on one connection, calls that
are cancelled, one client in several event loops.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from showing import expect, outcome, section, shown

from plasma import RedisError, RedisTimeoutError
from plasma.asyncio import Redis, RedisClient
from plasma.testing import LauncherError, RedisServer


def main() -> int:
    with RedisServer() as one, RedisServer() as two:
        print(
            f"Plasma in asyncio on {one.name} ({one.version}): private servers on the ports {one.port} and {two.port}"
        )
        asyncio.run(basic_setup(one))
        asyncio.run(named_connections(one, two))
        asyncio.run(many_at_once(one))
        asyncio.run(waiting(one))
        asyncio.run(pipelines(one))
        one_loop_after_another(one)
    return outcome()


async def basic_setup(server: RedisServer) -> None:
    section("Basic set-up: the facade")
    redis = shown("Redis", Redis)
    redis.configure(default="main", connections={"main": {"host": "127.0.0.1", "port": server.port}})
    await redis.connect()
    expect(redis.is_connected(), True)
    user = json.dumps({"id": 1, "name": "Nova"})
    expect(await redis.set("user:1", user, ex=3600), True)
    expect(await redis.get("user:1"), user)
    await redis.disconnect()
    expect(redis.is_connected(), False)


async def named_connections(one: RedisServer, two: RedisServer) -> None:
    section("Named connections: two servers")
    redis = shown("Redis", Redis)
    redis.configure(
        default="cache",
        connections={
            "cache": {"host": "127.0.0.1", "port": one.port, "db": 0},
            "analytics": f"redis://127.0.0.1:{two.port}/1",
        },
    )
    cache = shown("cache", redis.connection("cache"))
    analytics = shown("analytics", redis.connection("analytics"))
    expect(await cache.set("cache:ping", "ok"), True)
    expect(await analytics.incr("metrics:pageviews"), 1)
    expect(await analytics.exists("cache:ping"), 0)
    expect(await redis.get("cache:ping"), "ok")


async def many_at_once(server: RedisServer) -> None:
    section("Many calls at once", "All tasks share one connection; what they ask in one turn of the loop is one write.")
    async with RedisClient(server.url) as client:
        await client.ping()
        before = len(await client.client_list())
        began = time.perf_counter()
        counts = await asyncio.gather(*(client.incr("visits") for _ in range(10_000)))
        took = time.perf_counter() - began
        print(f"  10,000 tasks, one INCR each: {took * 1000:.0f} ms")
        expect(sorted(counts) == list(range(1, 10_001)), True)
        expect(len(await client.client_list()), before)
        redis = shown("client", client)
        expect(await redis.get("visits"), "10000")


async def waiting(server: RedisServer) -> None:
    section("Waiting, and giving up", "What blocks on the server has a connection of its own, by itself.")
    async with RedisClient(server.url) as client:
        redis = shown("client", client)
        worker = asyncio.create_task(redis.blpop("jobs", timeout=10))
        expect(await redis.lpush("jobs", "job:1"), 1)
        expect(await worker, ("jobs", "job:1"))

        worker = asyncio.create_task(client.blpop("jobs", timeout=0))
        await asyncio.sleep(0.05)
        worker.cancel()
        print("  a worker that waits for ever was cancelled; nobody else has noticed:")
        expect(await redis.ping(), True)
        expect(await redis.lpush("jobs", "job:2"), 1)
        expect(await redis.lrange("jobs", 0, -1), ["job:2"])

        hasty = client.options(timeout=0.02)
        try:
            await hasty.execute("EVAL", "local n = 0; while n < 3e7 do n = n + 1 end", 0)
        except RedisTimeoutError as error:
            print(f"  {type(error).__name__}: {error}; phase: {error.phase}")
        expect(await redis.ping(), True)


async def pipelines(server: RedisServer) -> None:
    section("Pipelines and transactions")
    async with RedisClient(server.url) as client:
        redis = shown("client", client)
        pipeline = shown("pipeline", client.pipeline())
        pipeline.set("a", "1").incr("counter").hset("user:2", "name", "Nova").get("a")
        expect(await pipeline.exec(), (True, 1, 1, "1"))
        transaction = shown("transaction", client.transaction())
        transaction.incr("counter").incr("counter")
        expect(await transaction.exec(), (2, 3))
        blobs = shown("client.bytes", client.bytes)
        expect(await blobs.get("a"), b"1")
        expect(await redis.hgetall("user:2"), {"name": "Nova"})


def one_loop_after_another(server: RedisServer) -> None:
    section("One client, one event loop after another")
    client = RedisClient(server.url)
    redis = shown("client", client)
    expect(asyncio.run(redis.incr("runs")), 1)
    expect(asyncio.run(redis.incr("runs")), 2)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RedisError, LauncherError) as error:
        sys.exit(f"\nThe tour ended early: {error}")
