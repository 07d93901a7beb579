"""A connection whose socket keeps time itself (`settimeout`): TLS, patched sockets (gevent), other systems than Linux
and macOS. Otherwise like any (plasma/connection.py), and a little slower.
"""

from __future__ import annotations

import socket
from time import monotonic

from .connection import FIRST_WAIT, READ_SIZE, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connection import Buffers

_SURE_TO_FIT = 8192  # bytes that any socket takes at once when nothing is under way, and TLS in one piece
_PEEK = getattr(socket, "MSG_PEEK", 0) | getattr(socket, "MSG_DONTWAIT", 0)


class TimedConnection(Connection):
    """A connection whose socket keeps time itself (`settimeout`): TLS, patched sockets, other systems."""

    __slots__ = ("limit",)

    def _set_up(self) -> None:
        self.limit = self.sock.gettimeout()

    def _limit(self, seconds: float | None) -> None:
        if seconds != self.limit:
            self.limit = seconds
            self.sock.settimeout(seconds)

    def _limit_to(self, deadline: float | None, longest: float | None = None) -> None:
        if deadline is None:
            return self._limit(longest)
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        return self._limit(left if longest is None else min(left, longest))

    def _is_quiet(self) -> bool:
        pending = getattr(self.sock, "pending", None)
        try:
            if pending is not None and pending():
                return False
            self._limit(0.0)
            # The plain receive, below TLS: its bytes are enough to know that something came.
            socket.socket.recv(self.sock, 1, _PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def call(self, payload: bytes | Buffers, decode: bool, now: float, timeout: float | None) -> Any:
        try:
            self._limit(timeout)
        except OSError as exc:
            self._fail(exc, False, "send")
            raise
        if isinstance(payload, bytes) and len(payload) > _SURE_TO_FIT:
            payload = [payload]  # a send that may wait has to share one deadline with the reply
        return super().call(payload, decode, now, timeout)

    def _send_all(self, buffers: Buffers, deadline: float | None) -> None:
        for buffer in buffers:
            view = memoryview(buffer)
            while view:
                self._limit_to(deadline, FIRST_WAIT)
                self.handed = True  # TLS may have sent a part of what it says it did not take
                try:
                    view = view[self.send(view) :]
                except TimeoutError:
                    self._feed_from_socket()
                except OSError:
                    self._hear_why()
                    raise

    def _hear_why(self) -> None:
        """TLS tells why it hangs up, and what it told may lie unread: raise that, in place of a broken pipe."""
        try:
            self._limit(0.001)
            self.recv(1)
        except OSError as exc:
            if type(exc).__module__ == "ssl":
                raise

    def _feed_from_socket(self) -> None:
        self._limit(0.001)
        for _ in range(64):  # what is there, and not one record of TLS for each vain attempt to send
            try:
                data = self.recv(READ_SIZE)
            except TimeoutError:
                return
            if not data:
                raise EOFError
            (self.parser or self._begin_parsing()).feed(data)

    def _receive(self, deadline: float | None) -> bytes:
        self._limit_to(deadline)
        return self.recv(READ_SIZE)

    _receive_more = _receive

    def _receive_into(self, view: memoryview, deadline: float | None) -> int:
        self._limit_to(deadline)
        count = self.sock.recv_into(view)
        if not count:
            raise EOFError
        return count
