"""One connection of a feed while it lasts, in the reader's thread: all its sending and receiving."""

from __future__ import annotations

import selectors
from time import monotonic

from .resp import pack_many
from .runs import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .connection import Connection
    from .feed import Feed
    from .subscriptions import KeepAlive

_READ_SIZE = 1 << 16


class Silent(Exception):
    """Nothing has come, not even an answer to a PING."""


class Serving:
    """One connection while it lasts, in the reader's thread."""

    def __init__(self, feed: Feed, conn: Connection, selector: selectors.BaseSelector, alive: KeepAlive) -> None:
        self._feed = feed
        self._sock = conn.sock
        self._selector = selector
        self._alive = alive
        self._reader = Reader(feed.pool.config.parser, feed.wants_text)
        self._out = b""
        self._writing = False
        self._pending = getattr(conn.sock, "pending", None)  # of TLS: is there something that no selector sees?

    def serve(self) -> None:
        """Send and receive until the feed is closed. Raises when the connection is lost."""
        feed, alive, sock = self._feed, self._alive, self._sock
        while True:
            now = monotonic()
            with feed.lock:
                if feed.closed:
                    return
                if held := feed.back(now):
                    feed.buffer.put(held, anyway=True)
                commands = feed.subscriptions.commands()
                if alive.wants_ping(now):
                    commands.append(feed.subscriptions.ping())
            if alive.is_dead(now):
                raise Silent(f"nothing has come for {now - alive.heard:.1f} s")
            if commands:
                self._out += b"".join(pack_many(commands))
            if self._out or self._writing:
                self._send()
            for key, events in self._selector.select(alive.wait(now)):
                if key.fileobj is not sock:
                    feed.drain()
                elif events & selectors.EVENT_READ:
                    self._receive()

    def _receive(self) -> None:
        while True:
            try:
                data = self._sock.recv(_READ_SIZE)
            except BlockingIOError:
                return
            if not data:
                raise EOFError("the server closed the connection")
            now = monotonic()
            self._alive.hear(now)
            replies = self._reader.replies(data)
            if replies:
                self._feed.deliver(replies, now)
                self._alive.hear(monotonic())  # it may have waited for room
            if self._pending is None or not self._pending():
                return

    def _send(self) -> None:
        try:
            self._out = self._out[self._sock.send(self._out) :] if self._out else b""
        except BlockingIOError:
            pass
        if bool(self._out) is not self._writing:
            self._writing = bool(self._out)
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            self._selector.modify(self._sock, both if self._writing else selectors.EVENT_READ)
