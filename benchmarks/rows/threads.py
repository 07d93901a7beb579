"""GETs by many threads that share one client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..contenders import Bench
from ..model import WALL, Row, along, cases, times_better
from .calls import fill

Run = Callable[[int], Any]


def gets(bench: Bench, threads: int) -> Run:
    from concurrent.futures import ThreadPoolExecutor

    client = bench.open().client

    def work(times: int) -> None:
        for _ in range(times):
            client.get("k")

    executor = ThreadPoolExecutor(threads)

    def run(times: int) -> None:
        for done in [executor.submit(work, times // threads) for _ in range(threads)]:
            done.result()

    return run


ROWS = (
    Row(
        "threads-16",
        "GET by 16 threads on one client",
        cases(gets, "plasma-h plasma-p redis-h redis-p glide", threads=16),
        1600,
        (
            *times_better("plasma-h", "redis-h", 2.5, WALL, aim=4),
            *times_better("plasma-p", "redis-h", 2.5, WALL, aim=4),
        ),
        rounds=15,
        pinned=False,
        prepare=fill,
    ),
    Row(
        "threads",
        "GET by a growing number of threads",
        along("threads", (1, 2, 4, 8, 16, 32), gets, "plasma-h plasma-p redis-h glide"),
        960,
        rounds=9,
        axis="threads",
        pinned=False,
        prepare=fill,
    ),
)
