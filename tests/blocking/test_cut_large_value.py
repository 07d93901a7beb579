"""A large value that is cut half-way leaves nothing behind that could fail later."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from plasma import RedisClient, RedisConnectionError
from plasma.testing import Peer, PeerConnection

Connect = Callable[..., RedisClient[Any]]


def half_of_a_large_value(connection: PeerConnection) -> None:
    for command in connection:
        if command[0] == b"GET":
            connection.send(b"$3000000\r\n" + b"x" * 2_000_000)
            connection.close()
            return
        connection.send(b"+OK\r\n")


def test_the_memory_of_a_large_value_cut_half_way_is_freed_with_its_error(connect: Connect) -> None:
    def fail() -> None:
        with pytest.raises(RedisConnectionError) as caught:
            connect(peer.url, protocol=2, max_retries=0).get("k")
        cycle = [caught]
        cycle.append(cycle)  # so that the garbage collector frees it, and in what order it likes

    with Peer(half_of_a_large_value) as peer:
        fail()
        gc.collect()  # what fails here is a warning, and so an error
