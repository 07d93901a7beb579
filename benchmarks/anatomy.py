"""What one command is made of: system calls, Python and C calls, allocations, instructions.

    python -m benchmarks.anatomy      prints the table

Each is the difference of a long and a short run, so what a process does once is not in it. System calls are counted by
strace; calls by the interpreter's own profiling hook; allocations by valgrind's dhat with every object allocated by
malloc (what Python takes from its free lists is none); instructions by callgrind.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from plasma import RedisClient

from .contenders import Place
from .instructions import PATIENCE, counted, instructions
from .measure import place_of, private_server, unix_url
from .programs import FEW, MANY, OPERATIONS, command, run
from .rows.calls import fill

BLOCKING = ("floor", "plasma-h", "plasma-p", "redis-h")
ASYNCIO = ("afloor", "aplasma-h", "aplasma-p", "aredis-h")
MEMORY = {"brk", "madvise", "mmap", "munmap", "mremap"}  # now and then, for many commands together

Counts = dict[str, float]


def system_calls(operation: str, contender: str, place: str) -> Counter[str]:
    """Each system call of one operation, by name."""
    with tempfile.TemporaryDirectory() as folder:
        tables = [Path(folder, str(times)) for times in (FEW, MANY)]
        for path, times in zip(tables, (FEW, MANY), strict=True):
            traced = ["strace", "-c", "-f", "-o", str(path), *command(operation, contender, place, times)]
            subprocess.run(traced, check=True, timeout=PATIENCE)
        few, many = (_strace_table(path.read_text()) for path in tables)
    many.subtract(few)
    return Counter({name: count / (MANY - FEW) for name, count in many.items() if name not in MEMORY})


def _strace_table(text: str) -> Counter[str]:
    rows = [line.split() for line in text.splitlines()]
    return Counter({row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"})


def calls(operation: str, contender: str, place: str) -> tuple[float, float]:
    """Calls of Python functions, and of C functions from Python, for one operation; counted in another process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.anatomy", "--calls", operation, contender, place],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    python, native = json.loads(done.stdout.splitlines()[-1])
    return python / MANY, native / MANY


def _count_calls(operation: str, contender: str, place: Place) -> Counter[str]:
    seen: Counter[str] = Counter()

    def notice(frame: Any, event: str, arg: object) -> None:
        seen[event] += 1

    def around(block: Callable[[int], Any], times: int) -> Any:
        sys.setprofile(notice)
        try:
            return block(times)
        finally:
            sys.setprofile(None)

    async def around_async(block: Callable[[int], Any], times: int) -> None:
        sys.setprofile(notice)
        try:
            await block(times)
        finally:
            sys.setprofile(None)

    run(operation, contender, place, MANY, around_async if contender.startswith("a") else around)
    return seen


def anatomy(tell: Callable[..., object]) -> dict[str, dict[str, Counts]]:
    """The counts of every operation and contender; nothing where the tools are missing."""
    missing = [tool for tool in ("strace", "valgrind") if not shutil.which(tool)]
    if missing:
        tell(f"{' and '.join(missing)} not installed: what a command is made of is not told")
        return {}
    pairs = [
        (operation, name)
        for operation in OPERATIONS
        for name in (ASYNCIO if operation.startswith("asyncio") else BLOCKING)
    ]
    with private_server() as server, ThreadPoolExecutor(os.cpu_count()) as executor:
        with RedisClient(unix_url(server)) as client:
            fill(client)
        place = json.dumps(asdict(place_of(server)))

        def count(pair: tuple[str, str]) -> Counts | None:
            try:
                python, native = calls(*pair, place)
                result = {
                    "system calls": round(sum(system_calls(*pair, place).values()), 2),
                    "Python calls": round(python, 2),
                    "C calls": round(native, 2),
                    "allocations": round(counted("dhat", r"Total: +[\d,]+ bytes in ([\d,]+) blocks", *pair, place), 2),
                    "instructions": round(instructions(*pair, place)),
                }
            except (RuntimeError, subprocess.SubprocessError) as error:
                tell(f"{pair[0]}, {pair[1]}: not counted: {error}")
                return None
            tell(f"{pair[0]}, {pair[1]}: {result}")
            return result

        found = list(executor.map(count, pairs))
    table: dict[str, dict[str, Counts]] = {}
    for (operation, name), counts in zip(pairs, found, strict=True):
        if counts is not None:
            table.setdefault(operation, {})[name] = counts
    return table


def main() -> None:
    if sys.argv[1:2] == ["--calls"]:
        operation, contender, place = sys.argv[2:]
        seen = _count_calls(operation, contender, Place(**json.loads(place)))
        print(json.dumps([seen["call"], seen["c_call"]]), flush=True)
        os._exit(0)
    from .report.tables import anatomy as as_table

    print(as_table({"anatomy": anatomy(print)}))


if __name__ == "__main__":
    main()
