"""One deadline for each call: over the wait for a connection, sending, the reply and every retry; blocking commands
have their own time added. Signals, trickles and silence do not stretch it.
"""

from __future__ import annotations

import contextlib
import datetime
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from support.waiting import Background, wait_until

from plasma import ConfigurationError, RedisConnectionError, RedisTimeoutError
from plasma.connection import FIRST_WAIT
from plasma.testing import FaultProxy, Peer, steps
from plasma.testing.certificates import server_certificate
from plasma.testing.peer import HELLO

# Far more than any of these calls should take, and far less than if a deadline did not work.
PATIENCE = 5.0


@contextlib.contextmanager
def within(seconds: float = PATIENCE, at_least: float = 0.0) -> Iterator[None]:
    started = time.monotonic()
    yield
    took = time.monotonic() - started

    assert at_least <= took < seconds


@contextlib.contextmanager
def signals(each: float) -> Iterator[list[int]]:
    """A handler that does nothing is called so often."""
    called: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: called.append(number))
    signal.setitimer(signal.ITIMER_REAL, each, each)
    try:
        yield called
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def shortest_wait() -> float:
    """How long a receive waits that is limited as the client's first is: the system counts in ticks of its own."""
    ours, theirs = socket.socketpair()
    took = []
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(FIRST_WAIT * 1e6)))
        for _ in range(10):
            started = time.monotonic()
            with pytest.raises(BlockingIOError):
                ours.recv(1)
            took.append(time.monotonic() - started)
    return min(took)


@pytest.fixture(params=["tcp", "tls", "unix"])
def mute(request, connect):
    """A client of a peer that answers the handshake and ECHO, and nothing else."""
    certificate = server_certificate() if request.param == "tls" else None
    answers = {"ECHO": b"$1\r\nx\r\n", "GET": None, "SET": None}
    with Peer.answering(answers, default=None, tls=certificate, unix=request.param == "unix") as peer:
        options = {"tls": {"ca": certificate.ca}} if certificate else {}
        yield connect(peer.url, **options)


@pytest.mark.parametrize("each", [0.1, 0.03, 0.01])
@pytest.mark.parametrize("first", [False, True], ids=["used", "new"])
def test_a_time_out_fires_on_time_under_signals(mute, each, first):
    if each < shortest_wait():
        pytest.skip("the system's shortest time limit on a socket is longer")
    if not first:
        mute.echo("x")
    view = mute.options(timeout=0.5)
    with signals(each) as called, within(2.0, at_least=0.5), pytest.raises(RedisTimeoutError) as caught:
        view.get("k")

    assert called
    assert caught.value.phase == "reply"


def test_a_pipeline_times_out_on_time_under_signals(mute):
    view = mute.options(timeout=0.3)
    with signals(0.01), within(2.0, at_least=0.3), pytest.raises(RedisTimeoutError) as caught:
        view.pipeline().get("k").exec()

    assert caught.value.phase == "reply"


def test_waiting_for_a_connection_times_out_in_phase_pool_also_under_signals(connect, url):
    client = connect(url, max_connections=1, command_timeout=0.3)
    with client.pinned() as conn, signals(0.02):
        conn.ping()
        with within(2.0, at_least=0.3), pytest.raises(RedisTimeoutError, match="max_connections") as caught:
            client.incr("k")

    assert caught.value.phase == "pool"
    assert not caught.value.maybe_executed
    assert caught.value.command == "INCR k"


def test_connecting_times_out_under_signals(connect):
    with Peer.silent() as peer, signals(0.02), within(2.0), pytest.raises(RedisTimeoutError) as caught:
        connect(peer.url, connect_timeout=0.3).get("k")

    assert caught.value.phase == "connect"


def test_a_peer_that_trickles_a_reply_gets_no_more_time(connect, wire):
    done = threading.Event()

    def trickle(connection: Any) -> None:
        connection.send(b"$100000\r\n")
        while not done.wait(0.02):
            connection.send(b"x")

    with Peer.answering({"GET": trickle}) as peer:
        client = connect(peer.url, command_timeout=0.3, max_retries=0, **wire)
        try:
            with within(2.0, at_least=0.3), pytest.raises(RedisTimeoutError) as caught:
                client.get("k")
            with within(2.0), pytest.raises(RedisTimeoutError):
                client.pipeline().get("k").exec()
        finally:
            done.set()

    assert caught.value.phase == "reply"


def test_a_peer_that_trickles_over_tls_gets_no_more_time(connect):
    done = threading.Event()
    certificate = server_certificate()

    def trickle(connection: Any) -> None:
        connection.send(b"*100000\r\n")
        while not done.wait(0.02):
            connection.send(b":1\r\n")

    with Peer.answering({"GET": trickle}, tls=certificate) as peer:
        client = connect(peer.url, command_timeout=0.3, max_retries=0, tls={"ca": certificate.ca})
        try:
            with within(2.0, at_least=0.3), pytest.raises(RedisTimeoutError):
                client.get("k")
        finally:
            done.set()


def test_a_peer_that_reads_nothing_times_out_in_phase_send(connect, wire):
    released = threading.Event()

    def script(connection: Any) -> None:
        for _ in range(3):  # the handshake
            name = (connection.receive() or [b""])[0]
            connection.send({b"HELLO": HELLO, b"PING": b"+PONG\r\n"}.get(name, b"+OK\r\n"))
        released.wait(20)

    with Peer(script) as peer:
        client = connect(peer.url, command_timeout=0.3, **wire)
        try:
            with within(2.0, at_least=0.3), pytest.raises(RedisTimeoutError) as caught:
                client.set("k", b"x" * 30_000_000)
        finally:
            released.set()

    assert (caught.value.phase, caught.value.maybe_executed) == ("send", True)


def test_a_peer_that_reads_slowly_gets_no_more_time_to_send(connect):
    done = threading.Event()

    def script(connection: Any) -> None:
        for _ in range(3):
            name = (connection.receive() or [b""])[0]
            connection.send({b"PING": b"+PONG\r\n"}.get(name, b"+OK\r\n"))
        connection._socket.setsockopt(1, 8, 4096)  # a small receive buffer
        while not done.wait(0.01):
            connection._socket.recv(1000)

    with Peer(script) as peer:
        client = connect(peer.url, protocol=2, command_timeout=0.3)
        try:
            with within(2.0, at_least=0.3), pytest.raises(RedisTimeoutError) as caught:
                client.set("k", b"x" * 30_000_000)
        finally:
            done.set()

    assert caught.value.phase == "send"


def test_the_deadline_is_one_for_all_retries(connect):
    def late(connection: Any) -> None:
        if not done.wait(0.15):
            connection.close()

    done = threading.Event()
    with Peer.answering({"GET": late}) as peer:
        client = connect(peer.url, command_timeout=0.4, max_retries=1000, retry_delay=0.0)
        with within(3.0), pytest.raises((RedisTimeoutError, RedisConnectionError)) as caught:
            client.get("k")
        done.set()

        assert caught.value.maybe_executed
        assert peer.count("GET") <= 4


def test_waiting_for_a_connection_and_for_the_reply_share_one_deadline(connect):
    with Peer.answering({"GET": None}) as peer:
        client = connect(peer.url, command_timeout=0.6, max_connections=1)
        client.connect()
        release = threading.Event()

        def hold() -> None:
            with client.pinned():
                held.set()
                release.wait(10)

        held = threading.Event()
        holder = Background(hold)
        held.wait(10)
        started = time.monotonic()
        call = Background(client.get, "k")
        wait_until(lambda: client._pool.waiting and time.monotonic() - started > 0.35)
        release.set()
        holder.result()

        with pytest.raises(RedisTimeoutError) as caught:
            call.result()

        assert time.monotonic() - started < 1.1
        assert caught.value.phase == "reply"


def test_opening_a_connection_has_time_of_its_own(connect, url):
    with FaultProxy(url) as proxy:
        proxy.delay(0.3)
        client = connect(proxy.url, command_timeout=0.45, connect_timeout=5)

        assert client.ping() is True


def test_options_give_a_call_another_deadline(mute):
    assert mute.options(timeout=30).config is mute.config
    with within(2.0), pytest.raises(RedisTimeoutError):
        mute.options(timeout=0.05).get("k")
    with within(2.0), pytest.raises(RedisTimeoutError):
        mute.options(timeout=datetime.timedelta(milliseconds=50)).get("k")
    with within(2.0), pytest.raises(RedisTimeoutError):
        mute.options(timeout=0.05).bytes.get("k")


@pytest.mark.parametrize("timeout", [-1, 0, "5", float("nan"), True])
def test_a_timeout_that_is_none_is_refused(connect, url, timeout):
    with pytest.raises(ConfigurationError):
        connect(url).options(timeout=timeout)


def test_a_reply_may_come_later_than_the_first_wait(connect, transport):
    client = connect(**transport)

    with within(at_least=0.1):
        assert client.wait(1, 100) == 0
    assert client.blpop("nothing", timeout=0.1) is None


BLOCKING = [
    ("BLPOP", "nothing", 0.7),
    ("BRPOP", "nothing", "0.7"),
    ("BLMOVE", "nothing", "other", "LEFT", "LEFT", 0.7),
    ("BRPOPLPUSH", "nothing", "other", b"0.7"),
    ("BZPOPMIN", "nothing", 0.7),
    ("XREAD", "BLOCK", 700, "STREAMS", "nothing", "$"),
    ("WAIT", 1, 700),
]


@pytest.mark.parametrize("command", BLOCKING, ids=lambda command: command[0])
def test_a_blocking_command_outlasts_the_command_timeout(connect, url, command):
    client = connect(url, command_timeout=0.3)

    with within(at_least=0.6):
        assert not client.execute(*command)


def test_a_blocking_command_in_a_pipeline_outlasts_the_command_timeout(connect, url):
    client = connect(url, command_timeout=0.3)
    client.rpush("list", "a")

    assert client.pipeline().execute("BLPOP", "list", 1).execute("WAIT", 1, 500).exec() == (["list", "a"], 0)


def test_a_blocking_command_on_a_pinned_connection_outlasts_the_command_timeout(connect, url):
    with connect(url, command_timeout=0.2).pinned() as conn:
        assert conn.blpop("nothing", timeout=0.5) is None


def test_a_blocking_command_whose_server_is_silent_times_out_later(mute):
    with within(3.0, at_least=0.5), pytest.raises(RedisTimeoutError):
        mute.options(timeout=0.2).blpop("list", timeout=0.3)


@pytest.mark.parametrize("how", ["method", "execute", "pipeline", "pinned"])
def test_a_blocking_command_without_end_waits_until_there_is_something(connect, url, server, how):
    client = connect(url, command_timeout=0.05)

    def wait() -> Any:
        if how == "method":
            return list(client.blpop("list", timeout=0) or ())
        if how == "execute":
            return client.execute("BLPOP", "list", 0)
        if how == "pipeline":
            return client.pipeline().execute("BLPOP", "list", 0).exec()[0]
        with client.pinned() as conn:
            return conn.execute("BLPOP", "list", "0")

    call = Background(wait)
    wait_until(lambda: "blocked_clients:1" in server.execute("INFO", "clients"))
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > 0.2 or not call.is_running)
    server.execute("RPUSH", "list", "value")

    assert call.result() == ["list", "value"]


def test_no_timeout_at_all_waits_as_long_as_it_takes(connect):
    answer = threading.Event()
    with Peer.answering({"GET": [steps.wait(answer), steps.send(b"$1\r\nv\r\n")]}) as peer:
        client = connect(peer.url, command_timeout=None)
        call = Background(client.get, "k")
        peer.wait_for("GET")
        started = time.monotonic()
        wait_until(lambda: time.monotonic() - started > 0.1)
        answer.set()

        assert call.result() == "v"


def test_the_deadline_of_a_pipeline_counts_for_each_chunk(connect):
    """Each reply comes later than the one before, all of them together later than the timeout allows for one."""

    def slow(connection: Any) -> None:
        if len(counted) % 1000 == 0:
            time.sleep(0.1)  # the peer is slow, and nothing waits for this
        counted.append(1)
        connection.send(b":1\r\n")

    counted: list[int] = []
    with Peer.answering({"INCR": slow}) as peer:
        client = connect(peer.url, command_timeout=0.45)
        pipe = client.pipeline()
        for _ in range(8_000):
            pipe.incr("n")

        assert sum(pipe.exec()) == 8_000
