"""Streams that are broken, hostile or over a limit, and strings that are not text."""

from __future__ import annotations

import pytest
from support.wire import PARSERS, bulk, cut, one_by_one, read

from plasma.errors import DecodeError, ProtocolError
from plasma.resp import NEED_DATA, FrameParser, Limits, Parser

kinds = pytest.mark.parametrize("kind", PARSERS)


def feed_all(feed, pieces, take):
    for piece in pieces:
        feed(piece)
        take()


BROKEN = [
    *(b"x\r\n", b"@1\r\n", b"\r\n", b"\n", b"HTTP/1.1 400 Bad Request\r\n", b"\x00", b"\xff"),
    *(
        b":\r\n",
        b":+5\r\n",
        b":05\r\n",
        b":-0\r\n",
        b":-\r\n",
        b": 5\r\n",
        b":5 \r\n",
        b":1_0\r\n",
        b":1.5\r\n",
        b":0x1\r\n",
    ),
    *(b":9223372036854775808\r\n", b":-9223372036854775809\r\n", b":" + b"1" * 5000 + b"\r\n", b":\xb2\r\n"),
    *(b"+a\rb\r\n", b"+a\nb\r\n", b"-ERR a\nb\r\n"),
    *(b"$+1\r\na\r\n", b"$01\r\na\r\n", b"$-2\r\n", b"$-0\r\n", b"$\r\n", b"$1 \r\na\r\n", b"$1x\r\na\r\n"),
    *(b"$3\r\nabcd\r\n", b"$5\r\nabc\r\nde\r\n", b"$300\r\n" + b"x" * 301 + b"\r\n"),
    *(
        b"*-2\r\n",
        b"*01\r\n",
        b"*\r\n",
        b"*1x\r\n",
        b"*1_0\r\n",
        b"%-2\r\n",
        b"~-2\r\n",
        b"|-1\r\n",
        b">?\r\n",
        b"|?\r\n",
    ),
    *(b"_x\r\n", b"#\r\n", b"#x\r\n", b"#tt\r\n"),
    *(
        b",\r\n",
        b",x\r\n",
        b",1_0\r\n",
        b", 1\r\n",
        b",1 \r\n",
        b",+1\r\n",
        b",0x10\r\n",
        b",infinity\r\n",
        b",1e400\r\n",
    ),
    *(b",1e-400\r\n", b",--1\r\n", b",+inf\r\n", b",1e\r\n", b",1\x00\r\n", b",.\r\n", b"," + b"1" * 400 + b"\r\n"),
    *(b"(\r\n", b"(-\r\n", b"(+5\r\n", b"(1.5\r\n", b"(abc\r\n", b"(1_0\r\n", b"(" + b"9" * 5000 + b"\r\n"),
    *(b"!-1\r\n", b"!3\r\nERRx\r\n", b"=3\r\ntxt\r\n", b"=5\r\ntxtab\r\n", b"=0\r\n\r\n"),
    *(
        b";3\r\nabc\r\n",
        b".\r\n",
        b"*1\r\n.\r\n",
        b"$?\r\n+a\r\n",
        b"$?\r\n.\r\n",
        b"$?\r\n;-1\r\n",
        b"*?\r\n;1\r\na\r\n",
    ),
    *(b"%?\r\n+a\r\n.\r\n", b"*?\r\n|1\r\n+a\r\n+b\r\n.\r\n", b"*1\r\n|1\r\n+a\r\n.\r\n"),
]


@kinds
@pytest.mark.parametrize("inside", [b"", b"*3\r\n:1\r\n", b":1\r\n"], ids=["outside", "inside", "behind"])
@pytest.mark.parametrize("wire", BROKEN, ids=[repr(wire[:24]) for wire in BROKEN])
def test_a_broken_stream_is_a_protocol_error_that_says_where(kind, inside, wire):
    good = [("int", "1")] if inside == b":1\r\n" else []
    strict = kind == "python" or not wire.startswith((b"$3\r\nabcd", b"$300", b"$5"))

    # hiredis does not look at what ends a string: it finds out at the next reply, a byte or two late.
    for pieces in ([inside + wire + b":1\r\n"], one_by_one(inside + wire + b":1\r\n")):
        found = read(kind, pieces)

        assert found[-1][0] == "ProtocolError" or not strict
        assert found[: len(good)] == good
        if strict:
            assert len(found) == len(good) + 1
            assert len(inside) <= int(found[-1][1].split()[0]) + (9 if inside else 0)


@kinds
def test_after_a_protocol_error_every_call_raises_it_again(kind):
    parser = PARSERS[kind]()
    parser.feed(b":1\r\n?\r\n")

    assert parser.replies(5) == [1]
    for _ in range(3):
        with pytest.raises(ProtocolError, match=r"no type of RESP begins with b'\?', at byte 4 of the stream"):
            parser.next_reply()
        with pytest.raises(ProtocolError, match="at byte 4"):
            parser.replies(3)
        parser.feed(b"+OK\r\n")
        assert parser.pending


LIMITED = [
    (Limits(depth=3), b"*1\r\n" * 4 + b":1\r\n", "nested deeper than 3"),
    (Limits(depth=3), b"*1\r\n" * 3 + b"%0\r\n", "nested deeper than 3"),
    (Limits(depth=3), b"|1\r\n" * 4, "nested deeper than 3"),
    (Limits(depth=1), b"*1\r\n$?\r\n", "nested deeper than 1"),
    (Limits(bulk=10), bulk(b"x" * 11), "a string of 11 bytes is over the limit of 10"),
    (Limits(bulk=10), b"$99999999999\r\n", "over the limit of 10"),
    (Limits(bulk=2000), bulk(b"x" * 2001), "over the limit of 2000"),
    (Limits(bulk=10), b"!11\r\n", "over the limit of 10"),
    (Limits(bulk=10), b"$?\r\n;6\r\nabcdef\r\n;5\r\nabcde\r\n;0\r\n", "over the limit of 10"),
    (Limits(items=5), b"*6\r\n", "6 elements are over the limit of 5"),
    (Limits(items=100), b"*101\r\n", "over the limit of 100"),
    (Limits(items=5), b"%6\r\n", "over the limit of 5"),
    (Limits(items=5), b"*?\r\n" + b":1\r\n" * 6 + b".\r\n", "more than 5 elements"),
    (Limits(items=5), b"%?\r\n" + b":1\r\n" * 12 + b".\r\n", "more than 5 elements"),
    (Limits(line=32), b"+" + b"x" * 40, "a line is longer than 32 bytes"),
    (Limits(line=32), b"+" + b"x" * 40 + b"\r\n", "a line is longer than 32 bytes"),
    (Limits(), b"*1\r\n" * 1025, "nested deeper than 1024"),
    (Limits(), b"*1\r\n" * 1025 + b":1\r\n", "nested deeper than 1024"),
    (Limits(), b"$4294967297\r\n", "over the limit of 4294967296"),
    (Limits(), b"*2\r\n:1\r\n$4294967297\r\n", "over the limit of 4294967296"),
    (Limits(), b"*4294967296\r\n", "over the limit of 4294967295"),
    (Limits(), b"*1\r\n*4294967296\r\n", "over the limit of 4294967295"),
    (Limits(), b"*2\r\n:1\r\n+" + b"x" * ((1 << 20) + 1), "a line is longer than 1048576 bytes"),
    (Limits(), b"+" + b"x" * (1 << 20) + b"\r\n", "a line is longer than 1048576 bytes"),
]


@kinds
@pytest.mark.parametrize(("limits", "wire", "why"), LIMITED, ids=[f"{n}" for n in range(len(LIMITED))])
def test_a_limit_is_kept_however_the_stream_is_cut(kind, limits, wire, why):
    step = 1 if len(wire) < 10_000 else 65_536
    for pieces in ([wire], cut(wire, range(0, len(wire), step))):
        parser = PARSERS[kind](limits)
        with pytest.raises(ProtocolError, match=why):
            feed_all(parser.feed, pieces, parser.next_reply)


@kinds
def test_what_is_within_the_limits_is_read(kind):
    limits = Limits(depth=3, bulk=10, items=5, line=32)
    wire = b"*1\r\n*1\r\n*5\r\n" + b":1\r\n" * 4 + bulk(b"x" * 10) + b"+" + b"x" * 31 + b"\r\n"
    parser = PARSERS[kind](limits)
    parser.feed(wire)

    assert parser.replies(2) == [[[[1, 1, 1, 1, "x" * 10]]], "x" * 31]


@kinds
def test_the_deepest_nesting_is_read_without_recursion(kind):
    parser = PARSERS[kind]()
    parser.feed(b"*1\r\n" * 1024 + b":7\r\n")

    reply = parser.next_reply()
    depth = 0
    while reply != 7:
        (reply,) = reply
        depth += 1

    assert depth == 1024


@pytest.mark.parametrize("kind", ["python"])
def test_a_wider_nesting_limit_needs_no_recursion_either(kind):
    parser = PARSERS[kind](Limits(depth=200_000))
    parser.feed(b"*1\r\n" * 50_000)

    assert parser.next_reply() is NEED_DATA


@kinds
@pytest.mark.parametrize(
    "wire",
    [
        *(b"*4294967295\r\n", b"*9999999\r\n", b"~4294967295\r\n", b"%4294967295\r\n", b">4294967295\r\n"),
        *(b"*1\r\n" * 500 + b"*99999999\r\n", b"*9999999\r\n" * 1000, b"*1\r\n>4000000000\r\n", b"|4000000000\r\n"),
        *(b"$4000000000\r\n", b"=4000000000\r\n", b"!4000000000\r\n", b"*2\r\n:1\r\n$4000000000\r\n"),
        b"$?\r\n;4000000000\r\n",
    ],
)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_a_length_alone_costs_no_memory(kind, wire, step):
    import tracemalloc

    pieces = cut(wire, range(0, len(wire), step))
    parser = PARSERS[kind]()
    tracemalloc.start()
    try:
        for piece in pieces:
            parser.feed(piece)
            assert parser.next_reply() is NEED_DATA
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 12_000_000


@kinds
@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"$4\r\nab\xff\xfe\r\n", "byte 2 of a string of 4 bytes: not UTF-8"),
        (b"+\xff\r\n", "byte 0 of a string of 1 bytes"),
        (b"=6\r\ntxt:\xc3a\r\n", "byte 0 of a string of 2 bytes"),
        (b"$5\r\n\xed\xa0\x80ab\r\n", "byte 0 of a string of 5 bytes"),
        (b"$3\r\na\xe4\xb8\r\n", "bytes 1 to 2 of a string of 3 bytes: not UTF-8 .unexpected end of data"),
        (b"$?\r\n;1\r\n\xff\r\n;0\r\n", "byte 0 of a string of 1 bytes"),
        (b"*3\r\n*1\r\n%1\r\n$1\r\n\xff\r\n:1\r\n$2\r\n\xfe\xfe\r\n:2\r\n", "byte 0 of a string of 1 bytes"),
        (b"*20\r\n" + b"$1\r\na\r\n" * 10 + b"$2\r\n\xc3\xa9\r\n" * 9 + b"$2\r\nb\xff\r\n", "byte 1 of a string of 2"),
        (b"~1\r\n$1\r\n\xff\r\n", "byte 0 of a string of 1 bytes"),
        (bulk(b"\xff" * 3000), "byte 0 of a string of 3000 bytes"),
    ],
)
def test_a_reply_that_is_not_text_is_consumed_and_the_next_one_is_right(kind, wire, why):
    for pieces in ([wire + b"+next\r\n"], one_by_one(wire + b"+next\r\n")):
        parser = PARSERS[kind]()
        failed = None
        found = []
        for piece in pieces:
            parser.feed(piece)
            try:
                while (reply := parser.next_reply()) is not NEED_DATA:
                    found.append(reply)
            except DecodeError as error:
                failed = str(error)
                assert not found
                reply = parser.next_reply()
                if reply is not NEED_DATA:
                    found.append(reply)

        assert failed is not None
        assert failed.startswith(why.partition(" .")[0])
        assert found == ["next"]
        assert not parser.pending


@kinds
def test_in_a_run_what_is_not_text_is_an_error_in_its_place(kind):
    parser = PARSERS[kind]()
    parser.feed(b"$1\r\na\r\n$1\r\n\xff\r\n*1\r\n$1\r\n\xff\r\n$1\r\nb\r\n" + b"$1\r\n\xff\r\n" * 20)

    found = parser.replies(100)

    assert [reply if type(reply) is str else type(reply) for reply in found] == ["a", DecodeError, DecodeError, "b"] + [
        DecodeError
    ] * 20
    assert not parser.pending


@kinds
def test_an_error_about_text_does_not_hold_the_value(kind):
    parser = PARSERS[kind]()
    parser.feed(b"$7\r\nsecret\xff\r\n")

    with pytest.raises(DecodeError) as caught:
        parser.next_reply()

    assert "secret" not in repr(caught.value.args)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@kinds
def test_text_and_bytes_may_alternate(kind):
    parser = PARSERS[kind]()
    parser.feed(b"$1\r\na\r\n*1\r\n+b\r\n" * 20)

    found = [parser.next_reply(turn % 3 == 0) for turn in range(40)]

    assert found == [
        (["b"] if turn % 2 else "a") if turn % 3 == 0 else ([b"b"] if turn % 2 else b"a") for turn in range(40)
    ]


@kinds
@pytest.mark.parametrize("first", [True, False])
def test_a_reply_stays_what_it_was_begun_as(kind, first):
    parser = PARSERS[kind]()
    parser.feed(b"*2\r\n$1\r\na\r\n")
    assert parser.next_reply(first) is NEED_DATA
    parser.feed(b"$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n")

    found = [*parser.replies(2, not first), parser.next_reply(not first)]

    assert found == [["a", "b"], b"c", b"d"] if first else [[b"a", b"b"], "c", "d"]


class Counting(Parser):
    """Counts the bytes that are joined or split."""

    __slots__ = ("work",)

    def __init__(self) -> None:
        super().__init__()
        self.work = 0

    def _join(self) -> None:
        super()._join()
        self.work += len(self._data)

    def _split(self, decode: bool) -> bool:
        before = self._end
        found = super()._split(decode)
        self.work += self._end - before if found else min(len(self._data) - before, 1 << 15)
        return found


LONG = {
    "one bulk": bulk(b"x" * 100_000),
    "one bulk of line ends": bulk(b"\r\n" * 50_000),
    "one line": b"+" + b"x" * 100_000 + b"\r\n",
    "one line of carriage returns": b"+" + b"\r" * 100_000,
    "one line of line feeds": b"+" + b"\n" * 100_000,
    "small bulks": b"*20000\r\n" + b"$1\r\nx\r\n" * 20_000,
    "integers": b"*20000\r\n" + b":12345\r\n" * 20_000,
    "nested": b"*1\r\n" * 1000 + b":1\r\n" + b"*3\r\n:1\r\n*1\r\n+a\r\n$-1\r\n" * 4000,
    "long and short in turn": b"*2000\r\n" + (b"$1\r\nx\r\n" + bulk(b"\r\n" * 100)) * 1000,
    "streamed": b"$?\r\n" + b";1\r\nx\r\n" * 15_000 + b";0\r\n*?\r\n" + b":1\r\n" * 15_000 + b".\r\n",
}


@pytest.mark.parametrize("step", [1, 10, 1000, 65_536, 10_000_000])
@pytest.mark.parametrize("name", LONG)
def test_the_work_grows_with_the_stream_and_not_with_the_cuts(name, step):
    wire = LONG[name]
    parser = Counting()
    try:
        for start in range(0, len(wire), step):
            parser.feed(wire[start : start + step])
            parser.replies(1000)
    except ProtocolError:
        pass

    assert parser.work <= 8 * len(wire)


@pytest.mark.parametrize("wire", BROKEN, ids=[repr(wire[:24]) for wire in BROKEN])
def test_frames_are_as_strict(wire):
    parser = FrameParser()
    with pytest.raises(ProtocolError, match="at byte"):
        feed_all(parser.feed, (*one_by_one(wire), b"\r\n"), parser.next_frame)
    with pytest.raises(ProtocolError):
        parser.next_frame()


@pytest.mark.parametrize(("limits", "wire", "why"), LIMITED[:22], ids=[f"{n}" for n in range(22)])
def test_frames_keep_the_limits(limits, wire, why):
    parser = FrameParser(limits)
    parser.feed(wire)

    with pytest.raises(ProtocolError, match=r"limit|deeper|longer"):
        parser.next_frame()
