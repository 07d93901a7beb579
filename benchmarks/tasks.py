"""asyncio GETs by many tasks on one client: Plasma against redis-py's asyncio client and valkey-glide, in one run.

    python benchmarks/tasks.py [--tasks 1,100,1000,10000] [--rounds N]

Each contender runs in a process of its own on the standard event loop, against one private server; they take turns,
and the table shows the median of the rounds. The server and the clients that are one thread share one core, where all
of them are fastest and steadiest; valkey-glide, which has threads of its own, may use every core.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from plasma.testing import RedisServer

KEY = "k"
# Commands in a measurement; with more tasks than that each of them sends one.
COMMANDS = {1: 4_000, 100: 30_000}
DEFAULT_COMMANDS = 30_000

Client = tuple[Callable[[str], Awaitable[Any]], Callable[[], Awaitable[Any]]]


async def plasma_client(port: int, parser: str) -> Client:
    from plasma.asyncio import RedisClient

    client = RedisClient(port=port, parser=parser, command_timeout=60)
    return client.get, client.disconnect


async def redis_client(port: int) -> Client:
    import redis.asyncio

    client = redis.asyncio.Redis(port=port, decode_responses=True, max_connections=100_000)
    return client.get, client.aclose


async def glide_client(port: int) -> Client:
    from glide import GlideClient, GlideClientConfiguration, NodeAddress

    configuration = GlideClientConfiguration(
        [NodeAddress("127.0.0.1", port)], request_timeout=60_000, inflight_requests_limit=20_000
    )
    client = await GlideClient.create(configuration)
    return client.get, client.close


CONTENDERS: dict[str, Callable[[int], Awaitable[Client]]] = {
    "plasma + hiredis": lambda port: plasma_client(port, "hiredis"),
    "plasma pure": lambda port: plasma_client(port, "python"),
    "redis-py + hiredis": redis_client,
    "valkey-glide": glide_client,
}
# redis-py opens a connection for each task: past a hundred it measures the opening of sockets.
MOST_TASKS = {"redis-py + hiredis": 100}


async def measure(contender: str, port: int, tasks: int) -> float:
    """Commands per second."""
    get, close = await CONTENDERS[contender](port)
    each = max(1, COMMANDS.get(tasks, DEFAULT_COMMANDS) // tasks)

    async def work() -> None:
        for _ in range(each):
            await get(KEY)

    async def everybody() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(tasks)))
        return time.perf_counter() - started

    await everybody()
    seconds = await everybody()
    await close()
    return each * tasks / seconds


def in_own_process(contender: str, port: int, tasks: int) -> float:
    command = [sys.executable, __file__, "--measure", contender, str(port), str(tasks)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(f"{contender} with {tasks} tasks failed:\n{done.stderr[-2000:]}")
    result: float = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default="1,100,1000,10000")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--measure", nargs=3, metavar=("CONTENDER", "PORT", "TASKS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        contender, port, tasks = arguments.measure
        if contender == "valkey-glide" and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, range(os.cpu_count() or 1))
        print(json.dumps(asyncio.run(measure(contender, int(port), int(tasks)))))
        return
    contenders = [name for name in CONTENDERS if name != "valkey-glide" or importlib.util.find_spec("glide")]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the server and the clients inherit it
    with RedisServer() as server:
        server.execute("SET", KEY, "v" * 20)
        print(f"{'tasks':>6}  {'contender':20} {'commands/s':>11} {'plasma is':>10}")
        for tasks in map(int, arguments.tasks.split(",")):
            taking_part = [name for name in contenders if tasks <= MOST_TASKS.get(name, tasks)]
            rounds = [
                {name: in_own_process(name, server.port, tasks) for name in taking_part}
                for _ in range(arguments.rounds)
            ]
            for name in taking_part:
                speed = median(round_[name] for round_ in rounds)
                ratio = median(round_["plasma + hiredis"] / round_[name] for round_ in rounds)
                print(f"{tasks:6}  {name:20} {speed:11,.0f} {ratio:9.2f}x")


if __name__ == "__main__":
    main()
