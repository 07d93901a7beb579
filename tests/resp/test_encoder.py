"""Arguments become the bytes they should be, or are refused before anything is queued or sent."""

from __future__ import annotations

import enum
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wire import bulk

from plasma.resp import Packer, Parser, pack, pack_many


def joined(packed):
    return packed if isinstance(packed, bytes) else b"".join(packed)


def expected(*words):
    return b"*%d\r\n" % len(words) + b"".join(map(bulk, words))


class Text(str):
    __slots__ = ()

    def __str__(self):
        return "wrong"

    def encode(self, *args):
        return b"wrong"


class Raw(bytes):
    def __bytes__(self):
        return b"wrong"

    def __len__(self):
        return 1


class Whole(int):
    def __str__(self):
        return "wrong"

    __repr__ = __str__


class Real(float):
    def __str__(self):
        return "wrong"

    __repr__ = __str__


class Number(enum.IntEnum):
    SEVEN = 7


class Word(str, enum.Enum):
    RED = "red"


VALUES = [
    ("text", b"text"),
    ("", b""),
    ("héllo", "héllo".encode()),
    ("😀", "😀".encode()),
    ("a\r\nb\x00", b"a\r\nb\x00"),
    (b"raw\xff\r\n", b"raw\xff\r\n"),
    (bytearray(b"array"), b"array"),
    (memoryview(b"view"), b"view"),
    (memoryview(b"a-b-c")[::1], b"a-b-c"),
    (memoryview(bytes(8)).cast("i"), bytes(8)),
    (memoryview(bytes(range(8))).cast("B", (2, 4)), bytes(range(8))),
    (memoryview(b""), b""),
    (0, b"0"),
    (-5, b"-5"),
    (2**64, b"18446744073709551616"),
    (10**1000, b"1" + b"0" * 1000),
    (1.5, b"1.5"),
    (0.1, b"0.1"),
    (-0.0, b"-0.0"),
    (1e100, b"1e+100"),
    (5e-324, b"5e-324"),
    (float("inf"), b"inf"),
    (float("-inf"), b"-inf"),
    (float("nan"), b"nan"),
    (Text("right"), b"right"),
    (Raw(b"right"), b"right"),
    (Whole(12), b"12"),
    (Real(2.5), b"2.5"),
    (Number.SEVEN, b"7"),
    (Word.RED, b"red"),
    ("x" * 5000, b"x" * 5000),
    ("é" * 600, "é".encode() * 600),
    ("x" * 70_000, b"x" * 70_000),
    (b"y" * 70_000, b"y" * 70_000),
    ("é" * 40_000, "é".encode() * 40_000),
    (bytearray(b"z" * 70_000), b"z" * 70_000),
    (memoryview(bytes(80_000)).cast("d"), bytes(80_000)),
]
values = pytest.mark.parametrize(("value", "wire"), VALUES, ids=[f"{n}" for n in range(len(VALUES))])


@values
def test_every_kind_of_value_is_sent_as_its_bytes(value, wire):
    for args, words in (
        ((value,), (wire,)),
        (("k", value), (b"k", wire)),
        ((value, "k"), (wire, b"k")),
        (("k", value, "é", 5), (b"k", wire, "é".encode(), b"5")),
        (("k", *[value] * 3, *["v"] * 40), (b"k", *[wire] * 3, *[b"v"] * 40)),
        (("k", *["v", 1.5, 7] * 15, value), (b"k", *[b"v", b"1.5", b"7"] * 15, wire)),
    ):
        assert joined(pack("SET", args)) == expected(b"SET", *words)
        assert joined(pack_many([("SET", args)] * 3)) == expected(b"SET", *words) * 3


def test_a_command_without_arguments_is_its_name():
    assert pack("PING", ()) == b"*1\r\n$4\r\nPING\r\n"


def test_a_name_of_two_words_is_two_strings():
    assert pack("CONFIG GET", ("maxmemory",)) == expected(b"CONFIG", b"GET", b"maxmemory")


def test_a_name_that_is_not_ascii_is_sent_as_utf_8():
    assert pack("MODÜL", ("a",)) == expected("MODÜL".encode(), b"a")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 31, 32, 127, 128, 500])
def test_any_number_of_arguments_is_packed(count):
    args = tuple(f"value-{n}" for n in range(count))

    assert pack("MGET", args) == expected(b"MGET", *(arg.encode() for arg in args))


REFUSED = [
    (None, TypeError, "is None"),
    (True, TypeError, "is a bool"),
    (False, TypeError, "is a bool"),
    (["a"], TypeError, "is a list; pass its elements one by one"),
    (("a",), TypeError, "is a tuple"),
    ({"a": 1}, TypeError, "is a dict"),
    ({"a"}, TypeError, "is a set"),
    (object(), TypeError, "is a object"),
    (1j, TypeError, "is a complex"),
    ("\ud800secret", ValueError, "lone surrogate"),
    (Text("\ud800secret"), ValueError, "lone surrogate"),
    (memoryview(b"abcdef")[::2], ValueError, "not contiguous"),
]


@pytest.mark.parametrize(
    ("value", "error", "why"), REFUSED, ids=[f"{n}-{type(one[0]).__name__}" for n, one in enumerate(REFUSED)]
)
@pytest.mark.parametrize("position", [1, 2, 3, 40])
def test_what_cannot_be_sent_is_refused_by_command_and_position(value, error, why, position):
    args = ("key",) * (position - 1) + (value,)
    packer = Packer()
    packer.add("PING", ())

    for call in (lambda: pack("HSET", args), lambda: packer.add("HSET", args), lambda: pack_many([("HSET", args)])):
        with pytest.raises(error, match=f"HSET argument {position} .*{why}") as caught:
            call()
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__

    assert packer.take() == [(1, [b"*1\r\n$4\r\nPING\r\n"])]


def test_an_int_past_the_limit_of_digits_is_refused():
    number = 10 ** (sys.get_int_max_str_digits() + 1)

    for before in (1, 40):
        args = (*["k"] * before, number)
        for call in (lambda args=args: pack("SET", args), lambda args=args: Packer().add("SET", args)):
            with pytest.raises(ValueError, match=f"SET argument {before + 1} is an int with more digits"):
                call()


def test_a_name_with_a_lone_surrogate_is_refused():
    with pytest.raises(ValueError, match="name holds a lone surrogate"):
        pack("\ud800", ("a",))


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_a_big_value_is_not_copied(make):
    value = make(bytes(100_000))

    packed = pack("SET", ("key", value, "EX", 5))

    assert [len(buffer) for buffer in packed] == [len(b"*5\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100000\r\n"), 100_000, 17]
    assert packed[1] is value or packed[1].obj is (value.obj if make is memoryview else value)


def test_a_packer_copies_what_can_change():
    value = bytearray(b"a" * 100_000)
    small = bytearray(b"b")
    packer = Packer()
    packer.add("SET", (small, value))
    value[:] = b"c" * 100_000
    small[:] = b"d"

    wire = b"".join(buffer for _, buffers in packer.take() for buffer in buffers)

    assert wire == expected(b"SET", b"b", b"a" * 100_000)


def test_a_packer_gives_bounded_chunks_that_know_their_commands():
    packer = Packer()
    for number in range(10_000):
        packer.add("SET", (f"key:{number}", "v" * (number % 200)))
    length = len(packer)
    chunks = packer.take()

    assert length == 10_000
    assert sum(count for count, _ in chunks) == 10_000
    assert max(count for count, _ in chunks) <= 1024
    assert max(len(buffer) for _, buffers in chunks for buffer in buffers) < 130_000
    assert all(len(buffers) == 1 for _, buffers in chunks)
    assert len(packer) == 0
    assert packer.take() == []


def test_a_packer_splits_a_command_with_many_arguments_off():
    packer = Packer()
    for _ in range(4):
        packer.add("MSET", tuple(f"word-{n}" for n in range(10_000)))

    assert [count for count, _ in packer.take()] == [1, 1, 1, 1]


def test_a_packer_keeps_the_order_of_text_bytes_and_big_values():
    commands = [
        ("SET", ("a", "1")),
        ("SET", ("b", b"\xff")),
        ("SET", ("c", "é")),
        ("SET", ("d", b"x" * 70_000)),
        ("INCRBY", ("e", 5)),
        ("GET", ("f",)),
    ] * 5
    wire = b"".join(joined(pack(*command)) for command in commands)

    assert b"".join(pack_many(commands)) == wire


def test_a_cleared_packer_is_empty():
    packer = Packer()
    packer.add("SET", ("a", "1"))
    packer.add("SET", ("a", b"\xff"))
    packer.clear()

    assert len(packer) == 0
    assert packer.take() == []


def test_names_without_end_do_not_fill_the_memory():
    from plasma.resp import encoder

    for number in range(20_000):
        pack(f"NAME{number}", ())

    assert sum(map(len, encoder._heads)) <= 4096
    assert pack("GET", ("k",)) == expected(b"GET", b"k")


arguments = st.one_of(
    st.text(),
    st.binary(),
    st.integers(),
    st.floats(),
    st.text(max_size=3).map(lambda text: text * 800),
    st.binary().map(bytearray),
    st.binary().map(memoryview),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "CONFIG SET", "XADD"]),
            st.one_of(st.lists(arguments, max_size=6), st.lists(arguments, min_size=32, max_size=40)).map(tuple),
        )
    )
)
def test_what_is_packed_reads_back_as_it_was(commands):
    parser = Parser()
    for buffer in pack_many(commands):
        parser.feed(buffer)
    found = parser.replies(len(commands) + 1, False)

    assert [joined(pack(*command)) for command in commands] == [joined([*pack_many([command])]) for command in commands]
    assert found == [
        [
            *(word.encode() for word in name.split()),
            *(
                arg.encode()
                if isinstance(arg, str)
                else repr(arg).encode()
                if isinstance(arg, (int, float))
                else bytes(arg)
                for arg in args
            ),
        ]
        for name, args in commands
    ]


@settings(max_examples=150, deadline=None)
@given(st.floats(allow_nan=False))
def test_a_float_reads_back_equal(number):
    wire = pack("SET", (number,))

    assert float(wire.split(b"\r\n")[4]) == number
