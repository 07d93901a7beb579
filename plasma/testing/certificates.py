"""Certificates for tests, signed by an authority that lives as long as this process and that nobody else trusts.

    good = server_certificate()          for localhost, 127.0.0.1 and ::1
    server_certificate(expired=True)     was valid until yesterday
    server_certificate("other.test")     is for another host
    Authority().issue("localhost")       is signed by somebody else

They are made by the `openssl` program (1.1.1 or newer) or, where there is none, by the package `trustme`. The files
lie in a folder that is removed when the process ends, however it ends. The keys are worth nothing.
"""

from __future__ import annotations

import atexit
import datetime
import importlib.util
import ipaddress
import os
import shutil
import ssl
import subprocess
import threading
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from . import guard
from .errors import LauncherError

if TYPE_CHECKING:
    import trustme

LOCAL = ("localhost", "127.0.0.1", "::1")

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


@dataclass(frozen=True)
class Certificate:
    """A certificate: the paths of the authority's own, of its chain, and of its key, all PEM."""

    ca: str
    cert: str
    key: str
    key_password: str | None = None

    def server_context(self, *, client_certificates: str = "optional") -> ssl.SSLContext:
        """The TLS settings of a server that shows this; asks clients for theirs: "no", "optional" or "yes"."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
        context.load_cert_chain(self.cert, self.key, self.key_password)
        context.verify_mode = {"no": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL}.get(
            client_certificates, ssl.CERT_REQUIRED
        )
        return context


class Authority:
    """A certificate authority of its own, for as long as this process lives; `ca` is its certificate's path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self.folder = _new_folder()
        self.ca = os.path.join(self.folder, "ca.pem")
        self._trustme: trustme.CA | None = None
        self._program = shutil.which("openssl")  # its whole path: PATH may be another when a certificate is wanted
        if self._program is None:
            if importlib.util.find_spec("trustme") is None:
                raise LauncherError("certificates for tests need the program openssl, or the Python package trustme")
            self._start_trustme()
            return
        self._write("database", "")
        self._write("serial", "1000\n")
        self._write("settings", _SETTINGS.format(folder=self.folder))
        self._openssl(
            *("req", "-x509", *_NEW_KEY, "-nodes", "-config", "settings", "-extensions", "authority"),
            *("-subj", "/CN=Plasma tests", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"),
        )

    def issue(
        self, *hosts: str, name: str = "plasma tests", expired: bool = False, key_password: str | None = None
    ) -> Certificate:
        """Make a certificate for hosts and addresses (none: a client's), its key encrypted if a password is given."""
        with self._lock:
            stem = f"cert{next(self._numbers)}"
            cert, key = (os.path.join(self.folder, stem + end) for end in (".pem", ".key"))
            now = datetime.datetime.now(datetime.timezone.utc)
            end = now + datetime.timedelta(days=-1 if expired else 2)
            if self._trustme is not None:
                self._issue_by_trustme(cert, key, hosts, name, end, key_password)
            else:
                self._issue_by_openssl(stem, hosts, name, end, key_password)
        return Certificate(self.ca, cert, key, key_password)

    # By the openssl program

    def _issue_by_openssl(
        self, stem: str, hosts: tuple[str, ...], name: str, end: datetime.datetime, key_password: str | None
    ) -> None:
        names = ",".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in hosts)
        self._write(f"{stem}.ext", _LEAF + (f"subjectAltName={names}\n" if names else ""))
        secret = ("-nodes",) if key_password is None else ("-passout", f"pass:{key_password}")
        self._openssl(
            *("req", "-new", *_NEW_KEY, *secret, "-config", "settings", "-subj", f"/CN={name}"),
            *("-keyout", f"{stem}.key", "-out", f"{stem}.csr"),
        )
        dates = [f"{day:%Y%m%d%H%M%SZ}" for day in (end - datetime.timedelta(days=4), end)]
        self._openssl(  # of all its ways to sign, only this one takes a date in the past in every version
            *("ca", "-batch", "-notext", "-config", "settings", "-in", f"{stem}.csr"),
            *("-out", f"{stem}.pem", "-startdate", dates[0], "-enddate", dates[1]),
            *("-extfile", f"{stem}.ext", "-extensions", "leaf"),
        )

    def _openssl(self, *args: str) -> None:
        assert self._program is not None
        command = [self._program, *args]
        done = subprocess.run(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            raise LauncherError(f"openssl {args[0]} failed: {done.stderr.strip()}")

    def _write(self, name: str, text: str) -> None:
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    # By trustme

    def _start_trustme(self) -> None:
        import trustme

        self._trustme = trustme.CA(organization_name="Plasma tests")
        self._trustme.cert_pem.write_to_path(self.ca)

    def _issue_by_trustme(
        self,
        cert: str,
        key: str,
        hosts: tuple[str, ...],
        name: str,
        end: datetime.datetime,
        key_password: str | None,
    ) -> None:
        assert self._trustme is not None
        names = hosts or ("client@plasma.test",)  # an empty list of names would not pass strict verification
        made = self._trustme.issue_cert(
            *names, common_name=name, not_before=end - datetime.timedelta(days=4), not_after=end
        )
        made.private_key_pem.write_to_path(key)
        with open(cert, "wb") as file:
            file.writelines(blob.bytes() for blob in made.cert_chain_pems)
        if key_password is not None:
            _encrypt(key, key_password)


_SETTINGS = """\
[req]
distinguished_name=empty
[empty]
[authority]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[ca]
default_ca=issuer
[issuer]
certificate={folder}/ca.pem
private_key={folder}/ca.key
database={folder}/database
serial={folder}/serial
new_certs_dir={folder}
default_md=sha256
policy=anybody
unique_subject=no
email_in_dn=no
[anybody]
commonName=supplied
"""

# All that strict verification, the default from Python 3.13 on, wants to see.
_LEAF = """\
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


def server_certificate(*hosts: str, expired: bool = False) -> Certificate:
    """Return a server's certificate of this process's authority, for this machine or the hosts given; made once."""
    return _made(hosts or LOCAL, expired)


def client_certificate(*, expired: bool = False) -> Certificate:
    """Return a client's certificate of this process's authority; made once."""
    return _made((), expired)


def authority() -> Authority:
    """Return this process's authority, which signs what `server_certificate` and `client_certificate` give."""
    with _lock:
        if not _authority:
            _authority.append(Authority())
        return _authority[0]


_lock = threading.RLock()
_authority: list[Authority] = []
_kept: dict[tuple[tuple[str, ...], bool], Certificate] = {}
_folders: list[tuple[int, str, int]] = []


def _made(hosts: tuple[str, ...], expired: bool) -> Certificate:
    with _lock:
        wanted = (hosts, expired)
        if wanted not in _kept:
            _kept[wanted] = authority().issue(*hosts, expired=expired)
        return _kept[wanted]


def _new_folder() -> str:
    folder, key = guard.private_folder()
    _folders.append((os.getpid(), folder, key))
    return folder


@atexit.register
def _remove_folders() -> None:
    for owner, folder, key in _folders:
        if owner == os.getpid():
            guard.remove(folder, key)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _encrypt(path: str, password: str) -> None:
    """Encrypt a key's file; trustme stands on `cryptography`, so that is there."""
    from cryptography.hazmat.primitives import serialization

    with open(path, "rb") as file:
        key: Any = serialization.load_pem_private_key(file.read(), None)
    encrypted: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    with open(path, "wb") as file:
        file.write(encrypted)
