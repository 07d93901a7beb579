"""Every command on HyperLogLogs, on a real server and every face of the client."""

from __future__ import annotations

import pytest

from plasma.errors import WrongTypeError


async def test_pfadd_says_whether_the_count_may_have_changed(r):
    assert await r.pfadd("h", "a", b"b", 3) is True
    assert await r.pfadd("h", "a") is False
    assert await r.pfadd("empty") is True
    assert await r.pfadd("empty") is False


async def test_pfcount_counts_what_is_different(r):
    await r.pfadd("h", "a", "b", "a")
    await r.pfadd("other", "b", "c")

    assert await r.pfcount("h") == 2
    assert await r.pfcount("h", "other") == 3
    assert await r.pfcount("nothing") == 0
    with pytest.raises(ValueError, match=r"pfcount\(\) needs at least one key"):
        await r.pfcount()


async def test_pfmerge_counts_all_together(r):
    await r.pfadd("a", "1", "2")
    await r.pfadd("b", "2", "3")

    assert await r.pfmerge("all", "a", "b") is True
    assert await r.pfcount("all") == 3
    assert await r.pfmerge("new") is True
    assert await r.pfcount("new") == 0


async def test_pfdebug_shows_how_it_is_stored(r):
    await r.pfadd("h", "a", "b")

    assert await r.pfdebug("ENCODING", "h") == "sparse"
    assert type(await r.pfdebug("DECODE", "h")) is str
    assert await r.pfdebug("TODENSE", "h") == 1
    assert sum(value > 0 for value in await r.pfdebug("GETREG", "h")) == 2


async def test_counting_on_another_kind_of_key_is_an_error(r):
    await r.set("k", "text")

    with pytest.raises(WrongTypeError):
        await r.pfadd("k", "a")


def test_pfselftest_passes(suite):
    # Slow, and the same on every face: once is enough.
    assert suite.raw[3].client.options(timeout=60).pfselftest() is True
