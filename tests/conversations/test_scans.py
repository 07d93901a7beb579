"""Scans to the end: what comes, what does not come twice, and what is asked of the server for it."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from support.conversing import Colour, first, listed
from support.servers import since

from plasma import RedisClient
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.flows import scans
from plasma.flows.steps import Call, Items
from plasma.testing import FaultProxy, RedisServer


async def test_scan_iter_gives_every_key(r: Any) -> None:
    await r.mset({f"key:{number}": "x" for number in range(2500)})

    assert sorted(await listed(r.client.scan_iter())) == sorted(r.s([f"key:{number}" for number in range(2500)]))


async def test_scan_iter_gives_nothing_where_nothing_is(r: Any) -> None:
    assert await listed(r.client.scan_iter()) == []


async def test_scan_iter_gives_the_keys_that_match(r: Any) -> None:
    await r.mset({f"{kind}:{number}": "x" for kind in "ab" for number in range(20)})

    assert sorted(await listed(r.client.scan_iter(match="a:1?", count=3))) == r.s([f"a:1{n}" for n in range(10)])


async def test_scan_iter_gives_the_keys_of_a_type(r: Any) -> None:
    await r.set("text", "x")
    await r.lpush("list", "x")

    assert await listed(r.client.scan_iter(type="list")) == r.s(["list"])


async def test_hscan_iter_gives_fields_and_values(r: Any) -> None:
    fields = {f"f{number}": f"v{number}" for number in range(1500)}
    await r.hset("h", fields)

    found = await listed(r.client.hscan_iter("h", count=100))

    assert sorted(found) == sorted(r.s(list(fields.items())))


async def test_hscan_iter_gives_the_fields_that_match(r: Any) -> None:
    await r.hset("h", {"a1": "x", "b1": "y"})

    assert await listed(r.client.hscan_iter("h", match="b*")) == r.s([("b1", "y")])


@since(redis="7.4", valkey="8.0", redict="7.3")
async def test_hscan_iter_gives_the_fields_alone(r: Any) -> None:
    await r.hset("h", {"a": "1", "b": "2"})

    assert sorted(await listed(r.client.hscan_iter("h", novalues=True))) == r.s(["a", "b"])


async def test_sscan_iter_gives_the_members(r: Any) -> None:
    await r.sadd("s", *[f"m{number}" for number in range(1500)])

    assert sorted(await listed(r.client.sscan_iter("s", match="m1*"))) == sorted(
        r.s([f"m{number}" for number in range(1500) if str(number).startswith("1")])
    )


async def test_zscan_iter_gives_members_and_scores(r: Any) -> None:
    await r.zadd("z", {f"m{number}": number / 2 for number in range(1500)})

    found = await listed(r.client.zscan_iter("z"))

    assert sorted(found) == sorted(r.s([(f"m{number}", number / 2) for number in range(1500)]))


@since(valkey="8.1")
async def test_zscan_iter_gives_the_members_alone(r: Any) -> None:
    await r.zadd("z", {"a": 1, "b": 2})

    assert sorted(await listed(r.client.zscan_iter("z", noscores=True))) == r.s(["a", "b"])


async def test_a_scan_may_be_left_after_the_first_element(r: Any) -> None:
    await r.mset({f"key:{number}": "x" for number in range(50)})

    one = await first(r.client.scan_iter(count=5))
    gc.collect()

    assert one in r.s([f"key:{number}" for number in range(50)])
    assert await r.ping() is True


async def test_other_commands_run_between_two_elements(r: Any) -> None:
    await r.mset({f"key:{number}": "x" for number in range(50)})
    count = 0
    scan = r.client.scan_iter(count=5)
    if hasattr(scan, "__aiter__"):
        async for key in scan:
            count += await r.delete(key)
    else:
        for key in scan:
            count += await r.delete(key)

    assert count == 50


async def test_a_wrong_type_is_raised_when_the_iteration_begins(r: Any) -> None:
    await r.set("text", "x")

    with pytest.raises(Exception, match="WRONGTYPE"):
        await listed(r.client.sscan_iter("text"))


async def test_elements_that_come_and_go_meanwhile_do_not_hide_those_that_stay(r: Any) -> None:
    await r.sadd("s", *[f"stays:{number}" for number in range(500)])
    await r.sadd("s", *[f"goes:{number}" for number in range(3000)])
    seen: list[Any] = []
    scan = r.client.sscan_iter("s", count=20)
    shrunk = False

    async def step(item: Any) -> None:
        nonlocal shrunk
        seen.append(item)
        if len(seen) == 400 and not shrunk:
            shrunk = True
            await r.srem("s", *[f"goes:{number}" for number in range(3000)])

    if hasattr(scan, "__aiter__"):
        async for item in scan:
            await step(item)
    else:
        for item in scan:
            await step(item)

    assert set(r.s([f"stays:{number}" for number in range(500)])) <= set(seen)


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_a_connection_cut_between_two_pages_costs_no_key(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    client = colour.client(proxy.url, key_prefix="app:")
    names = [f"key:{number}" for number in range(200)]
    for name in names:
        server.execute("SET", f"app:{name}", "x")
    proxy.cut_at("SCAN", moment, nth=3)
    found = colour.run(listed(client.scan_iter(count=20)))

    assert set(found) == set(names)
    assert proxy.connections == 2


def test_a_scan_is_a_generator_that_may_be_closed_half_way(server: RedisServer) -> None:
    with RedisClient(server.url) as client:
        client.mset({f"key:{number}": "x" for number in range(50)})
        keys: Any = client.scan_iter(count=5)
        next(keys)
        keys.close()

        assert list(keys) == []
        assert client.ping() is True


def test_an_async_scan_closed_half_way_says_nothing(server: RedisServer, recwarn: pytest.WarningsRecorder) -> None:
    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            await client.mset({f"key:{number}": "x" for number in range(50)})
            closed, left = client.scan_iter(count=5), client.scan_iter(count=5)
            async for _ in closed:
                break
            await closed.aclose()
            async for _ in left:
                break

    asyncio.run(main(), debug=True)
    gc.collect()

    assert not recwarn.list


def pages(flow: Any, *replies: Any) -> tuple[list[Any], list[list[Any]]]:
    """Drive a scan on scripted pages: the cursors it asked with, and what it gave."""
    cursors: list[Any] = []
    given: list[list[Any]] = []
    left = list(replies)
    step = next(flow)
    while True:
        try:
            if isinstance(step, Call):
                cursors.append(step.args[0 if step.name == "SCAN" else 1])
                assert step.parse is not None
                step = flow.send(step.parse(left.pop(0)))
            else:
                assert isinstance(step, Items)
                given.append(list(step.items))
                step = flow.send(None)
        except StopIteration:
            return cursors, given


def test_what_came_in_the_same_page_or_the_one_before_does_not_come_again() -> None:
    cursors, given = pages(
        scans.keys(None, 10, None), ["7", ["a", "b", "a"]], [b"9", ["b", "c"]], ["11", []], ["0", ["a", "c"]]
    )

    assert cursors == [0, 7, 9, 11]
    assert given == [["a", "b"], ["c"], [], ["a", "c"]]


def test_a_field_does_not_come_again_with_another_value() -> None:
    _, given = pages(scans.fields("h", None, 10, False), ["7", ["f", "1"]], ["0", ["f", "2", "g", "3"]])

    assert given == [[("f", "1")], [("g", "3")]]


def test_nothing_is_asked_for_before_the_first_element_is_wanted() -> None:
    RedisClient("redis://127.0.0.1:1").scan_iter()
    AsyncRedisClient("redis://127.0.0.1:1").scan_iter()
