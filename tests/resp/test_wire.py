"""Every form of RESP, read by both parsers however it is cut."""

from __future__ import annotations

import random

import pytest
from support.wire import PARSERS, bulk, cut, one_by_one, read, shape, stream

from plasma.errors import ResponseError, WrongTypeError
from plasma.resp import NEED_DATA, FrameParser, Parser, Push, parser_class

BIG = 12345678901234567890123456789012345678901234567890

# What arrives, what it is as text, and (where strings are in it) as bytes.
EXAMPLES = [
    (b"+OK\r\n", "OK", b"OK"),
    (b"+\r\n", "", b""),
    (b"+h\xc3\xa9\r\n", "hé", b"h\xc3\xa9"),
    (b"-ERR no\r\n", ResponseError("ERR no"), ResponseError("ERR no")),
    (b"-WRONGTYPE not a list\r\n", WrongTypeError("WRONGTYPE not a list"), WrongTypeError("WRONGTYPE not a list")),
    (b"-ERR \xff\r\n", ResponseError("ERR \ufffd"), ResponseError("ERR \ufffd")),
    (b":0\r\n", 0, 0),
    (b":1000\r\n", 1000, 1000),
    (b":-123456\r\n", -123456, -123456),
    (b":9223372036854775807\r\n", 9223372036854775807, 9223372036854775807),
    (b":-9223372036854775808\r\n", -9223372036854775808, -9223372036854775808),
    (b"$5\r\nhello\r\n", "hello", b"hello"),
    (b"$0\r\n\r\n", "", b""),
    (b"$4\r\na\r\nb\r\n", "a\r\nb", b"a\r\nb"),
    (b"$2\r\n\r\n\r\n", "\r\n", b"\r\n"),
    (b"$7\r\n\r\n|1\r\n:\r\n", "\r\n|1\r\n:", b"\r\n|1\r\n:"),
    (b"$3\r\n\xe2\x82\xac\r\n", "€", b"\xe2\x82\xac"),
    (bulk(b"x" * 3000), "x" * 3000, b"x" * 3000),
    (bulk(b"\r\n" * 300), "\r\n" * 300, b"\r\n" * 300),
    (b"$-1\r\n", None, None),
    (b"*-1\r\n", None, None),
    (b"_\r\n", None, None),
    (b"*0\r\n", [], []),
    (b"*3\r\n:1\r\n$1\r\na\r\n+b\r\n", [1, "a", "b"], [1, b"a", b"b"]),
    (b"*2\r\n*1\r\n$-1\r\n*2\r\n*0\r\n_\r\n", [[None], [[], None]], [[None], [[], None]]),
    (b"*2\r\n-ERR x\r\n:1\r\n", [ResponseError("ERR x"), 1], [ResponseError("ERR x"), 1]),
    (b"*12\r\n" + b"$1\r\na\r\n" * 12, ["a"] * 12, [b"a"] * 12),
    (b"*12\r\n" + b":70000\r\n" * 11 + b":-5\r\n", [70000] * 11 + [-5], [70000] * 11 + [-5]),
    (b"*10\r\n" + b"+OK\r\n" * 9 + b"$-1\r\n", ["OK"] * 9 + [None], [b"OK"] * 9 + [None]),
    (b"*9\r\n" + b"$2\r\n\xc3\xa9\r\n" * 9, ["é"] * 9, [b"\xc3\xa9"] * 9),
    (b"#t\r\n", True, True),
    (b"#f\r\n", False, False),
    (b",1.25\r\n", 1.25, 1.25),
    (b",10\r\n", 10.0, 10.0),
    (b",-0\r\n", -0.0, -0.0),
    (b",1e-7\r\n", 1e-7, 1e-7),
    (b",inf\r\n", float("inf"), float("inf")),
    (b",-inf\r\n", float("-inf"), float("-inf")),
    (b",nan\r\n", float("nan"), float("nan")),
    (b"(%d\r\n" % BIG, BIG, BIG),
    (b"(-%d\r\n" % BIG, -BIG, -BIG),
    (b"!8\r\nERR a\r\nb\r\n", ResponseError("ERR a\r\nb"), ResponseError("ERR a\r\nb")),
    (b"=8\r\ntxt:text\r\n", "text", b"text"),
    (b"=4\r\nmkd:\r\n", "", b""),
    (b"%2\r\n+a\r\n:1\r\n$1\r\nb\r\n*1\r\n:2\r\n", {"a": 1, "b": [2]}, {b"a": 1, b"b": [2]}),
    (b"%0\r\n", {}, {}),
    (b"%1\r\n*1\r\n:1\r\n+v\r\n", [([1], "v")], [([1], b"v")]),
    (b"%2\r\n+a\r\n:1\r\n%0\r\n:2\r\n", [("a", 1), ({}, 2)], [(b"a", 1), ({}, 2)]),
    (b"%3\r\n+a\r\n:1\r\n+b\r\n:2\r\n+a\r\n:3\r\n", {"a": 3, "b": 2}, {b"a": 3, b"b": 2}),
    (b"~3\r\n+a\r\n:1\r\n+a\r\n", {"a", 1}, {b"a", 1}),
    (b"~0\r\n", set(), set()),
    (b"~2\r\n*0\r\n+a\r\n", [[], "a"], [[], b"a"]),
    (b"*1\r\n~1\r\n:1\r\n", [{1}], [{1}]),
    (b">2\r\n+message\r\n$1\r\nx\r\n", Push(["message", "x"]), Push([b"message", b"x"])),
    (b">0\r\n", Push([]), Push([])),
    (b"|1\r\n+ttl\r\n:3600\r\n+v\r\n", "v", b"v"),
    (b"|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n:3\r\n", 3, 3),
    (b"*2\r\n:1\r\n|1\r\n+a\r\n%1\r\n:1\r\n:2\r\n:2\r\n", [1, 2], [1, 2]),
    (b"|1\r\n+a\r\n$1\r\n\xff\r\n:3\r\n", 3, 3),
    (b"%1\r\n|1\r\n+a\r\n:1\r\n+k\r\n|1\r\n+a\r\n:1\r\n+v\r\n", {"k": "v"}, {b"k": b"v"}),
    (b"$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;1\r\nd\r\n;0\r\n", "Hello word", b"Hello word"),
    (b"$?\r\n;1\r\n\xc3\r\n;1\r\n\xa9\r\n;0\r\n", "é", b"\xc3\xa9"),
    (b"$?\r\n;0\r\n", "", b""),
    (b"*?\r\n:1\r\n*1\r\n:2\r\n.\r\n", [1, [2]], [1, [2]]),
    (b"*?\r\n.\r\n", [], []),
    (b"~?\r\n+a\r\n+b\r\n.\r\n", {"a", "b"}, {b"a", b"b"}),
    (b"%?\r\n+a\r\n:1\r\n.\r\n", {"a": 1}, {b"a": 1}),
    (b"*2\r\n$?\r\n;1\r\na\r\n;0\r\n*?\r\n.\r\n", ["a", []], [b"a", []]),
]
WIRES = [example[0] for example in EXAMPLES]

kinds = pytest.mark.parametrize("kind", PARSERS)
texts = pytest.mark.parametrize("decode", [True, False], ids=["text", "bytes"])
examples = pytest.mark.parametrize(("wire", "text", "raw"), EXAMPLES, ids=[repr(wire[:30]) for wire in WIRES])


@kinds
@texts
@examples
def test_a_reply_is_read_whole(kind, decode, wire, text, raw):
    found = read(kind, [wire], decode)

    assert found == [shape(text if decode else raw), ("pending", False)]


@kinds
@texts
@examples
def test_a_reply_is_read_byte_by_byte(kind, decode, wire, text, raw):
    found = read(kind, one_by_one(wire), decode)

    assert found == [shape(text if decode else raw), ("pending", False)]


@kinds
@texts
@examples
def test_a_reply_is_read_in_two_pieces_cut_anywhere(kind, decode, wire, text, raw):
    expected = [shape(text if decode else raw), ("pending", False)]
    places = range(1, len(wire)) if len(wire) < 200 else [*range(1, 20), 1000, *range(len(wire) - 6, len(wire))]

    assert [read(kind, cut(wire, [at]), decode) for at in places] == [expected] * len(places)


@kinds
@texts
@examples
def test_a_reply_is_read_with_more_behind_it(kind, decode, wire, text, raw):
    one = shape(text if decode else raw)

    found = read(kind, [wire + b":7\r\n" + wire + b"$3\r\nab"], decode)

    assert found == [one, shape(7), one, ("pending", True)]


@kinds
@texts
@pytest.mark.parametrize("seed", range(20))
def test_all_replies_in_one_stream_are_read_in_random_pieces(kind, decode, seed):
    wire = b"".join(WIRES)
    expected = [shape(text if decode else raw) for _, text, raw in EXAMPLES]
    chance = random.Random(seed)
    places = [chance.randrange(len(wire)) for _ in range(chance.choice((1, 5, 50, 500)))]

    found = read(kind, cut(wire, places), decode, seed=seed)

    assert found == [*expected, ("pending", False)]


@kinds
@texts
def test_runs_give_what_single_replies_give(kind, decode):
    wire = b"".join(WIRES) * 3
    parser = PARSERS[kind]()
    parser.feed(wire)

    found = parser.replies(10_000, decode)

    assert list(map(shape, found)) == [shape(text if decode else raw) for _, text, raw in EXAMPLES] * 3
    assert not parser.pending


@kinds
def test_a_run_gives_no_more_than_asked_for(kind):
    parser = PARSERS[kind]()
    parser.feed(b":1\r\n:2\r\n:3\r\n")

    found = parser.replies(2)

    assert found == [1, 2]
    assert parser.pending
    assert parser.replies(5) == [3]
    assert parser.replies(5) == []
    assert not parser.pending


@kinds
def test_a_long_stream_whose_chunks_never_end_with_a_reply_is_read_right(kind):
    wire = (
        b"".join(b"*2\r\n:%d\r\n$%d\r\n%b\r\n" % (n, n % 50, b"x" * (n % 50)) for n in range(5000))
        + b"|1\r\n:1\r\n:2\r\n+end\r\n"
    )
    parser = PARSERS[kind]()
    found = []
    for start in range(0, len(wire), 997):
        parser.feed(wire[start : start + 997])
        found += parser.replies(10)
    found += parser.replies(10_000)

    assert found == [*([n, "x" * (n % 50)] for n in range(5000)), "end"]


def test_the_accelerated_parser_keeps_no_more_of_a_long_stream_than_it_needs():
    parser = PARSERS["hiredis"]()
    reply = b"*2\r\n:1\r\n$500\r\n%b\r\n" % (b"x" * 500)
    wire = reply * 400
    most = 0
    for start in range(0, len(wire), 1000):
        parser.feed(wire[start : start + 1000])
        while parser.next_reply() is not NEED_DATA:
            pass
        most = max(most, len(parser._kept))

    assert most < 12


@kinds
@pytest.mark.parametrize("make", [bytearray, memoryview])
def test_any_kind_of_buffer_can_be_fed_and_used_again(kind, make):
    source = bytearray(b"*2\r\n+a\r\n")
    parser = PARSERS[kind]()
    parser.feed(make(source))
    source[:] = b"x" * len(source)
    parser.feed(b"+b\r\n")

    assert parser.next_reply() == ["a", "b"]


@kinds
def test_feeding_nothing_changes_nothing(kind):
    parser = PARSERS[kind]()
    parser.feed(b"")

    assert not parser.pending
    assert parser.next_reply() is NEED_DATA


@kinds
@pytest.mark.parametrize(
    "part", [b"+", b"*", b"*1\r\n", b"*1\r\n$1\r\n", b"$?\r\n", b"|1\r\n+a\r\n+b\r\n", b"\r"[:0] + b"$"]
)
def test_part_of_a_reply_is_pending(kind, part):
    parser = PARSERS[kind]()
    parser.feed(part)

    assert parser.pending
    assert parser.next_reply() is NEED_DATA
    assert parser.pending


def test_the_parser_is_chosen_by_name():
    assert parser_class("python") is Parser
    assert parser_class("hiredis") is PARSERS["hiredis"]
    assert parser_class("auto") is PARSERS["hiredis"]


@texts
@pytest.mark.parametrize("seed", range(150))
def test_made_up_streams_read_the_same_by_all_three_parsers_however_cut(decode, seed):
    wire = stream(seed, resp3=seed % 3 > 0)
    chance = random.Random(seed)
    places = [chance.randrange(len(wire)) for _ in range(chance.choice((1, 3, 30, 300)))]
    expected = read("python", [wire], decode)
    frames = FrameParser()
    frames.feed(wire)
    found = []
    while (frame := frames.next_frame()) is not NEED_DATA:
        try:
            found.append(shape(frame.reply(decode)))
        except ValueError as error:
            found.append(shape(error))

    assert read("python", cut(wire, places), decode) == expected
    assert read("python", cut(wire, places), decode, seed=seed) == expected
    assert read("hiredis", [wire], decode) == expected
    assert read("hiredis", [wire], decode, seed=seed) == expected
    assert read("hiredis", cut(wire, places), decode) == expected
    assert read("hiredis", cut(wire, places), decode, seed=seed) == expected
    # Of a reply with several strings that are not UTF-8, and of a push, frames know less.
    assert len(found) == len(expected) - 1
    if not any("DecodeError" in str(one) or one[0] == "push" for one in expected):
        assert [*found, ("pending", False)] == expected
