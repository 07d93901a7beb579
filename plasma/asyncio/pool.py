"""The connections of one client in asyncio: by event loop, since a connection belongs to the loop that runs it.

- A loop that ends through `shutdown_asyncgens` (asyncio.run, Runner, uvloop, pytest-asyncio) closes its own: an async
  generator that is kept open here is ended by it. What belongs to a loop found closed is dropped when the next loop
  is met. What belongs to a client that is dropped itself is closed in its loop.
- After a fork the child starts afresh. The parent's transports are parked, never collected: to close one would
  reach, through the epoll that both share, into the parent's loop.

What one loop has is told in loop_pool.py.
"""

from __future__ import annotations

import os
import weakref

from .loop_pool import LoopPool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from ..config import RedisConfig


class Pool:
    """The connections of one configuration, by event loop. Opens nothing until it is asked to."""

    __slots__ = ("__weakref__", "config", "current", "plain", "states")

    def __init__(self, config: RedisConfig) -> None:
        self.config = config
        self.plain = False  # is the address known to take no HELLO?
        self.states: dict[int, LoopPool] = {}
        self.current: LoopPool | None = None  # of the loop that asked last
        _pools.add(self)

    def __repr__(self) -> str:
        states = list(self.states.values())
        count = sum(state.count for state in states)
        return f"<Pool of {self.config.address}: {count} connections open in {len(states)} event loops>"

    def here(self, loop: AbstractEventLoop) -> LoopPool:
        """What belongs to this loop, the running one."""
        state = self.states.get(id(loop))
        if state is None or state.loop is not loop:
            for other in list(self.states.values()):
                if other.loop.is_closed():
                    self.forget(other)
                    other.abandon()
            state = self.states[id(loop)] = LoopPool(self, loop)
        self.current = state
        return state

    def forget(self, state: LoopPool) -> None:
        """The loop has ended: nothing of it is used again."""
        if self.states.get(id(state.loop)) is state:
            self.states.pop(id(state.loop), None)
        if self.current is state:
            self.current = None

    def retire(self) -> None:
        """Close every connection in every loop as soon as it is done; may be called from anywhere."""
        for state in list(self.states.values()):
            try:
                state.loop.call_soon_threadsafe(state.retire)
            except RuntimeError:  # that loop is closed
                self.forget(state)

    def start_afresh(self) -> None:
        """In the child after a fork."""
        for state in self.states.values():
            _parked.append(state.abandon())
        self.states = {}
        self.current = None
        self.plain = False


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_parked: list[object] = []


def _start_afresh() -> None:
    for pool in list(_pools):
        pool.start_afresh()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh)
