"""Producers on real servers, in both colours: what is added, and what is kept."""

from __future__ import annotations

import time
from typing import Any

import pytest
from support.conversing import Colour, got
from support.servers import since

from plasma import RedisConnectionError
from plasma.testing import FaultProxy, RedisServer


async def test_add_returns_the_id(r: Any) -> None:
    stream = r.client.stream("s")
    first = await got(stream.add({"n": 1}))
    second = await got(stream.add([("n", 2), ("m", "x")]))

    assert r.raw.client.xrange(r.key("s")) == [(_text(first), {"n": "1"}), (_text(second), {"n": "2", "m": "x"})]
    assert first == r.s(_text(first))
    assert await got(stream.length()) == 2


def _text(id: Any) -> str:
    return id.decode() if isinstance(id, bytes) else str(id)


async def test_an_id_of_ones_own_is_kept(r: Any) -> None:
    assert await got(r.client.stream("s").add({"n": 1}, id="5-3")) == r.s("5-3")


async def test_a_stream_that_is_not_there_need_not_be_made(r: Any) -> None:
    assert await got(r.client.stream("s").add({"n": 1}, nomkstream=True)) is None
    assert await r.exists("s") == 0


async def test_the_oldest_are_deleted_where_there_are_too_many(r: Any) -> None:
    stream = r.client.stream("s", maxlen=3, approximate=False)
    for n in range(5):
        await got(stream.add({"n": n}))

    assert [fields["n"] for _, fields in r.raw.client.xrange(r.key("s"))] == ["2", "3", "4"]


async def test_those_that_are_too_old_are_deleted(r: Any) -> None:
    old = round(time.time() * 1000) - 3_600_000
    r.raw.client.xadd(r.key("s"), {"n": "old"}, id=old)
    await got(r.client.stream("s", max_age=1800, approximate=False).add({"n": "new"}))

    assert [fields["n"] for _, fields in r.raw.client.xrange(r.key("s"))] == ["new"]


async def test_about_so_many_are_kept_and_trim_keeps_exactly_so_many(r: Any) -> None:
    stream = r.client.stream("s", maxlen=3)
    for n in range(5):
        await got(stream.add({"n": n}))
    before = await got(stream.length())

    assert before == 5
    assert await got(stream.trim()) == 2
    assert await got(stream.length()) == 3


@pytest.mark.parametrize("kind", ["pipeline", "transaction"])
async def test_an_entry_may_be_queued(r: Any, kind: str) -> None:
    stream = r.client.stream("s", maxlen=2, approximate=False)
    pipe = getattr(r.client, kind)()
    for n in range(4):
        stream.queue(pipe, {"n": n}, id=f"{n + 1}-0")

    assert await got(pipe.exec()) == r.s(("1-0", "2-0", "3-0", "4-0"))
    assert await got(stream.length()) == 2


@since(redis="8.6")
async def test_an_entry_that_is_added_twice_with_one_word_is_there_once(r: Any) -> None:
    stream = r.client.stream("s", maxlen=100)
    first = await got(stream.add({"n": 1}, once="order:1"))

    assert await got(stream.add({"n": 1}, once="order:1")) == first
    assert await got(stream.add({"n": 1}, once="order:2")) != first
    assert await got(stream.length()) == 2


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"maxlen": 1, "max_age": 1}, ValueError, "exclude each other"),
        ({"maxlen": -1}, ValueError, "0 or more"),
        ({"maxlen": "5"}, TypeError, "whole number"),
        ({"max_age": 0}, ValueError, "max_age must be a millisecond or more"),
    ],
)
async def test_limits_that_cannot_work_are_refused_at_once(
    r: Any, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        r.client.stream("s", **options)


async def test_trimming_without_a_limit_is_refused(r: Any) -> None:
    with pytest.raises(ValueError, match="maxlen or minid"):
        await got(r.client.stream("s").trim())


@pytest.mark.parametrize(("moment", "length"), [("before", 0), ("answered", 1)])
def test_an_entry_that_may_have_been_added_is_not_sent_again(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any, length: int
) -> None:
    client = colour.client(proxy.url)
    proxy.cut_at("XADD", moment)
    with pytest.raises(RedisConnectionError) as caught:
        colour.run(got(client.stream("s", maxlen=10).add({"n": 1})))

    assert caught.value.maybe_executed is True
    assert server.execute("XLEN", "s") == length


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_an_entry_with_a_word_of_its_own_is_sent_again_and_is_there_once(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    if server.execute("COMMAND", "INFO", "XCFGSET")[0] is None:
        pytest.skip("the server knows no IDMP")
    client = colour.client(proxy.url)
    proxy.cut_at("XADD", moment)
    colour.run(got(client.stream("s").add({"n": 1}, once="order:1")))

    assert server.execute("XLEN", "s") == 1
