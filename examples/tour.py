"""A tour of the blocking client on real servers: `make demo`, or `python examples/tour.py`.

Every call is printed with its result, and held against what it should give; the exit status is 1 if one differs.
The servers are private ones, started for the tour and gone with it.
"""

from __future__ import annotations

import json
import os
import secrets
import sys

from showing import expect, outcome, section, shown

from plasma import Redis, RedisClient, RedisError
from plasma.testing import LauncherError, RedisServer

# Deletes a key only if it still holds the given value: what must not come apart between a GET and a DEL.
RELEASE = 'if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0'


def main() -> int:
    with RedisServer() as one, RedisServer() as two, RedisServer(password="s3cret", tls=True) as guarded:
        print(f"Plasma on {one.name} ({one.version}): private servers on the ports", end=" ")
        print(f"{one.port}, {two.port} and, with TLS and a password, {guarded.tls_port}")
        basic_setup(one)
        named_connections(one, two)
        operations()
        pipelines()
        lock()
        full_configuration(guarded, two)
        from_the_environment(one)
        Redis.disconnect_all()
    return outcome()


def basic_setup(server: RedisServer) -> None:
    section("Basic set-up: the facade")
    redis = shown("Redis", Redis)
    redis.configure(default="main", connections={"main": {"host": "127.0.0.1", "port": server.port}})
    redis.connect()
    expect(redis.is_connected(), True)
    user = json.dumps({"id": 1, "name": "Nova"})
    expect(redis.set("user:1", user, ex=3600), True)
    expect(redis.get("user:1"), user)
    redis.disconnect()
    expect(redis.is_connected(), False)


def named_connections(one: RedisServer, two: RedisServer) -> None:
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
    expect(cache.set("cache:ping", "ok"), True)
    expect(analytics.incr("metrics:pageviews"), 1)
    expect(analytics.exists("cache:ping"), 0)
    expect(redis.get("cache:ping"), "ok")


def operations() -> None:
    redis = shown("redis", Redis.connection())
    section("Strings")
    expect(redis.set("status", "ok", ex=60), True)
    expect(redis.get("status"), "ok")
    expect(redis.get("no such key"), None)
    expect(redis.set("status", "new", nx=True), False)
    expect(redis.mset({"visits": 41, "ratio": 0.5}), True)
    expect(redis.incr("visits"), 42)
    expect(redis.mget("visits", "ratio"), ["42", "0.5"])

    section("Hashes")
    redis.delete("user:1")
    expect(redis.hset("user:1", {"name": "Nova", "role": "admin"}), 2)
    expect(redis.hgetall("user:1"), {"name": "Nova", "role": "admin"})
    expect(redis.hget("user:1", "role"), "admin")
    expect(redis.hexists("user:1", "email"), False)

    section("Lists")
    expect(redis.lpush("jobs", "job:1", "job:2"), 2)
    expect(redis.lrange("jobs", 0, -1), ["job:2", "job:1"])
    expect(redis.rpop("jobs"), "job:1")

    section("Sets")
    expect(redis.sadd("tags", "gravito", "plasma"), 2)
    expect(redis.smembers("tags"), {"gravito", "plasma"})
    expect(redis.sismember("tags", "plasma"), True)

    section("Sorted sets")
    expect(redis.zadd("leaderboard", {"user:1": 120, "user:2": 95.5}), 2)
    expect(redis.zrevrange("leaderboard", 0, 10), ["user:1", "user:2"])
    expect(redis.zrange("leaderboard", 0, -1, withscores=True), [("user:2", 95.5), ("user:1", 120.0)])

    section("Time to live")
    expect(redis.expire("status", 120), True)
    expect(redis.ttl("status"), 120)
    expect(redis.persist("status"), True)
    expect(redis.ttl("status"), -1)

    section("Bytes")
    blobs = shown("redis.bytes", Redis.bytes)
    expect(blobs.set("blob", b"\x00\xff"), True)
    expect(blobs.get("blob"), b"\x00\xff")


def pipelines() -> None:
    section("Pipelines: many commands, one round trip")
    redis = shown("redis", Redis.connection())
    pipeline = shown("pipeline", redis.pipeline())
    pipeline.set("a", "1").incr("counter").hset("user:1", "name", "Nova").get("a")
    expect(pipeline.exec(), (True, 1, 0, "1"))
    transaction = shown("transaction", redis.transaction())
    transaction.incr("counter").incr("counter")
    expect(transaction.exec(), (2, 3))


def lock() -> None:
    section("A lock: SET with NX and PX", "Whoever holds it has a token, and can release it only with that.")
    redis = shown("redis", Redis.connection())
    token, another = secrets.token_hex(6), secrets.token_hex(6)
    expect(redis.set("lock:billing:sync", token, nx=True, px=10_000), True)
    expect(redis.set("lock:billing:sync", another, nx=True, px=10_000), False)
    expect(redis.execute("EVAL", RELEASE, 1, "lock:billing:sync", another), 0)
    expect(redis.execute("EVAL", RELEASE, 1, "lock:billing:sync", token), 1)
    expect(redis.exists("lock:billing:sync"), 0)


def full_configuration(guarded: RedisServer, two: RedisServer) -> None:
    section("Full configuration: names and milliseconds as in JSON written for the original")
    redis = shown("Redis", Redis)
    redis.configure(
        {
            "default": "primary",
            "connections": {
                "primary": {
                    "host": "127.0.0.1",
                    "port": guarded.tls_port,
                    "password": "s3cret",
                    "db": 0,
                    "keyPrefix": "gravito:",
                    "connectTimeout": 10_000,
                    "commandTimeout": 5_000,
                    "maxRetries": 3,
                    "retryDelay": 500,
                    "tls": {"rejectUnauthorized": False},
                },
                "cache": {"host": "127.0.0.1", "port": two.port, "db": 1},
            },
        }
    )
    expect(redis.set("greeting", "hello"), True)
    expect(redis.keys("*"), ["greeting"])
    server = shown("server", guarded)
    expect(server.execute("KEYS", "*"), ["gravito:greeting"])
    expect(shown("cache", Redis.connection("cache")).get("metrics:pageviews"), "1")

    section("The same server, its certificate verified")
    with RedisClient(guarded.url, tls={"ca": guarded.ca}, key_prefix="gravito:") as client:
        print(f"  {client.config}")
        expect(shown("client", client).get("greeting"), "hello")


def from_the_environment(server: RedisServer) -> None:
    section("Set-up from the environment")
    environment = {"APP_ENV": "development", "REDIS_PORT": str(server.port), **os.environ}
    host = "redis.prod" if environment["APP_ENV"] == "production" else "127.0.0.1"
    redis = shown("Redis", Redis)
    redis.configure(
        connections={
            "default": {
                "host": host,
                "port": int(environment["REDIS_PORT"]),
                "password": environment.get("REDIS_PASSWORD"),
            }
        }
    )
    expect(redis.ping(), True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RedisError, LauncherError) as error:
        sys.exit(f"\nThe tour ended early: {error}")
