"""One operation so many times, alone in a process, to be run under strace or valgrind.

    python -m benchmarks.programs OPERATION CONTENDER PLACE TIMES      (PLACE: JSON)

What a run of many takes more than a run of few, divided by the difference, is what one operation takes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from .contenders import CONTENDERS, Bench, Place, hide_hiredis
from .model import Work
from .rows import calls, pipelines, starting, tasks

FEW, MANY = 100, 1100

# By name: the work and its parameters for the blocking colour, or for asyncio.
OPERATIONS: dict[str, tuple[Work, dict[str, Any]]] = {
    "GET": (calls.get, {}),
    "pipelined SET": (pipelines.sets, {"length": 100}),
    "asyncio GET, 1 task": (tasks.gets, {"tasks": 1}),
    "asyncio GET, 100 tasks": (tasks.gets, {"tasks": 100}),
    "connect, GET, close": (starting.connecting, {}),
}
FLOORS: dict[str, tuple[Work, dict[str, Any]]] = {
    "GET": (calls.asking, {"payload": calls.BARE_GET.decode()}),
    "pipelined SET": (pipelines.sending, {"length": 100}),
    "asyncio GET, 1 task": (tasks.asking, {"tasks": 1}),
    "asyncio GET, 100 tasks": (tasks.asking, {"tasks": 100}),
    "connect, GET, close": (starting.bare_connecting, {}),
}


def run(operation: str, contender: str, place: Place, times: int, around: Callable[..., Any] | None = None) -> Any:
    """Get ready, warm up, and run the operation so many times (inside *around*, which is given what to call)."""
    chosen = CONTENDERS[contender]
    if not chosen.hiredis:
        hide_hiredis()
    work, params = (FLOORS if contender in ("floor", "afloor") else OPERATIONS)[operation]
    bench = Bench(chosen, place)
    if not chosen.is_async:
        block = work(bench, **params)
        block(FEW)
        return around(block, times) if around else block(times)

    async def main() -> Any:
        block = await work(bench, **params)
        await block(FEW)
        return await (around(block, times) if around else block(times))

    return asyncio.run(main())


def command(operation: str, contender: str, place: str, times: int) -> list[str]:
    """The command line of a run."""
    return [sys.executable, "-m", "benchmarks.programs", operation, contender, place, str(times)]


def main() -> None:
    operation, contender, place, times = sys.argv[1:]
    run(operation, contender, Place(**json.loads(place)), int(times))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
