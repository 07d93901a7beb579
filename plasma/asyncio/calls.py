"""Work on a connection, with every attempt that it may have: the asyncio colour of plasma/calls.py, rule for rule."""

from __future__ import annotations

import asyncio
from time import monotonic

from ..errors import RedisConnectionError, RedisTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from ..deadline import Deadline
    from ..retry import Attempts, NetworkError
    from .connection import Connection


async def persist(
    acquire: Callable[[Deadline], Awaitable[Connection]],
    deadline: Deadline,
    attempts: Attempts,
    work: Callable[[Connection], Awaitable[Any]],
    may_repeat: Callable[[NetworkError], bool],
    failed: NetworkError | None = None,
) -> Any:
    """Do the work on a connection and return what it returns; after a failure of the network, if it may, once more.

    `failed` is how a first attempt, on a connection that was used before, has ended already.
    """
    began = monotonic()
    while True:
        used = failed is not None
        try:
            if failed is not None:
                try:
                    raise failed
                finally:
                    failed = None  # or the error and its traceback would hold each other
            conn = await acquire(deadline)
            # One that others opened since we began says as much about the server as one of our own making.
            used = conn.opened < began
            return await work(conn)
        except (RedisConnectionError, RedisTimeoutError) as exc:
            if not may_repeat(exc):
                raise
            pause = 0.0 if used and isinstance(exc, RedisConnectionError) else attempts.pause()
            if pause is None or deadline.connect_left <= 0 or deadline.passes_within(pause):
                raise
        if pause:
            await asyncio.sleep(pause)
