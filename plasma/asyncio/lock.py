"""Locks of the asyncio client."""

from __future__ import annotations

import asyncio
from time import monotonic

from ..errors import LockError, LockLost, LockNotAcquired, RedisError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any

    from typing_extensions import Self

    from ..flows.locks import Claim


class Lost:
    """Whether a lock was lost while it was held; like an event that is set once it is."""

    __slots__ = ("_changed", "_claim")

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._changed = asyncio.Event()

    def is_set(self) -> bool:
        """Is it lost, as far as can be told without asking the server?"""
        return self._claim.is_lost(monotonic())

    __bool__ = is_set

    async def wait(self) -> bool:
        """Wait until it is lost; True."""
        while not self.is_set():
            left = max(self._claim.ends - monotonic(), 0.0) if self._claim.token is not None else 1.0
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except asyncio.TimeoutError:
                pass
        return True

    def tell(self) -> None:
        """The server said so."""
        self._changed.set()

    def reset(self) -> None:
        """The lock was taken anew."""
        self._changed.clear()


class Lock:
    """A lock of a client, made by `client.lock(name)`. One object is one holder; it is not re-entrant.

    In an `async with` block it raises LockNotAcquired if it was not free in time, and LockLost at the end if it was
    lost meanwhile (unless the block raises something itself).
    """

    __slots__ = (
        "__weakref__",
        "_body",
        "_cancel",
        "_claim",
        "_client",
        "_interrupted",
        "_plain",
        "_renew",
        "_watch",
        "lost",
    )

    def __init__(self, client: Any, claim: Claim, renew: bool, cancel: bool) -> None:
        self._plain = client
        self._client = client.options(idempotent=True)  # what runs on it does no harm if it runs twice
        self._claim = claim
        self._renew = renew
        self._cancel = cancel
        self._watch: asyncio.Task[None] | None = None
        self._body: asyncio.Task[Any] | None = None
        self._interrupted = False
        self.lost = Lost(claim)

    def __repr__(self) -> str:
        state = "free" if self._claim.token is None else "lost" if self.lost else f"held, fence {self._claim.fence}"
        return f"<{type(self).__name__} {self.name!r}, {state}>"

    @property
    def name(self) -> str:
        """What it was made with."""
        return self._claim.name

    @property
    def fence(self) -> int:
        """A number that grows with each holder of the lock: what is guarded can refuse a smaller one than it saw."""
        if not self._claim.fence:
            raise LockError(f"the lock {self.name!r} was not acquired: it has no fence")
        return self._claim.fence

    async def acquire(self) -> bool:
        """Take the lock; False if it was not free within `wait`."""
        from .running import run

        if not await run(self._claim.acquire(), self._client):
            return False
        self.lost.reset()
        if self._renew:
            self._watch = asyncio.create_task(self._keep_up())
        return True

    async def release(self) -> None:
        """Give the lock up. Raises LockLost if it was lost before, LockError if it was not held."""
        from .running import run

        self._stop_watching()
        await run(self._claim.release(), self._plain)

    async def extend(self, seconds: float | timedelta) -> None:
        """Hold the lock for at least so many seconds from now on. Raises LockLost if it was lost before."""
        from .running import run

        try:
            await run(self._claim.extend(seconds), self._client)
        except LockLost:
            self._tell_lost()
            raise

    async def owned(self) -> bool:
        """Ask the server: is the lock held, by this object?"""
        from .running import run

        return await run(self._claim.owned(), self._client)

    async def __aenter__(self) -> Self:
        if not await self.acquire():
            raise LockNotAcquired(f"the lock {self.name!r} was not free within {self._claim.wait:g} s")
        if self._cancel:
            self._interrupted = False
            self._body = asyncio.current_task()
            if self._watch is None:
                self._watch = asyncio.create_task(self._keep_up())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        body, self._body = self._body, None
        ended = self._interrupted and body is not None and await self._is_cancelled_by_us(kind, body)
        try:
            await self.release()
        except (LockError, RedisError):
            if kind is None and not ended:
                raise
        if ended:  # also if the server, which is later than we are, still had it
            raise self._claim.lost() from None

    async def _is_cancelled_by_us(self, kind: type[BaseException] | None, body: asyncio.Task[Any]) -> bool:
        """Take back the cancellation of the body; whether it was that which ended it."""
        if kind is None or not issubclass(kind, asyncio.CancelledError):
            try:
                await asyncio.sleep(0)  # it has not arrived in the body: here it does
            except asyncio.CancelledError:
                pass
        uncancel: Any = getattr(body, "uncancel", None)  # Python 3.10 does not count them
        others: int = 0 if uncancel is None else uncancel()
        return not others and (kind is None or issubclass(kind, asyncio.CancelledError))

    def _tell_lost(self) -> None:
        self.lost.tell()
        if self._body is not None and not self._interrupted:
            self._interrupted = True
            self._body.cancel()

    def _stop_watching(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()

    async def _keep_up(self) -> None:
        """Extend the lock three times in each of its lives, if that is asked for, until it is lost."""
        from .running import run

        claim = self._claim
        client = self._client.options(timeout=max(claim.ttl / 3, 0.05))
        pause = claim.ttl / 3
        while not self.lost.is_set():
            left = max(claim.ends - monotonic(), 0.0)
            await asyncio.sleep(min(pause, left) if self._renew else left)
            if not self._renew or claim.ends <= monotonic():
                continue
            try:
                # Waited for no longer than there is a lock to extend: connecting, say, may take more.
                await asyncio.wait_for(run(claim.extend(claim.ttl), client), claim.ends - monotonic())
                pause = claim.ttl / 3
            except LockError:
                break
            except (RedisError, asyncio.TimeoutError):
                pause = claim.ttl / 10
        self._tell_lost()
