"""A subscribing connection in asyncio: what is wanted of it, and what it hands on. The rules are those of
plasma/feed.py; here the loop calls, and nothing has to be locked.

- It begins as one of the loop's own connections and is handed over: from then on `Wire` reads it.
- A lost connection is replaced by a task, the only one there is, and only while something is lost. PINGs are sent by
  a timer. Neither holds anything of the task that happened to subscribe.
- With the policy "block" the transport is paused while a queue is full, but not while somebody waits for an answer of
  the server: that may be the one who empties it.
- It ends with its loop, quietly.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
from time import monotonic

from ..deadline import Deadline
from ..errors import LoadingError, MasterDownError, ProtocolError, RedisConnectionError, RedisTimeoutError
from ..feed import again, logger
from ..messages import Reconnected
from ..resp import pack_many
from ..retry import LONGEST_PAUSE, Attempts
from ..runs import Reader
from ..subscriptions import KeepAlive, Subscriptions, described_item
from .mailbox import Mailbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..subscriptions import Item
    from .connection import Connection
    from .loop_pool import LoopPool

_READ_SIZE = 1 << 16


class Feed:
    """What an inbox, or the subscriptions with callbacks of a client, get their messages from."""

    def __init__(self, wants_text: bool = False) -> None:
        self.wants_text = wants_text
        self.subscriptions = Subscriptions()
        self.reconnects = 0
        self.closed = False
        self.failure: BaseException | None = None  # why nothing comes any more
        self.waiting = 0  # how many wait for an answer of the server
        self.state: LoopPool | None = None
        self._starting: asyncio.Lock | None = None
        self._wire: Wire | None = None
        self._replacing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._context = contextvars.Context()
        self._lost_at: float | None = None
        self._held: list[Any] = []  # messages that came before all that was lost is back
        self._attempt = 0
        self._full: set[Mailbox] = set()
        self._waiters: dict[asyncio.Future[None], None] = {}

    # --- for the ones who derive from it --------------------------------------------------------------------------

    def take(self, messages: list[Any]) -> None:
        """Messages have come."""
        raise NotImplementedError

    def mark(self, mark: Any) -> None:
        """Something else is to be told: a Reconnected, or a Loss."""
        raise NotImplementedError

    def ended(self) -> None:
        """Nothing will come any more: it is closed, or has failed."""
        raise NotImplementedError

    # --- for those who subscribe ----------------------------------------------------------------------------------

    async def subscribe(self, here: Callable[[], LoopPool], items: list[Item], timeout: float | None) -> None:
        """Have the server confirm these. Raises what kept it from that; they stay wanted then, unless refused."""
        state = here()
        if self.state is not None and self.state is not state:
            raise RedisConnectionError("it belongs to another event loop, the one in which it was first used")
        self.state = state
        deadline = Deadline(monotonic(), timeout, state.config.connect_timeout)
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            self.check()
            if self._wire is None and self._replacing is None:
                self._attach(await self._first_connection(state, deadline))
        self.subscriptions.want(items)
        await self._settle(items, deadline)
        for item in items:
            if (error := self.subscriptions.refused.get(item)) is not None:
                raise type(error)(*error.args, command=described_item(item), address=state.config.address)
        self.check()
        if not self.subscriptions.are_settled(items):
            raise RedisTimeoutError(
                "the server did not confirm in time",
                command=described_item(items[0]),
                address=state.config.address,
                maybe_executed=True,
            )

    def forget(self, items: list[Item]) -> None:
        """Say that these are not wanted any more."""
        self.subscriptions.unwant(items)
        self._send()

    async def settle(self, items: list[Item], timeout: float | None) -> None:
        """Wait until the server has confirmed all that was said about these, but no longer. Raises nothing."""
        if self._wire is not None:
            await self._settle(items, Deadline(monotonic(), timeout, 0.0))

    async def _settle(self, items: list[Item], deadline: Deadline) -> None:
        self.waiting += 1
        try:
            self._send()
            for mailbox in [*self._full]:
                mailbox.refill()
            while not (self.closed or self.failure or self.subscriptions.are_settled(items)):
                if deadline.passes_within(0):
                    return
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiters[waiter] = None
                try:
                    await asyncio.wait((waiter,), timeout=deadline.left())
                finally:
                    self._waiters.pop(waiter, None)
        finally:
            self.waiting -= 1

    def check(self) -> None:
        """Raise what ended it, if it has ended."""
        if self.failure is not None:
            raise again(self.failure)
        if self.closed:
            raise RedisConnectionError("it was closed, by close(), unsubscribe() or disconnect()")

    def _tell_waiters(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    # --- room -----------------------------------------------------------------------------------------------------

    def hold(self, mailbox: Mailbox) -> None:
        """Read no more while this one is full."""
        self._full.add(mailbox)
        if self._wire is not None:
            self._wire.pause(True)

    def release(self, mailbox: Mailbox) -> None:
        """It has room again, or is no more."""
        self._full.discard(mailbox)
        if not self._full and self._wire is not None:
            self._wire.pause(False)

    # --- beginning and end ----------------------------------------------------------------------------------------

    async def _first_connection(self, state: LoopPool, deadline: Deadline) -> Connection:
        attempts = Attempts(state.config)
        while True:
            try:
                return await state.acquire_own(deadline)
            except (RedisConnectionError, RedisTimeoutError) as exc:
                pause = None if exc.final else attempts.pause()
                if pause is None or deadline.connect_left <= 0 or deadline.passes_within(pause):
                    raise
            await asyncio.sleep(pause)

    def _attach(self, conn: Connection) -> None:
        assert self.state is not None
        if self.closed:
            conn.close()
            return
        self.state.listeners[id(self)] = self
        wire = Wire(self, conn, self.state.config.parser, KeepAlive(self.state.config.keepalive, monotonic()))
        try:
            wire.begin()
        except RedisConnectionError:  # it was lost before it was used
            conn.close()
            self.lost(wire, "the server closed the connection", monotonic())
            return
        self._wire = wire
        self._send()
        self._tick()

    def close(self) -> None:
        """End the connection; may be called again."""
        if self.closed:
            return
        self.closed = True
        self._stop()
        self.ended()

    def _stop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.conn.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._replacing is not None and not self.closed_by_itself():
            self._replacing.cancel()
        if self.state is not None:
            self.state.listeners.pop(id(self), None)
        self._tell_waiters()

    def closed_by_itself(self) -> bool:
        """Is it the task that replaces connections which runs now?"""
        try:
            return asyncio.current_task() is self._replacing
        except RuntimeError:
            return False

    def abandon(self) -> None:
        """The loop is closed, or it is another process's: nothing is touched."""
        self._wire = self._timer = self._replacing = None
        if not self.closed:
            self.failure = RedisConnectionError("its event loop is no more, or another process's: subscribe anew")

    # --- the connection -------------------------------------------------------------------------------------------

    def _send(self) -> None:
        if self._wire is not None and (commands := self.subscriptions.commands()):
            self._wire.write(b"".join(pack_many(commands)))

    def _tick(self) -> None:
        wire = self._wire
        if wire is None or self.state is None:
            return
        now = monotonic()
        if wire.paused:
            wire.alive.hear(now)
        if wire.alive.is_dead(now):
            wire.conn.close()
            self.lost(wire, f"nothing has come for {now - wire.alive.heard:.1f} s", wire.alive.heard)
            return
        if wire.alive.wants_ping(now):
            wire.write(b"".join(pack_many([self.subscriptions.ping()])))
        wait = wire.alive.wait(now)
        if wait is not None:
            self._timer = self.state.loop.call_later(wait, self._tick, context=self._context)

    def received(self, replies: list[Any]) -> None:
        """Take what the server said."""
        subscriptions = self.subscriptions
        messages = subscriptions.take(replies)
        if len(messages) < len(replies):
            self._tell_waiters()
            if not subscriptions.missing:
                self._attempt = 0
            while subscriptions.losses:
                self.mark(subscriptions.losses.pop(0))
            self._send()
        if self._lost_at is not None or subscriptions.missing:
            self._held += messages
            messages = self._back()
        if messages:
            self.take(messages)

    def _back(self) -> list[Any]:
        now = monotonic()
        lost_at = self._lost_at
        if lost_at is None:  # the server has taken something away by itself
            self._lost_at = now
            return []
        if self.subscriptions.missing:
            return []
        self._lost_at = None
        self.reconnects += 1
        self.mark(Reconnected(now - lost_at))
        held, self._held = self._held, []
        return held

    def lost(self, wire: Wire, why: object, since: float) -> None:
        """The connection has ended."""
        if self._wire is wire:
            self._wire = None
        elif self._wire is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.closed or self.state is None or self._replacing is not None:
            return
        self.subscriptions.lost()
        if self.subscriptions.missing and self._lost_at is None:
            self._lost_at = since
        self._tell_waiters()
        address = self.state.config.address
        logger().warning("the connection to %s is lost (%s): subscribing again", address, why)
        work = self._replace(self.state)
        self._replacing = contextvars.Context().run(self.state.loop.create_task, work)

    async def _replace(self, state: LoopPool) -> None:
        config = state.config
        try:
            while True:
                if self._attempt:
                    longest = min(config.retry_delay * 2 ** min(self._attempt, 30), LONGEST_PAUSE)
                    await asyncio.sleep(random.uniform(longest / 2, longest))
                self._attempt += 1
                try:
                    deadline = Deadline(monotonic(), config.command_timeout, config.connect_timeout)
                    conn = await state.acquire_own(deadline)
                    break
                except (RedisConnectionError, RedisTimeoutError) as exc:
                    if exc.final:
                        raise
                except (LoadingError, MasterDownError):
                    pass
            self._replacing = None
            self._attach(conn)
        except asyncio.CancelledError:  # the loop ends, or `close` was called
            self._replacing = None
            if not self.closed:
                self._fail(RedisConnectionError("the event loop is ending", address=config.address))
            raise
        except Exception as exc:
            self._replacing = None
            self._fail(exc)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        self._stop()
        self.ended()


class Wire(asyncio.BufferedProtocol):
    """One connection while it lasts, as its transport sees it."""

    def __init__(self, feed: Feed, conn: Connection, parser: Any, alive: KeepAlive) -> None:
        self.conn = conn
        self.alive = alive
        self.paused = False
        self._feed = feed
        self._reader = Reader(parser, feed.wants_text)
        self._view = memoryview(bytearray(_READ_SIZE))
        self._transport: asyncio.Transport

    def begin(self) -> None:
        """Take the connection over. Raises RedisConnectionError if it is closed."""
        self._transport = self.conn.hand_over(self)

    def write(self, data: bytes) -> None:
        """Send it."""
        if not self.conn.closed:
            self._transport.write(data)

    def pause(self, on: bool) -> None:
        """Read no more, or again."""
        if on is self.paused or self.conn.closed:
            return
        self.paused = on
        if on:
            self._transport.pause_reading()
        else:
            self.alive.hear(monotonic())
            self._transport.resume_reading()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        if self.conn.closed:
            return
        self.alive.hear(monotonic())
        try:
            replies = self._reader.replies(bytes(self._view[:nbytes]))
            if replies:
                self._feed.received(replies)
        except (ProtocolError, RedisConnectionError) as exc:
            self.conn.close()
            self._feed.lost(self, exc, monotonic())

    def eof_received(self) -> None:
        self.conn.close()
        self._feed.lost(self, "the server closed the connection", monotonic())

    def connection_lost(self, exc: Exception | None) -> None:
        self.conn.connection_lost(exc)
        self._feed.lost(self, exc or "the server closed the connection", monotonic())

    def pause_writing(self) -> None:
        """What is sent is small."""

    def resume_writing(self) -> None:
        """See there."""
