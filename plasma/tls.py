"""From TLSOptions to an ssl.SSLContext. The one place that knows the `ssl` module's ways; it is imported with it.

A context is made at the first connection and kept beside its options, so reconnecting reads no file again; a
certificate renewed on disk is seen by a client that is made anew. Two threads may both make the first one: they are
equal, and one is kept. PEM text of a certificate or key has to pass through a file, since OpenSSL loads these from
files only: one that only this user can read, and that is gone before the function returns.

Every failure is a ConfigurationError that names the option, and shows neither key nor password.
"""

from __future__ import annotations

import os
import ssl

from .errors import ConfigurationError
from .validation import is_pem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import RedisConfig, TLSOptions


def context_for(tls: TLSOptions | ssl.SSLContext) -> ssl.SSLContext:
    """The context to wrap a socket with; always the same one for the same options. Raises ConfigurationError."""
    if isinstance(tls, ssl.SSLContext):
        return tls
    return tls.kept_context() or tls.keep_context(_made(tls))


def server_hostname(config: RedisConfig) -> str:
    """The name that the server's certificate must be for (and that it is told with SNI)."""
    given = None if config.tls is False or isinstance(config.tls, ssl.SSLContext) else config.tls.server_name
    return given or config.host


def _made(tls: TLSOptions) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not tls.reject_unauthorized:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.check_hostname = tls.check_hostname
        if tls.ca is None:
            context.load_default_certs()
    if tls.ca is not None:
        _load_authority(context, tls.ca)
    if tls.cert is not None:
        _load_certificate(context, tls.cert, tls.key, tls.key_password)
    return context


def _load_authority(context: ssl.SSLContext, ca: str) -> None:
    try:
        if is_pem(ca):
            # OpenSSL wants ASCII: the text around certificates, a comment in any language, is nothing to it.
            context.load_verify_locations(cadata=ca.encode("ascii", "ignore").decode("ascii"))
        elif os.path.isdir(ca):
            context.load_verify_locations(capath=ca)
        else:
            context.load_verify_locations(cafile=ca)
    except ssl.SSLError as exc:
        raise ConfigurationError(f"tls ca: this is not a certificate in PEM form ({_reason(exc)})") from None
    except OSError as exc:
        raise _unreadable("ca", exc) from None


def _load_certificate(context: ssl.SSLContext, cert: str, key: str | None, password: str | None) -> None:
    temporary: list[str] = []
    try:
        cert_file = _as_file(cert, temporary)
        key_file = None if key is None else _as_file(key, temporary)
        asked = _Asked(password)
        try:
            context.load_cert_chain(cert_file, key_file, asked)
        except ssl.SSLError as exc:
            raise _bad_certificate(exc, asked, "key" if key is not None else "cert") from None
        except OSError as exc:
            raise _unreadable("cert or key", exc) from None
        except ValueError:
            raise ConfigurationError("tls key_password: OpenSSL takes at most 1,024 bytes") from None
    finally:
        for path in temporary:
            os.unlink(path)


class _Asked:
    """What OpenSSL calls for the key's password. Without it, it would ask at the terminal and wait."""

    def __init__(self, password: str | None) -> None:
        self.password = password
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.password or ""


def _bad_certificate(exc: ssl.SSLError, asked: _Asked, holder: str) -> ConfigurationError:
    if exc.reason == "KEY_VALUES_MISMATCH":
        return ConfigurationError("tls key: this private key does not belong to the certificate in cert")
    if asked.times and asked.password is None:
        return ConfigurationError(f"tls {holder}: the private key is encrypted; give its key_password")
    if asked.times:
        return ConfigurationError("tls key_password: it does not open the private key")
    return ConfigurationError(
        f"tls cert and key: these are not a certificate and its private key in PEM form ({_reason(exc)})"
    )


def _reason(exc: ssl.SSLError) -> str:
    """OpenSSL's word for it: its texts name functions and sources, not values."""
    return (exc.reason or "unreadable").replace("_", " ").lower()


def _unreadable(option: str, exc: OSError) -> ConfigurationError:
    return ConfigurationError(f"tls {option}: cannot be read: {exc.strerror}")


def _as_file(given: str, temporary: list[str]) -> str:
    """The path of a file that holds it; files made for that are added to `temporary`."""
    if not is_pem(given):
        return given
    from tempfile import mkstemp

    handle, path = mkstemp(prefix="plasma-", suffix=".pem")  # mode 0600
    temporary.append(path)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(given)
    return path
