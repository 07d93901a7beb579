"""The connections of one client in one event loop: one that all tasks share, and some that a task has for itself.

- Connecting is a task of its own, in no caller's context: a caller who gives up does not take it along, and the
  others find it done.
- At most `max_connections` own ones are open or opening, each in a place. Who finds none free stands in line, and is
  handed a connection or a place: none is lost between the one who gives and the one who takes.
- Giving back never awaits, so it cannot be cancelled half-way.
- Nothing that the loop holds for long holds this object: when its client is dropped, it ends.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import weakref
from time import monotonic

from ..errors import RedisError, RedisTimeoutError
from .connection import BUFFER_SIZE, Connection, again
from .dial import open_connection
from .waiting import done_within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine
    from typing import Any

    from ..deadline import Deadline
    from .pool import Pool

    # What a connecting task comes to: an exception is a value, since nobody may be left to whom it can be raised.
    Outcome = Connection | BaseException


class Place:
    """Holds a place among the own connections for one that is to be opened."""

    __slots__ = ()


class LoopPool:
    """What `Pool.here` gives: to be used in its loop alone."""

    __slots__ = (
        "__weakref__",
        "_closer",
        "_connecting",
        "_context",
        "_leaving",
        "_opening",
        "_pool",
        "_terms",
        "_waiting",
        "config",
        "idle",
        "listeners",
        "loop",
        "own",
        "shared",
    )

    def __init__(self, pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
        self.config = pool.config
        self.loop = loop
        self.shared: Connection | None = None
        self.own: set[Connection | Place] = set()
        self.idle: list[Connection] = []
        # What holds own connections for long, and ends with them: subscriptions, inboxes, monitors.
        self.listeners: dict[object, Any] = {}
        self._pool = weakref.ref(pool)
        self._connecting: asyncio.Task[Outcome] | None = None
        self._leaving: list[Connection] = []  # no longer shared, and open until those who use them are done
        self._opening: set[asyncio.Task[Outcome]] = set()
        self._waiting: list[asyncio.Future[Connection | Place]] = []  # lists stay small where nothing is
        self._context = contextvars.Context()
        self._closer: AsyncGenerator[None, None] | None = None
        self._terms = 0  # how often everything was closed

    @property
    def count(self) -> int:
        """How many connections are open or opening."""
        return len(self.own) + (self.shared is not None and not self.shared.closed)

    # --- the shared one ---------------------------------------------------------------------------------------

    async def acquire_shared(self, deadline: Deadline) -> Connection:
        """The connection that all tasks share."""
        while True:
            conn = self.shared
            if conn is not None and not conn.closed:
                return conn
            task = self._connecting
            if task is None or task.done():
                task = self._connecting = self._task(self._connect_shared())
                task.add_done_callback(self._connected, context=self._context)
            conn = await self._outcome(task, deadline)
            if conn is not None:
                return conn

    async def _connect_shared(self) -> Outcome:
        outcome = await self._open()
        if isinstance(outcome, Connection):
            self.shared = outcome
        return outcome

    def _connected(self, task: asyncio.Task[Outcome]) -> None:
        if self._connecting is task:
            self._connecting = None  # or what it failed with would be kept

    # --- own ones ---------------------------------------------------------------------------------------------

    async def acquire_own(self, deadline: Deadline) -> Connection:
        """A connection for one task alone, to be given to `put_back`. Waits for one where all are taken."""
        while True:
            grant = None if self._waiting else self._grant()
            if grant is None:
                grant = await self._wait_in_line(deadline)
            if isinstance(grant, Connection):
                return grant
            task = self._task(self._open_own(grant))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard, context=self._context)
            try:
                conn = await self._outcome(task, deadline)
            except BaseException:
                task.add_done_callback(self._keep, context=self._context)
                raise
            if conn is not None:
                return conn

    async def _open_own(self, place: Place) -> Outcome:
        try:
            outcome = await self._open()
            if isinstance(outcome, Connection) and not outcome.closed:
                self.own.add(outcome)
                mine = weakref.ref(self)
                outcome.on_closed = lambda conn: None if (pool := mine()) is None else pool._ended(conn)
            return outcome
        finally:
            self.own.discard(place)
            self._hand_on()

    def put_back(self, conn: Connection) -> None:
        """End the use of an own connection: it serves the next who asks if it owes nothing, else it is closed."""
        if conn.retired or not conn.is_clean:
            conn.close()
        else:
            self.idle.append(conn)
            self._hand_on()

    def _keep(self, task: asyncio.Task[Outcome]) -> None:
        """Nobody waits any more for what has been opened: the next who asks gets it."""
        if not task.cancelled() and isinstance(conn := task.result(), Connection):
            self.put_back(conn)

    def _ended(self, conn: Connection) -> None:
        self.own.discard(conn)
        if conn in self.idle:
            self.idle.remove(conn)
        self._hand_on()

    def _grant(self) -> Connection | Place | None:
        """An idle connection, or a place to open one in, if there is either."""
        while self.idle:
            conn = self.idle.pop()
            if conn.closed:
                continue
            if monotonic() - conn.opened < 0.1 or not conn.looks_gone():
                return conn
            conn.close()
        if len(self.own) >= self.config.max_connections:
            return None
        place = Place()
        self.own.add(place)
        return place

    async def _wait_in_line(self, deadline: Deadline) -> Connection | Place:
        turn: asyncio.Future[Connection | Place] = self.loop.create_future()
        self._waiting.append(turn)
        try:
            await done_within(turn, deadline.left(), self._context)
        except BaseException:
            if not turn.done():
                self._waiting.remove(turn)
            elif isinstance(grant := turn.result(), Connection):
                self.put_back(grant)
            else:
                self.own.discard(grant)
                self._hand_on()
            raise
        if turn.done():
            return turn.result()
        self._waiting.remove(turn)
        raise RedisTimeoutError(
            f"all {self.config.max_connections} connections for blocking commands and the like are in use "
            "(see the max_connections option)",
            address=self.config.address,
            phase="pool",
        )

    def _hand_on(self) -> None:
        """Give those who wait longest what there is for them."""
        while self._waiting and (grant := self._grant()) is not None:
            self._waiting.pop(0).set_result(grant)

    # --- opening ----------------------------------------------------------------------------------------------

    async def _open(self) -> Outcome:
        config = self.config
        terms = self._terms
        pool = self._pool()
        try:
            await self._close_with_loop()
            ends = monotonic() + config.connect_timeout
            view = _view_for(self.loop)

            def make() -> Connection:
                return Connection(config, self.loop, view, self._context)

            conn = await open_connection(config, ends, make, plain=pool is not None and pool.plain)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as exc:
            return exc
        if terms != self._terms:  # everything was closed meanwhile, and this task was not stopped by it
            conn.close()
            raise asyncio.CancelledError
        if pool is not None:
            pool.plain = conn.protocol == 2
        return conn

    def _task(self, work: Coroutine[Any, Any, Outcome]) -> asyncio.Task[Outcome]:
        """A task that holds nothing of the request that happened to start it."""
        return contextvars.Context().run(self.loop.create_task, work)

    async def _outcome(self, task: asyncio.Task[Outcome], deadline: Deadline) -> Connection | None:
        """What a connecting task comes to, waited for no longer than the time there is to connect.

        None if it was stopped (by `disconnect`): who still wants a connection begins once more.
        """
        started = monotonic()
        if deadline.connect_left <= 0:
            raise RedisTimeoutError("no time is left to connect", address=self.config.address, phase="connect")
        # The task has the same time, or less, and tells better what it was spent on: let it come first.
        await done_within(task, deadline.connect_left + 0.25, self._context)
        deadline.connected(monotonic() - started)
        if not task.done():
            raise RedisTimeoutError("connecting timed out", address=self.config.address, phase="connect")
        if task.cancelled():
            return None
        outcome = task.result()
        if isinstance(outcome, RedisError):
            raise again(outcome)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    # --- the end ----------------------------------------------------------------------------------------------

    async def disconnect(self) -> None:
        """Close what is idle now, and what is in use as soon as it is done."""
        stopped = self.retire()
        if stopped:
            await asyncio.wait(stopped)
        await _let_transports_end()

    def retire(self) -> list[asyncio.Task[Outcome]]:
        """The same, where nothing can be awaited. Returns the connecting tasks that were stopped by it."""
        self._close_listeners()
        stopped = self._stop_connecting()
        shared, self.shared = self.shared, None
        if shared is not None:
            shared.close_when_idle()
            self._leaving = [conn for conn in (*self._leaving, shared) if not conn.closed]
        for conn in self._own_connections():
            conn.retired = True
        while self.idle:
            self.idle.pop().close()
        return stopped

    async def end(self) -> None:
        """The loop ends: close everything at once."""
        pool = self._pool()
        if pool is not None:
            pool.forget(self)
        self._closer = None
        self._close_listeners()
        stopped = self._stop_connecting()
        self._close_all()
        if stopped:
            await asyncio.wait(stopped)
        await _let_transports_end()

    def abandon(self) -> list[object]:
        """Let go of everything without a word, since the loop is closed or another process's; returns the remains."""
        remains: list[object] = [self.loop, self._closer, self._connecting, *self._opening]
        self._closer = None
        for conn in self._all_connections():
            remains.append(conn.abandon())
        for listener in [*self.listeners.values()]:
            listener.abandon()
        self.listeners.clear()
        self.shared = None
        self.own.clear()
        self.idle.clear()
        return remains

    def __del__(self) -> None:
        # The client was dropped, with connections open.
        closer, self._closer = self._closer, None
        if closer is None or self.loop.is_closed():
            return
        try:
            closer.aclose().send(None)  # with nothing left for it to do
        except (StopIteration, RuntimeError):
            pass
        if asyncio._get_running_loop() is self.loop:
            self._close_all()
            return
        try:
            self.loop.call_soon_threadsafe(_close_each, self._all_connections())
        except RuntimeError:  # closed in the meantime
            pass

    def _close_listeners(self) -> None:
        for listener in [*self.listeners.values()]:
            listener.close()

    def _own_connections(self) -> list[Connection]:
        return [conn for conn in self.own if isinstance(conn, Connection)]

    def _all_connections(self) -> list[Connection]:
        shared = [] if self.shared is None else [self.shared]
        return [*self._own_connections(), *self._leaving, *shared]

    def _close_all(self) -> None:
        conns = self._all_connections()
        self.shared = None
        self.idle.clear()
        self._leaving.clear()
        _close_each(conns)

    def _stop_connecting(self) -> list[asyncio.Task[Outcome]]:
        self._terms += 1
        tasks = [*self._opening]
        if self._connecting is not None:
            tasks.append(self._connecting)
        for task in tasks:
            task.cancel()
        return [task for task in tasks if not task.done()]

    async def _close_with_loop(self) -> None:
        """Have the loop end this object when it ends itself."""
        if self._closer is None:
            self._closer = self._until_the_loop_ends(weakref.ref(self))
            await self._closer.asend(None)

    @staticmethod
    async def _until_the_loop_ends(mine: weakref.ref[LoopPool]) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            state = mine()
            if state is not None and state._closer is not None:
                await state.end()


def _close_each(conns: list[Connection]) -> None:
    for conn in conns:
        conn.close()


async def _let_transports_end() -> None:
    for _ in range(3):  # they end a turn or two after they were told to
        await asyncio.sleep(0)


_views: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = weakref.WeakKeyDictionary()


def _view_for(loop: asyncio.AbstractEventLoop) -> memoryview:
    """What to read into: one memory for all connections of a loop, but where a loop reads ahead of telling us."""
    if sys.platform == "win32":
        return memoryview(bytearray(BUFFER_SIZE))
    view = _views.get(loop)
    if view is None:
        view = _views[loop] = memoryview(bytearray(BUFFER_SIZE))
    return view
