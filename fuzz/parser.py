"""Fuzz target: the parsers must agree on any bytes, however cut, and raise nothing but what they say.

Run by `python -m fuzz`, or by itself with libFuzzer's options: `python fuzz/parser.py -max_total_time=60 fuzz/corpus`.
The input's first byte chooses text or bytes, its second the cuts; the rest is the stream.

What must hold of the stream's replies, read whole by the pure parser:
1. cut byte by byte or at random, taken one by one or in runs, they are the same;
2. hiredis gives the same, with two exceptions: it does not look at the two bytes that end a string, so behind one
   that ends otherwise the pure parser's `ProtocolError` is not asked of it; and it may still wait for the rest of a
   verbatim string that is too short to be one;
3. `FrameParser` finds as many frames, and fails where the parser fails.
"""

from __future__ import annotations

import random
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from plasma.errors import DecodeError, ProtocolError, ResponseError
from plasma.resp import NEED_DATA, FrameParser, Parser, Push, whole_reply
from plasma.resp.accel import Parser as AcceleratedParser

BROKEN = ("ProtocolError",)
# The pure parser's reasons for what hiredis does not see, and for what it sees only when it has all of the string.
_UNSEEN = "does not end with CRLF"
_LATE = "has no room for its format"


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


def read(parser: Any, pieces: list[bytes], decode: bool, chance: random.Random | None = None) -> tuple[list[Any], str]:
    """Shapes of the replies, and why the stream is broken if it is. With *chance* they are taken in runs."""
    found: list[Any] = []
    try:
        for piece in pieces:
            parser.feed(piece)
            while True:
                if chance is not None and chance.random() < 0.5:
                    replies = parser.replies(chance.choice((1, 2, 10, 1000)), decode)
                    found += map(shape, replies)
                    if not replies:
                        break
                    continue
                try:
                    reply = parser.next_reply(decode)
                except DecodeError as error:
                    reply = error
                if reply is NEED_DATA:
                    break
                found.append(shape(reply))
    except ProtocolError as error:
        return [*found, BROKEN], str(error)
    return [*found, ("pending", parser.pending)], ""


def check(data: bytes) -> None:
    """Raise AssertionError if the parsers disagree about a stream."""
    if len(data) < 3:
        return
    decode = bool(data[0] & 1)
    chance = random.Random(data[1])
    stream = data[2:]
    count = min(chance.choice((1, 2, 8, 64)), len(stream) - 1)
    places = [0, *sorted(chance.sample(range(1, len(stream)), count)), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]
    bytewise = [stream[at : at + 1] for at in range(len(stream))]

    expected, why = read(Parser(), [stream], decode)
    for some in ([stream], pieces, bytewise):
        for runs in (None, chance):
            found, _ = read(Parser(), some, decode, runs)
            assert found == expected, ("python", len(some), found, expected)
            found, _ = read(AcceleratedParser(), some, decode, runs)
            if _UNSEEN in why or (_LATE in why and found[-1] == ("pending", True)):
                assert found[: len(expected) - 1] == expected[:-1], ("hiredis", len(some), found, expected)
            else:
                assert found == expected, ("hiredis", len(some), found, expected)

    frames = FrameParser()
    frames.feed(stream)
    number = 0
    broken = False
    try:
        while (frame := frames.next_frame()) is not NEED_DATA:
            number += 1
            frame.reply(False)
    except ProtocolError:
        broken = True
    if expected[-1] == BROKEN or broken:
        assert number == len(expected) - 1, ("frames", number, expected)
    else:
        assert (number, ("pending", frames.pending)) == (len(expected) - 1, expected[-1]), ("frames", number, expected)

    one = whole_reply(stream, decode)
    if one is not NEED_DATA:
        assert [shape(one), ("pending", False)] == expected, ("whole_reply", one, expected)


def main() -> None:
    """Hand the target to libFuzzer."""
    import atheris

    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports():
        # What was imported above is not instrumented: import it again, so that coverage guides the fuzzer.
        for name in [name for name in sys.modules if name.partition(".")[0] == "plasma"]:
            del sys.modules[name]
        from plasma.errors import DecodeError, ProtocolError, ResponseError
        from plasma.resp import NEED_DATA, FrameParser, Parser, Push, whole_reply
        from plasma.resp.accel import Parser as AcceleratedParser
    main()
