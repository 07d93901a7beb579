"""The inbox of the blocking colour: subscriptions whose messages are taken one by one, in a loop or with `get`."""

from __future__ import annotations

from .commands.core import Generic, S, overload
from .feed import NOTHING, Feed
from .messages import Message, Reconnected, message_of
from .subscriptions import check_bound, items_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from .commands.core import Value
    from .pool import Pool


class _Tie:
    """Lets a feed go when its inbox is dropped. There are two, for a signal may strike in the finalizer of one."""

    __slots__ = ("_feed",)

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __del__(self) -> None:
        if hasattr(self, "_feed"):  # else a signal struck as it was made
            self._feed.let_go()  # also if it was closed: that may have been cut short before its reader was told


class Inbox(Generic[S]):
    """Messages of all channels it is subscribed to, in order; made by `client.pubsub()`, used in a `with` block.

    It has a connection of its own, opened by the first `subscribe`, and a thread that reads it. For any number of
    threads. What is a `Reconnected` among the messages says that the connection was lost and all is subscribed again.
    """

    __slots__ = ("__weakref__", "_decode", "_feed", "_ties", "_timeout")

    def __init__(self, pool: Pool, decode: bool, timeout: float | None, capacity: int, policy: str) -> None:
        check_bound(capacity, policy)
        self._feed = feed = Feed(pool, capacity, policy, decode)
        self._ties = _Tie(feed), _Tie(feed)
        self._decode = decode
        self._timeout = timeout

    def __repr__(self) -> str:
        return repr(self._feed).replace("<Feed", f"<{type(self).__name__}", 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._feed.buffer)

    def __bool__(self) -> bool:
        return True  # an empty inbox is one

    @property
    def dropped(self) -> int:
        """How many messages were dropped because the inbox was full."""
        return self._feed.buffer.dropped

    @property
    def reconnects(self) -> int:
        """How often the connection was lost and replaced."""
        return self._feed.reconnects

    # --- what is subscribed ---------------------------------------------------------------------------------------

    def subscribe(self, *channels: Value) -> None:
        """Receive what is published on these channels. Returns once the server has confirmed.

        Raises RedisConnectionError, RedisTimeoutError, or what the server refused it with.
        """
        self._subscribe("SUBSCRIBE", channels)

    def psubscribe(self, *patterns: Value) -> None:
        """Receive what is published on channels that match these glob-style patterns (see `subscribe`)."""
        self._subscribe("PSUBSCRIBE", patterns)

    def ssubscribe(self, *shardchannels: Value) -> None:
        """Receive what is published on these sharded channels (see `subscribe`)."""
        self._subscribe("SSUBSCRIBE", shardchannels)

    def unsubscribe(self, *channels: Value) -> None:
        """Receive no more of these channels, or (without any) of no channel. What is in the inbox stays there."""
        self._unsubscribe("SUBSCRIBE", channels)

    def punsubscribe(self, *patterns: Value) -> None:
        """The same for patterns."""
        self._unsubscribe("PSUBSCRIBE", patterns)

    def sunsubscribe(self, *shardchannels: Value) -> None:
        """The same for sharded channels."""
        self._unsubscribe("SSUBSCRIBE", shardchannels)

    def _subscribe(self, verb: str, names: tuple[Value, ...]) -> None:
        if not names:
            raise TypeError(f"{verb.lower()}() needs a name at least")
        items = items_of(verb, names)
        before = [item for item in items if item in self._feed.subscriptions.wanted]
        try:
            self._feed.subscribe(items, self._timeout)
        except BaseException:
            self._feed.forget([item for item in items if item not in before])
            raise

    def _unsubscribe(self, verb: str, names: tuple[Value, ...]) -> None:
        items = items_of(verb, names)
        if not names:
            items = [item for item in [*self._feed.subscriptions.wanted] if item[0] == verb]
        self._feed.forget(items)
        self._feed.settle(items, self._timeout)

    # --- what was received ----------------------------------------------------------------------------------------

    @overload
    def get(self, timeout: None = None) -> Message[S] | Reconnected: ...
    @overload
    def get(self, timeout: float) -> Message[S] | Reconnected | None: ...
    def get(self, timeout: float | None = None) -> Message[S] | Reconnected | None:
        """The oldest message, which is waited for; None if none has come within `timeout` seconds.

        Raises:
            DecodeError: this message is not UTF-8; the next call gives the next one.
            InboxFull: messages were dropped here (policy "error"); the next call goes on behind them.
            ResponseError: the server would not subscribe a lost channel again; the others go on.
            RedisConnectionError: the inbox is closed, or nothing will come any more.
        """
        entry = self._feed.get(timeout)
        if entry.__class__ is tuple:
            return message_of(entry, self._decode)
        return None if entry is NOTHING else _told(entry)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Message[S] | Reconnected:
        feed = self._feed
        entry: Any
        if feed.is_quick and feed.buffer.entries:
            try:
                entry = feed.buffer.entries.popleft()
            except IndexError:  # another thread was quicker
                entry = self._awaited()
            else:
                if feed.wants_room or entry.__class__ is not tuple:
                    feed.taken(entry)
        else:
            entry = self._awaited()
        if entry.__class__ is not tuple:
            return _told(entry)
        return Message(*entry) if entry[1].__class__ is str else message_of(entry, self._decode)

    def _awaited(self) -> Any:
        try:
            return self._feed.get()
        except Exception:
            if self._feed.closed:
                raise StopIteration from None
            raise

    def close(self) -> None:
        """End the connection and its thread. What was not taken is gone, and loops over the inbox end."""
        self._feed.close()


def _told(entry: Any) -> Reconnected:
    """What is no message: a Reconnected is given like one, an error is raised."""
    if isinstance(entry, Reconnected):
        return entry
    raise entry if isinstance(entry, Exception) else entry.error
