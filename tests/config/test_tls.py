"""From TLSOptions to an SSLContext."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest
import trustme

from plasma.config import RedisConfig, TLSOptions
from plasma.errors import ConfigurationError
from plasma.tls import context_for, server_hostname

MARK = "hunter2secret"


class Files:
    """A certificate of an authority, and its key: plain and encrypted with MARK, as PEM text and as files."""

    def __init__(self, folder: Path) -> None:
        from cryptography.hazmat.primitives import serialization

        authority = trustme.CA()
        issued = authority.issue_cert("localhost")
        self.ca_text = authority.cert_pem.bytes().decode()
        self.cert_text = issued.cert_chain_pems[0].bytes().decode()
        self.key_text = issued.private_key_pem.bytes().decode()
        self.locked_text = (
            serialization.load_pem_private_key(self.key_text.encode(), None)
            .private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(MARK.encode()),
            )
            .decode()
        )
        self.other_key_text = authority.issue_cert("localhost").private_key_pem.bytes().decode()
        self.ca = self._file(folder / "ca.pem", self.ca_text)
        self.cert = self._file(folder / "cert.pem", self.cert_text)
        self.key = self._file(folder / "key.pem", self.key_text)
        self.both = self._file(folder / "both.pem", self.key_text + self.cert_text)
        self.rubbish = self._file(folder / "rubbish.pem", "rubbish")
        self.folder = str(folder)

    @staticmethod
    def _file(path: Path, content: str) -> str:
        path.write_text(content)
        return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def empty_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_by_default_the_certificate_and_its_name_are_verified() -> None:
    context = context_for(TLSOptions())

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_nothing_older_than_tls_1_2_is_spoken() -> None:
    assert context_for(TLSOptions()).minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_name_alone_may_be_left_unchecked() -> None:
    context = context_for(TLSOptions(check_hostname=False))

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)


def test_reject_unauthorized_false_verifies_nothing() -> None:
    context = context_for(TLSOptions(reject_unauthorized=False))

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize("form", ["ca", "ca_text"])
def test_an_authority_of_ones_own_is_the_only_one(files: Files, form: str) -> None:
    context = context_for(TLSOptions(ca=getattr(files, form)))

    assert len(context.get_ca_certs()) == 1


def test_a_comment_beside_a_certificate_may_be_in_any_language(files: Files) -> None:
    context = context_for(TLSOptions(ca=f"# Autorität für Prüfungen\n{files.ca_text}"))

    assert len(context.get_ca_certs()) == 1


def test_a_folder_of_authorities_is_taken(files: Files) -> None:
    assert context_for(TLSOptions(ca=files.folder)).verify_mode == ssl.CERT_REQUIRED


def test_files_may_be_path_objects(files: Files) -> None:
    assert TLSOptions(ca=Path(files.ca)) == TLSOptions(ca=files.ca)


@pytest.mark.parametrize(
    "options",
    [
        {"cert": "cert", "key": "key"},
        {"cert": "cert_text", "key": "key_text"},
        {"cert": "cert", "key": "key_text"},
        {"cert": "cert_text", "key": "key"},
        {"cert": "both"},
        {"cert": "cert", "key": "locked_text", "key_password": MARK},
    ],
    ids=str,
)
def test_a_certificate_of_ones_own_is_loaded(files: Files, options: dict[str, str], empty_temp: Path) -> None:
    given: Any = {name: getattr(files, value, value) for name, value in options.items()}
    context_for(TLSOptions(**given))

    assert os.listdir(empty_temp) == []


def test_pem_text_passes_through_files_that_only_we_can_read(
    files: Files, empty_temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str]] = []
    load = ssl.SSLContext.load_cert_chain

    def watched(self: ssl.SSLContext, *args: Any) -> None:
        seen.extend((oct(path.stat().st_mode & 0o777), path.read_text()) for path in empty_temp.iterdir())
        load(self, *args)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    context_for(TLSOptions(cert=files.cert_text, key=files.key_text))

    assert sorted(seen) == sorted([("0o600", files.cert_text), ("0o600", files.key_text)])


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"ca": "rubbish"}, "tls ca: this is not a certificate in PEM form (no certificate or crl found)"),
    ({"ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "tls ca: this is not a certificate"),
    ({"ca": "-----BEGIN ä"}, "tls ca: this is not a certificate in PEM form"),
    ({"cert": "rubbish", "key": "key"}, "tls cert and key: these are not a certificate and its private key"),
    ({"cert": "cert", "key": "rubbish"}, "tls cert and key: these are not a certificate and its private key"),
    ({"cert": "cert"}, "tls cert and key: these are not a certificate and its private key"),
    ({"cert": "folder"}, "tls cert or key: cannot be read: "),
    ({"cert": "cert", "key": "other_key_text"}, "tls key: this private key does not belong to the certificate in cert"),
    ({"cert": "cert", "key": "locked_text"}, "tls key: the private key is encrypted; give its key_password"),
    ({"cert": "cert", "key": "locked_text", "key_password": "wrong"}, "tls key_password: it does not open the private"),
    ({"cert": "cert", "key": "locked_text", "key_password": MARK * 90}, "tls key_password: OpenSSL takes at most"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_cannot_be_loaded_is_refused_by_name(
    files: Files, options: dict[str, str], message: str, empty_temp: Path
) -> None:
    given: Any = {name: getattr(files, value, value) for name, value in options.items()}
    tls = TLSOptions(**given)
    with pytest.raises(ConfigurationError) as caught:
        context_for(tls)

    assert (str(caught.value)[: len(message)], MARK in str(caught.value), os.listdir(empty_temp)) == (
        message,
        False,
        [],
    )


def test_a_file_that_has_gone_meanwhile_is_named_at_connect(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("here for now")
    tls = TLSOptions(ca=path)
    path.unlink()
    with pytest.raises(ConfigurationError, match="tls ca: cannot be read: No such file or directory"):
        context_for(tls)


def test_the_same_options_keep_their_context() -> None:
    tls = TLSOptions()

    assert context_for(tls) is context_for(tls)


def test_all_clients_that_say_tls_true_share_one_context() -> None:
    one, two = RedisConfig(tls=True).tls, RedisConfig.of("rediss://h").tls
    assert one
    assert two

    assert context_for(one) is context_for(two)


def test_the_kept_context_is_no_part_of_the_value() -> None:
    used, unused = TLSOptions(check_hostname=False), TLSOptions(check_hostname=False)
    context_for(used)

    assert (used, hash(used), repr(used)) == (unused, hash(unused), repr(unused))


def test_a_context_of_the_users_is_taken_as_it_is() -> None:
    context = ssl.create_default_context()

    assert context_for(context) is context


@pytest.mark.parametrize(
    ("tls", "name"),
    [(True, "h"), (TLSOptions(server_name="other"), "other"), (ssl.create_default_context(), "h")],
    ids=["host", "server_name", "context"],
)
def test_the_certificate_is_for_the_host_or_the_name_given(tls: Any, name: str) -> None:
    assert server_hostname(RedisConfig(host="h", tls=tls)) == name
