"""asyncio: GETs by one task and by many, on one client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..contenders import Bench, Opened
from ..model import WALL, Row, along, cases, times_better
from .calls import BARE_GET, VALUE, fill

Run = Callable[[int], Awaitable[object]]


async def gets(bench: Bench, tasks: int = 1) -> Run:
    opened: Opened = await bench.open()
    client = opened.client

    async def work(times: int) -> None:
        for _ in range(times):
            await client.get("k")

    return _by_tasks(work, tasks)


async def asking(bench: Bench, tasks: int = 1) -> Run:
    """The floor: the bare protocol."""
    opened: Opened = await bench.open()
    ask = opened.client.ask
    length = len(b"$20\r\n\r\n") + len(VALUE)

    async def work(times: int) -> None:
        for _ in range(times):
            await ask(BARE_GET, length)

    return _by_tasks(work, tasks)


def _by_tasks(work: Callable[[int], Any], tasks: int) -> Run:
    async def run(times: int) -> None:
        if tasks == 1:
            await work(times)
        else:
            await asyncio.gather(*(work(times // tasks) for _ in range(tasks)))

    return run


OURS = "aplasma-h aplasma-p"
PEERS = "aredis-h aredis-p coredis aglide"
EACH = 5  # commands of a task where there are very many


def at(tasks: int, contenders: str, work: Any = gets) -> Any:
    return along("tasks", [tasks], work, contenders, lambda tasks: max(tasks * EACH, 2000))


ROWS = (
    Row(
        "asyncio-1",
        "asyncio GET, 1 task",
        cases(asking, "afloor") + cases(gets, f"{OURS} {PEERS}"),
        300,
        (
            *times_better("aplasma-h", "aredis-h", 2.3, WALL),
            *times_better("aplasma-h", "aglide", 2, WALL),
            *times_better("aplasma-p", "aredis-h", 2, WALL),
        ),
        rounds=15,
        prepare=fill,
    ),
    Row(
        "asyncio-100",
        "asyncio GET, 100 tasks",
        cases(asking, "afloor", tasks=100) + cases(gets, f"{OURS} {PEERS}", tasks=100),
        2000,
        (
            *times_better("aplasma-h", "aredis-h", 14, WALL, aim=20),
            *times_better("aplasma-h", "aglide", 5.5, WALL),
            *times_better("aplasma-p", "aredis-h", 12, WALL),
        ),
        rounds=11,
        prepare=fill,
    ),
    Row(
        "asyncio-many",
        "asyncio GET, 1,000 and 10,000 tasks, one socket",
        at(100, OURS)
        + at(1000, f"{OURS} aglide")
        + at(10_000, f"{OURS} aglide")
        + at(100, "afloor", asking)
        + at(1000, "afloor", asking)
        + at(10_000, "afloor", asking),
        2000,
        tuple(
            target
            for who in OURS.split()
            for tasks, share in ((1000, 0.85), (10_000, 0.55))
            for target in (
                *times_better(f"{who}@{tasks}", f"{who}@100", share, WALL),
                *times_better(f"{who}@{tasks}", f"aglide@{tasks}", 4, WALL),
            )
        ),
        rounds=11,
        axis="tasks",
        prepare=fill,
    ),
    Row(
        "asyncio-tasks",
        "asyncio GET by a growing number of tasks",
        along(
            "tasks",
            (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000),
            gets,
            f"{OURS} aredis-h coredis aglide",
            lambda tasks: max(tasks * EACH, 300),
            # They open a connection for each task: past a hundred it is the opening that would be measured.
            unless=lambda name, tasks: name in ("aredis-h", "coredis") and tasks > 100,
        )
        + along("tasks", (1, 10, 100, 1000, 10_000), asking, "afloor", lambda tasks: max(tasks * EACH, 300)),
        300,
        rounds=7,
        axis="tasks",
        prepare=fill,
    ),
)
