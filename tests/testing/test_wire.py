"""The little RESP that the tools speak themselves."""

from __future__ import annotations

import pytest

from plasma.testing import wire

FRAMES = [
    b"+OK\r\n",
    b"-ERR no\r\n",
    b":42\r\n",
    b"$5\r\nhe\r\no\r\n",
    b"$0\r\n\r\n",
    b"$-1\r\n",
    b"*-1\r\n",
    b"*0\r\n",
    b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
    b"%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n",
    b"~1\r\n#t\r\n",
    b">2\r\n+message\r\n$1\r\nx\r\n",
    b"|1\r\n+ttl\r\n:9\r\n$1\r\nx\r\n",
    b"*1\r\n|1\r\n+a\r\n+b\r\n:7\r\n",
    b"=7\r\ntxt:abc\r\n",
    b"!5\r\nERR x\r\n",
    b",1.5\r\n",
    b"(123\r\n",
    b"_\r\n",
]


def cut(stream: bytes, size: int, *, inline: bool = False) -> list[bytes]:
    frames = wire.Frames(inline=inline)
    whole: list[bytes] = []
    for at in range(0, len(stream), size):
        frames.feed(stream[at : at + size])
        while (frame := frames.next()) is not None:
            whole.append(frame)
    return whole


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_is_cut_into_its_frames_whatever_pieces_it_comes_in(size: int) -> None:
    assert cut(b"".join(FRAMES), size) == FRAMES


@pytest.mark.parametrize("size", [1, 1000])
def test_lines_between_commands_are_commands_too(size: int) -> None:
    stream = [b"PING\r\n", wire.pack("SET", "k", b"\r\n*1\r\n"), b"\r\n", b"GET k\n"]

    assert cut(b"".join(stream), size, inline=True) == stream


def test_a_stream_that_is_not_resp_is_an_error_and_its_bytes_can_be_taken_back() -> None:
    frames = wire.Frames()
    frames.feed(b"HTTP/1.1 400\r\n")

    with pytest.raises(ValueError, match="HTTP"):
        frames.next()
    assert frames.take() == b"HTTP/1.1 400\r\n"


def test_values_are_read_from_frames() -> None:
    values = [wire.value(frame) for frame in FRAMES]

    assert values == [
        *(b"OK", "ERR no", 42, b"he\r\no", b"", None, None, [], [b"a", [1]], [b"k", [1, 2]], [True]),
        *([b"message", b"x"], b"x", [7], b"txt:abc", "ERR x", 1.5, 123, None),
    ]


def test_a_command_is_read_back_as_it_was_packed() -> None:
    assert wire.command(wire.pack("SET", b"\xff", 1, 1.5)) == [b"SET", b"\xff", b"1", b"1.5"]


def test_text_of_a_reply_keeps_bytes_that_are_not_utf8() -> None:
    assert wire.text([b"\xc3\xa9", [b"\xff", 1, None]]) == ["é", ["\udcff", 1, None]]
