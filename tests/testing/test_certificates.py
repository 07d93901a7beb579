"""Certificates, good and bad, and the proxy that shows them."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from pathlib import Path

import pytest

from plasma.testing import LauncherError, Peer, RedisServer, TLSProxy, certificates, wire
from plasma.testing.certificates import Certificate

ways = pytest.mark.parametrize("way", ["openssl", "trustme"])


@pytest.fixture
def authority(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> certificates.Authority:
    if way == "trustme":
        pytest.importorskip("trustme")
        monkeypatch.setenv("PATH", str(tmp_path))
    return certificates.Authority()


def handshake(
    shown: Certificate, host: str, ca: str, client: Certificate | None = None, asked: str = "optional"
) -> bytes:
    """What a client that trusts *ca* gets, through a TLS proxy that shows a certificate."""
    context = ssl.create_default_context(cafile=ca)
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    if client is not None:
        context.load_cert_chain(client.cert, client.key, client.key_password)
    with Peer.answering({}) as peer, TLSProxy(peer.url, shown, client_certificates=asked) as proxy:
        plain = socket.create_connection((proxy.host, proxy.port), timeout=10)
        with plain, context.wrap_socket(plain, server_hostname=host) as sock:
            answer: bytes = wire.ask(sock, "PING")
            return answer


@ways
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_valid_certificate_is_good_for_its_names_and_addresses(host: str, authority: certificates.Authority) -> None:
    shown = authority.issue("localhost", "127.0.0.1", "::1")

    assert handshake(shown, host, authority.ca) == b"PONG"


@ways
def test_an_expired_certificate_is_refused_for_that_alone(authority: certificates.Authority) -> None:
    shown = authority.issue("localhost", expired=True)

    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        handshake(shown, "localhost", authority.ca)


@ways
def test_a_certificate_of_another_host_is_refused(authority: certificates.Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"(?i)hostname mismatch"):
        handshake(authority.issue("other.test"), "localhost", authority.ca)


@ways
def test_a_certificate_of_another_authority_is_refused(authority: certificates.Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|self.signed|signature"):
        handshake(authority.issue("localhost"), "localhost", certificates.Authority().ca)


@ways
def test_a_client_shows_its_certificate(authority: certificates.Authority) -> None:
    shown, client = authority.issue("localhost"), authority.issue(name="client")

    assert handshake(shown, "localhost", authority.ca, client, asked="yes") == b"PONG"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(shown, "localhost", authority.ca, None, asked="yes")


@ways
def test_a_client_certificate_of_another_authority_is_refused(authority: certificates.Authority) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(authority.issue("localhost"), "localhost", authority.ca, certificates.client_certificate())


@ways
def test_a_key_can_be_encrypted(authority: certificates.Authority) -> None:
    client = authority.issue(name="client", key_password="hunter2")

    assert "ENCRYPTED" in Path(client.key).read_text()
    assert handshake(authority.issue("localhost"), "localhost", authority.ca, client, asked="yes") == b"PONG"


def test_without_openssl_and_trustme_the_error_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(LauncherError, match=r"openssl.*trustme"):
        certificates.Authority()


def test_an_authority_goes_on_issuing_when_path_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = certificates.Authority()
    monkeypatch.setenv("PATH", str(tmp_path))

    assert handshake(authority.issue("localhost"), "localhost", authority.ca) == b"PONG"


def test_the_process_has_one_authority_and_makes_each_certificate_once() -> None:
    made = certificates.server_certificate()

    assert certificates.server_certificate() is made
    assert certificates.client_certificate().ca == made.ca == certificates.authority().ca


def test_the_files_are_for_us_alone() -> None:
    assert os.stat(certificates.authority().folder).st_mode & 0o777 == 0o700


def test_the_proxy_keeps_its_port_and_leaves_no_thread() -> None:
    before = {*threading.enumerate()}  # some of them may end meanwhile
    with RedisServer() as server:
        proxy = TLSProxy(server.url)
        with proxy:
            port = proxy.port
        with proxy:
            assert proxy.port == port
            assert proxy.url == f"rediss://127.0.0.1:{port}"

    assert {*threading.enumerate()} <= before


def test_the_proxy_closes_a_connection_whose_server_is_not_there() -> None:
    with RedisServer() as server, TLSProxy(server.url) as proxy:
        context = ssl.create_default_context(cafile=proxy.certificate.ca)
        server.kill()
        plain = socket.create_connection((proxy.host, proxy.port), timeout=10)
        with (
            plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
            context.wrap_socket(plain, server_hostname="localhost") as sock,
        ):
            wire.ask(sock, "PING")
