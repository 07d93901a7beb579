"""A signal whose handler raises, wherever it strikes, also in a finalizer: the pool has all its places afterwards.

Calls wait for a connection for less time here than it takes until who waits looks around for himself.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from support.interruptions import signalled

from plasma import RedisClient, RedisConnectionError, RedisTimeoutError
from plasma.testing import FaultProxy, Peer

LIMITS: dict[str, Any] = {"max_connections": 2, "command_timeout": 0.4, "max_retries": 0}


def all_at_once(client: RedisClient[Any]) -> list[str]:
    with client.pinned() as one, client.pinned() as other:
        return [one.echo("one"), other.echo("other")]


def opens(client: RedisClient[Any], proxy: FaultProxy) -> None:
    client.disconnect()
    all_at_once(client)


def puts_back_what_is_closed_then(client: RedisClient[Any], proxy: FaultProxy) -> None:
    with client.pinned() as one, client.pinned() as other:
        one.select(0)
        other.select(0)


def discards_what_is_dead(client: RedisClient[Any], proxy: FaultProxy) -> None:
    all_at_once(client)
    proxy.cut()
    for conn in client._pool.idle:
        conn.used = 0.0  # so that it is looked at
        select.select([conn.sock], [], [], 10)  # until it knows
    client.ping()


def is_refused(client: RedisClient[Any], proxy: FaultProxy) -> None:
    client.disconnect()
    proxy.refuse()
    with suppress(RedisConnectionError):
        client.ping()


@pytest.mark.parametrize("use", [opens, puts_back_what_is_closed_then, discards_what_is_dead, is_refused])
def test_a_pool_struck_anywhere_serves_as_many_at_once_as_before(
    connect: Callable[..., RedisClient[Any]], url: str, use: Any, recwarn: pytest.WarningsRecorder
) -> None:
    # Python's own warning about a socket that was struck before it had a name is not ours to prevent.
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, **LIMITS)
        all_at_once(client)
        for at in signalled(lambda: use(client, proxy)):
            proxy.heal()

            assert all_at_once(client) == ["one", "other"], at
            assert len(client._pool.alive) == len(client._pool.idle), at


def test_a_pool_struck_anywhere_in_a_time_out_serves_as_many_at_once_as_before(
    connect: Callable[..., RedisClient[Any]],
) -> None:
    with Peer.answering({"GET": None, "ECHO": lambda conn: conn.send(b"$5\r\nright\r\n")}) as peer:
        client = connect(peer.url, **LIMITS)
        all_at_once(client)

        def call() -> None:
            with suppress(RedisTimeoutError):
                client.options(timeout=0.001).get("a")

        for at in signalled(call):
            if sys.version_info < (3, 11):
                # There it may be left in a cycle, which whoever waits in vain collects for the next.
                with suppress(RedisTimeoutError):
                    all_at_once(client)

            assert all_at_once(client) == ["right", "right"], at
