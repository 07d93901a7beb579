"""Callbacks in asyncio: who listens to what, and the tasks that call them.

All subscriptions of a client that are bounded alike share a hub, which is one connection. Each subscription has a
queue of its own, emptied in order by a task that lives only while there is something in it: a slow callback holds up
no other, until its queue is full (policy "block"). A callback that raises is logged under `plasma.pubsub` and told to
its `on_error`; nothing else happens to it or to others.
"""

from __future__ import annotations

import asyncio
import contextvars

from ..feed import again
from ..hub import as_error, log_failure
from ..messages import Reconnected, message_of
from ..subscriptions import check_bound, described_item, item_of
from .feed import Feed
from .inbox import let_transports_end
from .mailbox import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from ..subscriptions import Item, Raw
    from .loop_pool import LoopPool


class Subscription:
    """A callback on a channel, or on a pattern; made by `await client.subscribe(...)`. Leaving it as an async context
    manager closes it.
    """

    __slots__ = (
        "_callback",
        "_hub",
        "_mailbox",
        "_on_error",
        "_on_reconnect",
        "_task",
        "_timeout",
        "closed",
        "decode",
        "item",
    )

    def __init__(
        self,
        hub: Hub,
        item: Item,
        callback: Callable[[Any, Any], object],
        on_error: Callable[[Exception], object] | None,
        on_reconnect: Callable[[Reconnected], object] | None,
        decode: bool,
        timeout: float | None,
    ) -> None:
        self._hub = hub
        self._callback = callback
        self._on_error = on_error
        self._on_reconnect = on_reconnect
        self._timeout = timeout
        self._mailbox = Mailbox(hub, *hub.key)
        self._task: asyncio.Task[None] | None = None
        self.item = item
        self.decode = decode
        self.closed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {described_item(self.item)}{', closed' if self.closed else ''}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Call no more, and unsubscribe if nobody else listens to the same. May be called again, also in a callback."""
        await self._hub.remove([self], self._timeout)

    @property
    def dropped(self) -> int:
        """How many messages were dropped as the callback was too slow."""
        return self._mailbox.buffer.dropped

    def end(self) -> None:
        """Called by the hub: call no more."""
        self.closed = True
        self._mailbox.clear()

    # --- what the hub hands on ------------------------------------------------------------------------------------

    def put(self, messages: list[Any]) -> None:
        """Messages, to be given to the callback in their turn."""
        self._mailbox.put(messages)
        self._begin()

    def mark(self, mark: Any) -> None:
        """A Reconnected or an error, to be told in its turn."""
        self._mailbox.mark(mark)
        self._begin()

    def _begin(self) -> None:
        state = self._hub.state
        if self._task is None and state is not None:
            self._task = contextvars.Context().run(state.loop.create_task, self._work())

    async def _work(self) -> None:
        entries = self._mailbox.buffer.entries
        try:
            while entries:
                entry = self._mailbox.take()
                if entry.__class__ is tuple:
                    if not self.closed:
                        await self._give(entry)
                elif isinstance(entry, Reconnected):
                    await self._tell(self._on_reconnect, entry)
                else:
                    await self.tell_error(entry)
        finally:
            self._task = None
            if entries and not self.closed:  # a callback was cancelled, and perhaps nothing else is
                self._begin()

    async def _give(self, raw: Raw) -> None:
        try:
            message = message_of(raw, self.decode)
            result = self._callback(message.data, message.channel)
            if hasattr(result, "__await__"):
                await _awaited(result)
        except asyncio.CancelledError:
            raise
        except BaseException as exc:
            await self.tell_error(as_error(exc))

    async def tell_error(self, error: Exception) -> None:
        """Log it, and give it to `on_error`."""
        log_failure(self, error)
        await self._tell(self._on_error, error)

    async def _tell(self, callback: Callable[[Any], object] | None, what: Any) -> None:
        if callback is None:
            return
        try:
            result = callback(what)
            if hasattr(result, "__await__"):
                await _awaited(result)
        except asyncio.CancelledError:
            raise
        except BaseException as exc:
            log_failure(self, exc)


async def _awaited(result: Any) -> None:
    await result


class Hub(Feed):
    """The subscriptions of a client that share a bound, in one event loop."""

    def __init__(self, state: LoopPool, key: tuple[int, str]) -> None:
        super().__init__()
        self.key = key
        self.state = state
        self._listeners: dict[Item, tuple[Subscription, ...]] = {}

    def on(self, item: Item) -> tuple[Subscription, ...]:
        """Who listens to this."""
        return self._listeners.get(item, ())

    def items(self, verb: str) -> list[Item]:
        """What is listened to, of one kind."""
        return [item for item in self._listeners if item[0] == verb]

    async def add(self, subscription: Subscription, here: Callable[[], LoopPool], timeout: float | None) -> None:
        """Subscribe. Raises what kept it from that."""
        item = subscription.item
        self._listeners[item] = (*self.on(item), subscription)
        try:
            await self.subscribe(here, [item], timeout)
        except BaseException:
            self._drop([subscription])
            if not self._listeners:
                self.close()
            raise

    async def remove(self, subscriptions: list[Subscription], timeout: float | None) -> None:
        """Call these no more, and unsubscribe from what nobody listens to now."""
        unwanted = self._drop(subscriptions)
        if unwanted:
            await self.settle(unwanted, timeout)
            if not self._listeners:
                self.close()
                await let_transports_end()

    def _drop(self, subscriptions: list[Subscription]) -> list[Item]:
        unwanted: list[Item] = []
        for subscription in subscriptions:
            subscription.end()
            item = subscription.item
            left = tuple(other for other in self.on(item) if other is not subscription)
            if left:
                self._listeners[item] = left
            elif self._listeners.pop(item, None) is not None:
                unwanted.append(item)
        self.forget(unwanted)
        return unwanted

    def _all(self) -> list[Subscription]:
        return [subscription for listeners in self._listeners.values() for subscription in listeners]

    # --- what the feed hands on -----------------------------------------------------------------------------------

    def take(self, messages: list[Any]) -> None:
        by_item: dict[Item, list[Any]] = {}
        for message in messages:
            item = item_of(message)
            if item in by_item:
                by_item[item].append(message)
            else:
                by_item[item] = [message]
        for item, own in by_item.items():
            for subscription in self.on(item):
                subscription.put(own)

    def mark(self, mark: Any) -> None:
        if isinstance(mark, Reconnected):
            for subscription in self._all():
                subscription.mark(Reconnected(mark.lost_for))
            return
        for subscription in self._listeners.pop(mark.item, ()):
            subscription.mark(again(mark.error))
            subscription.closed = True

    def ended(self) -> None:
        subscriptions = self._all()
        self._listeners.clear()
        if self.state is not None and self.state.listeners.get(self.key) is self:
            self.state.listeners.pop(self.key, None)
        for subscription in subscriptions:
            if self.failure is not None:
                subscription.mark(again(self.failure))
                subscription.closed = True
            else:
                subscription.end()


async def subscribe(
    here: Callable[[], LoopPool],
    item: Item,
    callback: Callable[[Any, Any], object],
    *,
    on_error: Callable[[Exception], object] | None,
    on_reconnect: Callable[[Reconnected], object] | None,
    decode: bool,
    timeout: float | None,
    capacity: int,
    policy: str,
) -> Subscription:
    """Have the callback called with what comes; return once the server has confirmed."""
    check_bound(capacity, policy)
    key = (capacity, policy)
    state = here()
    hub = state.listeners.get(key)
    if not isinstance(hub, Hub) or hub.closed or hub.failure is not None:
        hub = state.listeners[key] = Hub(state, key)
    subscription = Subscription(hub, item, callback, on_error, on_reconnect, decode, timeout)
    await hub.add(subscription, here, timeout)
    return subscription


async def unsubscribe(state: LoopPool, verb: str, items: list[Item], timeout: float | None) -> None:
    """End every subscription on these, or (if there are none) on everything of this kind."""
    for hub in [hub for hub in [*state.listeners.values()] if isinstance(hub, Hub)]:
        ending = [subscription for item in items or hub.items(verb) for subscription in hub.on(item)]
        if ending:
            await hub.remove(ending, timeout)
