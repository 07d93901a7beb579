"""Those who wait for replies on one connection, and when their time is up. No I/O here, and no clock of its own.

They stand in a queue in the order of their commands. One command is a tuple; a run of commands that is waited for
together is a `Several`. Whoever gave up (cancelled, timed out) stays in it as a tombstone until the reply has come.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Iterable
    from contextvars import Context
    from typing import Any

    # Who waits, whether for text, until when, and how long that was at first (None: for ever).
    Single = tuple[Future[Any], bool, float, float | None]

NEVER = float("inf")


async def done_within(future: Future[Any], timeout: float | None, context: Context) -> bool:
    """Wait until the future is done, for so many seconds at most, and leave it alone. Is it done?

    Not asyncio.wait: a timer that is cancelled stays in the loop until its time, with the context of who made it.
    """
    loop = future.get_loop()
    waiter = loop.create_future()

    def end(_: object = None) -> None:
        if not waiter.done():
            waiter.set_result(None)

    timer = None if timeout is None else loop.call_later(timeout, end, context=context)
    future.add_done_callback(end, context=context)
    try:
        await waiter
    finally:
        future.remove_done_callback(end)
        if timer is not None:
            timer.cancel()
    return future.done()


class Several:
    """A run of commands whose replies are wanted all together."""

    __slots__ = ("decode", "ends", "future", "left", "replies", "timeout")

    def __init__(self, future: Future[list[Any]], count: int, decode: bool, ends: float, timeout: float | None) -> None:
        self.future = future
        self.left = count
        self.decode = decode
        self.ends = ends
        self.timeout = timeout
        self.replies: list[Any] = []

    def take(self, replies: list[Any]) -> None:
        """The next replies of the run, or a part of them."""
        self.left -= len(replies)
        if self.future.done():
            self.replies.clear()
            return
        self.replies += replies
        if not self.left:
            self.future.set_result(self.replies)


def is_alive(entry: Single | Several) -> bool:
    """Does somebody still wait there?"""
    return not (entry[0] if isinstance(entry, tuple) else entry.future).done()


def due(
    queue: Iterable[Single | Several], now: float, heard: float, limit: float
) -> tuple[list[tuple[int, Single | Several]], float, bool]:
    """Look at all who wait: whose time is up (with their places), when to look again, and whether it is all over.

    It is over when the server has said nothing for as long as `limit` after a command of ordinary patience, one that
    is not given more time than that. What stands behind a call that is given more is not held against the server: it
    may be busy with that call.
    """
    late: list[tuple[int, Single | Several]] = []
    again = NEVER
    silent_at = NEVER
    found = patient = False
    for place, entry in enumerate(queue):
        future, ends, timeout = (
            (entry[0], entry[2], entry[3]) if isinstance(entry, tuple) else (entry.future, entry.ends, entry.timeout)
        )
        alive = not future.done()
        if timeout is not None and timeout <= limit:
            if not found:
                found = True
                if not patient:
                    silent_at = max(heard, ends - timeout) + limit
        elif alive and ends > now:
            patient = True
        if alive:
            if ends <= now:
                late.append((place, entry))
            elif ends < again:
                again = ends
    return late, min(again, silent_at), silent_at <= now
