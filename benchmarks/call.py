"""What one blocking call costs: GET, SET and INCR against a bare socket loop and redis-py, in one run.

    python benchmarks/call.py [--unix] [--rounds N]

Client and server are pinned to one core, where the bare loop is fastest and steadiest and every ratio most severe.
Small blocks of each contender take turns; a round gives the ratio to the floor of the same round, the table shows the
median of the rounds. CPU is that of this process alone.
"""

from __future__ import annotations

import argparse
import os
import socket
import time
from collections.abc import Callable
from statistics import median

import redis

from plasma import RedisClient
from plasma.testing import RedisServer

CALLS = 300  # in a block
GET = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"


def bare_loop(server: RedisServer, unix: bool) -> Callable[[], object]:
    """The floor: the same bytes over the same socket, and nothing else."""
    if unix:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(server.path))
    else:
        sock = socket.create_connection((server.host, server.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call() -> None:
        sock.sendall(GET)
        sock.recv(65536)

    return call


def block(call: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall time of a block, in microseconds per call."""
    for _ in range(CALLS // 10):
        call()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - cpu) / CALLS * 1e6, (time.perf_counter() - wall) / CALLS * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unix", action="store_true", help="over a unix socket instead of TCP")
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the server inherits it
    with RedisServer(unix=arguments.unix) as server:
        accelerated = RedisClient(server.url, parser="hiredis")
        pure = RedisClient(server.url, parser="python")
        peer = redis.Redis.from_url(server.url, decode_responses=True)
        accelerated.set("k", "v" * 20)
        contenders: dict[str, Callable[[], object]] = {
            "bare socket loop, GET": bare_loop(server, arguments.unix),
            "plasma + hiredis, GET": lambda: accelerated.get("k"),
            "plasma pure, GET": lambda: pure.get("k"),
            "redis-py, GET": lambda: peer.get("k"),
            "plasma + hiredis, SET": lambda: accelerated.set("k", "v" * 20),
            "plasma pure, SET": lambda: pure.set("k", "v" * 20),
            "redis-py, SET": lambda: peer.set("k", "v" * 20),
            "plasma + hiredis, INCR": lambda: accelerated.incr("n"),
            "plasma pure, INCR": lambda: pure.incr("n"),
            "redis-py, INCR": lambda: peer.incr("n"),
        }
        rounds = [{name: block(call) for name, call in contenders.items()} for _ in range(arguments.rounds)]
        accelerated.disconnect()
        pure.disconnect()
        peer.close()
    floor = next(iter(contenders))
    print(f"{'':24} {'CPU µs':>8} {'× floor':>8} {'wall µs':>8} {'× floor':>8}")
    for name in contenders:
        cpu = median(round_[name][0] for round_ in rounds)
        wall = median(round_[name][1] for round_ in rounds)
        to_cpu = median(round_[name][0] / round_[floor][0] for round_ in rounds)
        to_wall = median(round_[name][1] / round_[floor][1] for round_ in rounds)
        print(f"{name:24} {cpu:8.1f} {to_cpu:8.2f} {wall:8.1f} {to_wall:8.2f}")


if __name__ == "__main__":
    main()
