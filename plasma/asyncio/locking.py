"""The locks of the asyncio client: how one is made. What it is stands in lock.py, which is imported with the first."""

from __future__ import annotations

from ..base import Conversing
from ..commands.core import S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta

    from .lock import Lock


class Locking(Conversing[S]):
    """Locks that many processes share."""

    __slots__ = ()

    def lock(
        self,
        name: str,
        *,
        ttl: float | timedelta = 10.0,
        wait: float | timedelta | None = None,
        renew: bool = False,
        cancel: bool = False,
    ) -> Lock:
        """A lock of this name, not taken yet: for an `async with` block, or `acquire()` and `release()`.

        Args:
            name: The lock is the key "lock:NAME".
            ttl: Seconds that it is held at most, unless it is extended: then others may take it.
            wait: Seconds to wait for it if another holds it; 0 to try once, None for as long as it takes.
            renew: Extend it, in a task of its own, for as long as this loop runs and does not release it.
            cancel: Cancel the body of the `async with` block when the lock is lost; the block then raises LockLost.
        """
        from ..flows.locks import Claim
        from .lock import Lock

        client = self._its_client()
        return Lock(client, Claim(name, ttl, wait, client.config.key_prefix), renew, cancel)
