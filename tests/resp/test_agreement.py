"""Both parsers give the same replies for any tree of RESP values, cut anywhere."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support.wire import aggregate, bulk, cut, read

strings = st.one_of(
    st.binary(max_size=20),
    st.text(max_size=10).map(str.encode),
    st.sampled_from(
        [
            b"\r\n|1\r\n",
            b"\r\n%1\r\n",
            b"\r\n~1",
            b"\r\n(1",
            b"\r\n*99999",
            b"\r\n$9999999999",
            b"\r",
            b"\n",
            b"x" * 200,
        ]
    ),
)
plain = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=10).map(str.encode)
old_leaves = st.one_of(
    strings.map(bulk),
    plain.map(lambda text: b"+%b\r\n" % text),
    plain.map(lambda text: b"-%b\r\n" % text),
    st.integers(-(1 << 63), (1 << 63) - 1).map(lambda number: b":%d\r\n" % number),
    st.sampled_from([b"$-1\r\n", b"*-1\r\n", b":0\r\n", b"+OK\r\n"]),
)
new_leaves = st.one_of(
    old_leaves,
    st.sampled_from([b"_\r\n", b"#t\r\n", b"#f\r\n", b",inf\r\n", b",-inf\r\n", b",nan\r\n", b"~-1\r\n", b"%-1\r\n"]),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: b",%b\r\n" % repr(number).encode()),
    st.integers().map(lambda number: b"(%d\r\n" % number),
    strings.map(lambda text: bulk(b"txt:" + text, b"=")),
    strings.map(lambda text: bulk(text, b"!")),
    st.lists(strings.filter(bool), max_size=4).map(
        lambda parts: b"$?\r\n" + b"".join(bulk(part, b";") for part in parts) + b";0\r\n"
    ),
)


def arrays(of):
    return st.lists(of, max_size=12).map(lambda parts: aggregate(b"*", parts))


def aggregates(of):
    pairs = st.lists(st.tuples(of, of).map(b"".join), max_size=4)
    some = st.lists(of, max_size=5)
    return st.one_of(
        arrays(of),
        some.map(lambda parts: aggregate(b"~", parts)),
        pairs.map(lambda parts: aggregate(b"%", parts)),
        some.map(lambda parts: b"*?\r\n" + b"".join(parts) + b".\r\n"),
        some.map(lambda parts: b"~?\r\n" + b"".join(parts) + b".\r\n"),
        pairs.map(lambda parts: b"%?\r\n" + b"".join(parts) + b".\r\n"),
        st.tuples(pairs.map(lambda parts: aggregate(b"|", parts)), of).map(b"".join),
        st.tuples(st.integers(1, 40), of).map(lambda many: aggregate(b"*", [many[1]] * many[0])),
    )


old = st.recursive(old_leaves, arrays, max_leaves=15)
new = st.recursive(new_leaves, aggregates, max_leaves=15)
streams = st.one_of(
    st.lists(old, min_size=1, max_size=6),
    st.lists(
        st.one_of(new, st.lists(new, max_size=3).map(lambda parts: aggregate(b">", parts))), min_size=1, max_size=6
    ),
).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(streams, st.lists(st.integers(0, 1 << 16), max_size=30), st.booleans(), st.integers(0, 1000))
def test_any_stream_reads_the_same_by_both_however_cut(wire, places, decode, seed):
    pieces = cut(wire, [place % len(wire) for place in places])
    expected = read("python", [wire], decode)

    assert expected[-1] == ("pending", False)
    assert read("python", pieces, decode) == expected
    assert read("hiredis", [wire], decode) == expected
    assert read("hiredis", pieces, decode) == expected
    assert read("hiredis", pieces, decode, seed=seed) == expected
    assert read("python", pieces, decode, seed=seed) == expected
