# pyright: strict
"""What type checkers make of the blocking clients: never run, only checked, by mypy and by pyright.

Every line has to hold exactly: `assert_type` is not content with a subtype, nor with Any.
"""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from plasma import Redis, RedisClient


def text_or_bytes_is_decided_when_a_client_is_made(flag: bool) -> None:
    assert_type(RedisClient(), RedisClient[str])
    assert_type(RedisClient("redis://localhost"), RedisClient[str])
    assert_type(RedisClient(host="localhost", port=6379), RedisClient[str])
    assert_type(RedisClient(decode=True), RedisClient[str])
    assert_type(RedisClient(decode=False), RedisClient[bytes])
    assert_type(RedisClient("redis://localhost", decode=False), RedisClient[bytes])


def views_change_it(text: RedisClient, raw: RedisClient[bytes]) -> None:
    assert_type(text, RedisClient[str])
    assert_type(text.bytes, RedisClient[bytes])
    assert_type(text.text, RedisClient[str])
    assert_type(raw.text, RedisClient[str])
    assert_type(raw.bytes.options(timeout=1.5), RedisClient[bytes])
    assert_type(text.options(idempotent=True), RedisClient[str])
    assert_type(text.bytes.get("k"), bytes | None)


def text_clients_give_text(client: RedisClient[str]) -> None:
    assert_type(client.get("k"), str | None)
    assert_type(client.set("k", 1), bool)
    assert_type(client.set("k", 1, ex=5, get=False), bool)
    assert_type(client.set("k", 1, nx=True, get=True), str | None)
    assert_type(client.mget("a", "b"), list[str | None])
    assert_type(client.incr("k"), int)
    assert_type(client.incrbyfloat("k", 0.5), float)
    assert_type(client.lcs("a", "b"), str)
    assert_type(client.lcs("a", "b", len=True), int)
    assert_type(client.delete("a", "b"), int)
    assert_type(client.expire("k", 5), bool)
    assert_type(client.keys(), list[str])
    assert_type(client.scan(match="a*"), tuple[int, list[str]])
    assert_type(client.type("k"), str)
    assert_type(client.sort("k"), list[str])
    assert_type(client.sort("k", get=["#"]), list[str | None])
    assert_type(client.sort("k", store="d"), int)
    assert_type(client.hget("h", "f"), str | None)
    assert_type(client.hgetall("h"), dict[str, str])
    assert_type(client.lrange("l", 0, -1), list[str])
    assert_type(client.lpop("l"), str | None)
    assert_type(client.smembers("s"), set[str])
    assert_type(client.zscore("z", "m"), float | None)
    assert_type(client.zrange("z", 0, -1), list[str])
    assert_type(client.zrange("z", 0, -1, withscores=True), list[tuple[str, float]])
    assert_type(client.ping(), bool)
    assert_type(client.ping("hello"), str)
    assert_type(client.info(), dict[str, Any])
    assert_type(client.config_get("*"), dict[str, str])
    assert_type(client.client_list(), list[dict[str, str]])
    assert_type(client.pubsub_numsub("a"), dict[str, int])
    assert_type(client.publish("ch", "m"), int)
    assert_type(client.execute("GET", "k"), Any)


def bytes_clients_give_bytes_and_what_the_server_words_is_text(client: RedisClient[bytes]) -> None:
    assert_type(client.get("k"), bytes | None)
    assert_type(client.set("k", 1), bool)
    assert_type(client.set("k", 1, get=True), bytes | None)
    assert_type(client.mget("a"), list[bytes | None])
    assert_type(client.hgetall("h"), dict[bytes, bytes])
    assert_type(client.smembers("s"), set[bytes])
    assert_type(client.zrange("z", 0, -1, withscores=True), list[tuple[bytes, float]])
    assert_type(client.scan(), tuple[int, list[bytes]])
    assert_type(client.ping("hello"), bytes)
    assert_type(client.type("k"), str)
    assert_type(client.object_encoding("k"), str | None)
    assert_type(client.config_get("*"), dict[str, str])
    assert_type(client.client_info(), dict[str, str])


def mappings_of_any_kind_of_key_are_taken(client: RedisClient, texts: dict[str, str], raw: dict[bytes, int]) -> None:
    assert_type(client.mset(texts), bool)
    assert_type(client.mset(raw), bool)
    assert_type(client.hset("h", texts), int)
    assert_type(client.zadd("z", {"m": 1.5}), int)
    assert_type(client.config_set({"maxmemory": "1mb"}), bool)


def the_facade_is_text() -> None:
    assert_type(Redis.get("k"), str | None)
    assert_type(Redis.hgetall("h"), dict[str, str])
    assert_type(Redis.connection("main"), RedisClient[str])
    assert_type(Redis.connection("main").get("k"), str | None)
    assert_type(Redis.bytes, RedisClient[bytes])
    assert_type(Redis.bytes.get("k"), bytes | None)
    assert_type(Redis.options(timeout=1.0), RedisClient[str])


def a_pinned_connection_keeps_the_text_type(client: RedisClient[bytes]) -> None:
    with client.pinned() as conn:
        assert_type(conn.get("k"), bytes | None)
    with Redis.pinned() as conn2:
        assert_type(conn2.get("k"), str | None)


def a_context_manager_is_the_client_itself() -> None:
    with RedisClient(decode=False) as client:
        assert_type(client, RedisClient[bytes])


class Mine(RedisClient[str]):
    def name(self, number: int) -> str | None:
        return assert_type(self.get(f"user:{number}"), str | None)
