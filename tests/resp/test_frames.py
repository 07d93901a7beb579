"""Frames show what Python values hide: types, attributes, spelling, streaming, formats."""

from __future__ import annotations

import pytest
from support.wire import cut, one_by_one

from plasma.errors import DecodeError, ProtocolError
from plasma.resp import NEED_DATA, Frame, FrameParser, Limits


def frames(*pieces):
    parser = FrameParser()
    found = []
    for piece in pieces:
        parser.feed(piece)
        while (frame := parser.next_frame()) is not NEED_DATA:
            found.append(frame)
    return found


def bulk(value):
    return Frame("bulk", value, wire="$")


ONE = Frame("integer", 1, wire=":")
EXAMPLES = [
    (b"+OK\r\n", Frame("simple", b"OK", wire="+")),
    (b"-ERR x\r\n", Frame("error", b"ERR x", wire="-")),
    (b":1\r\n", ONE),
    (b"$1\r\n\xff\r\n", bulk(b"\xff")),
    (b"$-1\r\n", Frame("null", None, wire="$")),
    (b"*-1\r\n", Frame("null", None, wire="*")),
    (b"_\r\n", Frame("null", None, wire="_")),
    (b"#t\r\n", Frame("boolean", True, wire="#")),
    (b",1.5\r\n", Frame("double", 1.5, wire=",")),
    (b"(12345678901234567890\r\n", Frame("big number", 12345678901234567890, wire="(")),
    (b"!3\r\nERR\r\n", Frame("bulk error", b"ERR", wire="!")),
    (b"=7\r\nmkd:abc\r\n", Frame("verbatim", b"abc", wire="=", format=b"mkd")),
    (b"*2\r\n:1\r\n*0\r\n", Frame("array", [ONE, Frame("array", [], wire="*")], wire="*")),
    (b"%1\r\n$1\r\na\r\n:1\r\n", Frame("map", [(bulk(b"a"), ONE)], wire="%")),
    (b"~1\r\n:1\r\n", Frame("set", [ONE], wire="~")),
    (b">1\r\n:1\r\n", Frame("push", [ONE], wire=">")),
    (b"$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", Frame("bulk", b"abc", wire="$", streamed=True)),
    (b"*?\r\n:1\r\n.\r\n", Frame("array", [ONE], wire="*", streamed=True)),
    (b"%?\r\n:1\r\n:1\r\n.\r\n", Frame("map", [(ONE, ONE)], wire="%", streamed=True)),
    (b"~?\r\n.\r\n", Frame("set", [], wire="~", streamed=True)),
    (
        b"|1\r\n:1\r\n:1\r\n|0\r\n|1\r\n:1\r\n$1\r\na\r\n_\r\n",
        Frame("null", None, wire="_", attributes=[(ONE, ONE), (ONE, bulk(b"a"))]),
    ),
    (
        b"*1\r\n|1\r\n|1\r\n:1\r\n:1\r\n$1\r\nk\r\n:1\r\n*1\r\n:1\r\n",
        Frame(
            "array",
            [
                Frame(
                    "array",
                    [ONE],
                    wire="*",
                    attributes=[(Frame("bulk", b"k", wire="$", attributes=[(ONE, ONE)]), ONE)],
                )
            ],
            wire="*",
        ),
    ),
]
examples = pytest.mark.parametrize(("wire", "frame"), EXAMPLES, ids=[repr(one[0][:20]) for one in EXAMPLES])


@examples
def test_a_frame_is_what_came(wire, frame):
    assert frames(wire + wire) == [frame, frame]


@examples
def test_a_frame_is_the_same_however_the_wire_is_cut(wire, frame):
    assert frames(*one_by_one(wire)) == [frame]
    assert [frames(*cut(wire, [at])) for at in range(1, len(wire))] == [[frame]] * (len(wire) - 1)


def test_frames_differ_in_any_of_their_parts():
    assert Frame("integer", 2, wire=":") != ONE
    assert Frame("integer", 1, wire=":", attributes=[(ONE, ONE)]) != ONE
    assert ONE != 1


def test_a_frame_shows_what_is_special_about_it():
    (frame,) = frames(b"|1\r\n:1\r\n:1\r\n=5\r\ntxt:a\r\n")

    assert repr(frame) == (
        "Frame('verbatim', b'a', wire='=', attributes=[(Frame('integer', 1, wire=':'), Frame('integer', 1, wire=':'))],"
        " format=b'txt')"
    )


def test_the_reply_of_a_frame_that_is_not_text_is_an_error_or_bytes():
    (frame,) = frames(b"*1\r\n$1\r\n\xff\r\n")

    assert frame.reply(False) == [b"\xff"]
    with pytest.raises(DecodeError, match="byte 0 of a string of 1 bytes"):
        frame.reply()


def test_the_deepest_frame_needs_no_recursion():
    (frame,) = frames(b"*1\r\n" * 1024 + b":7\r\n")
    reply = frame.reply()
    while reply != 7:
        (reply,) = reply

    assert reply == 7


def test_what_belongs_to_no_frame_yet_is_pending():
    parser = FrameParser(Limits(depth=5))
    states = []
    for piece in (b"", b":", b"1\r\n", b"|1\r\n", b":1\r\n:1\r\n", b":2\r\n"):
        parser.feed(piece)
        while parser.next_frame() is not NEED_DATA:
            pass
        states.append(parser.pending)

    assert states == [False, True, False, True, True, False]


def test_after_a_protocol_error_a_frame_parser_stays_broken():
    parser = FrameParser()
    parser.feed(b":1\r\n:x\r\n:2\r\n")
    parser.next_frame()

    for _ in range(2):
        with pytest.raises(ProtocolError, match="bad integer, at byte 4 of the stream"):
            parser.next_frame()
