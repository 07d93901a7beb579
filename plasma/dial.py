"""Opening a socket to a server: TCP to each address of a name in turn, a unix socket, and TLS on top.

Everything here runs against one moment, `ends`, at which connecting as a whole must be done; what is left is shared
out among the addresses left to try. The name itself is resolved by the system, which may outlast it.
"""

from __future__ import annotations

import socket
from time import monotonic

from .errors import ConfigurationError, RedisConnectionError, RedisTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Any

    from .config import RedisConfig, TLSOptions
    from .secured import SecuredSocket

# Options of TCP's keep-alive; None where the system has no such option.
_KEEP_IDLE: int | None = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # the latter: macOS
_KEEP_INTERVAL: int | None = getattr(socket, "TCP_KEEPINTVL", None)
_KEEP_COUNT: int | None = getattr(socket, "TCP_KEEPCNT", None)


def dial(config: RedisConfig, ends: float) -> socket.socket | SecuredSocket:
    """A connected socket, with TLS up if the configuration asks for it. Its time-out is not yet set.

    Raises RedisConnectionError or RedisTimeoutError (phase "connect"); nothing has been sent to the server then.
    """
    sock = _connect_unix(config, ends) if config.path is not None else _connect_tcp(config, ends)
    if config.tls is False:
        return sock
    try:
        return _start_tls(sock, config, config.tls, ends)
    except BaseException:
        sock.close()
        raise


def _connect_tcp(config: RedisConfig, ends: float) -> socket.socket:
    try:
        found = _resolved(config.host, config.port)
    except (OSError, UnicodeError) as exc:
        raise RedisConnectionError(f"cannot resolve {config.host}: {exc}", address=config.address) from exc
    failures: list[Exception] = []
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        share = (ends - monotonic()) / (len(found) - tried)
        try:
            sock = _connect(socket.socket(family, kind, protocol), address, share)
        except OSError as exc:
            failures.append(exc)
            continue
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if config.keepalive is not None:
                keep_alive(sock, config.keepalive)
        except OSError:
            pass  # a courtesy of the network stack; a socket without it works
        return sock
    try:
        raise connect_failure(config, failures)
    finally:
        failures.clear()  # or they and this frame, which is in their tracebacks, would hold each other


def _resolved(host: str, port: int) -> list[Any]:
    if host[-1:].isdigit():
        try:
            socket.inet_pton(socket.AF_INET, host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, port))]  # what the system would say, at once
        except OSError:
            pass
    return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)


def _connect_unix(config: RedisConfig, ends: float) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise RedisConnectionError(
            "this system's Python has no unix sockets: use host= and port=", address=config.address
        )
    try:
        return _connect(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), config.path, ends - monotonic())
    except OSError as exc:
        raise connect_failure(config, [exc]) from exc


def _connect(sock: socket.socket, address: Any, seconds: float) -> socket.socket:
    try:
        if seconds <= 0:
            raise TimeoutError("timed out")
        sock.settimeout(seconds)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def connect_failure(config: RedisConfig, failures: list[Exception]) -> RedisConnectionError | RedisTimeoutError:
    """What to tell where every address failed."""
    told = "; ".join(dict.fromkeys(str(failure) for failure in failures))
    message = f"cannot connect: {told}"
    if all(isinstance(failure, TimeoutError) for failure in failures):
        return RedisTimeoutError(message, address=config.address, phase="connect")
    return RedisConnectionError(message, address=config.address)


def keep_alive(sock: socket.socket, idle: float) -> None:
    """Have the system probe a connection that was idle for so many seconds, so that a vanished peer is noticed."""
    seconds = max(1, round(idle))
    if _KEEP_IDLE is not None:
        sock.setsockopt(socket.IPPROTO_TCP, _KEEP_IDLE, seconds)
    if _KEEP_INTERVAL is not None:
        sock.setsockopt(socket.IPPROTO_TCP, _KEEP_INTERVAL, max(1, seconds // 3))
    if _KEEP_COUNT is not None:
        sock.setsockopt(socket.IPPROTO_TCP, _KEEP_COUNT, 3)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # last: each of the others would set its timer anew


def _start_tls(sock: socket.socket, config: RedisConfig, tls: TLSOptions | SSLContext, ends: float) -> SecuredSocket:
    import ssl

    from .secured import SecuredSocket
    from .tls import context_for, server_hostname

    secured = SecuredSocket(sock, context_for(tls), encodable_name(server_hostname(config)))
    try:
        secured.do_handshake(ends)
    except TimeoutError as exc:
        raise RedisTimeoutError("the TLS handshake timed out", address=config.address, phase="connect") from exc
    except ssl.SSLError as exc:
        raise tls_failure(exc, config) from exc
    except OSError as exc:
        raise RedisConnectionError(f"the TLS handshake failed: {exc}", address=config.address) from exc
    return secured


def encodable_name(name: str) -> str:
    """The name of a host, if it can be one."""
    try:
        name.encode("idna")  # as the ssl module will
    except UnicodeError:
        raise ConfigurationError(f"tls server_name: {name!r} cannot be the name of a host") from None
    return name


def late_tls_failure(exc: BaseException | None, config: RedisConfig) -> RedisConnectionError | None:
    """The error to raise if the first exchange broke on TLS: in TLS 1.3 a server refuses our certificate only then."""
    import ssl

    if not isinstance(exc, ssl.SSLError) or isinstance(exc, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return None
    return tls_failure(exc, config)


def tls_failure(exc: Exception, config: RedisConfig) -> RedisConnectionError:
    """What to tell about a TLS handshake that the two sides do not agree on: trying again is in vain."""
    import ssl

    if isinstance(exc, ssl.SSLCertVerificationError):
        message = f"the server's certificate does not verify: {exc.verify_message} (see the tls option)"
    else:
        message = f"the TLS handshake failed: {exc} (does the server speak TLS on this port, and take our certificate?)"
    error = RedisConnectionError(message, address=config.address)
    error.final = not isinstance(exc, ssl.SSLEOFError)  # a server that dies in mid-handshake may come back
    return error
