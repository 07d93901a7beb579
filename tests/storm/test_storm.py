"""A short storm in asyncio. That of the blocking colour is in tests/blocking; `make soak` runs both for long."""

from __future__ import annotations

import asyncio
import random

import pytest
from support.storm_async import storm

from plasma.testing import RedisServer


@pytest.fixture(scope="module")
def server():
    with RedisServer() as server:
        yield server


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("parser", ["python", "hiredis"])
@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
def test_in_a_storm_no_value_is_wrong_no_call_hangs_and_nothing_leaks(server, kind, parser, protocol):
    if parser == "hiredis":
        pytest.importorskip("hiredis")
    run = asyncio.run if kind == "asyncio" else pytest.importorskip("uvloop").run
    report = storm(server.url, 1.0, run=run, seed=random.randrange(1 << 30), parser=parser, protocol=protocol)

    assert (report.wrong, report.unexpected, report.hung) == ([], [], 0)
    assert (report.own_at_end, report.tasks_at_end, report.open_at_end) == (0, 0, 0)
    assert report.slowest < 10
    assert min(report.right, report.cancelled, sum(report.errors.values())) > 0
