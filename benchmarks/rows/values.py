"""Big values: what GET and SET of 10 MB cost, in time and in memory, and every size on the way there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..contenders import Bench
from ..memory import peak_of
from ..model import CPU, WALL, Row, along, cases, itself_at_most, times_better

Run = Callable[[int], Any]

SIZE = 10_000_000
OURS = ("plasma-h", "plasma-p")


def get(bench: Bench, size: int = SIZE, decode: bool = False) -> Run:
    client = bench.open(decode=decode).client

    def run(times: int) -> None:
        for _ in range(times):
            client.get(f"size:{size}")

    return run


def set(bench: Bench, size: int = SIZE, decode: bool = False) -> Run:
    client = bench.open(decode=decode).client
    value = "x" * size if decode else b"x" * size

    def run(times: int) -> None:
        for _ in range(times):
            client.set("written", value)

    return run


def set_natively(bench: Bench, size: int = SIZE) -> Run:
    client = bench.open().client
    value = b"x" * size

    def run(times: int) -> None:
        for _ in range(times):
            client.set("written", value)

    return run


def send(bench: Bench, size: int = SIZE) -> Run:
    """The floor: head, value and end sent one after the other."""
    sock = bench.open().client
    value = b"x" * size
    head = b"*3\r\n$3\r\nSET\r\n$7\r\nwritten\r\n$%d\r\n" % size

    def run(times: int) -> None:
        for _ in range(times):
            sock.sendall(head)
            sock.sendall(value)
            sock.sendall(b"\r\n")
            sock.recv(65536)

    return run


def memory_of_get(bench: Bench, decode: bool) -> Run:
    return _memory(bench, decode, lambda client: client.get(f"size:{SIZE}"))


def memory_of_set(bench: Bench, decode: bool) -> Run:
    value = "x" * SIZE if decode else b"x" * SIZE
    return _memory(bench, decode, lambda client: client.set("written", value))


def _memory(bench: Bench, decode: bool, work: Callable[[Any], object]) -> Run:
    client = bench.open(decode=decode).client
    client.set("written", "")
    client.get("written")

    def run(times: int) -> dict[str, float]:
        return {"memory": peak_of(lambda: work(client)) / SIZE}

    return run


def fill(client: Any) -> None:
    for size in (SIZE, *SIZES):
        client.set(f"size:{size}", b"x" * size)


SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
PEERS = "redis-h redis-p"


def remembering(id: str, title: str, work: Any, decode: bool, most: float) -> Row:
    return Row(
        id,
        title,
        cases(work, f"plasma-h plasma-p {PEERS}", decode=decode),
        1,
        tuple(target for who in OURS for target in itself_at_most(who, most)),
        rounds=7,
        fresh=True,
        memory_unit="sizes of the value, above what was there before, at the peak (VmHWM of a fresh process)",
        prepare=fill,
    )


BEST = ("redis-h", "redis-p", "glide")
SETTING = cases(send, "floor") + cases(set, f"plasma-h plasma-p {PEERS}") + cases(set_natively, "glide")


ROWS = (
    Row(
        "get-10mb",
        "GET of 10 MB, bytes",
        cases(get, f"plasma-h plasma-p {PEERS}"),
        3,
        (*times_better("plasma-h", "redis-h", 1.2, CPU), *times_better("plasma-p", "redis-h", 1.2, CPU)),
        rounds=15,
        prepare=fill,
    ),
    Row(
        "get-10mb-text",
        "GET of 10 MB, text",
        cases(get, f"plasma-h plasma-p {PEERS}", decode=True),
        3,
        rounds=9,
        prepare=fill,
    ),
    Row(
        "set-10mb",
        "SET of 10 MB, bytes",
        SETTING,
        3,
        tuple(target for who in OURS for target in times_better(who, BEST, 1.0, CPU)),
        rounds=25,
    ),
    Row(
        "set-10mb-free",
        "SET of 10 MB, bytes, on all cores",
        SETTING,
        3,
        tuple(target for who in OURS for target in times_better(who, BEST, 1.0, WALL)),
        rounds=25,
        pinned=False,  # a peer with threads of its own sends on one core what the server takes on the other
    ),
    Row(
        "set-10mb-text",
        "SET of 10 MB, text",
        cases(set, f"plasma-h plasma-p {PEERS}", decode=True),
        3,
        rounds=9,
    ),
    remembering("get-10mb-memory", "memory of a GET of 10 MB, bytes", memory_of_get, False, 1.2),
    remembering("get-10mb-text-memory", "memory of a GET of 10 MB, text", memory_of_get, True, 2.2),
    remembering("set-10mb-memory", "memory of a SET of 10 MB, bytes", memory_of_set, False, 0.1),
    remembering("set-10mb-text-memory", "memory of a SET of 10 MB, text", memory_of_set, True, 1.2),
    Row(
        "value-size",
        "GET of a growing value, text",
        along(
            "size",
            (*SIZES, SIZE),
            get,
            "plasma-h plasma-p redis-h redis-p",
            lambda size: max(3, min(200, 2_000_000 // size)),
            decode=True,
        ),
        100,
        rounds=9,
        axis="bytes of the value",
        prepare=fill,
    ),
)
