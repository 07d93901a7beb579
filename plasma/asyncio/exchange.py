"""A pipeline on one connection in asyncio: sent chunk by chunk, two of them under way at most."""

from __future__ import annotations

from collections import deque
from time import monotonic

from ..errors import RedisConnectionError, RedisTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from ..resp.types import Buffer
    from .connection import Connection
    from .waiting import Several


async def exchange(
    conn: Connection,
    chunks: Iterable[tuple[int, Sequence[Buffer]]],
    collect: Callable[[list[Any]], object],
    decode: bool,
    timeout: float | None,
) -> None:
    """Send packed commands chunk by chunk and give their replies to `collect`, in order, as they come.

    A chunk is the number of its commands and its buffers. `timeout` (seconds) is that of each chunk, from waiting for
    room to its last reply. Whatever ends it, what is still to come is read and dropped.
    """
    in_flight: deque[Several] = deque()
    sent = False

    async def collect_first() -> None:
        collect(await in_flight.popleft().future)
        if in_flight and timeout is not None:
            conn.begin_again(in_flight[0], timeout)

    conn.use(True)
    try:
        for count, buffers in chunks:
            left = timeout
            if not conn.ready:
                ends = None if timeout is None else monotonic() + timeout
                await conn.room(ends)
                left = None if ends is None else max(ends - monotonic(), 0.0001)
            if conn.closed and in_flight:
                break  # what is under way has failed, and says why
            if in_flight and left is not None:
                left += left  # its time begins when the one before it has been answered
            in_flight.append(conn.issue_all(buffers, count, decode, left))
            if len(in_flight) > 1:
                await collect_first()
                sent = True
        while in_flight:
            await collect_first()
            sent = True
    except (RedisConnectionError, RedisTimeoutError) as exc:
        collect(list(exc.results))
        exc.maybe_executed = exc.maybe_executed or sent or bool(in_flight)
        raise
    finally:
        conn.use(False)
        for run in in_flight:
            if run.future.done() and not run.future.cancelled():
                run.future.exception()  # it failed with the first: nobody is to be told of that
            else:
                run.future.cancel()
