"""Every command on the bits of strings, on a real server and every face of the client."""

from __future__ import annotations

import pytest
from support.servers import since

from plasma.errors import ResponseError


async def test_setbit_gives_the_bit_before(r):
    assert await r.setbit("b", 7, 1) == 0
    assert await r.setbit("b", 7, 0) == 1
    assert await r.getbit("b", 7) == 0
    assert await r.getbit("b", 1000) == 0
    assert await r.getbit("nothing", 0) == 0


async def test_a_bit_is_0_or_1(r):
    with pytest.raises(ResponseError, match="bit is not an integer"):
        await r.setbit("b", 0, 2)


async def test_bitcount_counts_ones(r):
    await r.set("b", "foobar")

    assert await r.bitcount("b") == 26
    assert await r.bitcount("b", 0, 0) == 4
    assert await r.bitcount("b", 1, -1) == 22
    assert await r.bitcount("nothing") == 0


@since("7.0")
async def test_bitcount_counts_in_a_range_of_bits(r):
    await r.set("b", "foobar")

    assert await r.bitcount("b", 5, 30, unit="BIT") == 17
    assert await r.bitcount("b", 1, 1, unit="BYTE") == 6


@since(valkey="9.0")
async def test_bitcount_counts_from_a_byte_on(r):
    await r.set("b", "foobar")

    assert await r.bitcount("b", 1) == 22


async def test_bitpos_finds_the_first_bit(r):
    await r.set("b", b"\x00\x0f\xff" if r.face.text is bytes else "\x00\x0f\x7f")

    assert await r.bitpos("b", 1) == 12
    assert await r.bitpos("b", 0, 1) == 8
    assert await r.bitpos("b", 1, 0, 0) == -1
    assert await r.bitpos("nothing", 0) == 0
    assert await r.bitpos("nothing", 1) == -1


@since("7.0")
async def test_bitpos_looks_in_a_range_of_bits(r):
    await r.set("b", "\x00\x0f\x7f")

    assert await r.bitpos("b", 1, 13, 20, unit="BIT") == 13
    assert await r.bitpos("b", 1, 2, 2, unit="BYTE") == 17


@pytest.mark.parametrize("method", ["bitcount", "bitpos"])
async def test_ranges_that_cannot_be_meant_are_refused(r, method):
    first = () if method == "bitcount" else (1,)
    with pytest.raises(ValueError, match="end and unit need a start"):
        await getattr(r, method)("b", *first, end=1)
    with pytest.raises(ValueError, match="unit needs an end"):
        await getattr(r, method)("b", *first, 1, unit="BIT")


@pytest.mark.parametrize(
    ("operation", "result"), [("AND", "`bc`ab"), ("OR", "goofev"), ("XOR", "\x07\r\x0c\x06\x04\x14")]
)
async def test_bitop_stores_the_result(r, operation, result):
    await r.mset({"x": "foobar", "y": "abcdef"})

    assert await r.bitop(operation, "dest", "x", "y") == 6
    assert await r.get("dest") == r.s(result)


async def test_bitop_turns_all_bits_over(r):
    await r.set("x", "a")

    assert await r.bitop("NOT", "dest", "x") == 1
    assert await r.bitcount("dest") == 5
    with pytest.raises(ValueError, match=r"bitop\(\) needs at least one key"):
        await r.bitop("AND", "dest")


@since(redis="8.2")
@pytest.mark.parametrize(
    ("operation", "result"), [("DIFF", "\x02"), ("DIFF1", "\x04"), ("ANDOR", "\x01"), ("ONE", "\x06")]
)
async def test_bitop_knows_differences(r, operation, result):
    await r.mset({"x": "\x03", "y": "\x05"})

    assert await r.bitop(operation, "dest", "x", "y") == 1
    assert await r.get("dest") == r.s(result)


async def test_bitfield_reads_and_writes_integers(r):
    assert await r.bitfield("b", ("SET", "u8", 0, 255), ("GET", "i4", 0), ("INCRBY", "u8", "#1", 3)) == [0, -1, 3]
    assert await r.bitfield("b", ("GET", "u16", 0)) == [0xFF03]


async def test_bitfield_overflows_as_it_is_told(r):
    await r.bitfield("b", ("SET", "u8", 0, 255))

    assert await r.bitfield(
        "b",
        ("OVERFLOW", "FAIL"),
        ("INCRBY", "u8", 0, 1),
        ("OVERFLOW", "SAT"),
        ("INCRBY", "u8", 0, 1),
        ("OVERFLOW", "WRAP"),
        ("INCRBY", "u8", 0, 1),
    ) == [None, 255, 0]


async def test_bitfield_ro_only_reads(r):
    await r.bitfield("b", ("SET", "u8", 0, 255))

    assert await r.bitfield_ro("b", ("GET", "u8", 0), ("GET", "u4", "#2")) == [255, 0]
    with pytest.raises(ResponseError, match="only supports the GET subcommand"):
        await r.bitfield_ro("b", ("SET", "u8", 0, 1))


@pytest.mark.parametrize("method", ["bitfield", "bitfield_ro"])
async def test_bitfield_takes_tuples(r, method):
    with pytest.raises(TypeError, match="takes its operations as tuples"):
        await getattr(r, method)("b", "GET", "u8", 0)
    with pytest.raises(ValueError, match="needs at least one operation"):
        await getattr(r, method)("b")
