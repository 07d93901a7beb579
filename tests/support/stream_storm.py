"""Processes that share the entries of a stream, some of which are killed: `storm` runs them and checks what they wrote.

Half of them are blocking and keep their names, half are asyncio, handle several entries at once and have a new name in
each life. Their connections are cut at random; some entries take longer than `min_idle`, some attempts raise. For each
entry that was handled a process writes its number and its own life. An entry must be there once, or once more for each
life that was killed after it had written.
`python tests/support/stream_storm.py 5 20000 60` (with the package on the path): so many processes, entries and kills.
"""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from plasma import RedisClient
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import FaultProxy

MIN_IDLE = 3.0
AT_ONCE = 8
OPTIONS: dict[str, Any] = {"create": True, "min_idle": MIN_IDLE, "max_deliveries": 1000}


class Failed(Exception):
    """What handling an entry may raise."""


@dataclass
class Report:
    """What a storm was like."""

    entries: int
    killed: int
    stopped: int
    cut: int
    again: int  # entries that were handled more than once
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.entries} entries in {self.seconds:.1f} s, {self.killed} consumers killed, {self.stopped} stopped, "
            f"{self.cut} connections: all handled, {self.again} again since who had handled them was killed"
        )


def pause(generator: random.Random, slow: float) -> float:
    """How long to handle an entry; ValueError instead for some."""
    drawn = generator.random()
    if drawn < 0.005:
        raise Failed
    return MIN_IDLE * 1.4 if drawn > 1 - slow else generator.random() * 0.002


def work(url: str, log_url: str, name: str, life: str, slow: float) -> None:
    """What a blocking process does until it is told to stop."""
    generator = random.Random(life)
    client, log = RedisClient(url), RedisClient(log_url)
    with client, log, client.stream_group("storm", "g", name, **OPTIONS) as group:
        signal.signal(signal.SIGTERM, lambda *_: group.stop())
        for entry in group:
            try:
                with entry:
                    time.sleep(pause(generator, slow))
                    log.rpush("log", f"{entry['n']} {life}")
            except Failed:
                pass


async def work_at_once(url: str, log_url: str, life: str, slow: float) -> None:
    """What an asyncio process does until it is told to stop."""
    generator = random.Random(life)
    places = asyncio.Semaphore(AT_ONCE)

    async def handle(entry: Any) -> None:
        try:
            async with entry:
                await asyncio.sleep(pause(generator, slow))
                await log.rpush("log", f"{entry['n']} {life}")
        except Failed:
            pass
        finally:
            places.release()

    async with AsyncRedisClient(url) as client, AsyncRedisClient(log_url) as log:
        tasks: set[asyncio.Task[None]] = set()
        async with client.stream_group("storm", "g", **OPTIONS) as group:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, group.stop)
            await places.acquire()
            async for entry in group:
                tasks.add(asyncio.create_task(handle(entry)))
                tasks = {task for task in tasks if not task.done()}
                await places.acquire()
            await asyncio.gather(*tasks)


def storm(url: str, processes: int, entries: int, kills: int, seed: int, slow: float = 0.0005) -> Report:
    """Run it all; AssertionError if an entry was lost, or handled twice by consumers of which none had died."""
    generator = random.Random(seed)
    lives: list[str] = []

    def start(at: int) -> subprocess.Popen[bytes]:
        lives.append(f"life-{seed}-{len(lives)}")
        arguments = [sys.executable, __file__, proxy.url, url, str(at), lives[-1], str(slow)]
        alive[at] = lives[-1]
        return subprocess.Popen(arguments, env={"PYTHONPATH": ":".join(sys.path)})

    def add(numbers: range) -> None:
        stream = client.stream("storm")
        pipeline = client.pipeline()
        for n in numbers:
            stream.queue(pipeline, {"n": n})
        pipeline.exec()

    began = time.monotonic()
    alive: dict[int, str] = {}
    killed: set[str] = set()
    stopped = 0
    with FaultProxy(url) as proxy, RedisClient(url) as client:
        proxy.cut_randomly(seed, 200_000)
        workers = [start(at) for at in range(processes)]
        try:
            add(range(entries // 2))
            for event in range(kills):
                if event == kills // 2:
                    add(range(entries // 2, entries))
                while client.llen("log") < entries * (event + 0.5) / (kills + 1):
                    time.sleep(0.002)
                at = generator.randrange(processes)
                if generator.random() < 0.2:
                    workers[at].terminate()
                    stopped += 1
                else:
                    workers[at].kill()
                    killed.add(alive[at])
                # One that was just started may not have heard that it is to stop, and is gone.
                assert workers[at].wait(60) in (0, -signal.SIGTERM, -signal.SIGKILL), "a consumer failed"
                workers[at] = start(at)
            until = time.monotonic() + 120
            while client.xpending("storm", "g")[0] or len(_written(client)) < entries:
                assert time.monotonic() < until, f"{entries - len(_written(client))} entries are missing"
                time.sleep(0.05)
            for worker in workers:
                worker.terminate()
            for worker in workers:
                assert worker.wait(60) in (0, -signal.SIGTERM), "a consumer failed"
            written = _written(client)
            assert client.xlen("{storm}:dead") == 0
            cut = proxy.connections
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()

    assert sorted(written) == list(range(entries)), "an entry was lost"
    twice = {n: by for n, by in written.items() if {*by[:-1]} - killed or len({*by}) < len(by)}
    assert not twice, f"entries were handled twice, and nobody had died: {dict([*twice.items()][:5])}"
    again = sum(len(by) > 1 for by in written.values())
    return Report(entries, len(killed), stopped, cut, again, time.monotonic() - began)


def _written(client: RedisClient[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for line in client.lrange("log", 0, -1):
        n, life = line.split()
        found[int(n)].append(life)
    return found


if __name__ == "__main__":
    _, url, log_url, at, life, slow = sys.argv
    if int(at) % 2:
        asyncio.run(work_at_once(url, log_url, life, float(slow)))
    else:
        work(url, log_url, f"w{at}", life, float(slow))
