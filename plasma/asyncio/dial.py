"""Opening a connection in asyncio and logging in: TCP to each address in turn, a unix socket, TLS, the handshake.

The same rules as in the blocking colour (plasma/dial.py, plasma/opening.py), against one moment, `ends`.
"""

from __future__ import annotations

import asyncio
import os
import socket
from time import monotonic

from ..credentials import credentials_async
from ..dial import connect_failure, encodable_name, keep_alive, late_tls_failure, tls_failure
from ..errors import ProtocolError, RedisConnectionError, RedisError, RedisTimeoutError
from ..resp import pack_many
from ..session import handshake, hung_up
from .connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from ..config import RedisConfig
    from ..session import Command, Handshake

    T = TypeVar("T")


async def open_connection(
    config: RedisConfig, ends: float, make: Callable[[], Connection], *, plain: bool
) -> Connection:
    """Connect and log in, done by `ends`. `plain`: this address is known to take no HELLO.

    A peer that closes on HELLO gets one new connection, with AUTH and SELECT alone. Nothing of the caller's was sent
    when this raises, so no error of it says `maybe_executed`.
    """
    try:
        conn = await _greeted(config, ends, make, plain)
        if conn is None:
            conn = await _greeted(config, ends, make, True)
    except RedisError as exc:
        exc.address = config.address
        if isinstance(exc, (RedisConnectionError, RedisTimeoutError)):
            exc.maybe_executed = False
            exc.results = ()
        if isinstance(exc, RedisTimeoutError):
            exc.phase = "connect"
        raise
    assert conn is not None
    return conn


async def _greeted(config: RedisConfig, ends: float, make: Callable[[], Connection], plain: bool) -> Connection | None:
    """A connection that is logged in; None if the peer closed on HELLO and may be asked without it."""
    sock = await (_connect_unix(config, ends) if config.path is not None else _connect_tcp(config, ends))
    inode = _inode(sock.fileno())
    greeting: list[Future[list[Any]]] = []
    conn: Connection | None = None
    try:
        login = await _within(credentials_async(config), ends, "asking for the password timed out")
        steps = handshake(config, *login, plain=plain)
        batch = next(steps)

        def greet(conn: Connection) -> None:
            # At once: a server without room speaks first, and its words are taken for the answer they stand for.
            greeting.append(_said(conn, batch, ends))

        conn = await _on_transport(sock, config, ends, make, greet)
        if await _shake_hands(conn, config, ends, steps, batch, greeting.pop()):
            return conn
        _let_go(sock, inode)
        return None
    except BaseException:
        for future in greeting:
            if not future.cancel() and not future.cancelled():
                future.exception()
        if conn is not None:
            conn.close()
        _let_go(sock, inode)
        raise


def _inode(fileno: int) -> int | None:
    try:
        return os.fstat(fileno).st_ino
    except OSError:  # closed; and not every system knows this of a socket
        return None


def _let_go(sock: socket.socket, inode: int | None) -> None:
    """Close the socket unless its transport has done so: then its number may by now be another's.

    uvloop closes the number, and does not tell the object if it failed early.
    """
    if sock.fileno() >= 0 and inode is not None and _inode(sock.fileno()) != inode:
        sock.detach()
    sock.close()


async def _shake_hands(
    conn: Connection,
    config: RedisConfig,
    ends: float,
    steps: Handshake,
    batch: list[Command],
    answer: Future[list[Any]],
) -> bool:
    """Drive the handshake, of which one batch was sent; False if the peer closed on HELLO and may be asked without."""
    while True:
        try:
            replies = await answer
        except RedisConnectionError as exc:
            if config.tls is not False and (failure := late_tls_failure(exc.__cause__, config)) is not None:
                raise failure from exc.__cause__
            if hung_up(config, batch, list(exc.results)):
                return False
            raise
        except ProtocolError as exc:
            # Its own text may quote what the server said.
            exc.args = ("the answer to the handshake is not RESP: is this a Redis server, and without TLS here?",)
            raise
        try:
            batch = steps.send(replies)
        except StopIteration as done:
            conn.protocol = done.value
            return True
        answer = _said(conn, batch, ends)


def _said(conn: Connection, batch: list[Command], ends: float) -> Future[list[Any]]:
    return conn.issue_all(pack_many(batch), len(batch), True, max(ends - monotonic(), 0.001)).future


async def _on_transport(
    sock: socket.socket,
    config: RedisConfig,
    ends: float,
    make: Callable[[], Connection],
    greet: Callable[[Connection], None],
) -> Connection:
    loop = asyncio.get_running_loop()

    def made() -> Connection:
        conn = make()
        conn.on_made = greet
        return conn

    tls: dict[str, Any] = {}
    if config.tls is not False:
        from ..tls import context_for, server_hostname

        tls["ssl"] = context_for(config.tls)
        tls["server_hostname"] = encodable_name(server_hostname(config))
        tls["ssl_handshake_timeout"] = max(ends - monotonic(), 0.001)
    create = loop.create_connection if config.path is None else loop.create_unix_connection
    try:
        _, conn = await create(made, sock=sock, **tls)
    except OSError as exc:
        if config.tls is False:
            raise RedisConnectionError(f"cannot connect: {exc}") from exc
        raise _tls_error(exc, config) from exc
    assert isinstance(conn, Connection)
    return conn


def _tls_error(exc: OSError, config: RedisConfig) -> RedisError:
    import ssl

    if isinstance(exc, ssl.SSLError):
        return tls_failure(exc, config)
    if isinstance(exc, (TimeoutError, asyncio.TimeoutError)) or "handshake is taking longer" in str(exc):
        return RedisTimeoutError("the TLS handshake timed out", phase="connect")
    return RedisConnectionError(f"the TLS handshake failed: {exc}")


async def _connect_tcp(config: RedisConfig, ends: float) -> socket.socket:
    try:
        found = await _within(_resolved(config), ends, f"resolving {config.host} timed out")
    except RedisTimeoutError:
        raise
    except (OSError, UnicodeError) as exc:
        raise RedisConnectionError(f"cannot resolve {config.host}: {exc}") from exc
    failures: list[Exception] = []
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        now = monotonic()
        share = now + (ends - now) / (len(found) - tried)
        try:
            sock = await _connect(family, kind, protocol, address, share)
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
    raise connect_failure(config, failures)


async def _resolved(config: RedisConfig) -> list[Any]:
    try:  # a plain address needs no resolver, and no thread to ask it in
        return socket.getaddrinfo(config.host, config.port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    except OSError:
        loop = asyncio.get_running_loop()
        return await loop.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)


async def _connect_unix(config: RedisConfig, ends: float) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise RedisConnectionError("this system's Python has no unix sockets: use host= and port=")
    try:
        return await _connect(socket.AF_UNIX, socket.SOCK_STREAM, 0, config.path, ends)
    except OSError as exc:
        raise connect_failure(config, [exc]) from exc


async def _connect(family: int, kind: int, protocol: int, address: Any, ends: float) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        await _within(asyncio.get_running_loop().sock_connect(sock, address), ends, "timed out")
    except BaseException as exc:
        sock.close()
        if isinstance(exc, OSError) and exc.errno is not None:
            raise OSError(exc.errno, os.strerror(exc.errno)) from None  # asyncio words it in its own way
        raise
    return sock


async def _within(work: Awaitable[T], ends: float, why: str) -> T:
    """What the work gives, or RedisTimeoutError at the moment `ends`."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,), timeout=max(ends - monotonic(), 0.001))
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # told below, or to nobody if we are cancelled ourselves
    if task.cancelled():
        raise RedisTimeoutError(why, phase="connect")
    return task.result()
