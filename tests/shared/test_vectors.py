"""Every command on vector sets, on a real server and every face of the client."""

from __future__ import annotations

import struct

import pytest
from support.servers import needs, since

from plasma.errors import DecodeError, ResponseError

pytestmark = needs("VADD")


async def filled(r) -> None:
    await r.vadd("v", [1, 0.0, 0], "x", noquant=True, setattr='{"n": 1}')
    await r.vadd("v", [0.9, 0.1, 0.0], "near", noquant=True)
    await r.vadd("v", [-1.0, 0.0, 0.0], "far", noquant=True, setattr='{"n": 2}')


async def test_vadd_says_whether_the_element_is_new(r):
    assert await r.vadd("v", [1.0, 2.0], "a") is True
    assert await r.vadd("v", (3.0, 4.0), "a") is False
    assert await r.vcard("v") == 1
    assert await r.vdim("v") == 2


async def test_vadd_takes_bytes(r):
    await r.vadd("v", struct.pack("<3f", 3.0, 4.0, 0.0), "a", noquant=True)

    assert await r.vemb("v", "a") == [3.0, 4.0, 0.0]


async def test_vadd_options(r):
    assert await r.vadd("v", [1, 2, 3, 4], "a", reduce=2, cas=True, q8=True, ef=100, m=8, setattr="{}") is True
    assert await r.vadd("bits", [1, -2], "a", bin=True) is True
    assert (await r.vinfo("bits"))["quant-type"] == "bin"
    with pytest.raises(ValueError, match="noquant and q8 exclude each other"):
        await r.vadd("v", [1.0], "a", noquant=True, q8=True)


@pytest.mark.parametrize("wrong", ["text", 1.5, None], ids=repr)
async def test_a_vector_is_a_list_of_numbers(r, wrong):
    with pytest.raises(TypeError, match=r"vadd\(\) takes a vector as a list of numbers"):
        await r.vadd("v", wrong, "a")


async def test_vemb_gives_floats(r):
    await filled(r)

    assert [round(number, 5) for number in await r.vemb("v", "near")] == [0.9, 0.1, 0.0]
    assert all(type(number) is float for number in await r.vemb("v", "x"))
    assert await r.vemb("v", "nothing") is None
    assert await r.vemb("nothing", "x") is None


async def test_vemb_gives_what_is_stored(r):
    await r.vadd("zero", [0.0, 1.0], "a", noquant=True)
    await r.vadd("v", [3.0, 0.0], "a", q8=True)
    if r.face.text is str:
        with pytest.raises(DecodeError):
            await r.vemb("zero", "a", raw=True)
    plain = r.raw.client.bytes

    assert plain.vemb(r.key("zero"), "a", raw=True) == ("f32", struct.pack("<2f", 0, 1), 1.0, None)
    assert plain.vemb(r.key("v"), "a", raw=True) == ("int8", b"\x7f\0", 3.0, 1.0)
    assert await r.vemb("zero", "nothing", raw=True) is None


async def test_attributes_are_text(r):
    await filled(r)

    assert await r.vgetattr("v", "x") == r.s('{"n": 1}')
    assert await r.vgetattr("v", "near") is None
    assert await r.vsetattr("v", "near", '{"n": 3}') is True
    assert await r.vgetattr("v", "near") == r.s('{"n": 3}')
    assert await r.vsetattr("v", "near", "") is True
    assert await r.vgetattr("v", "near") is None
    assert await r.vsetattr("v", "nothing", "{}") is False


async def test_vinfo_is_text_and_numbers(r):
    await filled(r)
    told = await r.vinfo("v")

    assert (told["quant-type"], told["vector-dim"], told["size"]) == ("f32", 3, 3)
    assert await r.vinfo("nothing") is None


async def test_elements_are_there_or_not(r):
    await filled(r)

    assert await r.vismember("v", "x") is True
    assert await r.vrem("v", "x") is True
    assert await r.vrem("v", "x") is False
    assert await r.vismember("v", "x") is False


async def test_vdim_of_nothing_is_an_error(r):
    with pytest.raises(ResponseError, match="does not exist"):
        await r.vdim("nothing")


async def test_vlinks_gives_neighbours_by_layer(r):
    await filled(r)
    layers = await r.vlinks("v", "x")

    assert set(layers[-1]) == r.s({"near", "far"})
    scored = dict((await r.vlinks("v", "x", withscores=True))[-1])
    assert scored[r.s("far")] == 0.0
    assert 0.9 < scored[r.s("near")] < 1.0
    assert await r.vlinks("v", "nothing") is None
    assert await r.vlinks("v", "nothing", withscores=True) is None


async def test_vrandmember_gives_one_or_several(r):
    assert await r.vrandmember("nothing") is None
    assert await r.vrandmember("nothing", 2) == []
    await filled(r)

    assert await r.vrandmember("v") in r.s({"x", "near", "far"})
    assert set(await r.vrandmember("v", 5)) == r.s({"x", "near", "far"})
    assert len(await r.vrandmember("v", -5)) == 5


@needs("VRANGE")
async def test_vrange_gives_elements_in_order(r):
    await filled(r)

    assert await r.vrange("v", "-", "+") == r.s(["far", "near", "x"])
    assert await r.vrange("v", "(far", "[x", 1) == r.s(["near"])


async def test_vsim_gives_what_is_most_alike(r):
    await filled(r)

    assert await r.vsim("v", [1.0, 0.0, 0.0]) == r.s(["x", "near", "far"])
    assert await r.vsim("v", struct.pack("<3f", -1, 0, 0), count=1) == r.s(["far"])
    assert await r.vsim("v", element="far", count=1, ef=50, truth=True, nothread=True) == r.s(["far"])
    assert await r.vsim("nothing", [1.0]) == []


@since(redis="8.2")
async def test_vsim_gives_what_differs_little(r):
    await filled(r)

    assert await r.vsim("v", element="x", epsilon=0.5) == r.s(["x", "near"])


async def test_vsim_gives_scores(r):
    await filled(r)
    found = await r.vsim("v", element="x", withscores=True)

    assert [element for element, _ in found] == r.s(["x", "near", "far"])
    assert [round(score, 2) for _, score in found] == [1.0, 1.0, 0.0]
    assert all(type(score) is float for _, score in found)


@since(redis="8.2")
async def test_vsim_gives_attributes(r):
    await filled(r)

    assert await r.vsim("v", element="x", withattribs=True) == [
        (r.s("x"), r.s('{"n": 1}')),
        (r.s("near"), None),
        (r.s("far"), r.s('{"n": 2}')),
    ]
    assert await r.vsim("v", element="far", count=1, withscores=True, withattribs=True) == [
        (r.s("far"), 1.0, r.s('{"n": 2}'))
    ]


async def test_vsim_filters_by_attributes(r):
    await filled(r)

    assert await r.vsim("v", element="x", filter=".n > 1", filter_ef=10) == r.s(["far"])


async def test_vsim_needs_one_thing_to_compare_with(r):
    for arguments in ({}, {"vector": [1.0], "element": "x"}):
        with pytest.raises(ValueError, match=r"vsim\(\) needs either a vector or an element"):
            await r.vsim("v", **arguments)
