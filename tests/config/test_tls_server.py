"""TLS options against a real server: what is accepted, what is refused, and how that is told."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plasma import RedisClient, TLSOptions
from plasma.errors import RedisConnectionError, RedisTimeoutError
from plasma.testing import RedisServer
from plasma.testing.certificates import Authority, server_certificate


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """For localhost and its addresses; it wants a certificate of each client."""
    with RedisServer(tls=True, config={"tls-auth-clients": "yes"}) as server:
        yield server


def ping(server: RedisServer, **options: Any) -> bool:
    given: dict[str, Any] = {"ca": server.ca, "cert": server.cert, "key": server.key, **options}
    with RedisClient(server.url, tls=TLSOptions(**given), max_retries=0) as client:
        return client.ping()


def test_an_authority_and_a_certificate_as_files_are_accepted(server: RedisServer) -> None:
    assert ping(server)


def test_an_authority_and_a_certificate_as_text_are_accepted(server: RedisServer) -> None:
    text = {name: Path(getattr(server, name)).read_text() for name in ("ca", "cert", "key")}

    assert ping(server, **text)


def test_an_encrypted_key_is_opened() -> None:
    authority = Authority()
    mine = authority.issue(name="me", key_password="hunter2")
    with RedisServer(tls=authority.issue("127.0.0.1"), config={"tls-auth-clients": "yes"}) as other:
        assert ping(other, ca=authority.ca, cert=mine.cert, key=mine.key, key_password="hunter2")


def test_a_context_of_the_users_own_is_accepted(server: RedisServer) -> None:
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(server.cert, server.key)
    with RedisClient(server.url, tls=context) as client:
        assert client.ping()


def test_the_authorities_of_the_system_alone_refuse_it(server: RedisServer) -> None:
    with pytest.raises(RedisConnectionError, match="the server's certificate does not verify"):
        ping(server, ca=None)


def test_another_authority_refuses_it(server: RedisServer) -> None:
    with pytest.raises(RedisConnectionError, match="the server's certificate does not verify"):
        ping(server, ca=Authority().ca)


def test_reject_unauthorized_false_accepts_it(server: RedisServer) -> None:
    assert ping(server, ca=None, reject_unauthorized=False)


def test_another_name_refuses_it(server: RedisServer) -> None:
    with pytest.raises(RedisConnectionError, match=r"does not verify: Hostname mismatch"):
        ping(server, server_name="redis.internal")


def test_an_unchecked_name_is_accepted(server: RedisServer) -> None:
    assert ping(server, server_name="redis.internal", check_hostname=False)


def test_a_certificate_for_the_name_given_is_accepted() -> None:
    with RedisServer(tls=server_certificate("redis.internal")) as server:
        assert ping(server, server_name="redis.internal")


def test_a_certificate_for_another_host_is_refused() -> None:
    with (
        RedisServer(tls=server_certificate("redis.internal")) as server,
        pytest.raises(RedisConnectionError, match="does not verify: IP address mismatch"),
    ):
        ping(server)


def test_an_expired_certificate_is_refused() -> None:
    with (
        RedisServer(tls=server_certificate(expired=True)) as server,
        pytest.raises(RedisConnectionError, match="does not verify: certificate has expired"),
    ):
        ping(server)


def test_a_client_without_the_certificate_asked_for_is_refused(server: RedisServer) -> None:
    with pytest.raises(RedisConnectionError):
        ping(server, cert=None, key=None)


def test_tls_to_a_plain_port_times_out_since_the_server_waits_for_a_line(server: RedisServer) -> None:
    with (
        pytest.raises(RedisTimeoutError, match="the TLS handshake timed out") as caught,
        RedisClient(port=server.port, tls=True, connect_timeout=0.2, max_retries=0) as client,
    ):
        client.ping()

    assert caught.value.phase == "connect"


def test_all_connections_of_a_client_use_the_files_read_at_first(tmp_path: Path) -> None:
    with RedisServer(tls=True) as server:
        ca = tmp_path / "ca.pem"
        ca.write_bytes(Path(server.ca).read_bytes())
        with RedisClient(server.url, tls=TLSOptions(ca=ca)) as client:
            client.ping()
            client.disconnect()
            ca.unlink()

            assert client.ping()
