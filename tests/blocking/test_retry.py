"""What is sent again and what is not: a write whose reply is lost runs once, unless `idempotent` was said."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from plasma import RedisClient, RedisConnectionError, RedisTimeoutError
from plasma.errors import LoadingError, ResponseError, TryAgainError
from plasma.testing import FaultProxy, Peer, steps

WRITES: dict[str, Callable[[RedisClient[Any]], Any]] = {
    "call": lambda client: client.incr("n"),
    "execute": lambda client: client.execute("INCR", "n"),
    "pipeline": lambda client: client.pipeline().get("a").incr("n").exec(),
    "transaction": lambda client: client.transaction().incr("n").exec(),
    "script": lambda client: client.eval("return redis.call('INCR', KEYS[1])", keys=["n"]),
}


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("reset", [False, True])
def test_a_write_whose_reply_is_lost_runs_once_and_says_so(connect, proxy, server, wire, write, reset):
    client = connect(proxy.url, max_retries=5, retry_delay=0.001, **wire)
    client.set("n", 0)
    name = {"pipeline": "INCR", "transaction": "EXEC", "script": "EVAL"}
    for key, call in WRITES.items():
        if call is write:
            proxy.cut_at(name.get(key, "INCR"), "answered", reset=reset)

    with pytest.raises(RedisConnectionError) as caught:
        write(client)

    assert caught.value.maybe_executed
    assert server.execute("GET", "n") == "1"


@pytest.mark.parametrize("options", [{"max_retries": 0}, {"max_retries": 10}, {"max_retries": 10, "protocol": 2}])
def test_a_peer_that_drops_every_reply_counts_one_execution_a_call(connect, options):
    with Peer.answering({"INCR": steps.close()}) as peer:
        client = connect(peer.url, retry_delay=0.0, **options)
        for calls in range(1, 6):
            with pytest.raises(RedisConnectionError) as caught:
                client.incr("n")

            assert caught.value.maybe_executed
            assert peer.count("INCR") == calls


def test_a_write_that_times_out_runs_once(connect):
    with Peer.answering({"INCR": None}) as peer:
        client = connect(peer.url, max_retries=10, retry_delay=0.0, command_timeout=0.05)

        with pytest.raises(RedisTimeoutError) as caught:
            client.incr("n")

        assert caught.value.maybe_executed
        assert peer.count("INCR") == 1


def test_a_write_cut_in_the_middle_is_not_sent_again(connect):
    """A part of it reached the socket: that counts as sent."""

    def script(connection: Any) -> None:
        for _ in range(3):  # the handshake
            name = (connection.receive() or [b""])[0]
            connection.send(b"+PONG\r\n" if name == b"PING" else b"+OK\r\n")
        connection.expect_bytes(b"*3\r\n$3\r\nSET\r\n")
        connection.reset()

    with Peer(script) as peer:
        with pytest.raises(RedisConnectionError) as caught:
            connect(peer.url, protocol=2, max_retries=3, retry_delay=0.0).set("k", "x" * 30_000_000)

        assert caught.value.maybe_executed
        assert peer.connections == 1


def test_a_write_that_was_never_sent_is_sent_again(connect, proxy, server):
    client = connect(proxy.url)
    for calls in range(1, 6):
        client.ping()
        conn = client._pool.idle[-1]
        conn.sock.shutdown(1)  # the next send fails at once
        conn.used += 1000

        assert client.incr("n") == calls


def test_a_pipeline_that_was_never_sent_is_sent_again(connect, proxy):
    client = connect(proxy.url)
    client.ping()
    client._pool.idle[-1].sock.shutdown(1)
    client._pool.idle[-1].used += 1000

    assert client.pipeline().incr("n").incr("n").exec() == (1, 2)


@pytest.mark.parametrize("transport", ["tcp", "unix"])
def test_a_read_whose_reply_is_lost_is_sent_again(connect, wire, transport):
    answers = [steps.close(), steps.reset(), steps.send(b"$1\r\nv\r\n")]
    with Peer.answering({"GET": lambda conn: answers.pop(0)(conn)}, unix=transport == "unix") as peer:
        client = connect(peer.url, retry_delay=0.001, **wire)

        assert client.get("k") == "v"
        assert peer.count("GET") == 3


def test_a_pipeline_of_reads_whose_replies_are_lost_is_sent_again(connect, proxy, wire):
    client = connect(proxy.url, retry_delay=0.001, **wire)
    client.mset({"a": 1, "b": 2})
    proxy.cut_at("GET", "answered", nth=2)

    assert client.pipeline().get("a").get("b").exec() == ("1", "2")


@pytest.mark.parametrize(
    "command", [("PING",), ("ECHO", "x"), ("TIME",), ("INFO",), ("ROLE",), ("DBSIZE",), ("EXISTS", "k")]
)
def test_what_is_harmless_is_sent_again(connect, proxy, command):
    client = connect(proxy.url, retry_delay=0.001)
    client.get("k")
    proxy.cut_at(command[0], "answered")

    client.execute(*command)

    assert proxy.count(command[0]) == 2


def test_max_retries_is_how_often_it_is_sent_again(connect):
    with Peer.answering({"GET": steps.close()}) as peer:
        for retries in (0, 1, 4):
            client = connect(peer.url, max_retries=retries, retry_delay=0.0)
            before = peer.count("GET")

            with pytest.raises(RedisConnectionError) as caught:
                client.get("k")

            assert caught.value.maybe_executed
            assert peer.count("GET") - before == retries + 1


def test_idempotent_lets_a_write_be_sent_again(connect, proxy, server):
    client = connect(proxy.url, retry_delay=0.001)
    client.get("n")
    proxy.cut_at("INCR", "answered")

    assert client.options(idempotent=True).incr("n") == 2
    proxy.cut_at("INCR", "answered")

    assert client.options(idempotent=True).pipeline().incr("n").exec() == (4,)
    proxy.cut_at("INCR", "answered")
    with pytest.raises(RedisConnectionError):
        client.incr("n")


def test_no_pause_goes_past_the_deadline(connect):
    with Peer.answering({"GET": steps.close()}) as peer:
        client = connect(peer.url, max_retries=1000, retry_delay=0.05, command_timeout=0.2)
        started = time.monotonic()

        with pytest.raises(RedisConnectionError):
            client.get("k")

        assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"-LOADING Redis is loading the dataset in memory\r\n", LoadingError),
        (b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n", TryAgainError),
        (b"-MASTERDOWN Link with MASTER is down\r\n", ResponseError),
        (b"-CLUSTERDOWN Hash slot not served\r\n", ResponseError),
    ],
)
def test_a_refusal_that_passes_is_waited_out(connect, wire, text, kind):
    answers = [text, text, b":1\r\n"]
    with Peer.answering({"INCR": lambda conn: conn.send(answers.pop(0))}) as peer:
        assert connect(peer.url, retry_delay=0.001, **wire).incr("n") == 1
        assert peer.count("INCR") == 3
        assert peer.connections == 1
    with Peer.answering({"INCR": text}) as peer:
        with pytest.raises(kind) as caught:
            connect(peer.url, retry_delay=0.0, max_retries=2, **wire).incr("n")

        assert caught.value.command == "INCR n"
        assert peer.count("INCR") == 3


def test_other_errors_are_no_refusals(connect):
    for text in (b"-BUSY running a script\r\n", b"-READONLY no writes\r\n", b"-ERR LOADING\r\n", b"-OOM full\r\n"):
        with Peer.answering({"INCR": text}) as peer:
            with pytest.raises(ResponseError):
                connect(peer.url, retry_delay=0.0).incr("n")

            assert peer.count("INCR") == 1


@pytest.mark.parametrize("name", ["EVAL", "EVALSHA", "FCALL", "EVAL_RO", "FCALL_RO"])
def test_what_a_script_replies_is_never_a_refusal(connect, name):
    with Peer.answering({name: b"-LOADING says the script\r\n"}) as peer:
        with pytest.raises(LoadingError):
            connect(peer.url, retry_delay=0.0).execute(name, "it", 0)

        assert peer.count(name) == 1


def test_a_refusal_in_a_pipeline_is_a_result(connect):
    with Peer.answering({"INCR": b"-LOADING not yet\r\n"}) as peer:
        client = connect(peer.url, retry_delay=0.0)
        results = client.pipeline().incr("n").incr("n").exec(raise_on_error=False)

        assert [type(result) for result in results] == [LoadingError, LoadingError]
        assert [result.index for result in results] == [0, 1]
        assert peer.count("INCR") == 2


def test_a_transaction_is_sent_again_while_its_exec_is_unwritten(connect):
    """It is longer than what is written at once, and the peer goes away before it has read all of it."""
    seen = threading.Event()

    def breaking(connection: Any) -> None:
        for command in connection:
            if command[0] == b"MULTI":
                seen.set()
                connection.reset()
                return
            connection.send({b"PING": b"+PONG\r\n"}.get(command[0], b"+OK\r\n"))

    def serving(connection: Any) -> None:
        queued = 0
        for command in connection:
            if command[0] == b"SET":
                queued += 1
                connection.send(b"+QUEUED\r\n")
            elif command[0] == b"EXEC":
                connection.send(b"*%d\r\n" % queued + b"+OK\r\n" * queued)
            else:
                connection.send({b"PING": b"+PONG\r\n"}.get(command[0], b"+OK\r\n"))

    with Peer.each(breaking, serving) as peer:
        client = connect(peer.url, protocol=2, retry_delay=0.001)
        pipe = client.transaction()
        for at in range(5_000):
            pipe.set(f"key:{at}", "x" * 2_000)

        assert pipe.exec() == (True,) * 5_000
        assert seen.is_set()
        assert peer.count("EXEC") == 1


def test_a_pipeline_cut_half_way_raises_with_the_results_that_were_read(connect, proxy, wire):
    client = connect(proxy.url, **wire)
    client.set("text", "x")
    proxy.cut_at("SET", "answered")

    with pytest.raises(RedisConnectionError) as caught:
        client.pipeline().incr("n").incr("text").get("text").set("text", "y").get("text").exec()

    assert caught.value.maybe_executed
    assert caught.value.results[0] == 1
    assert isinstance(caught.value.results[1], ResponseError)
    assert caught.value.results[2:] == ("x",)


def test_a_pipeline_that_times_out_raises_with_the_results_that_were_read(connect, wire):
    with Peer.answering({"INCR": b":7\r\n", "SET": None}) as peer:
        client = connect(peer.url, command_timeout=0.1, **wire)

        with pytest.raises(RedisTimeoutError) as caught:
            client.pipeline().incr("n").incr("n").set("k", "v").exec()

        assert caught.value.results == (7, 7)
        assert caught.value.maybe_executed


def test_nothing_on_a_pinned_connection_is_sent_again(connect, proxy):
    client = connect(proxy.url)
    with client.pinned() as conn:
        conn.get("k")
        proxy.cut_at("GET", "answered")

        with pytest.raises(RedisConnectionError):
            conn.get("k")

        with pytest.raises(RedisConnectionError, match="was lost"):
            conn.get("k")

    assert proxy.count("GET") == 2
    assert client.get("k") is None
