"""What packing and parsing cost, in microseconds, beside hiredis: `python benchmarks/codec.py [part of a name]`.

Columns: the pure parser, the accelerated one, and hiredis alone (its reader, without what makes replies right). Small
blocks, interleaved; the best of them counts. Micro-benchmarks flatter: between two system calls the same code costs
two to three times as much.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import hiredis

from plasma.resp import Packer, Parser, pack, whole_reply
from plasma.resp.accel import Parser as AcceleratedParser

_NOT_YET = object()
hiredis_pack: Any = hiredis.pack_command  # its types allow tuples of one element only


def bulk(value: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(value), value)


def aggregate(parts: list[bytes], head: bytes = b"*", each: int = 1) -> bytes:
    return b"%b%d\r\n" % (head, len(parts) // each) + b"".join(parts)


def fields(count: int) -> list[bytes]:
    return [bulk(b"%b:%d" % (word, n)) for n in range(count) for word in (b"field", b"value")]


REPLIES: list[tuple[str, bytes, int]] = [
    ("+OK", b"+OK\r\n", 1),
    (":1", b":1\r\n", 1),
    ("bulk of 12", bulk(b"x" * 12), 1),
    ("bulk of 10 kB", bulk(b"x" * 10_000), 1),
    ("LRANGE 1,000", aggregate([bulk(b"value:%d" % n) for n in range(1000)]), 1),
    ("LRANGE 1,000, not ASCII", aggregate([bulk(f"wért:{n}".encode()) for n in range(1000)]), 1),
    ("MGET 100 x 1 kB", aggregate([bulk(b"x" * 1000)] * 100), 1),
    ("HGETALL 5", aggregate(fields(5), b"%", 2), 1),
    ("HGETALL 20", aggregate(fields(20), b"%", 2), 1),
    ("HGETALL 100", aggregate(fields(100), b"%", 2), 1),
    ("SMEMBERS 1,000", aggregate([bulk(b"member:%d" % n) for n in range(1000)], b"~"), 1),
    (
        "XRANGE 100 x 5",
        aggregate([aggregate([bulk(b"1526919030474-%d" % n), aggregate(fields(5))]) for n in range(100)]),
        1,
    ),
    (
        "ZRANGE 100 WITHSCORES",
        aggregate([aggregate([bulk(b"member:%d" % n), b",%d.5\r\n" % n]) for n in range(100)]),
        1,
    ),
    ("1,000 integers", aggregate([b":%d\r\n" % (n * 7919) for n in range(1000)]), 1),
    ("pipeline: 1,000 OK", b"+OK\r\n" * 1000, 1000),
    ("pipeline: 1,000 integers", b"".join(b":%d\r\n" % (n * 7919) for n in range(1000)), 1000),
    ("pipeline: 1,000 bulks", b"".join(bulk(b"value:%d" % n) for n in range(1000)), 1000),
    (
        "pipeline: 1,000 mixed",
        b"".join((b"+OK\r\n", b":%d\r\n" % n, bulk(b"value:%d" % n))[n % 3] for n in range(1000)),
        1000,
    ),
    ("pipeline: 100 HGETALL 5", aggregate(fields(5), b"%", 2) * 100, 100),
    ("100 pushes", aggregate([bulk(b"message"), bulk(b"channel"), bulk(b"payload")], b">") * 100, 100),
]


def best(calls: list[Callable[[], Any]]) -> list[float]:
    """The least time of each, blocks of about a millisecond taken in turn."""
    start = time.perf_counter()
    calls[0]()
    repeats = max(1, int(0.001 / (time.perf_counter() - start + 1e-9)))
    least = [1e9] * len(calls)
    for _ in range(25):
        for number, call in enumerate(calls):
            start = time.perf_counter()
            for _ in range(repeats):
                call()
            least[number] = min(least[number], (time.perf_counter() - start) / repeats)
    return [seconds * 1e6 for seconds in least]


def taking(parser: Any, data: bytes, count: int) -> Callable[[], Any]:
    def one() -> Any:
        parser.feed(data)
        return parser.next_reply()

    def many() -> Any:
        parser.feed(data)
        return parser.replies(count)

    return one if count == 1 else many


def bare(data: bytes, count: int) -> Callable[[], Any]:
    reader = hiredis.Reader(encoding="utf-8", notEnoughData=_NOT_YET)

    def one() -> Any:
        reader.feed(data)
        return reader.gets()

    def many() -> Any:
        reader.feed(data)
        return [reader.gets() for _ in range(count)]

    return one if count == 1 else many


def packing() -> list[tuple[str, list[Callable[[], Any]]]]:
    commands = [("SET", (f"key:{n}", f"value:{n}")) for n in range(1000)]
    mixed = [("EXPIRE", (f"key:{n}", n)) if n % 2 else ("GET", (f"key:{n}",)) for n in range(1000)]

    def through(queue: list[tuple[str, Any]]) -> Callable[[], Any]:
        def run() -> Any:
            packer = Packer()
            for name, args in queue:
                packer.add(name, args)
            return packer.take()

        return run

    def native(queue: list[tuple[str, Any]]) -> Callable[[], Any]:
        return lambda: [hiredis_pack((name, *args)) for name, args in queue]

    return [
        ("GET", [lambda: pack("GET", ("key:1234",)), lambda: hiredis_pack(("GET", "key:1234"))]),
        ("SET", [lambda: pack("SET", ("k:1", "v:1")), lambda: hiredis_pack(("SET", "k:1", "v:1"))]),
        ("SET bytes", [lambda: pack("SET", ("k:1", b"v")), lambda: hiredis_pack(("SET", "k:1", b"v"))]),
        ("EXPIRE", [lambda: pack("EXPIRE", ("k:1", 10)), lambda: hiredis_pack(("EXPIRE", "k:1", 10))]),
        (
            "HSET 10 fields",
            [
                lambda: pack("HSET", ("k", *"abcdefghij" * 2)),
                lambda: hiredis_pack(("HSET", "k", *"abcdefghij" * 2)),
            ],
        ),
        ("queue of 1,000 SET", [through(commands), native(commands)]),
        ("queue of 1,000 mixed", [through(mixed), native(mixed)]),
    ]


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    print(f"{'packing':28}{'ours':>10}{'hiredis':>10}")
    for name, calls in packing():
        if wanted in name:
            print(f"{name:28}" + "".join(f"{cost:10.2f}" for cost in best(calls)))
    print(f"\n{'parsing':28}{'pure':>10}{'accel':>10}{'hiredis':>10}{'at once':>10}")
    for name, data, count in REPLIES:
        if wanted not in name:
            continue
        calls = [taking(Parser(), data, count), taking(AcceleratedParser(), data, count), bare(data, count)]
        if count == 1 and data[:1] in b"+:$":
            calls.append(partial(whole_reply, data, True))
        print(f"{name:28}" + "".join(f"{cost:10.2f}" for cost in best(calls)))


if __name__ == "__main__":
    main()
