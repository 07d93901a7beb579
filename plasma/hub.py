"""Callbacks of the blocking colour: who listens to what, and the thread that calls them one after another.

All subscriptions of a client that are bounded alike share a hub: one connection, its reader, and one dispatcher. The
dispatcher holds no lock while it calls, so a callback may subscribe, unsubscribe and close as it likes. A callback
that raises is logged under `plasma.pubsub` and told to its `on_error`; nothing else happens to it or to others.
"""

from __future__ import annotations

import threading

from .errors import RedisError
from .feed import Feed, again, logger
from .launch import start
from .messages import Reconnected, message_of
from .running import called
from .subscriptions import check_bound, described_item, item_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from .pool import Pool
    from .subscriptions import Item, Raw


class Subscription:
    """A callback on a channel, or on a pattern; made by `client.subscribe(...)`. A context manager that closes it."""

    __slots__ = ("_callback", "_hub", "_on_error", "_on_reconnect", "_timeout", "closed", "decode", "item")

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
        self.item = item
        self._callback = callback
        self._on_error = on_error
        self._on_reconnect = on_reconnect
        self._timeout = timeout
        self.decode = decode
        self.closed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {described_item(self.item)}{', closed' if self.closed else ''}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Call no more, and unsubscribe if nobody else listens to the same. May be called again, also in a callback."""
        self._hub.remove([self], self._timeout)

    @property
    def dropped(self) -> int:
        """How many messages were dropped as callbacks were too slow: of all subscriptions that are bounded alike."""
        return self._hub.dropped

    def call(self, raw: Raw) -> None:
        """Called by the dispatcher: give it a message."""
        try:
            message = message_of(raw, self.decode)
            called(self._callback, message.data, message.channel)
        except BaseException as exc:
            self.tell_error(as_error(exc))

    def tell_reconnected(self, event: Reconnected) -> None:
        """Called by the dispatcher: say that there was a gap."""
        if self._on_reconnect is not None:
            try:
                called(self._on_reconnect, event)
            except BaseException as exc:
                self.tell_error(as_error(exc))

    def tell_error(self, error: Exception) -> None:
        """Log it, and give it to `on_error`."""
        log_failure(self, error)
        if self._on_error is not None:
            try:
                called(self._on_error, error)
            except BaseException as exc:
                log_failure(self, exc)


class Hub:
    """The subscriptions of a client that share a bound."""

    def __init__(self, pool: Pool, key: tuple[int, str]) -> None:
        self._pool = pool
        self._key = key
        self._feed = Feed(pool, *key)
        self._lock = threading.Lock()
        self._listeners: dict[Item, tuple[Subscription, ...]] = {}
        self._dispatcher: threading.Thread | None = None
        self.closed = False

    def add(self, subscription: Subscription, item: Item, timeout: float | None) -> bool:
        """Subscribe; False if this hub has ended, and another is to be asked. Raises what kept it from that."""
        try:
            with self._lock:
                if self.closed:
                    return False
                self._listeners[item] = (*self._listeners.get(item, ()), subscription)
            self._feed.subscribe([item], timeout)
            with self._lock:
                if self._dispatcher is None and not self.closed:
                    start(threading.Thread(target=self._dispatch, name="plasma.pubsub callbacks", daemon=True))
        except BaseException:
            subscription.closed = True
            self.remove([subscription], 0.0)
            raise
        return True

    def on(self, item: Item) -> tuple[Subscription, ...]:
        """Who listens to this."""
        return self._listeners.get(item, ())

    @property
    def dropped(self) -> int:
        """How many messages were dropped."""
        return self._feed.buffer.dropped

    def items(self, verb: str) -> list[Item]:
        """What is listened to, of one kind."""
        return [item for item in [*self._listeners] if item[0] == verb]

    def remove(self, subscriptions: list[Subscription], timeout: float | None) -> None:
        """Call these no more, and unsubscribe from what nobody listens to now."""
        # A signal may cut this short, so each step is done again if this is called again.
        unwanted: list[Item] = []
        try:
            with self._lock:
                for subscription in subscriptions:
                    subscription.closed = True
                    item = subscription.item
                    left = tuple(other for other in self._listeners.get(item, ()) if other is not subscription)
                    if left:
                        self._listeners[item] = left
                    else:
                        self._listeners.pop(item, None)
                        unwanted.append(item)
                self._feed.forget(unwanted)  # under the lock: who subscribes to the same comes before it or after it
            self._feed.settle(unwanted, timeout)
        finally:
            with self._lock:
                self.closed = not self._listeners  # the next who subscribes gets a new one then
            if self.closed:
                self.close()

    def close(self) -> None:
        """End everything, and call nobody any more."""
        self._end()
        self._feed.close()
        if self._pool.listeners.get(self._key) is self:  # last: whatever cut this short, it can be called again
            self._pool.listeners.pop(self._key, None)
        thread = self._dispatcher
        if thread is not None and thread is not threading.current_thread():
            thread.join(_GOODBYE)

    def abandon(self) -> None:
        """In the child after a fork; the feed is told by itself."""
        self._lock = threading.Lock()
        self._dispatcher = None
        self._end()

    def _end(self) -> None:
        with self._lock:
            self.closed = True
            for listeners in self._listeners.values():
                for subscription in listeners:
                    subscription.closed = True
            self._listeners.clear()

    def _all(self) -> list[Subscription]:
        with self._lock:
            return [subscription for listeners in self._listeners.values() for subscription in listeners]

    # --- the dispatcher -------------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        feed, listeners = self._feed, self._listeners
        with self._lock:
            if self._dispatcher is not None:  # one whose start was interrupted may run all the same
                return
            self._dispatcher = threading.current_thread()
        while not self.closed:
            try:
                entry = feed.get()
            except RedisError as exc:
                if not feed.closed:
                    self._fail(exc)
                return
            except Exception as exc:
                self._fail(exc)
                return
            if entry.__class__ is tuple:
                for subscription in listeners.get(item_of(entry), ()):
                    if not subscription.closed:
                        subscription.call(entry)
            elif isinstance(entry, Reconnected):
                for subscription in self._all():
                    subscription.tell_reconnected(entry)
            elif isinstance(entry, Exception):
                for subscription in self._all():
                    subscription.tell_error(again(entry))
            else:
                with self._lock:
                    lost = self._listeners.pop(entry.item, ())
                for subscription in lost:
                    subscription.closed = True
                    subscription.tell_error(again(entry.error))

    def _fail(self, error: Exception) -> None:
        """Nothing will come any more: everybody is told."""
        subscriptions = self._all()
        self.close()
        for subscription in subscriptions:
            subscription.tell_error(again(error))


# Seconds that `close` waits for a callback that is running.
_GOODBYE = 2.0


def as_error(exc: BaseException) -> Exception:
    """What a callback raised; what would end a thread (SystemExit and the like) in the form of an error."""
    if isinstance(exc, Exception):
        return exc
    error = RuntimeError(f"a callback raised {type(exc).__name__}")
    error.__cause__ = exc
    return error


def log_failure(subscription: object, error: BaseException) -> None:
    """Log what a callback raised, or what it was told."""
    logger().error("%r: %s", subscription, error, exc_info=error)


def hub_for(pool: Pool, capacity: int, policy: str) -> Hub:
    """The hub of this client's subscriptions that are bounded so."""
    check_bound(capacity, policy)
    key = (capacity, policy)
    hub = pool.listeners.get(key)
    if hub is None or hub.closed:
        if hub is not None:
            hub.close()  # again, in case that was cut short
        fresh = Hub(pool, key)
        hub = pool.listeners.setdefault(key, fresh)
    assert isinstance(hub, Hub)
    return hub


def subscribe(
    pool: Pool,
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
    while True:
        hub = hub_for(pool, capacity, policy)
        subscription = Subscription(hub, item, callback, on_error, on_reconnect, decode, timeout)
        if hub.add(subscription, item, timeout):
            return subscription


def unsubscribe(pool: Pool, verb: str, items: list[Item], timeout: float | None) -> None:
    """End every subscription on these, or (if there are none) on everything of this kind."""
    for hub in [hub for hub in [*pool.listeners.values()] if isinstance(hub, Hub)]:
        ending = [subscription for item in items or hub.items(verb) for subscription in hub.on(item)]
        hub.remove(ending, timeout)
