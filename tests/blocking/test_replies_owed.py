"""Whatever interrupts a call, wherever: the next one never gets its reply, and no connection or place is lost."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest
from support.interruptions import Interrupted, everywhere

from plasma import DecodeError, RedisClient, RedisConnectionError, RedisTimeoutError, ResponseError
from plasma.testing import FaultProxy, Peer
from plasma.testing.peer import HELLO


def every_place_is_idle(client: RedisClient[Any]) -> bool:
    pool = client._pool
    return len(pool.alive) == len(pool.idle) and all(conn.owed == 0 for conn in pool.idle)


@pytest.fixture
def client(connect, url, wire):
    client = connect(url, max_connections=2, **wire)
    client.mset({"a": "value of a", "b": "value of b", "long": "x" * 100_000})
    return client


@pytest.mark.parametrize("key", ["a", "long"])
def test_a_get_interrupted_anywhere_leaves_its_reply_to_nobody(client, key):
    for at in everywhere(lambda: client.get(key)):
        assert client.get("b") == "value of b", at
        assert every_place_is_idle(client), at


def test_a_get_on_a_new_connection_interrupted_anywhere_leaves_nothing(connect, url, parser, recwarn):
    with RedisClient(url) as plain:
        plain.set("b", "value of b")
    client = connect(url, max_connections=1, parser=parser)

    def call() -> None:
        client.disconnect()
        client.get("a")

    for at in everywhere(call, runs=30):
        assert client.get("b") == "value of b", at
        assert every_place_is_idle(client), at
    # Python's own warning about a socket that was interrupted before it had a name is not ours to prevent.


def test_a_pipeline_interrupted_anywhere_leaves_its_replies_to_nobody(client):
    for at in everywhere(lambda: client.pipeline().get("a").get("long").get("a").exec(), runs=30):
        assert client.pipeline().get("b").get("a").exec() == ("value of b", "value of a"), at
        assert every_place_is_idle(client), at


def test_a_transaction_interrupted_anywhere_leaves_no_connection_in_it(client):
    for at in everywhere(lambda: client.transaction().get("a").set("c", 1).exec(), runs=30):
        assert client.get("b") == "value of b", at
        assert every_place_is_idle(client), at


def test_a_pinned_connection_interrupted_anywhere_is_right_or_closed(client):
    def call() -> None:
        with client.pinned() as conn:
            conn.get("a")
            conn.get("long")

    for at in everywhere(call):
        assert client.get("b") == "value of b", at
        assert every_place_is_idle(client), at


def test_a_pinned_connection_goes_on_after_an_interruption_or_says_that_it_is_lost(client):
    outcomes = set()

    def call() -> None:
        with client.pinned() as conn:
            try:
                conn.get("a")
            except Interrupted:
                pass
            try:
                outcomes.add(conn.get("b"))
            except RedisConnectionError as error:
                outcomes.add(str(error).partition(",")[0])

    for _ in everywhere(call):
        client.ping()  # makes sure that there is an open connection to pin

    assert outcomes == {"value of b", "this pinned connection was lost"}


def test_a_time_out_interrupted_anywhere_leaves_its_reply_to_nobody(connect, wire):
    with Peer.answering({"GET": None, "ECHO": b"$5\r\nright\r\n"}) as peer:
        client = connect(peer.url, max_connections=1, max_retries=0, **wire)
        client.echo("right")

        def call() -> None:
            with pytest.raises(RedisTimeoutError):
                client.options(timeout=0.001).get("a")

        for at in everywhere(call, runs=25):
            assert client.echo("right") == "right", at
            assert every_place_is_idle(client), at


def test_a_reply_after_the_time_out_reaches_nobody(connect, url, wire):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, **wire)
        client.mset({"a": "value of a", "b": "value of b"})
        proxy.hold("client")

        with pytest.raises(RedisTimeoutError) as caught:
            client.options(timeout=0.05).get("a")

        proxy.release()

        assert (caught.value.phase, caught.value.command) == ("reply", "GET a")
        assert client.get("b") == "value of b"
        assert proxy.connections == 2


@pytest.mark.parametrize("raised", [KeyboardInterrupt, LookupError])
def test_an_exception_out_of_a_signal_handler_ends_the_call_at_once(connect, transport, wire, raised):
    client = connect(**transport, **wire, command_timeout=30)
    client.set("b", "value of b")

    def strike(*_: object) -> None:
        raise raised("struck")

    before = signal.signal(signal.SIGALRM, strike)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        started = time.monotonic()

        with pytest.raises(raised, match="struck"):
            client.blpop("nothing-there", timeout=20)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert time.monotonic() - started < 10
    assert client.get("b") == "value of b"
    assert every_place_is_idle(client)


def test_a_value_that_is_not_text_raises_and_the_connection_is_good(connect, url, wire):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, **wire)
        client.bytes.set("raw", b"\xff\xfe")
        client.bytes.set("big", b"\xff" * 200_000)
        client.set("b", "value of b")
        for key in ("raw", "big"):
            with pytest.raises(DecodeError) as caught:
                client.get(key)

            assert caught.value.command == f"GET {key}"
            assert client.get("b") == "value of b"
        assert client.bytes.get("raw") == b"\xff\xfe"
        assert proxy.connections == 1


def test_a_value_that_is_not_text_keeps_its_place_in_a_pipeline(connect, url, wire):
    client = connect(url, **wire)
    client.bytes.set("raw", b"\xff")
    results = client.pipeline().set("a", "1").get("raw").get("a").exec(raise_on_error=False)

    assert results[0] is True
    assert isinstance(results[1], DecodeError)
    assert (results[1].command, results[1].index) == ("GET", 1)
    assert results[2] == "1"
    with pytest.raises(DecodeError):
        client.pipeline().get("a").get("raw").exec()
    assert every_place_is_idle(client)


def test_an_error_keeps_no_connection_and_no_place(connect, url):
    client = connect(url, max_connections=1, max_retries=0)
    client.set("text", "not a number")
    kept = []
    for _ in range(3):
        try:
            client.incr("text")
        except Exception as error:
            kept.append(error)

    assert client.ping() is True


def test_a_failed_connect_keeps_no_place_however_long_the_error_is_kept(connect):
    with Peer.closing() as peer:
        client = connect(peer.url, max_connections=1, max_retries=0)
        kept = []
        for _ in range(3):
            try:
                client.ping()
            except RedisConnectionError as error:
                kept.append(error)

        assert len(kept) == 3
        assert len(client._pool.alive) == 0


def test_errors_are_no_garbage(connect, url):
    """An error and its traceback do not hold each other: both go when they are dropped, without the collector."""
    import gc

    client = connect(url)
    client.set("text", "not a number")
    client.bytes.set("raw", b"\xff")

    def fail() -> None:
        for command in (lambda: client.incr("text"), lambda: client.get("raw"), lambda: client.lpop("text")):
            try:
                command()
            except Exception:
                pass

    fail()
    gc.collect()
    gc.disable()
    try:
        fail()
        found = gc.collect()
    finally:
        gc.enable()

    assert found == 0


def test_a_reply_in_pieces_of_one_byte_is_read(connect, url, wire):
    with FaultProxy(url) as proxy:
        client = connect(proxy.url, **wire)
        client.set("k", "väl\r\nue" * 20)
        client.hset("h", {"f": "1", "g": "2"})
        proxy.trickle(1)

        assert client.get("k") == "väl\r\nue" * 20
        assert client.hgetall("h") == {"f": "1", "g": "2"}
        assert client.pipeline().get("k").hgetall("h").exec() == ("väl\r\nue" * 20, {"f": "1", "g": "2"})
        assert proxy.connections == 1


def test_a_server_that_answers_before_it_has_the_whole_command_is_heard(connect, wire):
    def script(connection: Any) -> None:
        for _ in range(3):  # the handshake
            name = (connection.receive() or [b""])[0]
            connection.send({b"HELLO": HELLO, b"PING": b"+PONG\r\n"}.get(name, b"+OK\r\n"))
        connection.expect_bytes(b"*3\r\n$3\r\nSET\r\n")
        connection.send(b"-ERR too big for me\r\n")

    with Peer(script) as peer, pytest.raises(ResponseError, match="too big for me"):
        connect(peer.url, max_retries=0, **wire).set("k", "x" * 30_000_000)
