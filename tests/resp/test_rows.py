"""Arrays of one shape are taken a column at a time, and read as any others are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wire import aggregate, bulk, cut, read

from plasma.resp import Limits

texts = st.one_of(
    st.text(max_size=6).map(str.encode), st.sampled_from([b"\r\n", b"*2", b"\r\n$1\r\n", b"\xff", b"v" * 200])
)
shapes = st.recursive(st.none(), lambda part: st.lists(part, max_size=6), max_leaves=12)
odd = st.sampled_from(
    [b":1\r\n", b"_\r\n", b"*0\r\n", b"*1\r\n$1\r\nx\r\n", b"$-1\r\n", b"+OK\r\n", b"%1\r\n:1\r\n:2\r\n"]
)


def row(shape, values) -> bytes:
    """A value of that shape: None is a string, a list an array."""
    return bulk(next(values)) if shape is None else aggregate(b"*", [row(part, values) for part in shape])


@st.composite
def tables(draw):
    """A stream: an array of arrays of one shape, or of two, and perhaps something else among them."""
    wide = [draw(shapes) for _ in range(draw(st.integers(1, 2)))]
    drawn = draw(st.lists(texts, min_size=1, max_size=8))
    plain = draw(st.booleans())
    count = 0

    def values():
        nonlocal count
        while True:
            count += 1
            yield b"value:%d" % count if plain or count % 7 else drawn[count % len(drawn)]

    given = values()
    parts = [row([shape], given) for shape in wide for _ in range(draw(st.integers(1, 60)))]
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), draw(odd))
    return aggregate(draw(st.sampled_from([b"*", b"~"])), parts) + b"+OK\r\n"


@settings(max_examples=150, deadline=None)
@given(tables(), st.lists(st.integers(0, 1 << 16), max_size=8), st.booleans())
def test_rows_are_read_as_both_parsers_read_them_however_cut(wire, places, decode):
    expected = read("hiredis", [wire], decode)

    assert read("python", [wire], decode) == expected
    assert read("python", cut(wire, [place % len(wire) for place in places]), decode) == expected
    assert read("python", cut(wire, range(0, len(wire), 7)), decode) == expected


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_rows_are_nested_no_deeper_than_the_limit(depth):
    nested = aggregate(b"*", [aggregate(b"*", [aggregate(b"*", [bulk(b"x")])])] * 40)
    within = read("python", [nested], limits=Limits(depth=depth))

    assert (within[0][0] == "ProtocolError") == (depth < 3)


def test_pairs_with_a_score_are_nested_no_deeper_than_the_limit():
    pairs = aggregate(b"*", [aggregate(b"*", [bulk(b"member"), b",1.5\r\n"])] * 40)

    assert read("python", [pairs], limits=Limits(depth=1))[0][0] == "ProtocolError"
