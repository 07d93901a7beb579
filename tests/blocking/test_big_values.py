"""Values of megabytes: whole in both directions, and held no more often than they must be."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

SIZE = 10_000_000
BINARY = bytes(range(256)) * (SIZE // 256) + b"tail\r\n"


def peak_of(call: Callable[[], Any]) -> tuple[Any, int]:
    """What it returns, and the most memory that was in use beyond what was before, in bytes."""
    gc.collect()
    tracemalloc.start()
    try:
        result = call()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_megabytes_pass_both_ways(connect, transport, wire):
    client = connect(**transport, **wire).bytes

    assert client.set("k", BINARY) is True
    assert client.strlen("k") == len(BINARY)
    assert client.get("k") == BINARY


def test_ten_megabytes_of_text_pass_both_ways(connect, url, wire):
    client = connect(url, **wire)
    text = "äöü€x" * (SIZE // 11)

    assert client.set("k", text) is True
    assert client.get("k") == text


def test_sending_does_not_copy_the_value(connect, url, wire):
    client = connect(url, **wire).bytes
    client.ping()
    for value in (BINARY, bytearray(BINARY), memoryview(BINARY)):
        _, peak = peak_of(lambda value=value: client.set("k", value))

        assert peak < 0.1 * SIZE


def test_receiving_holds_the_value_once(connect, url, wire):
    client = connect(url, **wire).bytes
    client.set("k", BINARY)
    value, peak = peak_of(lambda: client.get("k"))

    assert value == BINARY
    assert peak < 1.3 * SIZE


def test_receiving_text_holds_it_twice_at_most(connect, url, wire):
    client = connect(url, **wire)
    client.set("k", "x" * SIZE)
    value, peak = peak_of(lambda: client.get("k"))

    assert value == "x" * SIZE
    assert peak < 2.3 * SIZE


@pytest.mark.parametrize("size", [65_000, 65_530, 65_536, 65_537, 70_000, 131_072, 200_001])
def test_values_around_the_limits_pass_in_any_pieces(connect, url, wire, size):
    client = connect(url, **wire)
    value = ("0123456789ab\r\n" * (size // 14 + 1))[:size]
    client.set("k", value)
    client.rpush("list", value, value)

    assert client.get("k") == value
    assert client.bytes.get("k") == value.encode()
    assert client.lrange("list", 0, -1) == [value, value]
    assert client.pipeline().get("k").incr("n").get("k").exec()[::2] == (value, value)


def test_after_a_big_value_the_connection_is_used_on(connect, url, wire):
    client = connect(url, **wire)
    client.set("k", "x" * 300_000)
    for _ in range(3):
        client.get("k")

        assert client.echo("y") == "y"
    assert len(client._pool.alive) == 1


def test_a_length_that_the_server_only_claims_costs_nothing(connect, wire):
    """The peer promises four gigabytes and sends none."""
    from plasma import RedisConnectionError
    from plasma.testing import Peer, steps

    answer = [steps.send(b"$4000000000\r\nabc"), steps.close()]

    def call() -> None:
        with pytest.raises(RedisConnectionError):
            client.get("k")

    with Peer.answering({"GET": answer}) as peer:
        client = connect(peer.url, max_retries=0, **wire).bytes
        resident = _resident()
        call()

        assert _resident() - resident < 200_000_000


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096
