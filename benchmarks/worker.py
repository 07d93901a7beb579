"""The process of one contender: told "so many operations" on its standard input, it runs them and answers the cost.

    python -m benchmarks.worker SPECIFICATION       (JSON, written by measure.py)

Times are seconds of the whole block. CPU is that of the whole process: native threads of a client count.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from .contenders import CONTENDERS, Bench, Place, hide_hiredis


def pin(core: int | None) -> None:
    """Run on this core only; on any, if it is None."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1) if core is None else {core})


def answer_with(out: Any, cpu: float, wall: float, more: object) -> None:
    measured = {"cpu": cpu, "wall": wall, **(more if isinstance(more, dict) else {})}
    print(json.dumps(measured), file=out, flush=True)


def serve(work: Callable[..., Any], bench: Bench, params: dict[str, Any], out: Any) -> None:
    run = work(bench, **params)
    print("ready", file=out, flush=True)
    for line in sys.stdin:
        times = int(line)
        wall, cpu = perf_counter(), process_time()
        more = run(times)
        answer_with(out, process_time() - cpu, perf_counter() - wall, more)


async def serve_async(work: Callable[..., Any], bench: Bench, params: dict[str, Any], out: Any) -> None:
    run = await work(bench, **params)
    print("ready", file=out, flush=True)
    # The loop stands still between two blocks: what waited for its turn would be measured.
    for line in sys.stdin:
        times = int(line)
        wall, cpu = perf_counter(), process_time()
        more = await run(times)
        answer_with(out, process_time() - cpu, perf_counter() - wall, more)


def main() -> None:
    specification = json.loads(sys.argv[1])
    contender = CONTENDERS[specification["contender"]]
    pin(specification["core"])
    if not contender.hiredis:
        hide_hiredis()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a client prints must not come between the answers
    work = getattr(importlib.import_module(specification["module"]), specification["work"])
    bench = Bench(contender, Place(**specification["place"]))
    if contender.is_async:
        asyncio.run(serve_async(work, bench, specification["params"], out))
    else:
        serve(work, bench, specification["params"], out)


if __name__ == "__main__":
    main()
    sys.stderr.flush()
    os._exit(0)  # without waiting for the threads that a client may have left behind
