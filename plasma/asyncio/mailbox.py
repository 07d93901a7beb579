"""The bounded queue of one listener in asyncio, and what did not fit into it (policy "block")."""

from __future__ import annotations

from ..buffer import Buffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .feed import Feed


class Mailbox:
    """A buffer that tells its feed to read no more while it is full."""

    __slots__ = ("_feed", "_low", "_rest", "buffer")

    def __init__(self, feed: Feed, capacity: int, policy: str) -> None:
        self.buffer = Buffer(capacity, policy)
        self._feed = feed
        self._low = capacity // 2
        self._rest: list[Any] = []  # read already, when it became full

    def put(self, messages: list[Any]) -> None:
        """Add messages at the end."""
        if self._rest:
            self._rest += messages
            return
        self._rest = self.buffer.put(messages, anyway=self._feed.waiting > 0)
        if self._rest:
            self._feed.hold(self)

    def mark(self, mark: Any) -> None:
        """Add what is not a message, behind all of them."""
        if self._rest:
            self.buffer.put(self._rest, anyway=True)
            self._rest = []
            self._feed.release(self)
        self.buffer.mark(mark)

    def take(self) -> Any:
        """The oldest entry. Raises IndexError if there is none."""
        entry = self.buffer.take()
        if self._rest and len(self.buffer) <= self._low:
            self.refill()
        return entry

    def refill(self) -> None:
        """Take in what did not fit, as far as it does now."""
        if self._rest:
            self._rest = self.buffer.put(self._rest, anyway=self._feed.waiting > 0)
            if not self._rest:
                self._feed.release(self)

    def clear(self) -> None:
        """Forget everything."""
        self.buffer.clear()
        self._rest = []
        self._feed.release(self)
