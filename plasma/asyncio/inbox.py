"""The inbox in asyncio: subscriptions whose messages are taken one by one, in a loop or with `get`."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from ..commands.core import Generic, S, overload
from ..messages import Reconnected, message_of
from ..subscriptions import check_bound, items_of
from .feed import Feed
from .mailbox import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from ..commands.core import Value
    from ..messages import Message
    from .loop_pool import LoopPool


class _InboxFeed(Feed):
    """A feed with one mailbox, and those who wait for entries in it."""

    def __init__(self, capacity: int, policy: str, wants_text: bool) -> None:
        super().__init__(wants_text)
        self.mailbox = Mailbox(self, capacity, policy)
        self._takers: deque[asyncio.Future[None]] = deque()

    def take(self, messages: list[Any]) -> None:
        self.mailbox.put(messages)
        self._call(len(messages))

    def mark(self, mark: Any) -> None:
        self.mailbox.mark(mark)
        self._call(1)

    def ended(self) -> None:
        if self.closed:
            self.mailbox.clear()
        self._call(len(self._takers))

    def _call(self, count: int) -> None:
        while count and self._takers:
            taker = self._takers.popleft()
            if not taker.done():
                taker.set_result(None)
                count -= 1

    async def entry(self, timeout: float | None) -> Any:
        """The oldest entry, or None if none came in time."""
        entries = self.mailbox.buffer.entries
        until = None if timeout is None else monotonic() + timeout
        while not entries:
            self.check()
            left = None if until is None else until - monotonic()
            if left is not None and left <= 0:
                return None
            taker: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            try:
                if left is None:
                    await taker
                else:
                    await asyncio.wait((taker,), timeout=left)
            except BaseException:
                if taker.done() and not taker.cancelled() and entries:
                    self._call(1)  # called, and not coming any more: the next is
                raise
            finally:
                if taker in self._takers:
                    self._takers.remove(taker)
        return self.mailbox.take()


class Inbox(Generic[S]):
    """Messages of all channels it is subscribed to, in order; made by `client.pubsub()`, used in `async with`.

    It has a connection of its own, opened by the first `subscribe`, in whose event loop it is at home. What is a
    `Reconnected` among the messages says that the connection was lost and all is subscribed again.
    """

    __slots__ = ("__weakref__", "_decode", "_feed", "_here", "_timeout")

    def __init__(
        self, here: Callable[[], LoopPool], decode: bool, timeout: float | None, capacity: int, policy: str
    ) -> None:
        check_bound(capacity, policy)
        self._here = here
        self._feed = _InboxFeed(capacity, policy, decode)
        self._decode = decode
        self._timeout = timeout

    def __repr__(self) -> str:
        feed = self._feed
        state = "closed" if feed.closed else "failed" if feed.failure else f"{len(feed.subscriptions.confirmed)} active"
        return f"<{type(self).__name__}, {state}, {len(self)} waiting>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def __del__(self) -> None:
        feed: _InboxFeed | None = getattr(self, "_feed", None)
        if feed is not None and not feed.closed and feed.state is not None:
            try:
                feed.state.loop.call_soon_threadsafe(feed.close)
            except RuntimeError:  # its loop is closed
                pass

    def __len__(self) -> int:
        return len(self._feed.mailbox.buffer)

    def __bool__(self) -> bool:
        return True  # an empty inbox is one

    @property
    def dropped(self) -> int:
        """How many messages were dropped because the inbox was full."""
        return self._feed.mailbox.buffer.dropped

    @property
    def reconnects(self) -> int:
        """How often the connection was lost and replaced."""
        return self._feed.reconnects

    # --- what is subscribed ---------------------------------------------------------------------------------------

    async def subscribe(self, *channels: Value) -> None:
        """Receive what is published on these channels. Returns once the server has confirmed.

        Raises RedisConnectionError, RedisTimeoutError, or what the server refused it with.
        """
        await self._subscribe("SUBSCRIBE", channels)

    async def psubscribe(self, *patterns: Value) -> None:
        """Receive what is published on channels that match these glob-style patterns (see `subscribe`)."""
        await self._subscribe("PSUBSCRIBE", patterns)

    async def ssubscribe(self, *shardchannels: Value) -> None:
        """Receive what is published on these sharded channels (see `subscribe`)."""
        await self._subscribe("SSUBSCRIBE", shardchannels)

    async def unsubscribe(self, *channels: Value) -> None:
        """Receive no more of these channels, or (without any) of no channel. What is in the inbox stays there."""
        await self._unsubscribe("SUBSCRIBE", channels)

    async def punsubscribe(self, *patterns: Value) -> None:
        """The same for patterns."""
        await self._unsubscribe("PSUBSCRIBE", patterns)

    async def sunsubscribe(self, *shardchannels: Value) -> None:
        """The same for sharded channels."""
        await self._unsubscribe("SSUBSCRIBE", shardchannels)

    async def _subscribe(self, verb: str, names: tuple[Value, ...]) -> None:
        if not names:
            raise TypeError(f"{verb.lower()}() needs a name at least")
        items = items_of(verb, names)
        before = [item for item in items if item in self._feed.subscriptions.wanted]
        try:
            await self._feed.subscribe(self._here, items, self._timeout)
        except BaseException:
            self._feed.forget([item for item in items if item not in before])
            raise

    async def _unsubscribe(self, verb: str, names: tuple[Value, ...]) -> None:
        items = items_of(verb, names)
        if not names:
            items = [item for item in [*self._feed.subscriptions.wanted] if item[0] == verb]
        self._feed.forget(items)
        await self._feed.settle(items, self._timeout)

    # --- what was received ----------------------------------------------------------------------------------------

    @overload
    async def get(self, timeout: None = None) -> Message[S] | Reconnected: ...
    @overload
    async def get(self, timeout: float) -> Message[S] | Reconnected | None: ...
    async def get(self, timeout: float | None = None) -> Message[S] | Reconnected | None:
        """The oldest message, which is waited for; None if none has come within `timeout` seconds.

        Raises:
            DecodeError: this message is not UTF-8; the next call gives the next one.
            InboxFull: messages were dropped here (policy "error"); the next call goes on behind them.
            ResponseError: the server would not subscribe a lost channel again; the others go on.
            RedisConnectionError: the inbox is closed, or nothing will come any more.
        """
        event: Message[S] | Reconnected | None = self._shaped(await self._feed.entry(timeout))
        return event

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message[S] | Reconnected:
        feed = self._feed
        if feed.mailbox.buffer.entries:
            entry = feed.mailbox.take()
        else:
            try:
                entry = await feed.entry(None)
            except Exception:
                if feed.closed:
                    raise StopAsyncIteration from None
                raise
        event: Message[S] | Reconnected = self._shaped(entry)
        return event

    def _shaped(self, entry: Any) -> Any:
        if entry.__class__ is tuple:
            return message_of(entry, self._decode)
        if entry is None or isinstance(entry, Reconnected):
            return entry
        raise entry if isinstance(entry, Exception) else entry.error

    async def close(self) -> None:
        """End the connection. What was not taken is gone, and loops over the inbox end."""
        self._feed.close()
        await let_transports_end()


async def let_transports_end() -> None:
    """Return when what was closed has ended: a turn or two later."""
    for _ in range(3):
        await asyncio.sleep(0)
