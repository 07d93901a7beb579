"""Runs of strings of one length are taken in bulk, and read as any others are, whatever they hold."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wire import aggregate, bulk, cut, read

from plasma.resp.even import Pairs, even_bulks


def tricky(size: int, chance: random.Random) -> bytes:
    """A string of that length that looks like what stands between two of them, or is not ASCII, or not UTF-8."""
    lure = chance.choice(
        [b"\r\n$%d\r\n" % size, b"$%d\r\n" % size, b"\r\n$%d" % size, b"\r", b"\n", b"\xc3\xa9", b"\xff"]
    )
    at = chance.randint(0, max(0, size - len(lure)))
    return (b"v" * at + lure + b"v" * size)[:size]


@st.composite
def strings(draw):
    """Strings in runs of one length, a few of them tricky ones."""
    chance = random.Random(draw(st.integers(0, 1 << 30)))
    runs = draw(
        st.lists(st.tuples(st.sampled_from([0, 1, 2, 9, 10, 30, 127, 128, 300]), st.integers(1, 80)), max_size=4)
    )
    odds = draw(st.sampled_from([0, 0.02, 0.3]))
    return [
        tricky(size, chance) if chance.random() < odds else (b"%0*d" % (size, chance.randrange(10)))[:size]
        for size, count in runs
        for _ in range(count)
    ]


@settings(max_examples=150, deadline=None)
@given(strings(), st.sampled_from([b"*", b"~", b""]), st.lists(st.integers(0, 1 << 16), max_size=8), st.booleans())
def test_runs_of_one_length_are_read_as_both_parsers_read_them_however_cut(values, head, places, decode):
    parts = list(map(bulk, values))
    wire = b"".join([aggregate(head, parts) if head else b"".join(parts), b"+OK\r\n", *parts[:40], b":1\r\n"])
    pieces = cut(wire, [place % len(wire) for place in places])
    expected = read("hiredis", [wire], decode)

    assert read("python", [wire], decode) == expected
    assert read("python", pieces, decode) == expected
    assert read("python", pieces, decode, seed=1) == expected
    assert read("python", cut(wire, range(0, len(wire), 7)), decode) == expected


@pytest.mark.parametrize("size", [0, 1, 9, 127, 128, 1000])
@pytest.mark.parametrize("decode", [True, False])
def test_a_run_is_found_up_to_the_first_string_of_another_length(size, decode):
    values = [b"x" * size] * 40
    run = b"".join(map(bulk, values))
    head = b"$%d\r\n" % size

    found = even_bulks(b"+OK\r\n" + run + bulk(b"x" * (size + 1)) + run, 5, head, size, decode)

    assert found is not None
    tokens, end = found
    assert isinstance(tokens, Pairs)
    assert end == 5 + len(run)
    assert [token if isinstance(token, bytes) else token.encode() for token in tokens] == [head[:-2], b"x" * size] * 40


def test_strings_that_do_not_end_where_they_say_are_no_run():
    wrong = (bulk(b"12345") * 10 + b"$5\r\n1234567") * 10

    assert even_bulks(wrong, 0, b"$5\r\n", 5, True) is None
