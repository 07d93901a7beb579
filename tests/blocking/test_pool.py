"""Many threads on one client: never more connections than allowed, nobody forgotten, nothing kept."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from typing import Any

import pytest
from support.waiting import Background, wait_until

from plasma import RedisClient, RedisConnectionError, RedisTimeoutError
from plasma.testing import FaultProxy, Peer, steps


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


def test_nothing_is_opened_before_the_first_use(connect, proxy):
    client = connect(proxy.url)

    assert proxy.connections == 0
    client.ping()

    assert proxy.connections == 1


def test_one_thread_uses_one_connection(connect, proxy):
    client = connect(proxy.url)
    for _ in range(20):
        client.incr("n")
        client.pipeline().incr("n").exec()
        client.bytes.get("n")
        with client.pinned() as conn:
            conn.get("n")

    assert proxy.connections == 1


def test_the_views_share_their_connections(connect, proxy):
    client = connect(proxy.url)
    client.ping()
    client.bytes.ping()
    client.options(timeout=1).text.ping()

    assert proxy.connections == 1


def test_the_last_one_put_back_is_the_first_to_be_used(connect, url):
    client = connect(url)
    with client.pinned() as first, client.pinned() as second:
        outer, inner = first._conn, second._conn
    # The inner one was put back first.
    with client.pinned() as conn:
        assert conn._conn is outer
        with client.pinned() as other:
            assert other._conn is inner


@pytest.mark.parametrize("most", [1, 3])
def test_there_are_never_more_connections_than_allowed(connect, proxy, most):
    client = connect(proxy.url, max_connections=most, command_timeout=30)
    gate = threading.Barrier(12)

    def work(name: str) -> None:
        gate.wait(10)
        for at in range(40):
            client.set(name, at)
            assert client.get(name) == str(at)

    for call in [Background(work, f"t{at}") for at in range(12)]:
        call.result()

    assert proxy.connections <= most
    assert len(client._pool.alive) == len(client._pool.idle) <= most


def test_failing_connects_free_their_places_under_threads(connect):
    with Peer.closing() as peer:
        client = connect(peer.url, max_connections=2, max_retries=1, retry_delay=0.001, command_timeout=20)

        def work() -> None:
            for _ in range(5):
                with pytest.raises(RedisConnectionError):
                    client.ping()

        for call in [Background(work) for _ in range(8)]:
            call.result()

        assert not client._pool.alive
        assert not client._pool.waiting


def test_who_waits_is_woken_when_a_connection_is_put_back(connect, url):
    """Not by looking again after half a second: a thousand hand-overs would take minutes."""
    client = connect(url, max_connections=1, command_timeout=60)

    def work() -> None:
        for _ in range(250):
            client.ping()

    started = time.monotonic()
    for call in [Background(work) for _ in range(4)]:
        call.result(60)

    assert time.monotonic() - started < 30


def test_who_waits_is_woken_when_a_connection_dies(connect, url, monkeypatch):
    monkeypatch.setattr("plasma.pool._LOOK_AGAIN", 30.0)
    client = connect(url, max_connections=1, command_timeout=25)
    with client.pinned() as conn:
        call = Background(client.ping)
        wait_until(lambda: client._pool.waiting)
        conn._conn.close()

        assert call.result(10) is True


def test_who_waits_is_woken_by_every_way_of_putting_back(connect, url, monkeypatch):
    monkeypatch.setattr("plasma.pool._LOOK_AGAIN", 30.0)
    client = connect(url, max_connections=1, command_timeout=25)
    for at in range(20):
        waiting: list[Background] = []
        with client.pinned() as conn:
            waiting = [Background(client.incr, "n") for _ in range(3)]
            wait_until(lambda: len(client._pool.waiting) == 3)
            if at % 2:
                conn.select(0) if hasattr(conn, "select") else conn.execute("SELECT", 0)
        for call in waiting:
            call.result(10)

    assert client.get("n") == "60"


def test_who_gives_up_waiting_leaves_the_line_and_passes_on_his_turn(connect, url):
    client = connect(url, max_connections=1, command_timeout=10)
    with client.pinned():
        with pytest.raises(RedisTimeoutError):
            client.options(timeout=0.05).ping()

        assert not client._pool.waiting
    assert client.ping() is True


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_a_place_is_free_again_however_a_connection_ended(connect, proxy, moment):
    client = connect(proxy.url, max_connections=1, max_retries=0)
    for _ in range(5):
        client.ping()
        proxy.cut_at("INCR", moment)
        try:
            client.incr("n")
        except RedisConnectionError:
            pass
        client._pool.idle[:] = [conn for conn in client._pool.idle if conn.is_clean() or conn.close()]

        assert client.options(timeout=5).ping() is True


def test_disconnect_while_calls_are_under_way_lets_them_finish(connect, proxy):
    client = connect(proxy.url)
    client.set("k", "v")
    with client.pinned(), client.pinned(), client.pinned():
        pass
    proxy.hold("client")
    calls = [Background(client.get, "k") for _ in range(3)]
    wait_until(lambda: proxy.count("GET") == 3)
    client.disconnect()
    proxy.release()

    assert [call.result() for call in calls] == ["v"] * 3
    wait_until(lambda: proxy.open == 0)
    assert not client._pool.alive
    assert client.get("k") == "v"


def test_disconnect_closes_what_is_put_back_later(connect, proxy):
    client = connect(proxy.url)
    with client.pinned() as conn:
        conn.ping()
        client.disconnect()

        assert conn.ping() is True
    assert not client._pool.alive


def test_threads_that_disconnect_again_and_again_disturb_nobody(connect, url):
    client = connect(url, max_connections=4, command_timeout=30)
    done = threading.Event()

    def work(name: str) -> None:
        for at in range(150):
            client.set(name, at)
            assert client.get(name) == str(at)

    def disturb() -> None:
        while not done.is_set():
            client.disconnect()

    disturber = Background(disturb)
    try:
        for call in [Background(work, f"t{at}") for at in range(6)]:
            call.result(60)
    finally:
        done.set()
        disturber.result()
    client.disconnect()

    assert not client._pool.alive


def test_a_client_that_is_dropped_closes_its_connections(proxy):
    client: RedisClient[Any] = RedisClient(proxy.url)
    client.ping()
    gone = weakref.ref(client._pool)
    del client

    assert gone() is None
    wait_until(lambda: proxy.open == 0)


def test_a_client_that_is_dropped_in_a_cycle_closes_its_connections_without_a_warning(proxy):
    class Service:
        def __init__(self) -> None:
            self.client: RedisClient[Any] = RedisClient(proxy.url)
            self.myself = self

    Service().client.ping()
    gc.collect()

    wait_until(lambda: proxy.open == 0)


def test_the_context_manager_disconnects(proxy):
    with RedisClient(proxy.url) as client:
        client.ping()
    wait_until(lambda: proxy.open == 0)

    assert not client.is_connected()


def test_no_place_is_left_at_max_connections_one_when_a_retry_needs_a_new_connection(connect):
    answers = [steps.close(), steps.send(b"$1\r\nv\r\n")]
    with Peer.answering({"GET": lambda conn: answers.pop(0)(conn)}) as peer:
        client = connect(peer.url, max_connections=1, retry_delay=0.0)

        assert client.get("k") == "v"


def test_the_pool_says_how_it_is(connect, url):
    client = connect(url, max_connections=7)
    with client.pinned():
        client.ping()

        assert repr(client._pool) == f"<Pool of {client.config.address}: 2 of 7 connections open, 1 idle>"
