"""The guard: how many instructions of the user's side one command takes, counted by valgrind, which does not vary.

    python -m benchmarks.instructions       fails when a limit is passed (make guard)

A run of 1,100 less a run of 100, divided by 1,000. The server is outside, so only the client's are counted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from plasma import RedisClient

from .measure import environment, place_of, private_server, unix_url
from .programs import FEW, MANY, command
from .rows.calls import fill

# By operation and contender: about a tenth more than Python 3.11 takes, but for GET, whose limits are older.
# redis-py with hiredis takes 139,400 for a GET and 75,400 for a pipelined SET.
LIMITS: dict[tuple[str, str], int] = {
    ("GET", "plasma-h"): 22_000,
    ("GET", "plasma-p"): 25_000,
    ("pipelined SET", "plasma-h"): 10_000,
    ("pipelined SET", "plasma-p"): 10_000,
    ("asyncio GET, 1 task", "aplasma-h"): 76_500,
    ("asyncio GET, 1 task", "aplasma-p"): 76_500,
    ("asyncio GET, 100 tasks", "aplasma-h"): 28_500,
    ("asyncio GET, 100 tasks", "aplasma-p"): 29_000,
}
PATIENCE = 170  # seconds for one run under valgrind


def counted(tool: str, pattern: str, operation: str, contender: str, place: str) -> float:
    """What this tool of valgrind counts for one operation."""
    totals: list[int] = []
    # Once without counting: what is compiled then is kept in files, and not compiled while it is counted.
    subprocess.run(command(operation, contender, place, 1), check=True, timeout=PATIENCE, env=environment())
    for times in (FEW, MANY):
        done = subprocess.run(
            [
                "valgrind",
                f"--tool={tool}",
                f"--{tool}-out-file=/dev/null",
                *command(operation, contender, place, times),
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=environment() | {"PYTHONMALLOC": "malloc" if tool == "dhat" else "pymalloc"},
        )
        found = re.search(pattern, done.stderr)
        if done.returncode or not found:
            raise RuntimeError(f"{operation} of {contender} under valgrind failed:\n{done.stderr[-2000:]}")
        totals.append(int(found[1].replace(",", "")))
    return (totals[1] - totals[0]) / (MANY - FEW)


def instructions(operation: str, contender: str, place: str) -> float:
    """Instructions for one operation."""
    return counted("callgrind", r"Collected : (\d+)", operation, contender, place)


def main() -> None:
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not installed: no instructions can be counted")
    with private_server() as server, ThreadPoolExecutor(os.cpu_count()) as executor:
        with RedisClient(unix_url(server)) as client:
            fill(client)
        place = json.dumps(asdict(place_of(server)))
        found = list(executor.map(lambda what: instructions(what[0], what[1], place), LIMITS))
    passed = 0
    for ((operation, contender), limit), count in zip(LIMITS.items(), found, strict=True):
        passed += count > limit
        mark = "MORE THAN" if count > limit else "at most"
        print(f"{operation:24} {contender:10} {count:9,.0f} instructions, {mark} {limit:,}")
    sys.exit(f"{passed} limits are passed" if passed else 0)


if __name__ == "__main__":
    main()
