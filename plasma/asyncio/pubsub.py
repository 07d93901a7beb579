"""What listens on connections of its own, as methods of an asyncio client: subscriptions, inboxes, monitors.

The client and the facade have this among their bases. What does the work is imported when it is first used: hub.py
(callbacks), inbox.py (loops), feed.py (the connection of either), monitor.py.
"""

from __future__ import annotations

from ..base import Conversing
from ..commands.core import S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypedDict

    from typing_extensions import Unpack

    from ..commands.core import Value
    from ..messages import Reconnected
    from ..pubsub import Policy
    from .hub import Subscription
    from .inbox import Inbox
    from .monitor import Monitor

    class ListenOptions(TypedDict, total=False):
        """The keywords of `subscribe` and its like.

        on_error: called, or awaited, with whatever a callback raised, and with what ended or disturbed it all.
        on_reconnect: called, or awaited, with a Reconnected after the connection was lost and all is subscribed again.
        capacity: how many messages may wait for the callback (10,000).
        policy: what happens when so many wait: "block" (the default), "drop_oldest" or "error" (see `pubsub`).
        """

        on_error: Callable[[Exception], object] | None
        on_reconnect: Callable[[Reconnected], object] | None
        capacity: int
        policy: Policy


class Subscribing(Conversing[S]):
    """The verbs of listening."""

    __slots__ = ()

    async def subscribe(
        self, channel: Value, callback: Callable[[S, S], object], **options: Unpack[ListenOptions]
    ) -> Subscription:
        """Have `callback(message, channel)` called, or awaited, for what is published on a channel.

        Returns once the server has confirmed. For one subscription the calls come one after another, in the order of
        the messages; several may listen to one channel. The result's `close()` ends it, as leaving its `async with`
        block does.

        Raises RedisConnectionError, RedisTimeoutError, or what the server refused it with.
        """
        return await self._listen("SUBSCRIBE", channel, callback, **options)

    async def psubscribe(
        self, pattern: Value, callback: Callable[[S, S], object], **options: Unpack[ListenOptions]
    ) -> Subscription:
        """The same for all channels that match a glob-style pattern; the callback gets the channel's own name."""
        return await self._listen("PSUBSCRIBE", pattern, callback, **options)

    async def ssubscribe(
        self, shardchannel: Value, callback: Callable[[S, S], object], **options: Unpack[ListenOptions]
    ) -> Subscription:
        """The same for a sharded channel (Redis 7)."""
        return await self._listen("SSUBSCRIBE", shardchannel, callback, **options)

    async def unsubscribe(self, *channels: Value) -> None:
        """Close every subscription of this client on these channels, or (without any) on all."""
        await self._unlisten("SUBSCRIBE", channels)

    async def punsubscribe(self, *patterns: Value) -> None:
        """The same for patterns."""
        await self._unlisten("PSUBSCRIBE", patterns)

    async def sunsubscribe(self, *shardchannels: Value) -> None:
        """The same for sharded channels."""
        await self._unlisten("SSUBSCRIBE", shardchannels)

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
        inbox: Inbox[S] = Inbox(client._here, client._decode, client._timeout, capacity, policy)
        return inbox

    def monitor(self) -> Monitor[S]:
        """Every command that the server runs for any client: `async with client.monitor() as feed: async for ...`."""
        from .monitor import Monitor

        client = self._its_client()
        monitor: Monitor[S] = Monitor(client._here, client._decode, client._timeout)
        return monitor

    async def _listen(
        self,
        verb: str,
        name: Value,
        callback: Callable[[S, S], object],
        on_error: Callable[[Exception], object] | None = None,
        on_reconnect: Callable[[Reconnected], object] | None = None,
        capacity: int = 10_000,
        policy: Policy = "block",
    ) -> Subscription:
        from ..subscriptions import check_callbacks, items_of
        from .hub import subscribe

        check_callbacks(verb, callback, on_error, on_reconnect)
        client = self._its_client()
        item = items_of(verb, (name,))[0]
        return await subscribe(
            client._here,
            item,
            callback,
            on_error=on_error,
            on_reconnect=on_reconnect,
            decode=client._decode,
            timeout=client._timeout,
            capacity=capacity,
            policy=policy,
        )

    async def _unlisten(self, verb: str, names: tuple[Any, ...]) -> None:
        from ..subscriptions import items_of
        from .hub import unsubscribe

        client = self._its_client()
        await unsubscribe(client._here(), verb, items_of(verb, names), client._timeout)
