"""Making a connection: dial, choose the class that fits the socket, log in."""

from __future__ import annotations

import socket
import sys
from time import monotonic

from .connection import Connection
from .credentials import credentials
from .dial import dial, late_tls_failure
from .errors import ProtocolError, RedisConnectionError, RedisError, RedisTimeoutError
from .greeting import Greeting
from .resp import pack_many
from .session import ANONYMOUS, handshake, hung_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import RedisConfig
    from .secured import SecuredSocket


_ANONYMOUS = pack_many(ANONYMOUS)


def _class_for(sock: socket.socket | SecuredSocket) -> type[Connection]:
    """The quick class for plain sockets of the two systems where it is known to work, else the careful one."""
    below = getattr(sock, "sock", sock)  # TLS, if there is any
    is_plain = type(below) is socket.socket and type(below).__module__ == "socket"
    if is_plain and sys.platform in ("linux", "darwin"):
        return Connection
    from .timed import TimedConnection

    return TimedConnection


def open_connection(config: RedisConfig, ends: float, plain: bool) -> Connection:
    """Connect and log in, done by `ends`. `plain`: this address is known to take no HELLO.

    A peer that closes on HELLO gets one new connection, with AUTH and SELECT alone. Nothing of the caller's was sent
    when this raises, so no error of it says `maybe_executed`.
    """
    conn = _connected(config, ends)
    try:
        greeted = _shake_hands(conn, config, plain, ends)
        if not greeted:
            conn = _connected(config, ends)
            _shake_hands(conn, config, True, ends)
        return conn
    except RedisError as exc:
        conn.close()
        exc.address = config.address
        if isinstance(exc, (RedisConnectionError, RedisTimeoutError)):
            exc.maybe_executed = False
        if isinstance(exc, RedisTimeoutError):
            exc.phase = "connect"
        raise
    except BaseException:
        conn.close()
        raise


def _connected(config: RedisConfig, ends: float) -> Connection:
    sock = dial(config, ends)
    try:
        return _class_for(sock)(sock, config)
    except BaseException:
        sock.close()
        raise


def _shake_hands(conn: Connection, config: RedisConfig, plain: bool, ends: float) -> bool:
    """Drive the handshake; False if the peer closed on HELLO and may be asked without it."""
    steps = handshake(config, *credentials(config), plain=plain)
    batch = next(steps)
    while True:
        replies: list[Any] = []
        packed = _ANONYMOUS if batch is ANONYMOUS else pack_many(batch)
        greeting = Greeting(len(batch)) if batch[0][0] == "HELLO" else None
        knows = None if greeting is None else greeting.is_known
        try:
            left = max(ends - monotonic(), 0.001)
            conn.exchange([(len(batch), packed)], replies.extend, True, left, knows)
        except RedisConnectionError as exc:
            if config.tls is not False and (failure := late_tls_failure(exc.__cause__, config)) is not None:
                raise failure from exc.__cause__
            if hung_up(config, batch, replies):
                return False
            raise
        except ProtocolError as exc:
            # Its own text may quote what the server said.
            exc.args = ("the answer to the handshake is not RESP: is this a Redis server, and without TLS here?",)
            raise
        if greeting is not None and not replies:
            conn.protocol = 3
            return True
        try:
            batch = steps.send(replies)
        except StopIteration as done:
            conn.protocol = done.value
            if greeting is not None:
                greeting.remember()
            return True
