"""Locks of the blocking client."""

from __future__ import annotations

import threading
from time import monotonic

from .errors import LockError, LockLost, LockNotAcquired, RedisError
from .launch import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any

    from typing_extensions import Self

    from .flows.locks import Claim


class Lost:
    """Whether a lock was lost while it was held; like an event that is set once it is."""

    __slots__ = ("_changed", "_claim")

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._changed = threading.Event()

    def is_set(self) -> bool:
        """Is it lost, as far as can be told without asking the server?"""
        return self._claim.is_lost(monotonic())

    __bool__ = is_set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is lost or the time is up; whether it is lost."""
        until = None if timeout is None else monotonic() + timeout
        while not self.is_set():
            now = monotonic()
            if until is not None and now >= until:
                return False
            ends = self._claim.ends if self._claim.token is not None else now + 1.0
            self._changed.wait(max(ends if until is None else min(ends, until), now) - now)
        return True

    def tell(self) -> None:
        """The server said so."""
        self._changed.set()

    def reset(self) -> None:
        """The lock was taken anew."""
        self._changed.clear()


class Lock:
    """A lock of a client, made by `client.lock(name)`. One object is one holder; it is not re-entrant.

    In a `with` block it raises LockNotAcquired if it was not free in time, and LockLost at the end if it was lost
    meanwhile (unless the block raises something itself).
    """

    __slots__ = ("__weakref__", "_claim", "_client", "_plain", "_renew", "_renewal", "lost")

    def __init__(self, client: Any, claim: Claim, renew: bool) -> None:
        self._plain = client
        self._client = client.options(idempotent=True)  # what runs on it does no harm if it runs twice
        self._claim = claim
        self._renew = renew
        self._renewal: Renewal | None = None
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

    def acquire(self) -> bool:
        """Take the lock; False if it was not free within `wait`."""
        try:
            from .running import run

            if not run(self._claim.acquire(), self._client):
                return False
            self.lost.reset()
            if self._renew:
                self._renewal = Renewal(self._client, self._claim, self.lost)
                self._renewal.start()
            return True
        except BaseException as exc:
            self._drop(exc)
            raise

    def release(self) -> None:
        """Give the lock up. Raises LockLost if it was lost before, LockError if it was not held."""
        try:
            from .running import run

            self._stop_renewal()
            run(self._claim.release(), self._plain)
        except BaseException as exc:
            self._drop(exc)
            raise

    def extend(self, seconds: float | timedelta) -> None:
        """Hold the lock for at least so many seconds from now on. Raises LockLost if it was lost before."""
        from .running import run

        try:
            run(self._claim.extend(seconds), self._client)
        except LockLost:
            self.lost.tell()
            raise

    def owned(self) -> bool:
        """Ask the server: is the lock held, by this object?"""
        from .running import run

        return run(self._claim.owned(), self._client)

    def __enter__(self) -> Self:
        try:
            if not self.acquire():
                raise LockNotAcquired(f"the lock {self.name!r} was not free within {self._claim.wait:g} s")
            return self
        except BaseException as exc:
            self._drop(exc)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self.release()
        except (LockError, RedisError):
            if kind is None:
                raise

    def _drop(self, exc: BaseException) -> None:
        """KeyboardInterrupt, or what else may strike between any two steps: do not hold the lock unknowingly."""
        from .running import run

        if not isinstance(exc, RedisError):
            self._stop_renewal()
            run(self._claim.drop(), self._client)

    def _stop_renewal(self) -> None:
        renewal, self._renewal = self._renewal, None
        if renewal is not None:
            renewal.stop()


class Renewal:
    """A thread that extends a lock three times in each of its lives, until it is stopped or the lock is lost.

    It is started when the lock knows it, and so can stop it whatever happens meanwhile.
    """

    def __init__(self, client: Any, claim: Claim, lost: Lost) -> None:
        self._client = client.options(timeout=max(claim.ttl / 3, 0.05))
        self._claim = claim
        self._lost = lost
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"plasma lock {claim.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        start(self._thread)

    def stop(self) -> None:
        """Extend it no more."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(1.0)  # it may be waiting for the server; what comes of that counts no more

    def _work(self) -> None:
        from .running import run

        claim = self._claim
        token = claim.token
        pause = claim.ttl / 3
        while not self._stopped.wait(pause):
            if claim.token != token:
                return
            try:
                run(claim.extend(claim.ttl), self._client)
                pause = claim.ttl / 3
            except LockError:
                if not self._stopped.is_set():
                    self._lost.tell()
                return
            except RedisError:
                if self._lost.is_set():
                    self._lost.tell()
                    return
                pause = claim.ttl / 10
