"""A server that is killed and comes back: after a tenth of a second of idleness nobody notices."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from support.waiting import wait_until

from plasma import RedisClient, RedisConnectionError
from plasma.pool import FRESH
from plasma.testing import RedisServer


@pytest.fixture(scope="module")
def mortal():
    with RedisServer(tls=True) as server:
        yield server


def restart(server: RedisServer) -> None:
    server.kill()
    server.start()


def grow_old(client: RedisClient[Any]) -> None:
    """As if the idle connections had not been used for a while."""
    for conn in client._pool.idle:
        conn.used -= FRESH * 2


def open_many(client: RedisClient[Any], count: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(client.pinned()).ping()


CALLS: dict[str, Callable[[RedisClient[Any]], Any]] = {
    "read": lambda client: client.get("k"),
    "write": lambda client: client.incr("n"),
    "script": lambda client: client.eval("return 1"),
    "blocking": lambda client: client.blpop("nothing", timeout=0.01),
    "pipeline": lambda client: client.pipeline().incr("n").incr("n").exec(),
    "transaction": lambda client: client.transaction().incr("n").exec(),
    "big": lambda client: client.set("k", "x" * 300_000),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("count", [1, 50])
def test_after_a_while_the_next_call_works(connect, mortal, call, count):
    client = connect(port=mortal.port, max_retries=0)
    open_many(client, count)
    restart(mortal)
    grow_old(client)

    call(client)

    assert len(client._pool.idle) == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_after_a_while_the_next_call_works_on_other_transports(connect, mortal, call):
    ways = [{"path": mortal.path}, {"port": mortal.tls_port, "tls": {"ca": mortal.ca}}]
    if mortal._tls_proxy is not None:
        ways.pop()  # a proxy speaks TLS for this server, and lives on
    for options in ways:
        client = connect(**options, max_retries=0)
        client.ping()
        restart(mortal)
        grow_old(client)

        call(client)


def test_after_a_while_a_pinned_connection_is_a_live_one(connect, mortal):
    client = connect(port=mortal.port)
    client.ping()
    restart(mortal)
    grow_old(client)

    with client.pinned() as conn:
        assert conn.incr("n") == 1


@pytest.mark.parametrize("count", [1, 50])
def test_sooner_a_read_works(connect, mortal, count):
    client = connect(port=mortal.port, max_retries=0)
    open_many(client, count)
    for _ in range(3):
        restart(mortal)
        for conn in client._pool.idle:
            conn.used += 1000  # not looked at before it is used

        assert client.get("k") is None
        assert client.pipeline().get("k").get("k").exec() == (None, None)


def test_sooner_a_write_works_or_says_that_it_may_have_run(connect, mortal):
    client = connect(port=mortal.port, max_retries=0)
    outcomes = set()
    for _ in range(10):
        client.ping()
        restart(mortal)
        client._pool.idle[-1].used += 1000
        try:
            outcomes.add(f"counted to {client.incr('n')}")
        except RedisConnectionError as error:
            outcomes.add(f"maybe: {error.maybe_executed}")

    assert outcomes <= {"counted to 1", "maybe: True"}


def test_a_dead_connection_takes_along_the_older_ones_and_spares_the_newer(connect, url):
    client = connect(url)
    open_many(client, 5)
    by_age = sorted(client._pool.idle, key=lambda conn: conn.opened)
    middle = by_age[2]
    client._pool.idle.remove(middle)
    client._pool.discard(middle)

    assert sorted(client._pool.idle, key=lambda conn: conn.opened) == by_age[3:]
    assert [conn.is_open for conn in by_age] == [False, False, False, True, True]


def test_dead_connections_use_up_no_retry(connect, mortal):
    client = connect(port=mortal.port, max_retries=0)
    open_many(client, 20)
    restart(mortal)
    for conn in client._pool.idle:
        conn.used += 1000
        conn.opened = 0.0  # none takes another along

    assert client.get("k") is None


def test_what_the_server_said_unasked_closes_an_idle_connection(connect, url):
    client = connect(url)
    client.ping()
    conn = client._pool.idle[0]
    conn.sock.send(b"PING\r\n")  # its reply is nobody's
    wait_until(lambda: not conn.is_clean())
    conn.used -= 1

    assert client.echo("mine") == "mine"
    assert not conn.is_open
