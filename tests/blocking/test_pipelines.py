"""Pipelines that are long, heavy, or answered by a peer that will not read before it is read."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from plasma import RedisClient
from plasma.batch import Batch
from plasma.errors import ExecAbortError, ResponseError, WatchError, WrongTypeError
from plasma.queueing import Queue
from plasma.resp.encoder import CHUNK_BYTES
from plasma.testing import Peer
from plasma.testing.certificates import server_certificate
from plasma.testing.peer import HELLO


def test_a_hundred_thousand_commands_are_answered_in_order(connect, url, wire):
    pipe = connect(url, **wire).pipeline()
    for at in range(50_000):
        pipe.set(f"key:{at % 1000}", at).get(f"key:{at % 1000}")

    results = pipe.exec()

    assert len(results) == 100_000
    assert all(results[::2])
    assert [*results[1::2]] == [str(at) for at in range(50_000)]


def test_a_long_transaction_is_answered_in_order(connect, url, wire):
    pipe = connect(url, **wire).transaction()
    for at in range(20_000):
        pipe.echo(at)

    assert [*pipe.exec()] == [str(at) for at in range(20_000)]


def test_big_replies_while_much_is_still_to_send_do_not_deadlock(connect, transport):
    client = connect(**transport)
    client.set("big", "x" * 1_000_000)
    pipe = client.pipeline()
    for _ in range(15):
        pipe.get("big").set("other", "y" * 1_000_000)

    results = pipe.exec()

    assert [len(result) for result in results[::2]] == [1_000_000] * 15


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("kind", ["pipeline", "call"])
def test_a_peer_that_reads_nothing_until_its_output_is_read_does_not_deadlock(connect, wire, tls, kind):
    """It answers the beginning of what it gets with more than any buffer takes."""
    certificate = server_certificate() if tls else None
    flood = b"$1000000\r\n" + b"r" * 1_000_000 + b"\r\n"
    count = 20

    def script(connection: Any) -> None:
        for _ in range(3):  # the handshake
            name = (connection.receive() or [b""])[0]
            connection.send({b"HELLO": HELLO, b"PING": b"+PONG\r\n"}.get(name, b"+OK\r\n"))
        connection.expect_bytes(b"*4\r\n$3\r\nSET\r\n")
        connection.send(*[flood] * (1 if kind == "call" else count))

    with Peer(script, tls=certificate) as peer:
        options = {"tls": {"ca": certificate.ca}} if certificate else {}
        client = connect(peer.url, command_timeout=30, **wire, **options)
        if kind == "call":
            assert client.set("k", "v" * 20_000_000, get=True) == "r" * 1_000_000
        else:
            pipe = client.pipeline()
            for _ in range(count):
                pipe.set("k", "v" * 1_000_000, get=True)

            assert [len(result) for result in pipe.exec()] == [1_000_000] * count


def test_an_error_is_raised_after_all_replies_were_read_and_tells_where(connect, url, wire):
    client = connect(url, **wire)
    client.set("text", "x")

    with pytest.raises(WrongTypeError) as caught:
        client.pipeline().get("text").lpush("text", "y").incr("n").incr("text").exec()

    assert (caught.value.index, caught.value.command) == (1, "LPUSH")
    assert client.get("n") == "1"
    assert len(client._pool.idle) == 1


def test_an_error_takes_its_place_if_asked_for(connect, url, wire):
    client = connect(url, **wire)
    results = client.pipeline().set("k", "x").incr("k").get("k").exec(raise_on_error=False)

    assert (results[0], results[2]) == (True, "x")
    assert isinstance(results[1], ResponseError)


def test_what_is_refused_leaves_the_queue_as_it_was(connect, url):
    pipe = connect(url).pipeline().set("k", 1)
    for wrong in (lambda: pipe.execute("SELECT", 1), lambda: pipe.set("k", None), lambda: pipe.execute()):
        with pytest.raises((TypeError, ValueError)):
            wrong()

    assert len(pipe) == 1
    assert pipe.get("k").exec() == (True, "1")


def test_leaving_the_block_unsent_sends_nothing(connect, url):
    client = connect(url)
    with client.pipeline() as pipe:
        pipe.set("k", 1)

    assert client.exists("k") == 0
    assert len(pipe) == 0


def test_an_empty_pipeline_sends_nothing(connect):
    with Peer.silent() as peer:
        assert connect(peer.url).pipeline().exec() == ()
        assert connect(peer.url).transaction().exec() == ()
        assert peer.connections == 0


def test_a_pipeline_may_be_filled_again(connect, url):
    pipe = connect(url).pipeline()

    assert pipe.incr("n").exec() == (1,)
    assert pipe.incr("n").incr("n").exec() == (2, 3)


def test_a_transaction_with_a_command_that_the_server_refuses_does_not_run(connect, url, wire):
    client = connect(url, **wire)

    with pytest.raises(ExecAbortError) as caught:
        client.transaction().incr("n").execute("INCR").incr("n").exec()

    assert client.exists("n") == 0
    assert isinstance(caught.value.__cause__, ResponseError)
    assert caught.value.__cause__.index == 1
    assert len(client._pool.idle) == 1


def test_a_transaction_with_a_command_that_fails_runs_the_others(connect, url, wire):
    client = connect(url, **wire)
    results = client.transaction().set("k", "x").incr("k").incr("n").exec(raise_on_error=False)

    assert (results[0], results[2]) == (True, 1)
    assert isinstance(results[1], ResponseError)
    assert results[1].index == 1


def test_an_exec_that_says_nil_is_a_watch_error(connect):
    answers = {"MULTI": b"+OK\r\n", "INCR": b"+QUEUED\r\n", "EXEC": b"*-1\r\n"}
    with Peer.answering(answers) as peer, pytest.raises(WatchError):
        connect(peer.url).transaction().incr("n").exec()


def test_pipelines_of_many_threads_do_not_mix(connect, url):
    client = connect(url, max_connections=4, command_timeout=30)

    def work(name: str) -> None:
        for at in range(20):
            pipe = client.pipeline()
            for part in range(100):
                pipe.echo(f"{name}:{at}:{part}")
            if pipe.exec() != tuple(f"{name}:{at}:{part}" for part in range(100)):
                wrong.append(name)

    wrong: list[str] = []
    threads = [threading.Thread(target=work, args=(f"t{at}",)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_a_pipeline_keeps_the_options_of_its_client(url):
    with RedisClient(url, key_prefix="app:", decode=False) as client:
        client.pipeline().set("k", b"\xff").exec()

        assert client.pipeline().get("k").keys("*").exec() == (b"\xff", [b"k"])


def test_commands_of_many_arguments_go_in_chunks_of_bounded_size():
    queue = Queue(lambda: Batch(b""), "a server")
    for _ in range(64):
        queue._run("RPUSH", "k", *["x" * 100] * 600)
    sizes = [sum(map(len, buffers)) for _, buffers in queue._take_batch().chunks(object())]

    assert sum(sizes) > 64 * 600 * 100
    assert max(sizes) < 2 * CHUNK_BYTES
