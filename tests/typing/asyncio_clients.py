# pyright: strict
"""What type checkers make of the asyncio clients and pipelines: never run, only checked, by mypy and by pyright."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from typing_extensions import Unpack, assert_type

from plasma.asyncio import Pipeline, Redis, RedisClient


async def clients_give_what_the_blocking_ones_give(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(RedisClient(), RedisClient[str])
    assert_type(RedisClient(decode=False), RedisClient[bytes])
    assert_type(await client.get("k"), str | None)
    assert_type(await raw.get("k"), bytes | None)
    assert_type(await client.bytes.get("k"), bytes | None)
    assert_type(await client.set("k", 1), bool)
    assert_type(await raw.set("k", 1, get=True), bytes | None)
    assert_type(await raw.hgetall("h"), dict[bytes, bytes])
    assert_type(await client.zrange("z", 0, -1, withscores=True), list[tuple[str, float]])
    assert_type(await raw.type("k"), str)
    assert_type(await client.ping(), bool)
    assert_type(await Redis.get("k"), str | None)
    assert_type(await Redis.connection("main").get("k"), str | None)
    assert_type(await Redis.bytes.get("k"), bytes | None)


def a_call_is_a_coroutine(client: RedisClient[str]) -> Coroutine[Any, Any, str | None]:
    return client.get("k")


async def fluent_pipelines_unpack_to_exact_types(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    name, visits, was_set = await client.pipeline().get("a").incr("b").set("c", 1).exec()
    assert_type(name, str | None)
    assert_type(visits, int)
    assert_type(was_set, bool)
    fields, tags = await raw.transaction().hgetall("h").smembers("s").exec()
    assert_type(fields, dict[bytes, bytes])
    assert_type(tags, set[bytes])


async def other_pipelines_give_anything(client: RedisClient[str]) -> None:
    pipe = client.pipeline()
    assert_type(pipe, Pipeline[str, Unpack[tuple[Any, ...]]])
    pipe.get("a")
    pipe.incr("b")
    assert_type(await pipe.exec(), tuple[Any, ...])
    assert_type(await client.pipeline().get("a").exec(raise_on_error=False), tuple[Any, ...])
