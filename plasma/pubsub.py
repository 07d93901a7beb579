"""What listens on connections of its own, as methods of a client: subscriptions, inboxes, monitors.

The client and the facade have this among their bases. What does the work is imported when it is first used: hub.py
(callbacks), inbox.py (loops), feed.py (the connection of either), monitor.py.
"""

from __future__ import annotations

from .base import Conversing
from .commands.core import S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal, TypedDict

    from typing_extensions import Unpack

    from .commands.core import Value
    from .hub import Subscription
    from .inbox import Inbox
    from .messages import Reconnected
    from .monitor import Monitor

    Policy = Literal["block", "drop_oldest", "error"]

    class ListenOptions(TypedDict, total=False):
        """The keywords of `subscribe` and its like.

        on_error: called with whatever a callback raised, and with what ended or disturbed the subscription.
        on_reconnect: called with a Reconnected after the connection was lost and all is subscribed again.
        capacity: how many messages may wait for the callbacks (10,000).
        policy: what happens when so many wait: "block" (the default), "drop_oldest" or "error" (see `pubsub`).
        """

        on_error: Callable[[Exception], object] | None
        on_reconnect: Callable[[Reconnected], object] | None
        capacity: int
        policy: Policy


class Subscribing(Conversing[S]):
    """The verbs of listening."""

    __slots__ = ()

    def subscribe(
        self, channel: Value, callback: Callable[[S, S], object], **options: Unpack[ListenOptions]
    ) -> Subscription:
        """Have `callback(message, channel)` called for what is published on a channel, by a thread of Plasma's.

        Returns once the server has confirmed. Callbacks are called one after another, in the order of the messages;
        several may listen to one channel. The result's `close()` ends it, as leaving its `with` block does.

        Raises RedisConnectionError, RedisTimeoutError, or what the server refused it with.
        """
        return self._listen("SUBSCRIBE", channel, callback, **options)

    def psubscribe(
        self, pattern: Value, callback: Callable[[S, S], object], **options: Unpack[ListenOptions]
    ) -> Subscription:
        """The same for all channels that match a glob-style pattern; the callback gets the channel's own name."""
        return self._listen("PSUBSCRIBE", pattern, callback, **options)

    def ssubscribe(
        self, shardchannel: Value, callback: Callable[[S, S], object], **options: Unpack[ListenOptions]
    ) -> Subscription:
        """The same for a sharded channel (Redis 7)."""
        return self._listen("SSUBSCRIBE", shardchannel, callback, **options)

    def unsubscribe(self, *channels: Value) -> None:
        """Close every subscription of this client on these channels, or (without any) on all."""
        self._unlisten("SUBSCRIBE", channels)

    def punsubscribe(self, *patterns: Value) -> None:
        """The same for patterns."""
        self._unlisten("PSUBSCRIBE", patterns)

    def sunsubscribe(self, *shardchannels: Value) -> None:
        """The same for sharded channels."""
        self._unlisten("SSUBSCRIBE", shardchannels)

    def pubsub(self, *, capacity: int = 10_000, policy: Policy = "block") -> Inbox[S]:
        """An inbox: subscribe with its methods, and take messages from it in a loop.

        Args:
            capacity: how many messages it holds.
            policy: when it is full, "block" reads no more until there is room, so that in the end the server waits,
                and may close the connection; "drop_oldest" drops the oldest message for each new one; "error" drops
                new ones, and raises InboxFull where they are missing. `inbox.dropped` counts.
        """
        from .inbox import Inbox

        client = self._its_client()
        inbox: Inbox[S] = Inbox(client._pool, client._decode, client._timeout, capacity, policy)
        return inbox

    def monitor(self) -> Monitor[S]:
        """Every command that the server runs for any client: `with client.monitor() as feed: for command in feed`."""
        from .monitor import Monitor

        client = self._its_client()
        monitor: Monitor[S] = Monitor(client._pool, client._decode, client._timeout)
        return monitor

    def _listen(
        self,
        verb: str,
        name: Value,
        callback: Callable[[S, S], object],
        on_error: Callable[[Exception], object] | None = None,
        on_reconnect: Callable[[Reconnected], object] | None = None,
        capacity: int = 10_000,
        policy: Policy = "block",
    ) -> Subscription:
        from .hub import subscribe
        from .subscriptions import check_callbacks, items_of

        check_callbacks(verb, callback, on_error, on_reconnect)
        client = self._its_client()
        item = items_of(verb, (name,))[0]
        return subscribe(
            client._pool,
            item,
            callback,
            on_error=on_error,
            on_reconnect=on_reconnect,
            decode=client._decode,
            timeout=client._timeout,
            capacity=capacity,
            policy=policy,
        )

    def _unlisten(self, verb: str, names: tuple[Any, ...]) -> None:
        from .hub import unsubscribe
        from .subscriptions import items_of

        client = self._its_client()
        unsubscribe(client._pool, verb, items_of(verb, names), client._timeout)
