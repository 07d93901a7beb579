# pyright: strict
"""What type checkers make of streams, scripts, places, bits, vectors, users and clusters: only checked, never run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from plasma import RedisClient
from plasma.asyncio import RedisClient as AsyncClient


def entries_are_of_the_text_type(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(client.xadd("s", {"a": 1}), str)
    assert_type(client.xadd("s", [("a", 1), ("b", b"2")], maxlen=5, approximate=True), str)
    assert_type(client.xadd("s", {b"a": 1.5}, nomkstream=True), str | None)
    assert_type(raw.xadd("s", {"a": 1}), bytes)
    assert_type(client.xrange("s"), list[tuple[str, dict[str, str]]])
    assert_type(raw.xrevrange("s", count=1), list[tuple[bytes, dict[bytes, bytes]]])
    assert_type(client.xread({"s": "$"}, block=0), dict[str, list[tuple[str, dict[str, str]]]])
    assert_type(client.xreadgroup("g", "c", {"s": ">"}), dict[str, list[tuple[str, dict[str, str]]]])
    assert_type(
        client.xreadgroup("g", "c", {"s": ">"}, claim=5000), dict[str, list[tuple[str, dict[str, str], int, int]]]
    )
    assert_type(client.xclaim("s", "g", "c", 0, "1-1"), list[tuple[str, dict[str, str]]])
    assert_type(client.xclaim("s", "g", "c", 0, "1-1", justid=True), list[str])
    assert_type(raw.xautoclaim("s", "g", "c", 0), tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]], list[bytes]])
    assert_type(client.xautoclaim("s", "g", "c", 0, justid=True), tuple[str, list[str], list[str]])
    assert_type(client.xpending("s", "g"), tuple[int, str | None, str | None, dict[str, int]])
    assert_type(client.xpending("s", "g", "-", "+", 10), list[tuple[str, str, int, int]])
    assert_type(client.xgroup_create("s", "g", mkstream=True), bool)
    assert_type(client.xinfo_groups("s"), list[dict[str, Any]])


def scripts_give_anything(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(client.eval("return 1", keys=["k"], args=[1, b"2"]), Any)
    assert_type(client.script_load("return 1"), str)
    assert_type(raw.script_load("return 1"), str)
    assert_type(raw.script_show("ab"), bytes)
    assert_type(client.script_exists("ab"), list[bool])
    assert_type(raw.function_dump(), bytes)
    assert_type(client.function_list(), list[dict[str, Any]])


def places_come_with_what_is_asked_for(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(client.geoadd("g", {"a": (1, 2.5)}, (1.0, 2.0, "b")), int)
    assert_type(client.geopos("g", "a"), list[tuple[float, float] | None])
    assert_type(raw.geohash("g", "a"), list[str | None])
    assert_type(client.geosearch("g", frommember="a", byradius=5, unit="km", sort="ASC"), list[str])
    assert_type(raw.geosearch("g", fromlonlat=(1, 2), bybox=(3, 4), count=1, any=True), list[bytes])
    assert_type(client.geosearch("g", frommember="a", byradius=5, withdist=True), list[tuple[str, float]])
    assert_type(
        client.geosearch("g", frommember="a", byradius=5, withcoord=True), list[tuple[str, tuple[float, float]]]
    )
    assert_type(
        client.geosearch("g", frommember="a", byradius=5, withcoord=True, withdist=True),
        list[tuple[str, float, tuple[float, float]]],
    )
    assert_type(client.georadius("g", 1, 2, 3, "km", count=1), list[str])
    assert_type(client.georadius("g", 1, 2, 3, store="d"), int)
    assert_type(client.georadiusbymember("g", "a", 3, storedist="d"), int)


def bits_and_vectors(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(client.bitfield("b", ("GET", "u8", 0), ("OVERFLOW", "SAT"), ("SET", "i5", "#1", 7)), list[int | None])
    assert_type(client.bitfield_ro("b", ("GET", "u8", 0)), list[int])
    assert_type(client.bitcount("b", 0, -1, unit="BIT"), int)
    assert_type(client.pfadd("h", "a"), bool)
    assert_type(client.vadd("v", [1, 2.5], "a"), bool)
    assert_type(client.vsim("v", b"1234"), list[str])
    assert_type(raw.vsim("v", element="a", withscores=True), list[tuple[bytes, float]])
    assert_type(client.vsim("v", [1.0], withattribs=True), list[tuple[str, str | None]])
    assert_type(client.vsim("v", [1.0], withscores=True, withattribs=True), list[tuple[str, float, str | None]])
    assert_type(client.vemb("v", "a"), list[float] | None)
    assert_type(raw.vemb("v", "a", raw=True), tuple[str, bytes, float, float | None] | None)
    assert_type(client.vlinks("v", "a"), list[list[str]] | None)
    assert_type(client.vrandmember("v"), str | None)
    assert_type(client.vrandmember("v", 2), list[str])


def users_and_clusters(client: RedisClient[str], raw: RedisClient[bytes]) -> None:
    assert_type(raw.acl_getuser("bob"), dict[str, Any] | None)
    assert_type(client.acl_log(), list[dict[str, Any]])
    assert_type(client.acl_log(reset=True), bool)
    assert_type(client.cluster_slots(), list[tuple[int, int, list[dict[str, Any]]]])
    assert_type(client.cluster_migration("IMPORT", (0, 5)), str)
    assert_type(client.cluster_migration("CANCEL"), int)
    assert_type(client.cluster_migration("STATUS", id="x"), list[dict[str, Any]])
    assert_type(raw.clusterscan("0"), tuple[str, list[bytes]])


async def the_same_is_awaited(client: AsyncClient[str]) -> None:
    assert_type(await client.xadd("s", {"a": 1}), str)
    assert_type(await client.xread({"s": "0"}), dict[str, list[tuple[str, dict[str, str]]]])
    assert_type(await client.geosearch("g", frommember="a", byradius=5, withdist=True), list[tuple[str, float]])


def pipelines_follow_them(client: RedisClient[str]) -> None:
    pipe = client.pipeline().xadd("s", {"a": 1}).xlen("s")
    assert_type(pipe.exec()[-2:], tuple[str, int])
