"""The monitor of the blocking colour: every command that the server runs, on a connection of its own.

It reads in the caller's thread and keeps nothing back: who does not read makes the server wait, and in the end close.
A lost connection is an error: what went by meanwhile cannot be had.
"""

from __future__ import annotations

import socket
from collections import deque
from time import monotonic

from .commands.core import Generic, S, overload
from .deadline import Deadline
from .errors import (
    ConfigurationError,
    ProtocolError,
    RedisConnectionError,
    RedisError,
    RedisTimeoutError,
    ResponseError,
)
from .monitored import monitored_command
from .resp import Push, parser_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from .connection import Connection
    from .messages import MonitoredCommand
    from .pool import Pool
    from .resp.types import AnyParser

_READ_SIZE = 1 << 16
_AT_ONCE = 1 << 30  # replies
_LONGEST = 3600.0  # seconds of one wait without end


class Monitor(Generic[S]):
    """Iterate over it inside its `with` block; made by `client.monitor()`."""

    __slots__ = ("_conn", "_decode", "_lines", "_parser", "_pool", "_timeout")

    def __init__(self, pool: Pool, decode: bool, timeout: float | None) -> None:
        self._pool = pool
        self._decode = decode
        self._timeout = timeout
        self._conn: Connection | None = None
        self._parser: AnyParser
        self._lines: deque[Any] = deque()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._conn or 'not in use'}>"

    def __enter__(self) -> Self:
        if self._conn is not None:
            raise ConfigurationError("this monitor is in use already: call monitor() for another")
        config = self._pool.config
        conn, _ = self._pool.acquire(Deadline(monotonic(), self._timeout, config.connect_timeout))
        conn.retired = True
        try:
            self._parser = parser_class(config.parser)()
            self._lines.clear()
            conn.sock.settimeout(self._timeout)
            conn.sock.sendall(b"*1\r\n$7\r\nMONITOR\r\n")
            self._receive(conn, None if self._timeout is None else monotonic() + self._timeout)
            answer = self._lines.popleft()
            if isinstance(answer, ResponseError):
                answer.command, answer.address = "MONITOR", config.address
                raise answer
            if answer != b"OK":
                raise ProtocolError("MONITOR was answered with neither OK nor an error", address=config.address)
        except BaseException as exc:
            conn.close()
            if isinstance(exc, TimeoutError) and not isinstance(exc, RedisTimeoutError):
                raise RedisTimeoutError("the server did not answer in time", address=config.address) from None
            raise
        self._conn = conn
        self._pool.listeners[id(self)] = self
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """End it, and the loop over it; may be called from another thread."""
        conn, self._conn = self._conn, None
        self._pool.listeners.pop(id(self), None)
        if conn is not None:
            try:
                conn.sock.shutdown(socket.SHUT_RDWR)  # wakes who reads it
            except OSError:
                pass
            conn.close()

    def abandon(self) -> None:
        """In the child after a fork: the connection is the parent's."""
        if self._conn is not None:
            self._conn = None
            self._pool.listeners.pop(id(self), None)

    @property
    def is_open(self) -> bool:
        """Is it in use, as far as this end knows?"""
        return self._conn is not None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> MonitoredCommand[S]:
        if self._conn is None:
            raise StopIteration
        try:
            return self.get()
        except RedisConnectionError:
            if not self.is_open:  # closed meanwhile
                raise StopIteration from None
            raise

    @overload
    def get(self, timeout: None = None) -> MonitoredCommand[S]: ...
    @overload
    def get(self, timeout: float) -> MonitoredCommand[S] | None: ...
    def get(self, timeout: float | None = None) -> MonitoredCommand[S] | None:
        """The next command, which is waited for; None if none has come within `timeout` seconds.

        Raises:
            DecodeError: it holds what is not UTF-8; the next call gives the next one.
            RedisConnectionError: the connection is lost, or the monitor is not in use.
        """
        conn = self._conn
        if conn is None:
            raise RedisConnectionError("a monitor works inside its `with client.monitor() as feed:` block only")
        if not self._lines:
            try:
                self._receive(conn, None if timeout is None else monotonic() + timeout)
            except TimeoutError:
                return None
            except RedisError:
                conn.close()
                raise
        return monitored_command(self._lines.popleft(), self._decode)

    def _receive(self, conn: Connection, until: float | None) -> None:
        """Wait for lines. Raises TimeoutError, with nothing lost, if there are none in time."""
        address = conn.address
        while not self._lines:
            left = _LONGEST if until is None else max(until - monotonic(), 0.0001)
            try:
                conn.sock.settimeout(left)
                data = conn.sock.recv(_READ_SIZE)
            except BlockingIOError:  # a part of what TLS takes for one
                continue
            except TimeoutError:
                if until is None:
                    continue
                raise
            except OSError as exc:
                raise RedisConnectionError(f"the connection broke: {exc}", address=address) from exc
            if not data:
                raise RedisConnectionError("the server closed the connection", address=address)
            self._parser.feed(data)
            replies = self._parser.replies(_AT_ONCE, False)
            self._lines.extend([reply for reply in replies if reply.__class__ is not Push])
