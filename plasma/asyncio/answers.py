"""The receiving half of a connection in asyncio: what arrives, to those who wait for it in the order they stand.

The transport reads into one memory that all connections of a loop share, and a large string straight into its own.
Only what was written is answered: a reply that nobody asked for breaks the protocol.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from ..errors import ProtocolError
from ..heap import keep
from ..resp import NEED_DATA, Push, parser_class
from ..resp.single import bulk_length, whole_reply
from ..session import unasked
from .large import LargeBulk
from .waiting import Several

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..config import RedisConfig
    from ..resp.types import AnyParser

_AT_ONCE = 64  # calls of one kind that are counted to be answered together, where there are several kinds


class Answers(asyncio.BufferedProtocol):
    """The part of a connection that reads."""

    __slots__ = (
        "_closing",
        "_decode",
        "_heard",
        "_held",
        "_large",
        "_mixed",
        "_parser",
        "_partial",
        "_queue",
        "_unsent",
        "_view",
        "closed",
        "on_push",
    )

    def __init__(self, config: RedisConfig, view: memoryview) -> None:
        self.closed = False
        self.on_push: Callable[[Push], object] | None = None
        self._view = view  # what the socket is read into: the loop's, since reading it never awaits
        self._heard = monotonic()
        self._parser: AnyParser = parser_class(config.parser)()
        self._partial = False  # the parser holds a part of a reply
        self._held = 0  # about how many bytes of it
        self._large: LargeBulk | None = None
        self._queue: deque[Any] = deque()  # of Single and Several
        self._unsent = 0  # how many at the end of the queue are not written yet
        self._decode = True  # what all who wait want, unless `_mixed`
        self._mixed = False  # they want different things, or there are Severals among them
        self._closing = False

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._large is not None and (room := self._large.room()) is not None:
            return room
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        self._heard = monotonic()
        try:
            if self._large is not None and not self._large.is_filled:
                self._large.filled(nbytes)
            else:
                self._read(bytes(self._view[:nbytes]))
        except ProtocolError as exc:
            self._close("", exc)

    def _read(self, data: bytes) -> None:
        queue = self._queue
        if self._large is not None:
            rest = self._end_large(self._large, data)
            if not rest:
                return
            data = rest
        if not self._partial and len(queue) > self._unsent:
            if len(queue) == 1 and not self._mixed:
                reply = whole_reply(data, self._decode)
                if reply is not NEED_DATA:
                    future = queue.popleft()[0]
                    if not future.done():
                        future.set_result(reply)
                    if self._closing:
                        self.close_when_idle()
                    return
            if (large := bulk_length(data)) is not None and isinstance(queue[0], tuple):
                length, start = large
                if len(data) < start + length:
                    self._large = LargeBulk(length, memoryview(data)[start:])
                    return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        queue = self._queue
        parser = self._parser
        parser.feed(data)
        waited = len(queue)
        while (wanted := len(queue) - self._unsent) > 0:
            decode = self._decode
            if self._mixed:
                head = queue[0]
                if isinstance(head, Several):
                    if not self._take_several(head):
                        break
                    continue
                decode = head[1]
                wanted = self._like_the_first(min(wanted, _AT_ONCE), decode)
            replies = parser.replies(wanted, decode)
            if wanted == len(queue) - self._unsent:
                self._expect_end(replies, wanted)
            for reply in replies:
                if reply.__class__ is not Push:
                    future = queue.popleft()[0]
                    if not future.done():
                        future.set_result(reply)
                elif self._is_pushed(reply) and self.closed:
                    return
            if len(replies) < wanted:
                break
        self._partial = parser.pending
        if self._partial and len(queue) == waited:
            self._held += len(data)
            keep(2 * self._held)
        else:
            self._held = 0
        if self._partial and len(queue) == self._unsent:
            self._drain()
        if self._closing:
            self.close_when_idle()

    def _like_the_first(self, limit: int, decode: bool) -> int:
        """How many at the head of the queue wait for one reply each, read in the same way."""
        count = 0
        for entry in self._queue:
            if count == limit or isinstance(entry, Several) or entry[1] is not decode:
                break
            count += 1
        return count

    def _take_several(self, run: Several) -> bool:
        """Give a run what is there of its replies; True if it has all of them."""
        wanted = run.left
        replies = self._parser.replies(wanted, run.decode)
        count = len(replies)
        if len(self._queue) - self._unsent == 1:
            self._expect_end(replies, wanted)
        if Push in set(map(type, replies)):
            replies = [reply for reply in replies if not self._is_pushed(reply)]
        run.take(replies)
        if not run.left and not self.closed:
            self._queue.popleft()
        return count == wanted

    def _expect_end(self, replies: list[Any], wanted: int) -> None:
        """If these are all that were owed, only pushes may be behind them: else none of them is to be trusted."""
        if len(replies) == wanted and self._parser.pending and Push not in set(map(type, replies)):
            self._drain()

    def _end_large(self, large: LargeBulk, data: bytes) -> bytes | None:
        """A large string is read but for its CRLF, which begins these bytes; returns what is behind it."""
        rest = large.end(data)
        if rest is not None:
            if rest and len(self._queue) - self._unsent == 1:
                self._parser.feed(rest)
                self._drain()
                rest = None
            self._large = None
            future, decode, _, _ = self._queue.popleft()
            if not future.done():
                future.set_result(large.reply(decode))
            if self._closing:
                self.close_when_idle()
        return rest

    def _drain(self) -> None:
        """Nothing is owed, and there is more: it may be pushes, or a part of one if somebody asked for them."""
        for extra in self._parser.replies(1 << 30, False):
            if not self._is_pushed(extra):
                raise unasked(extra)
        self._partial = self._parser.pending
        if self._partial and self.on_push is None:
            raise unasked(None)

    def _is_pushed(self, reply: Any) -> bool:
        if reply.__class__ is not Push:
            return False
        if self.on_push is not None:
            self.on_push(reply)
        return True

    # --- what the whole connection brings ---------------------------------------------------------------------

    def close_when_idle(self) -> None:
        """Close as soon as nobody waits for anything and nobody is about to send more."""
        raise NotImplementedError

    def _close(self, why: str, cause: BaseException | None = None) -> None:
        raise NotImplementedError
