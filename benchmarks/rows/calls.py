"""One blocking call after another: small commands on TCP, a unix socket and TLS, and replies of some size."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from ..contenders import Bench
from ..model import CPU, Row, cases, cost_at_most, times_better

Run = Callable[[int], Any]

VALUE = "v" * 20
BARE_GET = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
BARE_SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20\r\n" + VALUE.encode() + b"\r\n"
BARE_INCR = b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"


def asking(bench: Bench, payload: str, via: str = "tcp") -> Run:
    """The floor: these bytes sent, whatever comes received."""
    sock = bench.open(via=via).client
    data = payload.encode()

    def run(times: int) -> None:
        for _ in range(times):
            sock.sendall(data)
            sock.recv(65536)

    return run


def packed(words: list[str]) -> bytes:
    """A command as it is sent."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words)


def pairs(flat: list[Any]) -> dict[Any, Any]:
    parts = iter(flat)
    return dict(zip(parts, parts, strict=False))


SHAPES: dict[str, Callable[[Any], Any]] = {"": lambda reply: reply, "dict": pairs, "set": builtins.set}


def parsing(bench: Bench, command: list[str], shape: str = "") -> Run:
    """The floor of a parser: what comes is given to hiredis, and of its list is made what is wanted."""
    import hiredis

    sock = bench.open().client
    if shape != "dict":  # of a map hiredis makes a dict itself, in twice the time
        sock.sendall(packed(["HELLO", "3"]))
        sock.recv(65536)
    data = packed(command)
    reader = hiredis.Reader(encoding="utf-8", notEnoughData=None)
    made = SHAPES[shape]

    def run(times: int) -> None:
        for _ in range(times):
            sock.sendall(data)
            reader.feed(sock.recv(65536))
            while (reply := reader.gets()) is None:
                reader.feed(sock.recv(65536))
            made(reply)

    return run


def splitting(bench: Bench, command: list[str], shape: str = "") -> Run:
    """The floor without hiredis: what comes is split at every line's end, and every other line is taken for a value.

    It knows how long the reply is, and looks at nothing in it.
    """
    from plasma.resp import NEED_DATA, Parser

    sock = bench.open().client
    data = packed(command)
    sock.sendall(data)
    parser = Parser()
    while parser.next_reply() is NEED_DATA:
        parser.feed(sock.recv(65536))
    length = parser.offset
    made = SHAPES[shape]

    def run(times: int) -> None:
        for _ in range(times):
            sock.sendall(data)
            reply = sock.recv(65536)
            while len(reply) < length:
                reply += sock.recv(65536)
            made(reply.decode().split("\r\n")[2:-1:2])

    return run


def get(bench: Bench, **how: Any) -> Run:
    client = bench.open(**how).client

    def run(times: int) -> None:
        for _ in range(times):
            client.get("k")

    return run


def set(bench: Bench) -> Run:
    client = bench.open().client

    def run(times: int) -> None:
        for _ in range(times):
            client.set("k", VALUE)

    return run


def incr(bench: Bench) -> Run:
    client = bench.open().client

    def run(times: int) -> None:
        for _ in range(times):
            client.incr("n")

    return run


def calling(bench: Bench, method: str, args: list[Any], options: dict[str, Any] | None = None) -> Run:
    """Any method that the clients word alike."""
    call = getattr(bench.open().client, method)
    options = options or {}

    def run(times: int) -> None:
        for _ in range(times):
            call(*args, **options)

    return run


def fill(client: Any) -> None:
    """What the rows here read."""
    client.set("k", VALUE)
    for size in (20, 1000):
        client.hset(f"hash:{size}", {f"field:{n}": f"value:{n}" for n in range(size)})
    client.zadd("zset", {f"member:{n}": n + 0.5 for n in range(100)})
    client.rpush("list", *(f"value:{n}" for n in range(1000)))
    client.sadd("set", *(f"member:{n}" for n in range(1000)))
    for n in range(100):
        client.set(f"kilobyte:{n}", f"{n:03}" + "x" * 997)
        client.xadd("stream", {f"field:{m}": f"value:{m}" for m in range(5)}, id=f"1526919030474-{n + 1}")


OURS = "plasma-h plasma-p"
PEERS = "redis-h redis-p"
SMALL: dict[str, Any] = {"block": 300, "rounds": 25, "prepare": fill}


def floor(payload: bytes, via: str = "tcp") -> Any:
    return cases(asking, "floor", payload=payload.decode(), via=via)


def words(method: str, args: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
    """The command as it is sent."""
    ends = ["-", "+"] if method == "xrange" else []
    return [method.upper(), *args, *ends, *(name.upper() for name in options)]


def read(
    id: str,
    title: str,
    targets: Any,
    method: str,
    *args: Any,
    block: int = 300,
    shape: str | None = None,
    **options: Any,
) -> Row:
    """A row of one reading command with a reply of some size. *shape*: it is flat, and this is what is made of it."""
    command = [*map(str, words(method, args, options))]
    floors = cases(parsing, "floor-h", command=command, shape=shape or "")
    if shape is not None:
        floors += cases(splitting, "floor-p", command=command, shape=shape)
    return Row(
        id,
        title,
        floors + cases(calling, f"{OURS} {PEERS}", method=method, args=[*args], options=options),
        block,
        tuple(targets),
        rounds=15,
        prepare=fill,
    )


ROWS = (
    Row(
        "get",
        "GET, 1 thread, TCP",
        floor(BARE_GET) + cases(get, f"{OURS} {PEERS} glide"),
        targets=(
            *cost_at_most("plasma-h", "floor", 1.5, aim=1.35),
            *cost_at_most("plasma-p", "floor", 1.65),
            *times_better("plasma-h", "redis-h", 3.5, CPU),
            *times_better("plasma-p", "redis-h", 3, CPU),
        ),
        **SMALL,
    ),
    Row(
        "set",
        "SET, 1 thread, TCP",
        floor(BARE_SET) + cases(set, f"{OURS} {PEERS} glide"),
        targets=(*times_better("plasma-h", "redis-h", 3.5, CPU), *times_better("plasma-p", "redis-h", 3, CPU)),
        **SMALL,
    ),
    Row(
        "incr",
        "INCR, 1 thread, TCP",
        floor(BARE_INCR) + cases(incr, f"{OURS} {PEERS} glide"),
        targets=(*times_better("plasma-h", "redis-h", 3.5, CPU), *times_better("plasma-p", "redis-h", 3, CPU)),
        **SMALL,
    ),
    Row(
        "get-unix",
        "GET over a unix socket",
        floor(BARE_GET, via="unix") + cases(get, f"{OURS} {PEERS}", via="unix"),
        targets=(*cost_at_most("plasma-h", "floor", 1.45), *cost_at_most("plasma-p", "floor", 1.6)),
        **SMALL,
    ),
    Row(
        "get-tls",
        "GET over TLS",
        floor(BARE_GET, via="tls") + cases(get, f"{OURS} {PEERS}", via="tls"),
        targets=(*times_better("plasma-h", "redis-h", 2.2, CPU), *times_better("plasma-p", "redis-h", 2.2, CPU)),
        **SMALL,
    ),
    read(
        "hgetall-20",
        "HGETALL of 20 fields",
        (*times_better("plasma-h", "redis-h", 3, CPU), *times_better("plasma-p", "redis-h", 2, CPU)),
        "hgetall",
        "hash:20",
        shape="dict",
    ),
    read(
        "zrange-100",
        "ZRANGE WITHSCORES of 100",
        (*times_better("plasma-h", "redis-h", 2.5, CPU), *times_better("plasma-p", "redis-h", 1.6, CPU)),
        "zrange",
        "zset",
        0,
        -1,
        withscores=True,
    ),
    read(
        "lrange-1000",
        "LRANGE of 1,000",
        (
            *times_better("plasma-h", "redis-h", 1.8, CPU),
            *times_better("plasma-p", "redis-h", 1.2, CPU),
            *times_better("plasma-p", "redis-p", 7, CPU),
        ),
        "lrange",
        "list",
        0,
        -1,
        shape="",
    ),
    read(
        "hgetall-1000",
        "HGETALL of 1,000 fields",
        (
            *times_better("plasma-h", "redis-h", 1.05),
            *times_better("plasma-p", "redis-h", 1.2),
            *times_better("plasma-p", "redis-p", 6),
        ),
        "hgetall",
        "hash:1000",
        shape="dict",
    ),
    read(
        "smembers-1000",
        "SMEMBERS of 1,000",
        (
            *times_better("plasma-h", "redis-h", 1.25),
            *times_better("plasma-p", "redis-h", 0.9),
            *times_better("plasma-p", "redis-p", 6),
        ),
        "smembers",
        "set",
        shape="set",
    ),
    read(
        "mget-100",
        "MGET of 100 × 1 kB",
        (
            *times_better("plasma-h", "redis-h", 1.6),
            *times_better("plasma-p", "redis-h", 0.9, aim=1.2),
            *times_better("plasma-p", "redis-p", 2),
        ),
        "mget",
        *(f"kilobyte:{n}" for n in range(100)),
    ),
    read(
        "xrange-100",
        "XRANGE of 100 × 5 fields",
        (*times_better("plasma-h", "redis-h", 1.2), *times_better("plasma-p", "redis-p", 5)),
        "xrange",
        "stream",
    ),
)
