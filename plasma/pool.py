"""The connections of one client: a stack of idle ones, at most `max_connections` alive, one per call in flight.

- Taking and putting back are a list's `pop` and `append`, which are atomic. Whoever wants to open one more enters
  himself in a dict first, and may if he then is among the first `max_connections` there. There is no lock: none that
  an exception out of a signal handler, or a fork, could leave held.
- A place in the pool belongs to a connection as long as that lives: closing it, or its end as an object, frees the
  place. There is no counter that an exception could skip.
- The last one put back is the first to be used again. One found dead takes every idle one opened before it along.
- After a fork the child starts afresh and the parent's sockets are left alone.
"""

from __future__ import annotations

import gc
import os
import threading
import weakref
from functools import partial
from itertools import count
from time import monotonic

from .deadline import FRESH
from .errors import RedisTimeoutError
from .opening import open_connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

    from .config import RedisConfig
    from .connection import Connection
    from .deadline import Deadline
    from .secured import SecuredSocket

# Seconds. Whoever waits for a connection looks for himself this often, in case an exception lost his wake-up call.
_LOOK_AGAIN = 0.5


_numbers = count()


class Place:
    """A place in a pool, held by a connection: the end of the one is the end of the other."""

    __slots__ = ("__weakref__", "_pool", "connection", "number", "sock")

    def __init__(self, pool: Pool) -> None:
        self._pool = weakref.ref(pool)
        self.number = next(_numbers)
        self.connection: weakref.ref[Connection] | None = None  # None while it is being opened
        self.sock: socket.socket | SecuredSocket | None = None

    def free(self) -> None:
        """Give the place up; may be called again."""
        pool = self._pool() if hasattr(self, "number") else None  # else a signal struck as it was made
        if pool is not None and self.number in pool.alive:
            pool.alive.pop(self.number, None)
            pool.wake()

    def __del__(self) -> None:
        # In a cycle that is collected, an older object ends first: this one, made before the socket, before its
        # socket could warn that nobody closed it.
        try:
            if hasattr(self, "sock") and self.sock is not None and self.sock.fileno() >= 0:
                self.sock.close()
        finally:
            self.free()


class Pool:
    """Connections of one configuration. Opens nothing until it is asked to."""

    __slots__ = ("__weakref__", "_plain", "alive", "config", "idle", "listeners", "waiting")

    def __init__(self, config: RedisConfig) -> None:
        self.config = config
        self.idle: list[Connection] = []
        self.waiting: list[threading.Lock] = []
        # What holds connections for long, and ends with them: subscriptions, inboxes, monitors.
        self.listeners: dict[object, Any] = {}
        self.alive: dict[int, weakref.ref[Place]] = {}  # the places that are taken, by their numbers
        self._plain = False  # is the address known to take no HELLO?
        _pools.add(self)

    def __repr__(self) -> str:
        return (
            f"<Pool of {self.config.address}: {len(self.alive)} of {self.config.max_connections} connections open, "
            f"{len(self.idle)} idle>"
        )

    def acquire(self, deadline: Deadline) -> tuple[Connection, bool]:
        """A connection that owes nothing, and whether it was used before. Opens one, or waits for one, if need be.

        Raises RedisTimeoutError (phase "pool" or "connect"), or whatever `open_connection` raises.
        """
        turn: threading.Lock | None = None
        try:
            while True:
                if (conn := self._take_idle()) is not None:
                    return conn, True
                if len(self.alive) < self.config.max_connections and (conn := self._open(deadline)) is not None:
                    return conn, False
                if turn is None:
                    # Stand in line first and look once more then: what is put back in between is not missed.
                    turn = threading.Lock()
                    turn.acquire()
                    self.waiting.append(turn)
                elif self._wait(turn, deadline):
                    turn = None
        finally:
            if turn is not None:
                try:
                    self.waiting.remove(turn)
                except ValueError:
                    self.wake()  # our turn came, and is not needed

    def _take_idle(self) -> Connection | None:
        while True:
            try:
                conn = self.idle.pop()
            except IndexError:
                return None
            now = monotonic()
            if now - conn.used <= FRESH or conn.is_clean():
                conn.used = now
                return conn
            self.discard(conn)

    def _open(self, deadline: Deadline) -> Connection | None:
        """A new connection in a place of its own, or None if the last place was taken meanwhile."""
        started = monotonic()
        if deadline.connect_left <= 0:
            raise RedisTimeoutError("no time is left to connect", address=self.config.address, phase="connect")
        place = Place(self)
        # It goes with the place, whatever cuts short what `free` does: no line of Python has to run for that.
        self.alive[place.number] = weakref.ref(place, partial(self.alive.pop, place.number))
        if list(self.alive).index(place.number) >= self.config.max_connections:
            place.free()
            return None
        try:
            conn = open_connection(self.config, started + deadline.connect_left, self._plain)
        except BaseException:
            place.free()  # at once: the traceback, and who keeps it, holds the object
            raise
        finally:
            deadline.connected(monotonic() - started)
        self._plain = conn.protocol == 2
        place.connection = weakref.ref(conn)
        place.sock = conn.sock
        conn.place = place
        return conn

    def put_back(self, conn: Connection) -> None:
        """End the use of a connection: it serves the next caller if it owes nothing, else it is closed."""
        if conn.owed or conn.retired or conn.has_unread or not conn.is_open:
            conn.close()
        else:
            self.idle.append(conn)
            self.notice(conn)

    def notice(self, conn: Connection) -> None:
        """Look at what happened while this connection became idle: somebody waits, or the pool was closed."""
        if conn.retired:
            try:
                self.idle.remove(conn)
            except ValueError:  # taken meanwhile, and closed when it is put back
                return
            conn.close()
        elif self.waiting:
            self.wake()

    def discard(self, conn: Connection) -> None:
        """Close a connection found dead, and every idle one that was opened before it."""
        conn.close()
        for other in self.idle[:]:
            if other.opened <= conn.opened:
                try:
                    self.idle.remove(other)
                except ValueError:  # taken meanwhile: whoever has it will see for himself
                    continue
                other.close()

    def close(self) -> None:
        """Close what is idle now, and what is in use as soon as it is put back. The pool may be used again."""
        for listener in [*self.listeners.values()]:
            listener.close()
        for conn in self._open_ones():
            conn.retired = True
        while True:
            try:
                self.idle.pop().close()
            except IndexError:
                return

    def _open_ones(self) -> list[Connection]:
        places = [place for mark in list(self.alive.values()) if (place := mark()) is not None]
        marks = [place.connection for place in places if place.connection is not None]
        return [conn for mark in marks if (conn := mark()) is not None]

    def has_open(self) -> bool:
        """Is there a connection that is in use, or idle and not closed by the server?"""
        while self.idle:
            conn = self._take_idle()
            if conn is not None:
                self.put_back(conn)
                return True
        return bool(self._open_ones())

    def wake(self) -> None:
        """Let the one who waits longest look again."""
        try:
            self.waiting.pop(0).release()
        except IndexError:
            pass

    def _wait(self, turn: threading.Lock, deadline: Deadline) -> bool:
        """Wait for one's turn, a while; True if it came."""
        left = deadline.left()
        if turn.acquire(timeout=_LOOK_AGAIN if left is None else min(left, _LOOK_AGAIN)):
            return True
        # What an exception out of a signal handler struck at a bad moment may be left in a cycle, with its connection.
        # Also before giving up: the next who waits has no more time than this one, perhaps.
        gc.collect(1)
        if deadline.passes_within(0):
            raise RedisTimeoutError(
                f"all {self.config.max_connections} connections are in use (see the max_connections option)",
                address=self.config.address,
                phase="pool",
            )
        return False

    def start_afresh(self) -> None:
        """In the child after a fork: nothing of the parent's is used, shut down or waited for."""
        for conn in self._open_ones():
            conn.abandon()
        for listener in [*self.listeners.values()]:
            listener.abandon()
        self.listeners.clear()
        self.idle.clear()
        self.alive.clear()
        self.waiting.clear()


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _start_afresh() -> None:
    for pool in list(_pools):
        pool.start_afresh()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
