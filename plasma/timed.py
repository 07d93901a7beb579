"""A connection whose socket keeps time itself (`settimeout`): patched sockets (gevent), other systems than Linux and
macOS. Otherwise like any (plasma/connection.py), and a little slower.
"""

from __future__ import annotations

from time import monotonic

from .connection import FIRST_WAIT, READ_SIZE, Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .connection import Buffers

_SURE_TO_FIT = 8192  # bytes that any socket takes at once when nothing is under way


class TimedConnection(Connection):
    """A connection whose socket keeps time itself (`settimeout`): patched sockets, other systems."""

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
        try:
            self._limit(0.0)
        except OSError:
            return False
        return super()._is_quiet()

    def call(self, payload: bytes | Buffers, decode: bool, now: float, timeout: float | None) -> Any:
        try:
            self._limit(timeout)
        except OSError as exc:
            self._fail(exc, False, "send")
            raise
        if isinstance(payload, bytes) and len(payload) > _SURE_TO_FIT:
            payload = [payload]  # a send that may wait has to share one deadline with the reply
        return super().call(payload, decode, now, timeout)

    def _send_all(self, buffers: Buffers, deadline: float | None, flags: int = 0) -> None:
        for buffer in buffers:
            view = memoryview(buffer)
            while view:
                self._limit_to(deadline, FIRST_WAIT)
                try:
                    view = view[self.send(view) :]
                except TimeoutError:
                    self._feed_from_socket()
                else:
                    self.handed = True

    def _feed_from_socket(self) -> None:
        self._limit(0.001)
        try:
            super()._feed_from_socket()
        except TimeoutError:
            pass

    def _receive(self, deadline: float | None) -> bytes:
        while True:
            self._limit_to(deadline)
            try:
                return self.recv(READ_SIZE)
            except BlockingIOError:  # a part of what TLS takes for one
                continue

    _receive_more = _receive

    def _receive_into(self, view: memoryview, deadline: float | None) -> int:
        while True:
            self._limit_to(deadline)
            try:
                count = self.sock.recv_into(view)
            except BlockingIOError:
                continue
            if not count:
                raise EOFError
            return count
