"""What it costs to begin: the import, the first command of a new client, and clients that are connected and idle."""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..contenders import Bench
from ..memory import resident
from ..model import CPU, WALL, Row, cases, cost_at_most, itself_at_most, times_better
from .calls import BARE_GET, fill

Run = Callable[[int], Any]

CLIENTS = 1000


def importing(bench: Bench, statement: str) -> Run:
    """Fresh interpreters that import, less as many that do nothing."""

    def interpreter(code: str) -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        wall = perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall

    def run(times: int) -> dict[str, float]:
        cpu = wall = 0.0
        for _ in range(times):
            empty, full = interpreter("pass"), interpreter(statement)
            cpu += full[0] - empty[0]
            wall += full[1] - empty[1]
        return {"cpu": cpu, "wall": wall}

    return run


def connecting(bench: Bench) -> Run:
    """A new client, its first command, and its end."""

    def run(times: int) -> None:
        for _ in range(times):
            opened = bench.open()
            opened.client.get("k")
            opened.close()

    return run


def bare_connecting(bench: Bench) -> Run:
    """The floor: connect, send, receive, close."""

    def run(times: int) -> None:
        for _ in range(times):
            opened = bench.open()
            opened.client.sendall(BARE_GET)
            opened.client.recv(65536)
            opened.close()

    return run


def idling(bench: Bench) -> Run:
    """Clients that each have run one command and keep their connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * CLIENTS) if hard > 0 else 4 * CLIENTS, hard))
    first = bench.open()
    first.client.get("k")

    def run(times: int) -> dict[str, float]:
        gc.collect()
        before = resident()
        kept = []
        for _ in range(CLIENTS):
            opened = bench.open()
            opened.client.get("k")
            kept.append(opened.client)
        gc.collect()
        return {"memory": (resident() - before) / CLIENTS / 1000}

    return run


ROWS = (
    Row(
        "import",
        "`from plasma import Redis, RedisClient`, `import redis`",
        cases(importing, "plasma-h", statement="from plasma import Redis, RedisClient")
        + cases(importing, "redis-h", statement="import redis"),
        1,
        tuple(times_better("plasma-h", "redis-h", 6, CPU, WALL, aim=8)),
        rounds=21,
        unit="import",
    ),
    Row(
        "connect",
        "connect and first command",
        cases(bare_connecting, "floor") + cases(connecting, "plasma-h plasma-p redis-h redis-p"),
        20,
        (*times_better("plasma-h", "redis-h", 5), *times_better("plasma-p", "redis-h", 5)),
        rounds=25,
        unit="connection",
        prepare=fill,
    ),
    Row(
        "idle-clients",
        "memory of 1,000 connected idle clients",
        cases(idling, "plasma-h plasma-p redis-h redis-p"),
        1,
        (
            *cost_at_most("plasma-h", "redis-h", 1 / 6, "memory"),
            *cost_at_most("plasma-p", "redis-h", 1 / 6, "memory"),
            *itself_at_most("plasma-h", 10),
            *itself_at_most("plasma-p", 10),
        ),
        rounds=7,
        unit="1,000 clients",
        fresh=True,
        memory_unit="kB for each client (VmRSS)",
        prepare=fill,
    ),
)
