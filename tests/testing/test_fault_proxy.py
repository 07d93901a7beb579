"""Faults of the network, on a real server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from plasma.testing import FaultProxy, Peer, RedisServer, TLSProxy, wire


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[FaultProxy]:
    server.execute("FLUSHALL")
    with FaultProxy(server.url) as proxy:
        yield proxy


def connect(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=10)


def read_to_the_end(sock: socket.socket) -> bytes:
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


INCR = wire.pack("INCR", "n")


def test_what_is_sound_passes_and_is_counted(proxy: FaultProxy) -> None:
    big = "x" * 300_000
    with connect(proxy) as sock:
        assert wire.ask(sock, "SET", "k", big) == b"OK"
        assert wire.ask(sock, "GET", "k") == big.encode()
        assert (proxy.connections, proxy.open, proxy.replies) == (1, 1, 2)
        assert (proxy.count(), proxy.count("get"), proxy.count("PING")) == (2, 1, 0)
        assert proxy.bytes_passed("server") > 300_000 < proxy.bytes_passed("client")


def test_the_url_keeps_login_and_database_of_the_target() -> None:
    with FaultProxy("redis://user:p%40ss@127.0.0.1:1/3?key_prefix=a:") as proxy:
        assert proxy.url == f"redis://user:p%40ss@127.0.0.1:{proxy.port}/3?key_prefix=a:"


def test_a_client_that_goes_is_gone_at_the_server_and_the_other_way_round(server: RedisServer) -> None:
    with Peer.silent() as peer, FaultProxy(peer.url) as proxy:
        connect(proxy).close()
        proxy.wait_until(lambda p: p.connections == 1 and p.open == 0)
    with Peer.closing() as peer, FaultProxy(peer.url) as proxy, connect(proxy) as sock:
        assert read_to_the_end(sock) == b""


def test_a_target_that_is_not_there_closes_the_connection() -> None:
    with RedisServer() as server, FaultProxy(server.url) as proxy:
        server.kill()
        with connect(proxy) as sock:
            assert read_to_the_end(sock) == b""


def test_it_stands_before_a_unix_socket(server: RedisServer) -> None:
    with FaultProxy(f"unix://{server.path}") as proxy, connect(proxy) as sock:
        assert wire.ask(sock, "PING") == b"PONG"
        assert proxy.url == f"redis://127.0.0.1:{proxy.port}"


def test_tls_passes_untouched() -> None:
    import ssl

    with RedisServer(tls=True) as server, FaultProxy(server.url) as proxy, connect(proxy) as plain:
        context = ssl.create_default_context(cafile=server.ca)
        with context.wrap_socket(plain, server_hostname="localhost") as sock:
            assert wire.ask(sock, "PING") == b"PONG"
        assert proxy.url.startswith("rediss://")


def test_a_cut_ends_every_connection_now(proxy: FaultProxy) -> None:
    with connect(proxy) as one, connect(proxy) as two:
        wire.ask(one, "PING")
        wire.ask(two, "PING")
        proxy.cut()

        assert proxy.open == 0
        assert read_to_the_end(one) == read_to_the_end(two) == b""
    with connect(proxy) as sock:
        assert wire.ask(sock, "PING") == b"PONG"


def test_a_cut_may_be_a_reset(proxy: FaultProxy) -> None:
    with connect(proxy) as sock:
        wire.ask(sock, "PING")
        proxy.cut(reset=True)
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


def test_cut_before_a_command_keeps_it_from_the_server(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.cut_at("incr", "before")
    with connect(proxy) as sock:
        sock.sendall(wire.pack("SET", "n", 5) + INCR)

        assert read_to_the_end(sock) == b"+OK\r\n"
    assert server.execute("GET", "n") == "5"


def test_cut_when_answered_runs_the_command_and_loses_the_answer(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.cut_at("INCR", "answered")
    with connect(proxy) as sock:
        sock.sendall(wire.pack("SET", "n", 5) + INCR + INCR)

        assert read_to_the_end(sock) == b"+OK\r\n"
    assert server.execute("GET", "n") == "6"
    assert proxy.replies == 2


def test_cut_after_a_command_delivers_its_answer_and_no_more(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.cut_at("INCR", "after")
    with connect(proxy) as sock:
        sock.sendall(INCR + INCR)

        assert read_to_the_end(sock) == b":1\r\n"
    assert server.execute("GET", "n") == "1"


def test_the_nth_command_of_any_name_is_counted_over_all_connections(proxy: FaultProxy) -> None:
    proxy.cut_at(None, "answered", nth=3)
    with connect(proxy) as one, connect(proxy) as two:
        wire.ask(one, "PING")
        wire.ask(two, "PING")
        one.sendall(wire.pack("PING"))

        assert read_to_the_end(one) == b""
        assert wire.ask(two, "PING") == b"PONG"


def test_a_cut_at_a_command_may_be_a_reset(proxy: FaultProxy) -> None:
    proxy.cut_at("PING", "answered", reset=True)
    with connect(proxy) as sock, pytest.raises(ConnectionResetError):
        wire.ask(sock, "PING")


def test_a_cut_comes_after_so_many_bytes_to_the_client(proxy: FaultProxy) -> None:
    with connect(proxy) as sock:
        wire.ask(sock, "PING")
        proxy.cut_after(10, "client")
        sock.sendall(wire.pack("PING") * 2)

        assert read_to_the_end(sock) == b"+PONG\r\n+PO"
    with connect(proxy) as sock:
        assert wire.ask(sock, "PING") == b"PONG"


def test_a_cut_comes_after_so_many_bytes_to_the_server(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.cut_after(len(INCR) + 5, "server")
    with connect(proxy) as sock:
        sock.sendall(INCR * 3)
        read_to_the_end(sock)
    proxy.wait_until(lambda p: p.open == 0)

    assert proxy.bytes_passed("server") == len(INCR) + 5
    assert server.execute("GET", "n") in ("1", None)  # the server may see the end of the connection first


@pytest.mark.parametrize("seed", [1, 2])
def test_random_cuts_are_the_same_for_the_same_seed(seed: int, server: RedisServer) -> None:
    def lives() -> list[int]:
        with FaultProxy(server.url) as proxy:
            proxy.cut_randomly(seed, every=100)
            passed: list[int] = []
            for _ in range(5):
                answered = 0
                with connect(proxy) as sock:
                    try:
                        for _ in range(1000):
                            wire.ask(sock, "PING")
                            answered += 1
                    except ConnectionError:
                        passed.append(answered)
            return passed

    first = lives()

    assert len(first) == 5
    assert lives() == first


def test_dropped_replies_never_come_and_the_next_ones_do(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.drop_replies(2)
    with connect(proxy) as sock:
        sock.sendall(INCR * 3)

        assert sock.recv(100) == b":3\r\n"
    assert proxy.replies == 3


def test_all_replies_are_dropped_until_it_is_healed(proxy: FaultProxy) -> None:
    proxy.drop_replies()
    with connect(proxy) as sock:
        sock.sendall(INCR * 5)
        proxy.wait_until(lambda p: p.replies == 5)
        proxy.heal()

        assert wire.ask(sock, "GET", "n") == b"5"


@pytest.mark.parametrize("to", ["client", "server"])
def test_a_delay_lets_things_arrive_later(to: str, proxy: FaultProxy) -> None:
    proxy.delay(0.1, "client" if to == "client" else "server")
    with connect(proxy) as sock:
        start = time.monotonic()
        wire.ask(sock, "PING")

        assert time.monotonic() - start >= 0.1


def test_what_is_held_arrives_when_it_is_released(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.hold()
    with connect(proxy) as sock:
        sock.sendall(INCR)
        proxy.wait_until(lambda p: p.replies == 1)
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(1)
        sock.settimeout(10)
        proxy.release()

        assert sock.recv(100) == b":1\r\n"


def test_what_is_held_from_the_server_has_not_run(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.hold("both")
    with connect(proxy) as sock:
        sock.sendall(INCR)
        proxy.wait_until(lambda p: p.count("INCR") == 1)
        assert server.execute("GET", "n") is None
        proxy.heal()

        assert sock.recv(100) == b":1\r\n"


def test_new_connections_are_refused_and_old_ones_go_on(proxy: FaultProxy) -> None:
    with connect(proxy) as sock:
        wire.ask(sock, "PING")
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert wire.ask(sock, "PING") == b"PONG"
        proxy.accept()
        with connect(proxy) as other:
            assert wire.ask(other, "PING") == b"PONG"


def test_a_swallowed_connection_is_dead_for_ever_and_new_ones_live_once_it_is_healed(
    proxy: FaultProxy, server: RedisServer
) -> None:
    with connect(proxy) as sock:
        wire.ask(sock, "PING")
        proxy.swallow()
        sock.sendall(INCR)
        proxy.wait_until(lambda p: p.count("INCR") == 1)
        proxy.heal()
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            wire.ask(sock, "INCR", "n")
        with connect(proxy) as other:
            assert wire.ask(other, "GET", "n") is None


def test_a_half_open_connection_is_not_told_that_the_server_is_gone() -> None:
    with RedisServer() as server, FaultProxy(server.url) as proxy, connect(proxy) as sock:
        wire.ask(sock, "PING")
        proxy.swallow()
        server.kill()
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_trickle_comes_in_pieces_and_whole(proxy: FaultProxy) -> None:
    proxy.trickle(1, pause=0.001)
    pieces: list[bytes] = []
    with connect(proxy) as sock:
        sock.sendall(wire.pack("ECHO", "hello"))
        while b"".join(pieces) != b"$5\r\nhello\r\n":
            pieces.append(sock.recv(100))

    assert len(pieces) > 1


def test_pushes_are_not_counted_as_replies(proxy: FaultProxy, server: RedisServer) -> None:
    proxy.cut_at("PING", "answered")
    with connect(proxy) as sock:
        wire.ask(sock, "HELLO", 3)
        wire.ask(sock, "CLIENT", "TRACKING", "ON")
        wire.ask(sock, "GET", "n")
        proxy.wait_until(lambda p: p.replies == 3)
        sock.sendall(wire.pack("SET", "n", 1))
        arrived = b""
        while b"+OK\r\n" not in arrived or b"$1\r\nn\r\n" not in arrived:  # the answer and the push, in any order
            arrived += sock.recv(1000)
        sock.sendall(wire.pack("PING"))

        assert read_to_the_end(sock) == b""
        assert proxy.replies == 5


def test_fifty_connections_are_cut_at_once(proxy: FaultProxy) -> None:
    socks = [connect(proxy) for _ in range(50)]
    for sock in socks:
        wire.ask(sock, "PING")
    proxy.cut()
    ends = [read_to_the_end(sock) for sock in socks]
    for sock in socks:
        sock.close()

    assert ends == [b""] * 50


def test_nothing_runs_and_nobody_listens_after_the_block(server: RedisServer) -> None:
    before = {*threading.enumerate()}  # some of them may end meanwhile
    with FaultProxy(server.url) as proxy, connect(proxy) as sock:
        wire.ask(sock, "PING")
        proxy.hold("both")
        sock.sendall(INCR)

    assert {*threading.enumerate()} <= before
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)


def test_it_can_start_again_on_the_same_port(server: RedisServer) -> None:
    proxy = FaultProxy(server.url)
    with proxy:
        port = proxy.port
    with proxy, connect(proxy) as sock:
        assert wire.ask(sock, "PING") == b"PONG"
        assert proxy.port == port


def test_a_tls_proxy_goes_before_it_as_well(server: RedisServer) -> None:
    import ssl

    with FaultProxy(server.url) as faults, TLSProxy(faults.url) as tls:
        context = ssl.create_default_context(cafile=tls.certificate.ca)
        plain = socket.create_connection((tls.host, tls.port), timeout=10)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as sock:
            assert wire.ask(sock, "PING") == b"PONG"
            assert faults.count("PING") == 1
            faults.cut()
            assert sock.recv(1) == b""
