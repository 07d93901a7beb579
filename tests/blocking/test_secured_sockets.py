"""TLS as the connection sees it: records that arrive in any pieces, and time that is kept over them.

All of it on plain sockets and on patched ones (as gevent's are), which keep time in another way; the latter also
without TLS.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from shutil import which

import pytest

from plasma import RedisConnectionError, RedisTimeoutError, TLSOptions
from plasma.secured import SecuredSocket
from plasma.testing import FaultProxy, Peer
from plasma.testing.certificates import server_certificate


class PatchedSocket(socket.socket):
    """Not the class that the quick way is known to work with."""


@pytest.fixture(params=["plain", "patched"])
def sockets(request, monkeypatch):
    if request.param == "patched":
        monkeypatch.setattr(socket, "socket", PatchedSocket)
    return request.param


@pytest.fixture
def secured(connect, server):
    """Makes a client that reaches the server by TLS through a proxy, and gives both."""
    server.execute("FLUSHALL")
    proxies = []

    def make(**options):
        proxy = FaultProxy(f"redis://127.0.0.1:{server.tls_port}").start()
        proxies.append(proxy)
        return connect(port=proxy.port, tls=TLSOptions(ca=server.ca), **options), proxy

    yield make
    for proxy in proxies:
        proxy.stop()


@pytest.mark.usefixtures("sockets")
@pytest.mark.parametrize("size", [0, 1, 100, 16_384, 20_000])
def test_a_record_may_arrive_byte_by_byte(secured, wire, size):
    client, proxy = secured(**wire)
    client.set("k", "v" * size)
    proxy.trickle(1)

    assert client.get("k") == "v" * size
    assert client.ping() is True


@pytest.mark.usefixtures("sockets")
@pytest.mark.parametrize("piece", [997, 16_384, 16_411, 50_021])
def test_pieces_need_not_be_records(secured, piece):
    client, proxy = secured()
    value = bytes(range(256)) * 3000
    proxy.trickle(piece)
    pipe = client.bytes.pipeline().set("k", value).get("k").strlen("k")

    assert pipe.exec() == (True, value, len(value))
    assert client.bytes.get("k") == value
    assert client.strlen("k") == len(value)


@pytest.mark.usefixtures("sockets")
def test_a_large_value_leaves_what_comes_behind_it_to_the_next_reply(secured):
    client, proxy = secured()
    client.set("k", "v" * 200_000)
    results = client.pipeline().get("k").get("missing").get("k").incr("n").exec()

    assert results == ("v" * 200_000, None, "v" * 200_000, 1)
    assert proxy.connections == 1


@pytest.mark.usefixtures("sockets")
def test_a_peer_that_trickles_gets_no_more_time(secured):
    client, proxy = secured(command_timeout=0.3, max_retries=0)
    client.set("k", "v" * 5000)
    proxy.trickle(1, pause=0.01)
    started = time.monotonic()

    with pytest.raises(RedisTimeoutError) as caught:
        client.get("k")

    assert time.monotonic() - started < 5
    assert caught.value.phase == "reply"


@pytest.mark.usefixtures("sockets")
def test_half_a_reply_in_a_record_of_its_own_times_out(connect):
    certificate = server_certificate()
    with Peer.answering({"GET": b"$5\r\nhe"}, tls=certificate) as peer:
        client = connect(peer.url, tls=TLSOptions(ca=certificate.ca), command_timeout=0.2)

        with pytest.raises(RedisTimeoutError):
            client.get("k")


@pytest.mark.usefixtures("sockets")
def test_a_server_that_says_goodbye_has_closed_the_connection(connect):
    certificate = server_certificate()
    with Peer.answering({"GET": b"$1\r\nv\r\n", "SET": b""}, tls=certificate) as peer:
        client = connect(peer.url, tls=TLSOptions(ca=certificate.ca), max_retries=0)
        assert client.get("k") == "v"
        peer.stop()

        with pytest.raises(RedisConnectionError):
            client.get("k")


@pytest.mark.usefixtures("sockets")
def test_messages_and_monitored_commands_may_arrive_byte_by_byte(secured, server):
    client, proxy = secured()
    proxy.trickle(1)
    with client.pubsub() as inbox, client.monitor() as monitor:
        inbox.subscribe("news")
        server.execute("PUBLISH", "news", "x" * 3000)

        assert inbox.get(timeout=10).data == "x" * 3000
        while (seen := monitor.get(timeout=10).args)[0] != "PUBLISH":
            pass
        assert seen == ("PUBLISH", "news", "x" * 3000)


@pytest.mark.usefixtures("sockets")
def test_a_monitor_waits_no_longer_than_it_is_told_for_the_rest_of_a_record(secured, server):
    client, proxy = secured()
    with client.monitor() as monitor:
        proxy.trickle(1, pause=0.01)
        server.execute("PING", "x" * 3000)
        started = time.monotonic()

        assert monitor.get(timeout=0.2) is None
        assert time.monotonic() - started < 5


@pytest.mark.usefixtures("sockets")
def test_a_pipeline_that_neither_side_has_room_for_passes(connect, transport):
    client = connect(**transport)
    client.set("k", "x" * 300_000)
    pipe = client.pipeline()
    for _ in range(30):
        pipe.get("k").set("j", "y" * 100_000)

    results = pipe.exec()

    assert [len(result) for result in results[::2]] == [300_000] * 30
    assert results[1::2] == (True,) * 30


@pytest.mark.usefixtures("sockets")
@pytest.mark.parametrize("size", [8191, 8192, 65_535, 65_536, 1_000_000, 20_000_000])
def test_values_of_all_sizes_pass(connect, transport, size):
    client = connect(**transport).bytes
    value = bytes(range(256)) * (size // 256 + 1)

    assert client.set("k", value[:size]) is True
    assert client.get("k") == value[:size]


@pytest.mark.usefixtures("sockets")
def test_a_reply_that_never_comes_times_out(connect, wire):
    with Peer.answering({"GET": None}) as peer:
        client = connect(peer.url, command_timeout=0.2, max_retries=0, **wire)

        with pytest.raises(RedisTimeoutError) as caught:
            client.get("k")

        assert (caught.value.phase, caught.value.maybe_executed) == ("reply", True)


@pytest.mark.usefixtures("sockets")
def test_a_peer_that_reads_nothing_times_out_while_sending(connect):
    def script(connection):
        from plasma.testing.peer import HELLO

        connection.receive()
        connection.send(HELLO + b"+OK\r\n+OK\r\n")
        connection.wait(released)

    import threading

    released = threading.Event()
    certificate = server_certificate()
    with Peer(script, tls=certificate) as peer:
        client = connect(peer.url, tls=TLSOptions(ca=certificate.ca), command_timeout=0.3, max_retries=0)
        try:
            with pytest.raises(RedisTimeoutError) as caught:
                client.set("k", b"x" * 30_000_000)
        finally:
            released.set()

        assert (caught.value.phase, caught.value.maybe_executed) == ("send", True)


@pytest.mark.skipif(which("openssl") is None, reason="there is no openssl program")
@pytest.mark.parametrize(("version", "wanted"), [("-tls1_2", "R"), ("-tls1_3", "K"), ("-tls1_3", "k")])
def test_the_server_may_want_new_keys_at_any_time(version, wanted):
    """openssl's own server, which wants them when it reads a line that is one of these letters."""
    certificate = server_certificate()
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", version, "-cert", certificate.cert]
    command += ["-key", certificate.key, "-CAfile", certificate.ca]
    heard = b""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:

        def read_until(text):
            while text not in (line := server.stdout.readline()):
                assert line, "the server ended"
            return line

        def receive():
            try:
                return secured.recv(65536)
            except BlockingIOError:
                return b""

        try:
            port = int(read_until("ACCEPT").split(":")[-1])
            with socket.create_connection(("127.0.0.1", port)) as plain:
                secured = SecuredSocket(plain, ssl.create_default_context(cafile=certificate.ca), "localhost")
                secured.do_handshake(time.monotonic() + 10)
                secured.settimeout(10)
                for said in (wanted, "hello", wanted, "again"):
                    print(said, file=server.stdin, flush=True)
                    while said != wanted and not heard.endswith(said.encode() + b"\n"):
                        heard += receive()
                    while True:
                        try:
                            secured.sendall(b"heard\n")
                            break
                        except BlockingIOError:
                            heard += receive()
                    read_until("heard")
        finally:
            server.kill()

    assert heard == b"hello\nagain\n"


def test_patched_sockets_are_what_the_connections_have(connect, transport, monkeypatch):
    monkeypatch.setattr(socket, "socket", PatchedSocket)
    client = connect(**transport)
    client.ping()
    sock = client._pool.idle[0].sock

    assert type(getattr(sock, "sock", sock)) is PatchedSocket
    assert type(client._pool.idle[0]).__name__ == "TimedConnection"
