"""The cases of a row take turns: A B C A B C, a small block each, every case in a process of its own.

Long blocks drift with whatever else the machine does, so blocks are small, and only blocks of one round are compared.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict

from plasma import RedisClient
from plasma.testing import RedisServer

from .contenders import CONTENDERS, Place
from .model import CPU, WALL, Case, Row

PATIENCE = 180.0  # seconds that a block, or getting ready for one, may take
Costs = dict[str, list[float]]  # the measures of a case, each a list by rounds


# What makes Python slower, or keeps no compiled files for the next process.
UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONTRACEMALLOC", "PYTHONWARNINGS")


def environment() -> dict[str, str]:
    """That of the processes measured: ours, without what would slow them down, and with hashes that stay the same."""
    return {name: value for name, value in os.environ.items() if name not in UNWANTED} | {"PYTHONHASHSEED": "0"}


class CaseFailed(Exception):
    """A contender could not do its work; the message ends with what it printed."""


class Worker:
    """The process of one case."""

    def __init__(self, case: Case, place: Place, core: int | None) -> None:
        contender = CONTENDERS[case.contender]
        specification = {
            "contender": case.contender,
            "core": None if contender.native else core,
            "module": case.work.__module__,
            "work": case.work.__name__,
            "params": case.params,
            "place": asdict(place),
        }
        self._key = case.key
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", json.dumps(specification)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def run(self, times: int) -> dict[str, float]:
        """Run a block of so many operations and return its measures."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"%d\n" % times)
        self._process.stdin.flush()
        measured: dict[str, float] = json.loads(self._read())
        return measured

    def _read(self) -> bytes:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline() if ready else b""
        if line:
            return line
        self._process.kill()
        _, said = self._process.communicate(timeout=10)
        why = "it ended" if ready else f"nothing came for {PATIENCE:.0f} s"
        raise CaseFailed(f"{self._key}: {why}; it said: {said.decode(errors='replace')[-1500:]}")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate(timeout=10)


@contextmanager
def private_server() -> Iterator[RedisServer]:
    """The one server of a run. It sends subscribers as much as they are behind."""
    with RedisServer(tls=True, config={"client-output-buffer-limit": ("pubsub", 0, 0, 0)}) as server:
        yield server


def place_of(server: RedisServer) -> Place:
    """Where the workers find it."""
    return Place(server.host, server.port, server.path, server.tls_port, server.ca)


def pin_process(pid: int, core: int | None) -> None:
    """Let all threads of a process run on this core only, or on any."""
    cores = range(os.cpu_count() or 1) if core is None else {core}
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cores)


def measure(row: Row, server: RedisServer, rounds: int, progress: Callable[[int], object]) -> dict[str, Costs]:
    """Run the row and return the costs of each case per unit: times in microseconds, the rest as the work tells it."""
    core = max(os.sched_getaffinity(0)) if row.pinned and hasattr(os, "sched_setaffinity") else None
    place = place_of(server)
    if hasattr(os, "sched_setaffinity"):
        pin_process(server.pid, core)
    with RedisClient(unix_url(server), command_timeout=PATIENCE) as client:
        client.flushall()
        if row.prepare is not None:
            row.prepare(client)
    found: dict[str, Costs] = {case.key: {} for case in row.cases}
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        if not row.fresh:
            for case in row.cases:
                workers[case.key] = worker = Worker(case, place, core)
                stack.callback(worker.close)
            for case in row.cases:
                workers[case.key].run(_warm_up(case.block or row.block))
        for number in range(rounds):
            progress(number)
            for case in row.cases:
                times = case.block or row.block
                if row.fresh:
                    worker = Worker(case, place, core)
                    try:
                        measured = worker.run(times)
                    finally:
                        worker.close()
                else:
                    measured = workers[case.key].run(times)
                for name, value in measured.items():
                    value = value / times * 1e6 if name in (CPU, WALL) else value
                    found[case.key].setdefault(name, []).append(float(f"{value:.5g}"))
    return found


def unix_url(server: RedisServer) -> str:
    """The address that every server has, TLS or not."""
    return f"unix://{server.path}"


def _warm_up(block: int) -> int:
    return max(1, block // 3)
