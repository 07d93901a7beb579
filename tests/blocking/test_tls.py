"""TLS: verified unless the user says otherwise; what does not verify is raised at once; time-outs fire."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest
from support.waiting import wait_until

from plasma import ConfigurationError, RedisConnectionError, RedisTimeoutError, TLSOptions
from plasma.testing import FaultProxy, Peer, RedisServer, TLSProxy, steps
from plasma.testing.certificates import Authority, server_certificate


@pytest.fixture
def count_dials(monkeypatch):
    """How often a socket was connected."""
    dialled = []
    connect = socket.socket.connect

    def counted(self, address):
        dialled.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", counted)
    return dialled


@pytest.fixture
def tls_port(server):
    server.execute("FLUSHALL")
    return server.tls_port


def test_an_authority_of_ones_own_is_given_as_a_path(connect, server, tls_port, wire):
    client = connect(port=tls_port, tls=TLSOptions(ca=server.ca), **wire)

    assert client.set("k", "v") is True
    assert client.get("k") == "v"


def test_an_authority_of_ones_own_is_given_as_text(connect, server, tls_port):
    pem = Path(server.ca).read_text()

    assert connect(port=tls_port, tls=TLSOptions(ca=pem)).ping() is True


def test_the_scheme_rediss_means_tls(connect, server, tls_port):
    assert connect(server.url, tls=TLSOptions(ca=server.ca)).ping() is True


def test_an_ssl_context_is_used_as_it_is(connect, server, tls_port):
    context = ssl.create_default_context(cafile=server.ca)

    assert connect(port=tls_port, tls=context).ping() is True


def test_a_certificate_of_nobody_known_is_raised_at_once(connect, tls_port, count_dials):
    with pytest.raises(RedisConnectionError, match=r"does not verify: .*(self-signed|unable to get)") as caught:
        connect(port=tls_port, tls=True, max_retries=3).incr("k")

    assert len(count_dials) == 1
    assert not caught.value.maybe_executed
    assert caught.value.address == f"127.0.0.1:{tls_port}"


def test_a_certificate_of_another_authority_is_raised_at_once(connect, tls_port, count_dials):
    with pytest.raises(RedisConnectionError, match="does not verify"):
        connect(port=tls_port, tls=TLSOptions(ca=Authority().ca), max_retries=3).incr("k")

    assert len(count_dials) == 1


def test_an_expired_certificate_is_raised_at_once(connect, server, count_dials):
    certificate = server_certificate(expired=True)
    with TLSProxy(f"unix://{server.path}", certificate) as proxy, pytest.raises(RedisConnectionError, match="expired"):
        connect(proxy.url, tls=TLSOptions(ca=certificate.ca)).incr("k")

    assert len(count_dials) == 1


def test_a_certificate_for_another_host_is_raised_at_once(connect, server, count_dials):
    certificate = server_certificate("other.test")
    with TLSProxy(f"unix://{server.path}", certificate) as proxy, pytest.raises(RedisConnectionError, match="mismatch"):
        connect(proxy.url, tls=TLSOptions(ca=certificate.ca)).incr("k")

    assert len(count_dials) == 1


def test_a_certificate_for_another_host_passes_without_the_check(connect, server):
    certificate = server_certificate("other.test")
    with TLSProxy(f"unix://{server.path}", certificate) as proxy:
        client = connect(proxy.url, tls=TLSOptions(ca=certificate.ca, check_hostname=False))

        assert client.ping() is True


def test_a_certificate_for_another_host_passes_under_that_name(connect, server):
    certificate = server_certificate("other.test")
    with TLSProxy(f"unix://{server.path}", certificate) as proxy:
        client = connect(proxy.url, tls=TLSOptions(ca=certificate.ca, server_name="other.test"))

        assert client.ping() is True


def test_a_server_name_that_cannot_be_one_is_a_wrong_configuration(connect, server, tls_port):
    with pytest.raises(ConfigurationError, match="server_name"):
        connect(port=tls_port, tls=TLSOptions(ca=server.ca, server_name=".test")).ping()


def test_reject_unauthorized_false_takes_any_certificate(connect, server):
    certificate = server_certificate("other.test", expired=True)
    with TLSProxy(f"unix://{server.path}", certificate) as proxy:
        assert connect(proxy.url, tls=TLSOptions(reject_unauthorized=False)).ping() is True


def test_a_file_that_is_not_there_is_a_wrong_configuration(connect, tls_port):
    with pytest.raises(ConfigurationError, match="tls ca"):
        connect(port=tls_port, tls=TLSOptions(ca="/no/such/file")).ping()


@pytest.fixture(scope="module")
def strict():
    """A server that wants to see a certificate."""
    with RedisServer(tls=True, config={"tls-auth-clients": "yes"}) as server:
        yield server


def test_a_client_certificate_is_shown(connect, strict):
    assert connect(strict.url, tls=TLSOptions(ca=strict.ca, cert=strict.cert, key=strict.key)).ping() is True


@pytest.mark.parametrize("protocol", [None, 2, 3])
def test_a_server_that_wants_a_client_certificate_is_asked_once(connect, strict, count_dials, protocol):
    if strict._tls_proxy is not None:
        pytest.skip("this server has no TLS of its own, and the proxy before it closes without a word")
    client = connect(strict.url, tls=TLSOptions(ca=strict.ca), protocol=protocol)

    with pytest.raises(RedisConnectionError, match="take our certificate") as caught:
        client.incr("k")

    assert len(count_dials) == 1
    assert caught.value.final


def test_a_tls_client_on_a_plain_port_raises_at_once(connect, count_dials):
    peer = Peer([steps.send(b"-ERR Protocol error\r\n"), steps.close()])
    with peer, pytest.raises(RedisConnectionError, match="does the server speak TLS on this port"):
        connect(port=peer.port, tls=True).incr("k")

    assert len(count_dials) == 1


def test_a_tls_client_on_a_plain_redis_port_raises(connect, server):
    with pytest.raises((RedisConnectionError, RedisTimeoutError)) as caught:
        connect(port=server.port, tls=True, connect_timeout=0.5).incr("k")

    assert not caught.value.maybe_executed


def test_a_plain_client_on_a_tls_port_raises(connect, tls_port, wire):
    from plasma import ProtocolError

    with pytest.raises((RedisConnectionError, ProtocolError)) as caught:
        connect(port=tls_port, retry_delay=0.001, **wire).incr("k")

    assert not getattr(caught.value, "maybe_executed", False)


def test_a_plain_client_that_is_answered_by_a_tls_alert_is_told(connect):
    from plasma import ProtocolError

    with Peer.garbage(b"\x15\x03\x01\x00\x02\x02\x46") as peer, pytest.raises(ProtocolError, match="without TLS"):
        connect(peer.url).ping()


def test_a_peer_that_never_ends_the_tls_handshake_runs_into_connect_timeout(connect):
    with Peer.silent() as peer, pytest.raises(RedisTimeoutError, match="TLS handshake timed out") as caught:
        connect(port=peer.port, tls=True, connect_timeout=0.2).ping()

    assert caught.value.phase == "connect"


def test_a_reply_that_never_comes_times_out(connect, wire):
    certificate = server_certificate()
    with Peer.answering({"GET": None}, tls=certificate) as peer:
        client = connect(peer.url, tls=TLSOptions(ca=certificate.ca), command_timeout=0.2, **wire)
        started = time.monotonic()

        with pytest.raises(RedisTimeoutError) as caught:
            client.get("k")

        assert time.monotonic() - started < 5
        assert (caught.value.phase, caught.value.maybe_executed) == ("reply", True)


def test_a_connection_that_the_server_closed_is_seen_before_it_is_used(connect, server, tls_port):
    with FaultProxy(f"redis://127.0.0.1:{tls_port}") as proxy:
        client = connect(port=proxy.port, tls=TLSOptions(ca=server.ca), max_retries=0)
        client.set("k", "1")
        client._pool.idle[0].used -= 1
        proxy.cut()

        assert client.incr("k") == 2
        assert proxy.connections == 2


def test_an_idle_connection_is_used_again(connect, server, tls_port):
    with FaultProxy(f"redis://127.0.0.1:{tls_port}") as proxy:
        client = connect(port=proxy.port, tls=TLSOptions(ca=server.ca), max_retries=0)
        for _ in range(3):
            client.incr("k")
            client._pool.idle[0].used -= 1

        assert proxy.connections == 1


def test_a_write_is_not_repeated_when_tls_breaks_after_it(connect, server, tls_port):
    with FaultProxy(f"redis://127.0.0.1:{tls_port}") as proxy:
        client = connect(port=proxy.port, tls=TLSOptions(ca=server.ca))
        client.set("n", 0)
        proxy.hold("client")
        from support.waiting import Background

        call = Background(client.incr, "n")
        wait_until(lambda: server.execute("GET", "n") == "1")
        proxy.cut()

        with pytest.raises(RedisConnectionError) as caught:
            call.result()

        assert caught.value.maybe_executed
        assert server.execute("GET", "n") == "1"
