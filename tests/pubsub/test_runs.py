"""Messages are read in runs where they can be; the result is the parser's, however the stream is cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasma.messages import message_of
from plasma.resp import Parser, Push
from plasma.runs import Reader, Run
from plasma.subscriptions import Subscriptions


def bulk(value: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(value), value)


def encoded(mark: bytes, words: list[bytes]) -> bytes:
    return mark + b"%d\r\n" % len(words) + b"".join(map(bulk, words))


def handed_on(replies: list[Any]) -> list[Any]:
    """Messages in the form in which they are handed on, all strings as bytes; other replies as they are."""
    return [reply if reply == b"PONG" else as_bytes(*Subscriptions().take([reply])) for reply in replies]


def as_bytes(message: tuple[Any, ...]) -> list[bytes]:
    return [value.encode() if isinstance(value, str) else value for value in message]


payloads = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"\r\n", b"a\r\nb", b"", b"x" * 2000, b"\r\n>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n"]),
)
frames = st.one_of(
    st.builds(lambda c, d: [b"message", c, d], st.sampled_from([b"a", b"b\xff"]), payloads),
    st.builds(lambda c, d: [b"message", c, d], st.just(b"a"), st.just(b"data")),
    st.builds(lambda c, d: [b"smessage", c, d], st.just(b"a"), payloads),
    st.builds(lambda p, c, d: [b"pmessage", p, c, d], st.just(b"a*"), st.just(b"ab"), payloads),
    st.just(None),
)


@given(
    st.lists(frames, max_size=30),
    st.sampled_from([b">", b"*"]),
    st.lists(st.one_of(st.integers(1, 60), st.integers(60, 5000)), min_size=1),
    st.booleans(),
)
def test_what_is_read_is_what_the_parser_reads(
    words: list[Any], mark: bytes, cuts: list[int], wants_text: bool
) -> None:
    stream = b"".join(b"+PONG\r\n" if frame is None else encoded(mark, frame) for frame in words)
    reader = Reader("python", wants_text)
    found: list[Any] = []
    at = number = 0
    while at < len(stream):
        size = cuts[number % len(cuts)]
        number += 1
        found += reader.replies(stream[at : at + size])
        at += size
    parser = Parser()
    parser.feed(stream)

    assert handed_on(found) == handed_on(parser.replies(1 << 30, False))


@pytest.mark.parametrize("parser", ["python", "auto"])
def test_a_long_run_is_the_same_for_every_cut(parser: Any) -> None:
    words = [[b"message", b"channel", b"number %d" % number] for number in range(300)]
    stream = b"".join(encoded(b">", frame) for frame in words)
    for size in (1, 7, 100, 1000, len(stream)):
        reader = Reader(parser)
        found: list[Any] = []
        for at in range(0, len(stream), size):
            found += reader.replies(stream[at : at + size])

        assert handed_on(found) == words


def test_lengths_that_are_not_true_are_left_to_the_parser() -> None:
    good = encoded(b">", [b"message", b"a", b"four"])
    odd = b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$6\r\na\r\nbcd\r\n"

    for wants_text in (False, True):
        assert Reader("python", wants_text).replies(good + odd) == [
            Push([b"message", b"a", b"four"]),
            Push([b"message", b"a", b"a\r\nbcd"]),
        ]


def test_what_is_complete_behind_a_run_is_not_held_back() -> None:
    run = encoded(b">", [b"message", b"a", b"x"]) * 3
    confirmed = b">3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"

    assert len(Reader("python").replies(run + confirmed)) == 4
    assert len(Reader("python").replies(run + b"+PONG\r\n")) == 4
    assert len(Reader("python").replies(encoded(b">", [b"pmessage", b"p", b"a", b"x"]) * 3 + run)) == 6


@pytest.mark.parametrize("kind", [b"message", b"smessage", b"pmessage"])
def test_a_run_is_text_where_that_is_wanted_and_bytes_where_it_is_not(kind: bytes) -> None:
    pattern = [b"c*"] if kind == b"pmessage" else []
    run = encoded(b">", [kind, *pattern, b"ch", b"one"]) + encoded(b">", [kind, *pattern, b"ch", b"three"])
    text, raw = Reader("python", True).replies(run), Reader("python").replies(run)

    assert type(text) is type(raw) is Run
    assert text == [
        (kind.decode(), "ch", "one", *["c*"] * len(pattern)),
        (kind.decode(), "ch", "three", *["c*"] * len(pattern)),
    ]
    assert raw == [(kind.decode(), b"ch", b"one", *pattern), (kind.decode(), b"ch", b"three", *pattern)]
    assert [message_of(entry, True) for entry in raw] == [message_of(entry, True) for entry in text]


def test_a_run_that_is_not_ascii_is_text_when_it_is_made_a_message() -> None:
    run = encoded(b"*", [b"message", b"ch", "é".encode()]) * 2
    found = Reader("python", True).replies(run)

    assert [message_of(entry, True).data for entry in found] == ["é", "é"]
