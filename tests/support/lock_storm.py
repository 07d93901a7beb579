"""Processes that fight for one lock, some of which are killed: `storm` runs them and checks what they wrote.

In each section a process reads a number, waits a moment and writes one more, together with its fence: two of them at
once would write the same number twice, a section that came too late would show a smaller fence than the one before.
`python tests/support/lock_storm.py 20 2000 100` (with the package on the path): so many processes, sections and kills.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from typing import Any

from support.conversing import COLOURS, got
from support.listening import inside

from plasma import LockLost, RedisClient

TTL = 1.0


def work(url: str, sections: int, seed: str) -> None:
    """What one process does, in one colour or the other, until all sections are done."""
    generator = random.Random(seed)
    colour = COLOURS[generator.choice(sorted(COLOURS))]()
    client = colour.client(url)
    while not colour.run(section(client, sections, generator)):
        pass
    colour.close()


async def section(client: Any, sections: int, generator: random.Random) -> bool:
    """Pass one section; True if there are none left."""
    renew = generator.random() < 0.5
    try:
        async with inside(client.lock("storm", ttl=TTL, wait=120, renew=renew)) as lock:
            done = int(await got(client.get("done")) or 0)
            if done >= sections:
                return True
            if generator.random() < 0.1:
                await got(lock.extend(2 * TTL))
            # Some stay so long that they hold the lock only because it is renewed.
            await rest(client, 1.3 * TTL if renew and generator.random() < 0.01 else generator.random() * 0.004)
            if not lock.lost:
                await got(client.transaction().set("done", done + 1).rpush("log", f"{done} {lock.fence}").exec())
    except LockLost:
        pass
    return False


async def rest(client: Any, seconds: float) -> None:
    if hasattr(client, "__aenter__"):
        await asyncio.sleep(seconds)
    else:
        stay(seconds)


def stay(seconds: float) -> None:
    time.sleep(seconds)


def storm(url: str, processes: int, sections: int, kills: int, seed: int) -> None:
    """Run it all; AssertionError if two held the lock at once, or if a section was lost."""
    generator = random.Random(seed)

    def start() -> subprocess.Popen[bytes]:
        arguments = [sys.executable, __file__, url, str(sections), str(generator.random())]
        return subprocess.Popen(arguments, env={"PYTHONPATH": ":".join(sys.path)})

    workers = [start() for _ in range(processes)]
    try:
        with RedisClient(url) as client:
            for kill in range(kills):
                while int(client.get("done") or 0) < sections * (kill + 0.5) / (kills + 1):
                    time.sleep(0.005)
                at = generator.randrange(processes)
                workers[at].kill()
                workers[at].wait()
                workers[at] = start()
            for worker in workers:
                assert worker.wait(300) == 0, "a process failed"
            log = [tuple(map(int, entry.split())) for entry in client.lrange("log", 0, -1)]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    fences = [fence for _, fence in log]

    assert [number for number, _ in log] == list(range(sections)), "a section was lost, or two ran at once"
    assert fences == sorted(set(fences)), "a holder wrote after one with a greater fence"


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]), sys.argv[3])
