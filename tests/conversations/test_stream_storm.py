"""Processes that share the entries of a stream and are killed; `make soak` has them share many more."""

from __future__ import annotations

import random

from support.stream_storm import storm

from plasma.testing import RedisServer


def test_every_entry_is_handled_and_once_where_no_consumer_died(server: RedisServer) -> None:
    server.execute("FLUSHALL")

    report = storm(server.url, processes=3, entries=600, kills=3, seed=random.randrange(1 << 30), slow=0.0)

    assert report.entries == 600
