"""A subscribing connection of the blocking colour, the thread that reads it, and the bounded queue that it fills.

- One thread does all the I/O of it: others say what they want and wake it. So TLS is safe, and a connection on which
  nothing comes is noticed by the same thread (`KeepAlive`).
- The first connection is opened by whoever subscribes first, so that what goes wrong is raised there. A lost one is
  replaced by the reader for as long as anything may come of it: then everything wanted is subscribed again, and a
  `Reconnected` stands in the queue before the first message of the new connection.
- The connection comes from the pool, and takes one of its places, but never goes back to the idle ones.
- With the policy "block" the reader waits while the queue is full, but not while somebody waits for an answer of the
  server: that may be the one who empties the queue.
- After a fork the child has no reader: what it held there says so.
"""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from time import monotonic, sleep

from .buffer import Buffer
from .deadline import Deadline
from .errors import LoadingError, MasterDownError, ProtocolError, RedisConnectionError, RedisError, RedisTimeoutError
from .launch import start
from .messages import Reconnected
from .retry import LONGEST_PAUSE, Attempts
from .serving import Serving, Silent
from .subscriptions import KeepAlive, Subscriptions, described_item

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .connection import Connection
    from .pool import Pool
    from .subscriptions import Item

NOTHING: Any = object()
"""What `get` gives when its time is up."""

# Seconds that `close` waits for the reader, which may be in the middle of connecting.
_GOODBYE = 2.0
# Seconds after which a reader that waits for room looks whether anybody is left for whom it waits.
_LOOK_AGAIN = 1.0


class Feed:
    """What an inbox, or the dispatcher of callbacks, takes its messages from."""

    def __init__(self, pool: Pool, capacity: int, policy: str, wants_text: bool = False) -> None:
        self.pool = pool
        self.wants_text = wants_text
        self.buffer = Buffer(capacity, policy)
        self.subscriptions = Subscriptions()
        self.reconnects = 0
        self.closed = False
        self.failure: BaseException | None = None  # why nothing comes any more
        self._thread: threading.Thread | None = None
        self._waker: socket.socket | None = None  # made by the reader, in whose thread no signal strikes
        self._woken: socket.socket
        self._lost_at: float | None = None
        self._held: list[Any] = []  # messages that came before all that was lost is back
        self._waiting = 0  # how many wait for an answer of the server
        self._attempt = 0  # how often it was tried to replace the connection since the server last said something good
        self.wants_room = False  # does the reader wait for it?
        self._low = capacity // 2
        self.is_quick = policy == "block"
        self._make_locks()

    def _make_locks(self) -> None:
        self._starting = threading.Lock()
        # Not a plain lock: who is struck by a signal in `wait` would let go of it though another has it.
        self.lock = threading.RLock()
        self._arrived = threading.Condition(self.lock)  # entries; tell all: who was struck by a signal may take a word
        self._answered = threading.Condition(self.lock)
        self._room = threading.Condition(self.lock)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "failed" if self.failure else f"{len(self.subscriptions.confirmed)} active"
        return f"<{type(self).__name__} of {self.pool.config.address}, {state}, {len(self.buffer)} waiting>"

    # --- for those who subscribe ----------------------------------------------------------------------------------

    def subscribe(self, items: list[Item], timeout: float | None) -> None:
        """Have the server confirm these. Raises what kept it from that; they stay wanted then, unless refused."""
        deadline = Deadline(monotonic(), timeout, self.pool.config.connect_timeout)
        self._start(deadline)
        with self.lock:
            self.subscriptions.want(items)
            self._settle(items, deadline)
            self._check_settled(items)

    def forget(self, items: list[Item]) -> None:
        """Say that these are not wanted any more."""
        with self.lock:
            self.subscriptions.unwant(items)
            self._wake()

    def settle(self, items: list[Item], timeout: float | None) -> None:
        """Wait until the server has confirmed all that was said about these, but no longer. Raises nothing."""
        with self.lock:
            if self._thread is not None:
                self._settle(items, Deadline(monotonic(), timeout, 0.0))

    def _settle(self, items: Iterable[Item], deadline: Deadline) -> None:
        self._wake()
        self._waiting += 1
        try:
            self._room.notify()
            self._await_answers(items, deadline)
        finally:
            self._waiting -= 1

    # No loop stands in a `with` or a `try` above: in Python 3.12 and 3.13 a signal that strikes at the end of a turn
    # is raised as if it were outside of it, and the lock would stay taken.

    def _await_answers(self, items: Iterable[Item], deadline: Deadline) -> None:
        while not (self.closed or self.failure or self.subscriptions.are_settled(items)):
            if deadline.passes_within(0):
                return
            self._answered.wait(deadline.left())

    def _check_settled(self, items: list[Item]) -> None:
        address = self.pool.config.address
        for item in items:
            if (error := self.subscriptions.refused.get(item)) is not None:
                raise type(error)(*error.args, command=described_item(item), address=address)
        self._check()
        if not self.subscriptions.are_settled(items):
            why, what = "the server did not confirm in time", described_item(items[0])
            raise RedisTimeoutError(why, command=what, address=address, maybe_executed=True)

    def _check(self) -> None:
        if self.failure is not None:
            raise again(self.failure)
        if self.closed:
            raise RedisConnectionError(
                "it was closed, by close(), unsubscribe() or disconnect()", address=self.pool.config.address
            )

    # --- for the one who takes messages ---------------------------------------------------------------------------

    def get(self, timeout: float | None = None) -> Any:
        """The oldest entry of the queue: a raw message, a Reconnected, an error or a Loss. NOTHING if none came.

        Raises what ended it all, or RedisConnectionError once it is closed.
        """
        with self.lock:
            buffer = self.buffer
            if not buffer.entries:
                if self.wants_room:
                    self.wants_room = False
                    self._room.notify()
                self._await_entry(timeout)
                if not buffer.entries:
                    self._check()
                    return NOTHING
            entry = buffer.take()
            if self.wants_room and len(buffer.entries) <= self._low:
                self.wants_room = False
                self._room.notify()
        return entry

    def taken(self, entry: Any) -> None:
        """An entry was taken off the queue without asking for it here, as may be done if `is_quick`.

        A deque can be taken from while it is added to, and nothing else is done to it under this policy. To be called
        if the entry is no message, or if `wants_room`.
        """
        with self.lock:
            if entry.__class__ is not tuple:
                self.buffer.unmark()
            if self.wants_room and len(self.buffer.entries) <= self._low:
                self.wants_room = False
                self._room.notify()

    def _await_entry(self, timeout: float | None) -> None:
        until = None if timeout is None else monotonic() + timeout
        while not (self.buffer.entries or self.closed or self.failure):
            left = None if until is None else until - monotonic()
            if left is not None and left <= 0:
                return
            self._arrived.wait(left)

    # --- beginning and end ----------------------------------------------------------------------------------------

    def _start(self, deadline: Deadline) -> None:
        with self._starting:
            with self.lock:
                self._check()
                if self._thread is not None:
                    return
            conn = self._first_connection(deadline)
            try:
                # Not before there is something to close: the pool closes what it knows.
                self.pool.listeners[id(self)] = self
                name = "plasma.pubsub reader"
                self._thread = threading.Thread(target=self._run, args=(conn,), name=name, daemon=True)
                start(self._thread)
            except BaseException:  # interrupted, perhaps before there was a thread: this feed is not to be used
                self.close()
                if self._waker is None:  # there is no reader, or one that finds all closed
                    conn.close()
                raise

    def _first_connection(self, deadline: Deadline) -> Connection:
        attempts = Attempts(self.pool.config)
        while True:
            try:
                return self.pool.acquire(deadline)[0]
            except (RedisConnectionError, RedisTimeoutError) as exc:
                pause = None if exc.final else attempts.pause()
                if pause is None or deadline.connect_left <= 0 or deadline.passes_within(pause):
                    raise
            sleep(pause)

    def close(self) -> None:
        """End the reader and its connection; may be called again, and from anywhere."""
        with self.lock:
            self.closed = True
            self._wake()
            self.buffer.clear()
            self._tell_all()
        self.pool.listeners.pop(id(self), None)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread() and thread.is_alive():
            thread.join(_GOODBYE)

    def let_go(self) -> None:
        """The one who takes messages was dropped: end it. Called while anything may be locked, so it locks nothing."""
        self.closed = True
        self._wake()

    def abandon(self) -> None:
        """In the child after a fork: the reader is the parent's, and so is what it has received."""
        self._thread = None
        if self._waker is not None:
            self._waker.close()
            self._woken.close()
        self._make_locks()
        self.buffer.clear()
        if not self.closed:
            self.failure = RedisConnectionError(
                "this process was forked from the one that had subscribed: subscribe anew",
                address=self.pool.config.address,
            )

    def _tell_all(self) -> None:
        self._arrived.notify_all()
        self._answered.notify_all()
        self._room.notify_all()

    def _wake(self) -> None:
        if self._waker is not None:
            try:
                self._waker.send(b"!")
            except OSError:
                pass  # it has been woken often enough, or has ended

    # --- the reader -----------------------------------------------------------------------------------------------

    def _run(self, conn: Connection | None) -> None:
        failure: BaseException | None = None
        try:
            self._woken, self._waker = socket.socketpair()
            with self._woken, self._waker, selectors.DefaultSelector() as selector:
                self._woken.setblocking(False)
                self._waker.setblocking(False)
                selector.register(self._woken, selectors.EVENT_READ)
                while conn is not None:
                    self._serve_until_lost(conn, selector)
                    conn = self._next_connection(selector)
        except BaseException as exc:  # whatever it is: the listeners must not wait for ever
            failure = exc
            if conn is not None:
                conn.close()
        with self.lock:
            self.failure = failure
            self._tell_all()
        self.pool.listeners.pop(id(self), None)

    def _serve_until_lost(self, conn: Connection, selector: selectors.BaseSelector) -> None:
        heard = monotonic()
        why: Exception
        try:
            conn.sock.setblocking(False)
            selector.register(conn.sock, selectors.EVENT_READ)
            try:
                alive = KeepAlive(self.pool.config.keepalive, heard)
                try:
                    Serving(self, conn, selector, alive).serve()
                    return
                finally:
                    heard = alive.heard
            finally:
                selector.unregister(conn.sock)
        except Silent as exc:
            why = exc
        except (RedisConnectionError, ProtocolError, OSError, EOFError) as exc:
            heard, why = monotonic(), exc
        finally:
            conn.close()
        with self.lock:
            self.subscriptions.lost()
            if self.subscriptions.missing and self._lost_at is None:
                self._lost_at = heard
            self._answered.notify_all()
            if self.closed:
                return
        logger().warning("the connection to %s is lost (%s): subscribing again", self.pool.config.address, why)

    def _next_connection(self, selector: selectors.BaseSelector) -> Connection | None:
        """A connection in place of a lost one, at last; None if none is wanted any more."""
        import random

        config = self.pool.config
        while not self.closed:
            if self._attempt:
                longest = min(config.retry_delay * 2 ** min(self._attempt, 30), LONGEST_PAUSE)
                until = monotonic() + random.uniform(longest / 2, longest)
                while not self.closed and (left := until - monotonic()) > 0:
                    for _ in selector.select(left):
                        self.drain()
                if self.closed:
                    break
            self._attempt += 1
            try:
                conn, _ = self.pool.acquire(Deadline(monotonic(), config.command_timeout, config.connect_timeout))
            except (RedisConnectionError, RedisTimeoutError) as exc:
                if exc.final:
                    raise
            except (LoadingError, MasterDownError):
                pass
            else:
                return conn
        return None

    def drain(self) -> None:
        """Called by the reader when it was woken."""
        with suppress(BlockingIOError):
            self._woken.recv(4096)

    def back(self, now: float) -> list[Any]:
        """Called by the reader under the lock: if all that was lost is back, say so, and give what was held."""
        lost_at = self._lost_at
        if lost_at is None:
            if self.subscriptions.missing:  # the server has taken something away by itself
                self._lost_at = now
            return []
        if self.subscriptions.missing:
            return []
        self._lost_at = None
        self.reconnects += 1
        self.buffer.mark(Reconnected(now - lost_at))
        self._arrived.notify_all()
        held, self._held = self._held, []
        return held

    def deliver(self, replies: list[Any], now: float) -> None:
        """Called by the reader: take what the server said."""
        subscriptions = self.subscriptions
        with self.lock:
            messages = subscriptions.take(replies)
            if len(messages) < len(replies):
                self._answered.notify_all()
                if not subscriptions.missing:
                    self._attempt = 0
                while subscriptions.losses:
                    self.buffer.mark(subscriptions.losses.pop(0))
                    self._arrived.notify_all()
            if self._lost_at is not None or subscriptions.missing:
                self._held += messages
                messages = self.back(now)
            while messages and not self.closed:
                rest = self.buffer.put(messages, anyway=self._waiting > 0)
                if len(rest) < len(messages):
                    self._arrived.notify_all()
                if rest:
                    self.wants_room = True
                    self._room.wait(_LOOK_AGAIN)
                messages = rest


def again(error: Any) -> Any:
    """A copy of an error that ended a feed, to be raised to one more who asks."""
    if not isinstance(error, RedisError):
        return error
    copy = type(error)(*error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy


def logger() -> Any:
    """The logger `plasma.pubsub`."""
    import logging

    return logging.getLogger("plasma.pubsub")
