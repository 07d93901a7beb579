"""Pipelines: a thousand commands, a million of them, and everything in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..contenders import Bench
from ..memory import peak_of
from ..model import CPU, WALL, Row, along, cases, cost_at_most, times_better
from .calls import BARE_SET, VALUE

Run = Callable[[int], Any]


def sets(bench: Bench, length: int = 1000) -> Run:
    """SETs in pipelines of this length."""
    opened = bench.open()
    pairs = [(f"key:{n}", f"value:{n}") for n in range(length)]

    def run(times: int) -> None:
        for _ in range(times // length):
            queue = opened.queue()
            for key, value in pairs:
                queue.set(key, value)
            opened.send(queue)

    return run


def mixed(bench: Bench, length: int = 1000) -> Run:
    """SET, GET, INCR, HSET and EXPIRE, in turns."""
    opened = bench.open()
    names = [f"{n}" for n in range(length // 5)]
    field = ({"field": VALUE},) if bench.contender.native else ("field", VALUE)

    def run(times: int) -> None:
        for _ in range(times // length):
            queue = opened.queue()
            for name in names:
                key = "key:" + name
                queue.set(key, VALUE)
                queue.get(key)
                queue.incr("count:" + name)
                queue.hset("hash:" + name, *field)
                queue.expire(key, 1000)
            opened.send(queue)

    return run


def sending(bench: Bench, length: int = 1000) -> Run:
    """The floor: the bytes of the pipeline ready, and its replies counted."""
    sock = bench.open().client
    data = BARE_SET * length
    expected = len(b"+OK\r\n") * length

    def run(times: int) -> None:
        for _ in range(times // length):
            sock.sendall(data)
            left = expected
            while left:
                left -= len(sock.recv(65536))

    return run


def sending_mixed(bench: Bench, length: int = 1000) -> Run:
    """The same of the mixed ones: the bytes ready, and the lines of the replies counted."""
    sock = bench.open().client
    words: list[tuple[str, ...]] = []
    for name in map(str, range(length // 5)):
        key = "key:" + name
        words += [("SET", key, VALUE), ("GET", key), ("INCR", "count:" + name)]
        words += [("HSET", "hash:" + name, "field", VALUE), ("EXPIRE", key, "1000")]
    data = "".join(f"*{len(each)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in each) for each in words)
    packed = data.encode()
    lines = length // 5 * 6

    def run(times: int) -> None:
        for _ in range(times // length):
            sock.sendall(packed)
            left = lines
            while left:
                left -= sock.recv(65536).count(b"\n")

    return run


def million(bench: Bench) -> Run:
    """All of a block in one pipeline, once, in a process that has done nothing before."""
    opened = bench.open()
    opened.client.get("k")

    def work(times: int) -> None:
        queue = opened.queue()
        for n in range(times):
            queue.set(f"key:{n}", f"value:{n}")
        opened.send(queue)

    def run(times: int) -> dict[str, float]:
        return {"memory": peak_of(lambda: work(times)) / 1e6}

    return run


LENGTHS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)

ROWS = (
    Row(
        "pipeline-set",
        "pipeline of 1,000 SET",
        cases(sending, "floor") + cases(sets, "plasma-h plasma-p redis-h redis-p glide"),
        10_000,
        (
            *times_better("plasma-h", "redis-h", 6, WALL, aim=8),
            *times_better("plasma-h", "redis-h", 8, CPU),
            *times_better("plasma-h", "glide", 4, WALL),
            *times_better("plasma-p", "redis-h", 6, WALL),
        ),
        rounds=25,
    ),
    Row(
        "pipeline-mixed",
        "pipeline of 1,000 mixed commands",
        cases(sending_mixed, "floor") + cases(mixed, "plasma-h plasma-p redis-h redis-p glide"),
        10_000,
        (
            *times_better("plasma-h", "redis-h", 5.5, WALL),
            *times_better("plasma-h", "redis-h", 7.5, CPU),
            *times_better("plasma-h", "glide", 4, WALL),
            *times_better("plasma-p", "redis-h", 3, WALL),
            *times_better("plasma-p", "redis-h", 4, CPU),
        ),
        rounds=25,
    ),
    Row(
        "pipeline-length",
        "SETs in pipelines of growing length",
        along(
            "length",
            LENGTHS,
            sets,
            "plasma-h plasma-p redis-h glide",
            lambda length: max(length, 300 // length * length),
        ),
        1000,
        rounds=7,
        axis="commands in a pipeline",
    ),
    Row(
        "pipeline-million",
        "1,000,000 commands in one pipeline call",
        cases(million, "plasma-h plasma-p redis-h"),
        1_000_000,
        (
            *times_better("plasma-h", "redis-h", 3, WALL),
            *times_better("plasma-p", "redis-h", 3, WALL),
            *cost_at_most("plasma-h", "redis-h", 0.6, "memory", aim=0.4),
            *cost_at_most("plasma-p", "redis-h", 0.6, "memory", aim=0.4),
        ),
        rounds=7,
        fresh=True,
        memory_unit="MB above the idle client, at the peak (VmHWM)",
    ),
)
