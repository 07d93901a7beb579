"""What the tests of the protocol share: driving a parser, comparing replies, making streams and cutting them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from plasma.errors import DecodeError, ProtocolError, ResponseError
from plasma.resp import NEED_DATA, Parser, Push
from plasma.resp.accel import Parser as AcceleratedParser

PARSERS = {"python": Parser, "hiredis": AcceleratedParser}


def shape(value: Any) -> Any:
    """The value in a form in which equal means: same type, same order, same text of an error."""
    if isinstance(value, (DecodeError, ResponseError)):
        return type(value).__name__, str(value)
    if isinstance(value, list):
        return "push" if isinstance(value, Push) else "list", tuple(map(shape, value))
    if isinstance(value, tuple):
        return "pair", tuple(map(shape, value))
    if isinstance(value, dict):
        return "dict", tuple((shape(key), shape(item)) for key, item in value.items())
    if isinstance(value, set):
        return "set", frozenset(map(shape, value))
    return type(value).__name__, repr(value)


def drain(parser: Any, decode: bool = True, *, sizes: Iterable[int] = ()) -> list[Any]:
    """Shapes of all the replies there are; with *sizes*, taken in runs of so many."""
    found: list[Any] = []
    runs = iter(sizes)
    while True:
        size = next(runs, 0)
        try:
            if size:
                replies = parser.replies(size, decode)
                found += map(shape, replies)
                if not replies:
                    return found
                continue
            reply = parser.next_reply(decode)
        except DecodeError as error:
            reply = error
        except ProtocolError as error:
            found.append(("ProtocolError", str(error).rpartition(" at byte ")[2]))
            return found
        if reply is NEED_DATA:
            return found
        found.append(shape(reply))


def read(
    kind: str, pieces: Iterable[bytes], decode: bool = True, *, seed: int | None = None, **options: Any
) -> list[Any]:
    """Shapes of the replies in a stream that arrives in these pieces, and whether anything was left over."""
    parser = PARSERS[kind](**options)
    chance = random.Random(seed)
    found: list[Any] = []
    for piece in pieces:
        parser.feed(piece)
        sizes = () if seed is None else [chance.choice((0, 1, 2, 5, 100)) for _ in range(100)]
        found += drain(parser, decode, sizes=sizes)
        if found and found[-1][0] == "ProtocolError":
            return found
    return [*found, ("pending", parser.pending)]


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    """The stream in pieces, cut at these offsets."""
    places = sorted({0, len(data), *at})
    return [data[start:end] for start, end in pairwise(places)]


def one_by_one(data: bytes) -> list[bytes]:
    return cut(data, range(len(data)))


def bulk(value: bytes, head: bytes = b"$") -> bytes:
    return b"%b%d\r\n%b\r\n" % (head, len(value), value)


def aggregate(head: bytes, parts: Sequence[bytes], each: int = 1) -> bytes:
    return b"%b%d\r\n" % (head, len(parts) // each) + b"".join(parts)


_STRINGS = (
    *(b"", b"a", b"abc", b"x\r\ny", b"\r\n%1", b"\r\n|", b"\r\n", b"12345"),
    *(b"\xff", b"\xc3\xa9", b"\xe4\xb8", b"\xe4\xb8\xad", b"v" * 200, b"w" * 1500),
)
_LINES2 = (b"+OK", b"+hello", b"+\xc3\xa9", b"+", b"-ERR x", b"-WRONGTYPE \xff", b"$-1", b"*-1")
_LINES3 = (b"_", b"#t", b"#f", b",1.5", b",inf", b",-inf", b",nan", b",-0", b",1e10", b"(" + b"1234567890" * 4, b"(-5")
_NUMBERS = (0, 1, -1, 5, 300, -70000, (1 << 63) - 1, -(1 << 63))


def stream(seed: int, *, resp3: bool) -> bytes:
    """A made-up stream of replies, some with pushes between them."""
    chance = random.Random(seed)
    parts: list[bytes] = []
    for _ in range(chance.choice((1, 2, 5, 30))):
        if resp3 and chance.random() < 0.15:
            parts.append(b">2\r\n+message\r\n" + value(chance, 1, resp3=True))
        parts.append(value(chance, 3, resp3=resp3))
    return b"".join(parts)


def value(chance: random.Random, depth: int, *, resp3: bool) -> bytes:
    """A made-up reply, aggregates nested at most so deep."""
    kind = chance.randrange(20 if resp3 else 9)
    count = chance.choice((0, 1, 2, 4, 12))

    def parts(number: int) -> list[bytes]:
        if chance.random() < 0.3 and number:
            return [value(chance, 0, resp3=resp3)] * number
        return [value(chance, depth - 1, resp3=resp3) for _ in range(number)]

    if kind < 3 or (depth < 1 and kind > 6):
        return bulk(chance.choice(_STRINGS))
    if kind < 5:
        return b":%d\r\n" % chance.choice(_NUMBERS)
    if kind < 7:
        return chance.choice(_LINES2 + _LINES3 if resp3 else _LINES2) + b"\r\n"
    if kind < 9:
        return aggregate(b"*", parts(count))
    if kind < 11:
        return aggregate(b"%", parts(2 * count), 2)
    if kind < 13:
        return aggregate(b"~", parts(count))
    if kind == 13:
        return aggregate(b"|", parts(2 * count), 2) + value(chance, depth, resp3=True)
    if kind == 14:
        pieces = [bulk(chance.choice(_STRINGS[1:]), b";") for _ in range(count)]
        return b"$?\r\n" + b"".join(pieces) + b";0\r\n"
    if kind == 15:
        return b"*?\r\n" + b"".join(parts(count)) + b".\r\n"
    if kind == 16:
        return b"%?\r\n" + b"".join(parts(2 * count)) + b".\r\n"
    if kind == 17:
        return b"~?\r\n" + b"".join(parts(count)) + b".\r\n"
    return (
        bulk(b"txt:" + chance.choice(_STRINGS), b"=") if kind == 18 else bulk(b"ERR " + chance.choice(_STRINGS), b"!")
    )
