# pyright: strict
"""What type checkers make of scans, transactions, scripts, locks and streams: never run, only checked, by both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from typing_extensions import assert_type

from plasma import Library, Lock, Redis, RedisClient, Script, Stream, StreamEntry, StreamGroup, Transaction
from plasma.asyncio import Lock as AsyncLock
from plasma.asyncio import Redis as AsyncRedis
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.asyncio import Script as AsyncScript
from plasma.asyncio import Stream as AsyncStream
from plasma.asyncio import StreamEntry as AsyncStreamEntry
from plasma.asyncio import StreamGroup as AsyncStreamGroup
from plasma.asyncio import Transaction as AsyncTransaction


def scans_give_elements_of_the_text_type(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(client.scan_iter(match="a*"), Iterator[str])
    assert_type(raw.scan_iter(), Iterator[bytes])
    assert_type(raw.hscan_iter("h"), Iterator[tuple[bytes, bytes]])
    assert_type(client.hscan_iter("h", novalues=True), Iterator[str])
    assert_type(client.sscan_iter("s"), Iterator[str])
    assert_type(raw.zscan_iter("z"), Iterator[tuple[bytes, float]])
    assert_type(Redis.scan_iter(), Iterator[str])


def transactions_know_what_is_read_at_once(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    def function(tx: Transaction[str]) -> None:
        assert_type(tx.now.get("k"), str | None)
        tx.decr("k")

    def on_bytes(tx: Transaction[bytes]) -> None:
        assert_type(tx.now.hgetall("k"), dict[bytes, bytes])

    assert_type(client.transact(function, "k"), tuple[Any, ...])
    assert_type(raw.transact(on_bytes, "k", attempts=3), tuple[Any, ...])
    assert_type(client.transact(lambda tx: tx.decr("k").incr("n"), "k"), tuple[Any, ...])


def scripts_have_the_type_that_parse_makes(client: RedisClient[str]) -> None:
    assert_type(client.script("return 1"), Script[Any])
    assert_type(client.script("return 1", parse=int), Script[int])
    assert_type(client.script("return 1", parse=int, read_only=True)(keys=["k"], args=[1]), int)
    assert_type(client.library("#!lua name=a\n"), Library)
    client.script("return 1").queue(client.pipeline().get("k"), keys=["k"])
    client.script("return 1").queue(client.transaction())


def locks_are_held_in_blocks(client: RedisClient[bytes]) -> None:
    with client.lock("a", ttl=5, wait=1, renew=True) as lock:
        assert_type(lock, Lock)
        assert_type(lock.fence, int)
        assert_type(lock.owned(), bool)
        assert_type(lock.lost.is_set(), bool)


def streams_give_entries_of_the_text_type(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(client.stream("s", maxlen=10), Stream[str])
    assert_type(client.stream("s").add({"n": 1}), str)
    assert_type(raw.stream("s").add([("n", 1)], id="5-0"), bytes)
    assert_type(raw.stream("s").add({"n": 1}, nomkstream=True), bytes | None)
    assert_type(client.stream("s").queue(client.pipeline().get("k"), {"n": 1}), None)
    assert_type(Redis.stream_group("s", "g"), StreamGroup[str])
    with raw.stream_group("s", group="g", consumer="w1", min_idle=None) as group:
        assert_type(group, StreamGroup[bytes])
        for entry in group:
            assert_type(entry, StreamEntry[bytes])
            assert_type(entry.fields, dict[bytes, bytes])
            with entry:
                assert_type((entry.id, entry[b"n"], entry.deliveries), tuple[bytes, bytes, int])
    for text_entry in client.stream_group("s", "g"):
        assert_type(text_entry["n"], str)
        assert_type(text_entry.ack(), bool)
        assert_type(text_entry.extend(), bool)


async def the_same_in_asyncio(client: AsyncRedisClient[str], raw: AsyncRedisClient[bytes]) -> None:
    assert_type(client.scan_iter(), AsyncIterator[str])
    async for field, value in raw.hscan_iter("h"):
        assert_type((field, value), tuple[bytes, bytes])
    assert_type(AsyncRedis.sscan_iter("s"), AsyncIterator[str])

    async def function(tx: AsyncTransaction[str]) -> None:
        assert_type(await tx.now.get("k"), str | None)
        tx.decr("k")

    assert_type(await client.transact(function, "k"), tuple[Any, ...])
    assert_type(client.script("return 1", parse=int), AsyncScript[int])
    assert_type(await client.script("return 1", parse=int)(), int)
    async with client.lock("a", cancel=True) as lock:
        assert_type(lock, AsyncLock)
        assert_type(await lock.owned(), bool)
    assert_type(client.stream("s"), AsyncStream[str])
    assert_type(await raw.stream("s", max_age=5).add({"n": 1}), bytes)
    async with raw.stream_group("s", "g") as group:
        assert_type(group, AsyncStreamGroup[bytes])
        async for entry in group:
            async with entry as inside:
                assert_type(inside, AsyncStreamEntry[bytes])
                assert_type(entry.fields, dict[bytes, bytes])
            assert_type(await entry.ack(), bool)
    async for text_entry in AsyncRedis.stream_group("s", "g"):
        assert_type(text_entry["n"], str)
