"""The locks of the blocking client: how one is made. What it is stands in lock.py, which is imported with the first."""

from __future__ import annotations

from .base import Conversing
from .commands.core import S

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
    ) -> Lock:
        """A lock of this name, not taken yet: for a `with` block, or `acquire()` and `release()`.

        Args:
            name: The lock is the key "lock:NAME".
            ttl: Seconds that it is held at most, unless it is extended: then others may take it.
            wait: Seconds to wait for it if another holds it; 0 to try once, None for as long as it takes.
            renew: Extend it, from a thread of its own, for as long as this process lives and does not release it.
        """
        from .flows.locks import Claim
        from .lock import Lock

        client = self._its_client()
        return Lock(client, Claim(name, ttl, wait, client.config.key_prefix), renew)
