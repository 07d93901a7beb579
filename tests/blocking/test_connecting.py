"""Reaching a server, or not: addresses in turn, IPv6, unix sockets; peers that are down, silent, rude or strange."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from plasma import ProtocolError, RedisConnectionError, RedisTimeoutError
from plasma.testing import Peer, RedisServer, free_port, steps
from plasma.testing.peer import HELLO
from plasma.testing.ports import has_ipv6

needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Have every name mean these addresses."""

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        families = [socket.AF_INET6 if ":" in host else socket.AF_INET for host, _ in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", address) for family, address in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def full_backlog() -> tuple[list[socket.socket], int]:
    """A port that neither accepts nor refuses: its queue is full. The sockets that keep it so, and the port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    held = [listener]
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        held.append(filler)
    return held, listener.getsockname()[1]


def test_a_server_that_is_down_raises_and_names_the_address(connect):
    port = free_port()
    client = connect(port=port, max_retries=0)

    with pytest.raises(RedisConnectionError, match=f"cannot connect: .*refused.*SET k at 127.0.0.1:{port}") as caught:
        client.set("k", "secret-value")

    assert caught.value.address == f"127.0.0.1:{port}"
    assert caught.value.command == "SET k"
    assert not caught.value.maybe_executed
    assert "secret-value" not in str(caught.value)


def test_connect_names_the_address_too(connect):
    port = free_port()

    with pytest.raises(RedisConnectionError) as caught:
        connect(port=port, max_retries=0).connect()

    assert caught.value.address == f"127.0.0.1:{port}"


def test_pinned_names_the_address_too(connect):
    port = free_port()

    with pytest.raises(RedisConnectionError) as caught, connect(port=port).pinned():
        pass

    assert caught.value.address == f"127.0.0.1:{port}"


def test_a_server_that_is_down_is_tried_again_as_often_as_max_retries_says(connect, monkeypatch):
    tried = []
    dial = socket.socket.connect
    port = free_port()

    def counted(self: socket.socket, address: Any) -> None:
        tried.append(address)
        dial(self, address)

    monkeypatch.setattr(socket.socket, "connect", counted)

    with pytest.raises(RedisConnectionError):
        connect(port=port, max_retries=4, retry_delay=0.001).incr("k")

    assert len(tried) == 5


def test_a_server_that_comes_back_while_it_is_tried_again_serves_the_call(connect):
    with RedisServer() as server:
        client = connect(server.url, max_retries=50, retry_delay=0.02)
        server.kill()
        server.start()

        assert client.incr("k") == 1


def test_a_server_that_accepts_and_says_nothing_runs_into_connect_timeout(connect):
    with Peer.silent() as peer:
        client = connect(peer.url, connect_timeout=0.2, command_timeout=30)
        started = time.monotonic()

        with pytest.raises(RedisTimeoutError) as caught:
            client.get("k")

        assert time.monotonic() - started < 5
        assert caught.value.phase == "connect"
        assert not caught.value.maybe_executed
        assert caught.value.address == f"127.0.0.1:{peer.port}"
        assert peer.count("GET") == 0


def test_a_port_that_does_not_answer_at_all_runs_into_connect_timeout(connect):
    held, port = full_backlog()
    try:
        with pytest.raises(RedisTimeoutError) as caught:
            connect(port=port, connect_timeout=0.2).get("k")
    finally:
        for sock in held:
            sock.close()

    assert caught.value.phase == "connect"


def test_connect_timeout_is_for_all_attempts_of_a_call_together(connect):
    with Peer.silent() as peer:
        client = connect(peer.url, connect_timeout=0.3, max_retries=20, retry_delay=0.0, command_timeout=None)
        started = time.monotonic()

        with pytest.raises(RedisTimeoutError):
            client.get("k")

        assert time.monotonic() - started < 3


@pytest.mark.parametrize("reset", [False, True])
def test_a_server_that_closes_at_once_raises(connect, reset):
    with Peer.closing(reset=reset) as peer:
        with pytest.raises(RedisConnectionError) as caught:
            connect(peer.url, max_retries=1, retry_delay=0.0).set("k", "v")

        assert not caught.value.maybe_executed
        assert peer.connections <= 4  # each of two attempts: with HELLO, and without


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff\x00\xff", b"$-7\r\n", b"+OK\r\n"])
def test_a_server_that_answers_garbage_raises_at_once(connect, wire, data):
    with Peer.garbage(data * 4) as peer:
        with pytest.raises(ProtocolError) as caught:
            connect(peer.url, **(wire | {"protocol": 3})).get("k")

        assert caught.value.address == f"127.0.0.1:{peer.port}"
        assert peer.connections == 1


def test_garbage_after_the_handshake_raises_and_closes_the_connection(connect, wire):
    def script(connection: Any) -> None:
        for command in connection:
            if command[0] == b"GET":
                connection.send(b"$5\r\nhello\r\n" if connection.number else b"what is this\r\n")
            else:
                connection.send(
                    HELLO if command[0] == b"HELLO" else b"+OK\r\n" if command[0] != b"PING" else b"+PONG\r\n"
                )

    with Peer(script) as peer:
        client = connect(peer.url, **wire)

        with pytest.raises(ProtocolError) as caught:
            client.get("k")

        assert caught.value.command == "GET k"
        assert client.get("k") == "hello"
        assert peer.connections == 2


def test_a_reply_that_nobody_asked_for_closes_the_connection(connect, wire):
    with Peer.answering({"GET": b"$1\r\na\r\n$6\r\nsecret\r\n"}) as peer:
        client = connect(peer.url, **wire)

        with pytest.raises(ProtocolError, match="nobody asked for") as caught:
            client.get("k")

        assert "secret" not in str(caught.value)
        assert not client._pool.idle


def test_a_reply_cut_in_the_middle_raises_at_once(connect, wire):
    for piece in (b"$", b"$5\r\nhe", b"*2\r\n:1\r\n", b"$5\r\nhello\r", b"$100000\r\nxx"):
        with Peer.answering({"INCR": [steps.send(piece), steps.close()]}) as peer:
            with pytest.raises(RedisConnectionError, match="closed the connection") as caught:
                connect(peer.url, command_timeout=None, **wire).incr("k")

            assert caught.value.maybe_executed


def test_the_addresses_of_a_name_are_tried_in_turn(connect, url, server, monkeypatch):
    resolve_to(monkeypatch, ("127.0.0.1", free_port()), ("127.0.0.1", server.port))

    assert connect(host="redis.test", max_retries=0).ping() is True


def test_an_address_that_does_not_answer_leaves_time_for_the_others(connect, server, monkeypatch):
    held, port = full_backlog()
    resolve_to(monkeypatch, ("127.0.0.1", port), ("127.0.0.1", port), ("127.0.0.1", server.port))
    try:
        assert connect(host="redis.test", connect_timeout=0.9, max_retries=0).ping() is True
    finally:
        for sock in held:
            sock.close()


def test_when_every_address_fails_the_error_tells_of_each(connect, monkeypatch):
    held, port = full_backlog()
    resolve_to(monkeypatch, ("127.0.0.1", port), ("127.0.0.1", free_port()))
    try:
        with pytest.raises(RedisConnectionError, match=r"timed out; .*refused") as caught:
            connect(host="redis.test", connect_timeout=0.2, max_retries=0).ping()
    finally:
        for sock in held:
            sock.close()

    assert caught.value.address == "redis.test:6379"


def test_a_name_that_nobody_knows_raises(connect):
    with pytest.raises(RedisConnectionError, match="cannot resolve no-such-host"):
        connect(host="no-such-host.invalid", max_retries=0).ping()


@needs_ipv6
def test_ipv6_works(connect, url, server):
    client = connect(f"redis://[::1]:{server.port}")

    assert client.ping() is True
    assert client.config.address == f"[::1]:{server.port}"


def test_every_transport_runs_commands(connect, transport, wire):
    client = connect(**transport, **wire)

    assert client.set("k", "väl\r\nue") is True
    assert client.get("k") == "väl\r\nue"
    assert client.pipeline().incr("n").get("k").exec() == (1, "väl\r\nue")


def test_a_unix_socket_that_is_not_there_raises_and_names_it(connect, tmp_path):
    with pytest.raises(RedisConnectionError) as caught:
        connect(path=str(tmp_path / "no.sock"), max_retries=0).ping()

    assert caught.value.address == f"unix:{tmp_path / 'no.sock'}"


def test_a_unix_peer_that_is_silent_runs_into_connect_timeout(connect):
    with Peer.silent(unix=True) as peer, pytest.raises(RedisTimeoutError) as caught:
        connect(peer.url, connect_timeout=0.2).ping()

    assert caught.value.phase == "connect"


def test_tcp_connections_are_kept_alive_and_not_delayed(connect, url):
    client = connect(url, keepalive=17)
    client.ping()
    sock = client._pool.idle[0].sock

    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 17


def test_keep_alive_can_be_off(connect, url):
    client = connect(url, keepalive=None)
    client.ping()

    assert client._pool.idle[0].sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0


def test_the_database_and_the_client_name_are_set(connect, url, wire):
    client = connect(url, db=3, client_name="tests", **wire)
    client.set("k", "v")

    assert connect(url).exists("k") == 0
    assert client.execute("CLIENT", "GETNAME") == "tests"
    # A map tells the protocol on every server; only later ones write it into CLIENT INFO.
    assert isinstance(client.execute("CLIENT", "TRACKINGINFO"), dict) == (wire["protocol"] == 3)


def test_connect_opens_a_connection_early_and_disconnect_closes_it(connect, url):
    client = connect(url)

    assert not client.is_connected()
    client.connect()

    assert client.is_connected()
    client.disconnect()

    assert not client.is_connected()
    assert client.ping() is True


def test_is_connected_sees_that_the_server_has_gone(connect):
    with RedisServer() as server:
        client = connect(server.url)
        client.ping()
        client._pool.idle[0].used -= 1
        server.kill()

        assert not client.is_connected()
