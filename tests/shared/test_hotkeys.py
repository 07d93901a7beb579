"""Every command on the keys that cost most, on a real server and every face of the client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.servers import needs

from plasma.errors import ResponseError

pytestmark = needs("HOTKEYS START")


@pytest.fixture(autouse=True)
def idle(r) -> Iterator[None]:
    """The server looks at nothing before and after."""
    yield
    r.raw.client.execute("HOTKEYS", "STOP")
    r.raw.client.execute("HOTKEYS", "RESET")


async def test_the_keys_that_cost_most_are_told(r):
    assert await r.hotkeys_start(cpu=True, net=True, count=3, duration=100, sample=1) is True
    for _ in range(20):
        await r.set("hot", "value")
    found = await r.hotkeys_get()

    assert all(type(name) is str for name in found)
    assert found["tracking-active"] == 1
    assert found["selected-slots"] == [(0, 16383)]
    assert list(found["by-net-bytes"]) == [r.s("hot")]
    assert found["by-net-bytes"][r.s("hot")] > 100
    assert list(found["by-cpu-time-us"]) == [r.s("hot")]


async def test_what_was_found_stays_until_it_is_reset(r):
    await r.hotkeys_start(cpu=True)

    assert await r.hotkeys_stop() is True
    assert await r.hotkeys_stop() is False
    assert (await r.hotkeys_get())["tracking-active"] == 0
    assert await r.hotkeys_reset() is True
    assert await r.hotkeys_get() is None


async def test_hotkeys_needs_something_to_look_at(r):
    with pytest.raises(ValueError, match=r"hotkeys_start\(\) needs cpu or net"):
        await r.hotkeys_start()


async def test_slots_are_those_of_a_cluster(r):
    with pytest.raises(ResponseError, match="SLOTS"):
        await r.hotkeys_start(net=True, slots=[1, 2])


async def test_hotkeys_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.hotkeys_help())
