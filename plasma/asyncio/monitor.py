"""The monitor in asyncio: every command that the server runs, on a connection of its own.

A bounded queue stands between; when it is full nothing is read, so that the server waits, and in the end closes.
A lost connection is an error: what went by meanwhile cannot be had.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from ..commands.core import Generic, S, overload
from ..deadline import Deadline
from ..errors import ConfigurationError, ProtocolError, RedisConnectionError, RedisTimeoutError, ResponseError
from ..monitored import monitored_command
from ..resp import Push, parser_class
from .inbox import let_transports_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from ..messages import MonitoredCommand
    from .connection import Connection
    from .loop_pool import LoopPool

_READ_SIZE = 1 << 16
_AT_ONCE = 1 << 30  # replies
_CAPACITY = 10_000  # lines


class _Lines(asyncio.BufferedProtocol):
    """The connection, as its transport sees it: a queue of lines."""

    def __init__(self, conn: Connection, parser: Any) -> None:
        self.conn = conn
        self.lines: deque[Any] = deque()
        self.error: Exception | None = None
        self._parser = parser_class(parser)()
        self._view = memoryview(bytearray(_READ_SIZE))
        self._paused = False
        self._taker: asyncio.Future[None] | None = None
        self._transport = conn.hand_over(self)
        self._transport.write(b"*1\r\n$7\r\nMONITOR\r\n")

    async def line(self, timeout: float | None) -> Any:
        """The next line. Raises TimeoutError if none came in time, or what ended it."""
        until = None if timeout is None else monotonic() + timeout
        while not self.lines:
            if self.error is not None:
                raise self.error
            left = None if until is None else until - monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            if self._taker is None or self._taker.done():
                self._taker = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._taker,), timeout=left)
        line = self.lines.popleft()
        if self._paused and len(self.lines) <= _CAPACITY // 2 and not self.conn.closed:
            self._paused = False
            self._transport.resume_reading()
        return line

    def end(self, error: Exception) -> None:
        """Close, and say so to who waits."""
        self.error = self.error or error
        self.conn.close()
        self._call()

    def _call(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._parser.feed(bytes(self._view[:nbytes]))
            replies = self._parser.replies(_AT_ONCE, False)
        except ProtocolError as exc:
            self.end(exc)
            return
        self.lines.extend([reply for reply in replies if reply.__class__ is not Push])
        if len(self.lines) >= _CAPACITY and not self._paused and not self.conn.closed:
            self._paused = True
            self._transport.pause_reading()
        if self.lines:
            self._call()

    def eof_received(self) -> None:
        self.end(RedisConnectionError("the server closed the connection", address=self.conn.address))

    def connection_lost(self, exc: Exception | None) -> None:
        self.conn.connection_lost(exc)
        self.end(RedisConnectionError(f"the connection broke: {exc or 'it was closed'}", address=self.conn.address))

    def pause_writing(self) -> None:
        """What is sent is small."""

    def resume_writing(self) -> None:
        """See there."""


class Monitor(Generic[S]):
    """Iterate over it inside its `async with` block; made by `client.monitor()`."""

    __slots__ = ("_decode", "_here", "_lines", "_state", "_timeout")

    def __init__(self, here: Callable[[], LoopPool], decode: bool, timeout: float | None) -> None:
        self._here = here
        self._decode = decode
        self._timeout = timeout
        self._state: LoopPool | None = None
        self._lines: _Lines | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'not in use' if self._lines is None else self._lines.conn}>"

    async def __aenter__(self) -> Self:
        if self._lines is not None:
            raise ConfigurationError("this monitor is in use already: call monitor() for another")
        state = self._here()
        config = state.config
        conn = await state.acquire_own(Deadline(monotonic(), self._timeout, config.connect_timeout))
        try:
            lines = _Lines(conn, config.parser)
            answer = await lines.line(self._timeout)
            if isinstance(answer, ResponseError):
                answer.command, answer.address = "MONITOR", config.address
                raise answer
            if answer != b"OK":
                raise ProtocolError("MONITOR was answered with neither OK nor an error", address=config.address)
        except BaseException as exc:
            conn.close()
            if type(exc) is TimeoutError:
                raise RedisTimeoutError("the server did not answer in time", address=config.address) from None
            raise
        self._state, self._lines = state, lines
        state.listeners[id(self)] = self
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()
        await let_transports_end()

    def close(self) -> None:
        """End it, and the loop over it."""
        lines, self._lines = self._lines, None
        if self._state is not None:
            self._state.listeners.pop(id(self), None)
        if lines is not None:
            lines.end(RedisConnectionError("the monitor was closed"))

    def abandon(self) -> None:
        """The loop is closed, or it is another process's: nothing is touched."""
        self._lines = None

    @property
    def is_open(self) -> bool:
        """Is it in use, as far as this end knows?"""
        return self._lines is not None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> MonitoredCommand[S]:
        if not self.is_open:
            raise StopAsyncIteration
        try:
            return await self.get()
        except RedisConnectionError:
            if not self.is_open:  # closed meanwhile
                raise StopAsyncIteration from None
            raise

    @overload
    async def get(self, timeout: None = None) -> MonitoredCommand[S]: ...
    @overload
    async def get(self, timeout: float) -> MonitoredCommand[S] | None: ...
    async def get(self, timeout: float | None = None) -> MonitoredCommand[S] | None:
        """The next command, which is waited for; None if none has come within `timeout` seconds.

        Raises:
            DecodeError: it holds what is not UTF-8; the next call gives the next one.
            RedisConnectionError: the connection is lost, or the monitor is not in use.
        """
        if self._lines is None:
            raise RedisConnectionError("a monitor works inside its `async with client.monitor() as feed:` block only")
        try:
            line = await self._lines.line(timeout)
        except TimeoutError:
            return None
        return monitored_command(line, self._decode)
