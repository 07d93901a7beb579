"""The storms of both colours for a minute each, or as long as one likes: `make soak`, `make soak SOAK_SECONDS=600`.

And, once, what the suite does in small: 20 processes, 100 of which are killed, pass 2,000 sections of one lock; five
consumers, 60 of which are killed or stopped, share 20,000 entries of a stream; ten listeners of each colour get 100,000
messages.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from support import lock_storm, storm, storm_async, stream_storm
from support.conversing import COLOURS
from support.listening import all_in_order

from plasma.testing import RedisServer


def main(seconds: float) -> int:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    loops: dict[str, Callable[..., Any]] = {"asyncio": asyncio.run}
    try:
        import uvloop
    except ImportError:
        pass
    else:
        loops["uvloop"] = uvloop.run
    ok = True
    with RedisServer() as server:
        for name, run in loops.items():
            report = storm_async.storm(server.url, seconds, run=run, seed=seed)
            print(f"{name}: {report}", flush=True)
            left = report.own_at_end, report.tasks_at_end, report.open_at_end
            ok = _told(report, left) and ok
        blocking = storm.storm(seconds, threads=16, seed=seed, server=server)
        print(f"threads: {blocking}", flush=True)
        ok = _told(blocking, (blocking.places_at_end, blocking.open_at_end)) and ok
    _converse(seed)
    return 0 if ok else 1


def _converse(seed: int) -> None:
    with RedisServer(config={"client-output-buffer-limit": ("pubsub", 0, 0, 0)}) as server:
        began = time.monotonic()
        lock_storm.storm(server.url, processes=20, sections=2000, kills=100, seed=seed)
        print(f"lock: 2,000 sections, 20 processes, 100 kills, {time.monotonic() - began:.1f} s", flush=True)
        server.execute("FLUSHALL")
        shared = stream_storm.storm(server.url, processes=5, entries=20_000, kills=60, seed=seed)
        print(f"stream group: {shared}", flush=True)
        for name, kind in COLOURS.items():
            began = time.monotonic()
            colour = kind()
            try:
                all_in_order(colour, server.url, listeners=10, count=100_000)
            finally:
                colour.close()
            print(f"{name}: 100,000 messages to 10 listeners, {time.monotonic() - began:.1f} s", flush=True)


def _told(report: Any, left: tuple[int, ...]) -> bool:
    for problem in (*report.wrong[:5], *report.unexpected[:5]):
        print("  " + str(problem)[:500])
    return not (report.wrong or report.unexpected or report.hung or any(left))


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0))
