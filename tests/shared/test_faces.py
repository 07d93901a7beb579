"""The shared suite does what it says: every case runs on the protocol, parser, text type and prefix of its face."""

from __future__ import annotations

import pytest
from support.faces import couples, every, few

from plasma.errors import DecodeError, WrongTypeError


async def test_the_protocol_is_the_one_of_the_face(r):
    reply = await r.execute("CONFIG", "GET", "maxmemory")

    assert type(reply) is (dict if r.face.protocol == 3 else list)


async def test_the_parser_is_the_one_of_the_face(r):
    assert r.client.config.parser == r.face.parser


async def test_values_are_of_the_text_type_of_the_face(r):
    await r.execute("SET", "k", "v")

    assert await r.execute("GET", "k") == r.s("v")
    assert type(await r.execute("GET", "k")) is r.face.text


async def test_keys_have_the_prefix_of_the_face(r):
    await r.execute("SET", "k", "v")

    assert await r.raw.execute("KEYS", "*") == [r.key("k")]
    assert r.key("k") == r.face.prefix + "k"


async def test_expected_values_are_turned_as_deep_as_they_go(r):
    kind = r.face.text
    expected = r.s({"a": ["b", ("c", 1, None)], "d": {"e"}, "f": 2.5})
    a, b, c, d, e, f = "abcdef" if kind is str else (letter.encode() for letter in "abcdef")

    assert expected == {a: [b, (c, 1, None)], d: {e}, f: 2.5}


async def test_errors_are_raised_to_the_case(r):
    await r.execute("SET", "k", "v")

    with pytest.raises(WrongTypeError):
        await r.execute("LPUSH", "k", "v")


async def test_a_case_starts_with_an_empty_server(r):
    assert await r.raw.execute("DBSIZE") == 0


async def test_once_blocked_acts_while_the_case_waits(r):
    with r.once_blocked("RPUSH", r.key("l"), "late"):
        assert await r.execute("BLPOP", "l", 20) == r.s(["l", "late"])


async def test_once_blocked_complains_if_nothing_waits(r):
    with pytest.raises(AssertionError, match="no client was ever blocked"), r.once_blocked("PING"):
        pass


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("delete", ()),
        ("hset", ("k", {})),
        ("hset", ("k", "f", None)),
        ("mset", ({},)),
        ("sadd", ("k",)),
        ("sadd", ("k", True)),
        ("rpush", ("k", ["a", "b"])),
        ("zadd", ("k", {})),
        ("zadd", ("k", {"a": "1"})),
    ],
)
async def test_what_is_refused_is_never_sent(r, command, arguments):
    await r.execute("PING")
    before = await commands_processed(r)
    with pytest.raises((TypeError, ValueError), match=rf"(?i)\b{command}\b") as caught:
        await getattr(r, command)(*arguments)

    assert not isinstance(caught.value, DecodeError)
    assert await commands_processed(r) == before + 1  # the question itself


async def commands_processed(r):
    told = await r.raw.execute("INFO", "stats")
    return int(told.partition("total_commands_processed:")[2].split()[0])


async def test_bytes_that_are_no_text_come_as_bytes_or_raise_and_the_connection_stays_good(r):
    await r.hset("h", "f", b"\xff")
    if r.face.text is bytes:
        assert await r.hget("h", "f") == b"\xff"
    else:
        with pytest.raises(DecodeError, match="HGET"):
            await r.hget("h", "f")
        with pytest.raises(DecodeError, match="HGETALL"):
            await r.hgetall("h")

    assert await r.hlen("h") == 1


def test_a_few_faces_show_all_that_two_dimensions_can_be_together():
    chosen = few(every())

    assert set().union(*map(couples, chosen)) == set().union(*map(couples, every()))
    assert len(chosen) <= 15
