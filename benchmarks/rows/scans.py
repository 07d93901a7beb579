"""scan_iter over a million keys, and what the number of keys in a page costs whom."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from ..contenders import Bench
from ..model import CPU, WALL, Row, along, cases, times_better
from .calls import packed

Run = Callable[[int], Any]

KEYS = 1_000_000


def scan(bench: Bench, count: int) -> Run:
    """Keys taken from the beginning of a scan; the server's own time for a page is told too, in microseconds."""
    client = bench.open().client

    def run(times: int) -> dict[str, float]:
        client.config_resetstat()
        taken = sum(1 for _ in itertools.islice(client.scan_iter(count=count), times))
        assert taken == times
        return {"page": client.info("commandstats")["cmdstat_scan"]["usec_per_call"]}

    return run


def scan_barely(bench: Bench, count: int) -> Run:
    """The floor: pages read by hiredis, or split at every line's end, looked through for doubles, and handed out."""
    sock = bench.open().client
    read = reading(sock) if bench.contender.hiredis else splitting(sock)

    def pages() -> Iterator[list[str]]:
        cursor = "0"
        before: set[str] = set()
        while True:
            sock.sendall(packed(["SCAN", cursor, "COUNT", str(count)]))
            cursor, page = read()
            names = set(page)
            assert len(names) == len(page)
            assert before.isdisjoint(names)
            before = names
            yield page

    def run(times: int) -> None:
        assert sum(1 for _ in itertools.islice(itertools.chain.from_iterable(pages()), times)) == times

    return run


def reading(sock: Any) -> Callable[[], tuple[str, list[str]]]:
    import hiredis

    reader = hiredis.Reader(encoding="utf-8", notEnoughData=None)

    def read() -> tuple[str, list[str]]:
        while (reply := reader.gets()) is None:
            reader.feed(sock.recv(65536))
        cursor, page = reply
        return cursor, page

    return read


def splitting(sock: Any) -> Callable[[], tuple[str, list[str]]]:
    def read() -> tuple[str, list[str]]:
        data = sock.recv(65536)
        while True:
            lines = data.decode().split("\r\n")  # *2, $n, cursor, *n, and two for each key
            if len(lines) == 2 * int(lines[3][1:]) + 5:
                return lines[2], lines[5:-1:2]
            data += sock.recv(65536)

    return read


def fill(client: Any) -> None:
    client.execute("DEBUG", "POPULATE", KEYS, "key", 20)


OURS = "plasma-h plasma-p"


ROWS = (
    Row(
        "scan-10",
        "scan_iter of 1,000,000 keys, COUNT 10",
        cases(scan_barely, "floor-h floor-p", count=10) + cases(scan, f"{OURS} redis-h redis-p", count=10),
        20_000,
        (*times_better("plasma-h", "redis-h", 2, WALL), *times_better("plasma-p", "redis-h", 2, WALL)),
        rounds=11,
        unit="key",
        prepare=fill,
    ),
    Row(
        "scan-1000",
        "scan_iter of 1,000,000 keys, COUNT 1,000",
        cases(scan_barely, "floor-h floor-p", count=1000) + cases(scan, f"{OURS} redis-h redis-p", count=1000),
        100_000,
        (
            *times_better("plasma-h", "redis-h", 1.1, WALL),
            *times_better("plasma-h", "redis-h", 1.4, CPU),
            *times_better("plasma-p", "redis-h", 1.1, WALL),
            *times_better("plasma-p", "redis-h", 1.4, CPU),
        ),
        rounds=11,
        unit="key",
        prepare=fill,
    ),
    Row(
        "scan-count",
        "scan_iter of 1,000,000 keys by the COUNT of a page",
        along("count", (10, 30, 100, 300, 1000, 3000, 10_000), scan, f"{OURS} redis-h"),
        60_000,
        rounds=7,
        unit="key",
        axis="COUNT",
        prepare=fill,
    ),
)
