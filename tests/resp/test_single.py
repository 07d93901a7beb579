"""A chunk that is one reply is read at a glance, and anything else is left alone."""

from __future__ import annotations

import pytest
from support.wire import bulk, stream

from plasma.resp import NEED_DATA, Parser, bulk_length, whole_reply
from plasma.resp.single import equal_replies

WHOLE = [
    (b"+OK\r\n", "OK", b"OK"),
    (b"$3\r\nabc\r\n", "abc", b"abc"),
    (b"$0\r\n\r\n", "", b""),
    (b"$2\r\n\xc3\xa9\r\n", "é", b"\xc3\xa9"),
    (b"$4\r\n\r\n\r\n\r\n", "\r\n\r\n", b"\r\n\r\n"),
    (bulk(b"x" * 5000), "x" * 5000, b"x" * 5000),
    (b":0\r\n", 0, 0),
    (b":-1\r\n", -1, -1),
    (b":123456789\r\n", 123456789, 123456789),
    (b"$-1\r\n", None, None),
    (b"_\r\n", None, None),
    (b"#t\r\n", True, True),
    (b"#f\r\n", False, False),
    (b"%1\r\n$1\r\na\r\n$0\r\n\r\n", {"a": ""}, {b"a": b""}),
]


@pytest.mark.parametrize(("wire", "text", "raw"), WHOLE, ids=[repr(one[0][:20]) for one in WHOLE])
def test_one_simple_reply_is_read(wire, text, raw):
    assert (whole_reply(wire, True), whole_reply(wire, False)) == (text, raw)
    assert type(whole_reply(wire, True)) is type(text)


@pytest.mark.parametrize(("wire", "text", "raw"), WHOLE, ids=[repr(one[0][:20]) for one in WHOLE])
def test_part_of_a_reply_or_more_than_one_is_left_alone(wire, text, raw):
    for decode in (True, False):
        for end in range(len(wire)):
            assert whole_reply(wire[:end], decode) is NEED_DATA
        assert whole_reply(wire + wire, decode) is NEED_DATA
        assert whole_reply(wire + b"+", decode) is NEED_DATA


@pytest.mark.parametrize(
    "wire",
    [
        *(
            b"",
            b"\r\n",
            b":\r\n",
            b":+1\r\n",
            b":01\r\n",
            b":-0\r\n",
            b":1_0\r\n",
            b": 1\r\n",
            b":" + b"9" * 30 + b"\r\n",
        ),
        *(b"$3\r\nabcd\r\n", b"$3\r\nabcXY", b"$03\r\nabc\r\n", b"$+3\r\nabc\r\n", b"$ 3\r\nabc\r\n", b"$x\r\nabc\r\n"),
        *(b"$2000\r\n" + b"x" * 2000 + b"XY", b"$" + b"9" * 5000 + b"\r\nabc\r\n", b"$\r\n\r\n", b"$-1\r\n\r\n"),
        # Lines that are not where they seem to be.
        *(b"%1\rX\r\n$1\r\na\r\n$1\r\nb\r\n", b"%2\r\n$1\r\na\r\n$9\r\nb\nb\nb\nb\nb\r\n"),
        *(b"%1\r\n$1\na\r\n$1\r\nb\r\n", b"%1\r\n$1\r\na\r\n$1\r\nb\rX", b"%1\n$1\r\na\r\n$1\r\nb\r\n"),
        *(b"%1\r\n$2\r\na\r\n$1\r\nb\r\n", b"%1\r\n$1\r\na\r\n_\r\n", b"%01\r\n$1\r\na\r\n$1\r\nb\r\n"),
        b"%2\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n:1\r\n",
        *(b"+OK\r\n\r\n", b"*0\r\n", b"-ERR x\r\n", b"%0\r\n", b"|0\r\n", b">0\r\n"),
    ],
)
def test_what_is_broken_or_not_simple_is_left_alone(wire):
    assert whole_reply(wire, True) is NEED_DATA
    assert whole_reply(wire, False) is NEED_DATA


def test_a_string_that_is_not_text_is_left_to_the_parser_that_says_so():
    assert whole_reply(b"$1\r\n\xff\r\n", True) is NEED_DATA
    assert whole_reply(b"$1\r\n\xff\r\n", False) == b"\xff"


@pytest.mark.parametrize("seed", range(100))
def test_it_never_says_anything_else_than_the_parser(seed):
    wire = stream(seed, resp3=True)
    for end in range(min(len(wire), 400)):
        reply = whole_reply(wire[:end], False)
        if reply is not NEED_DATA:
            parser = Parser()
            parser.feed(wire[:end])

            assert parser.next_reply(False) == reply
            assert not parser.pending


@pytest.mark.parametrize("line", [b"+OK\r\n", b":1\r\n", b":0\r\n", b"$-1\r\n", b"_\r\n", b"#t\r\n", b":123456\r\n"])
def test_one_line_again_and_again_is_as_many_replies(line):
    for count in (2, 3, 1000):
        for decode in (True, False):
            assert equal_replies(line * count, decode, count) == [whole_reply(line, decode)] * count


@pytest.mark.parametrize(
    "wire",
    [
        *(b"", b"+OK\r\n", b"+OK\r\n+OK\r", b"+OK\r\n+OK\r\n+", b"+OK\r\n:1\r\n+OK\r\n", b"+OK\r\n+KO\r\n+OK\r\n"),
        *(b"-ERR x\r\n" * 3, b"*0\r\n" * 3, b"*2\r\n" * 3, b"$3\r\nabc\r\n" * 3, b"$4\r\n" * 3, b"$0\r\n" * 4),
        *(
            b"+QUEUED\r\n" * 3,
            b":01\r\n" * 3,
            b"\r\n" * 4,
            b"x" * 60,
            b":1" * 30 + b"\r\n",
            b">0\r\n" * 3,
            b"|0\r\n" * 2,
        ),
    ],
)
def test_anything_else_in_a_chunk_is_left_to_the_parser(wire):
    assert equal_replies(wire, True, 1000) is None


def test_more_replies_than_are_owed_are_left_to_the_parser():
    assert equal_replies(b"+OK\r\n" * 5, True, 4) is None
    assert equal_replies(b"+OK\r\n" * 5, True, 5) == ["OK"] * 5


def test_the_head_of_a_large_bulk_tells_its_length_and_where_it_begins():
    assert bulk_length(b"$65536\r\nabc") == (65536, 8)
    assert bulk_length(b"$1000000\r\n") == (1_000_000, 10)


@pytest.mark.parametrize(
    "wire",
    [
        *(b"", b"$", b"$65536", b"$65536\r", b"$65535\r\n", b"$-1\r\n", b"$065536\r\n", b"$6553x\r\n", b"*65536\r\n"),
        *(
            b"$99999999999\r\n",
            b"$+65536\r\n",
            b"$ 65536\r\n",
            b"$65_536\r\n",
            b"$" + b"9" * 100 + b"\r\n",
            b"+65536\r\n",
        ),
    ],
)
def test_anything_else_is_no_large_bulk(wire):
    assert bulk_length(wire) is None
