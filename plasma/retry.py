"""When may a command be sent again, and after what pause? The one place that decides, for both colours.

A command that was not sent, not a byte of it, may always be. One that was sent may be only if running it twice
does no harm (the command table says read-only, or it is on the short list of harmless ones), or if the caller said
so (`options(idempotent=True)`), or if the server itself refused it. An error that a script replies is never a
refusal: scripts return any word they like, after writing.
"""

from __future__ import annotations

from .commands.spec import is_read_only

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .commands.core import Value
    from .config import RedisConfig
    from .errors import RedisConnectionError, RedisTimeoutError, ResponseError

    NetworkError = RedisConnectionError | RedisTimeoutError

LONGEST_PAUSE = 2.0  # seconds

_REFUSALS = frozenset({"LOADING", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN"})
_SCRIPTS = frozenset({"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO", "EXEC"})


class Attempts:
    """The attempts of one call: how many are left, and how long to wait before the next."""

    __slots__ = ("_delay", "_left", "_made")

    def __init__(self, config: RedisConfig) -> None:
        self._left = config.max_retries
        self._delay = config.retry_delay
        self._made = 0

    def pause(self) -> float | None:
        """Seconds to wait before the next attempt, which this counts; None if there is to be none.

        The pause doubles each time, up to 2 s, and any part of it is waited (full jitter), so that clients which
        lost the same server do not come back to it all at once.
        """
        if self._made >= self._left:
            return None
        import random  # costs much to import, and is needed only where something went wrong

        longest = min(self._delay * 2 ** min(self._made, 30), LONGEST_PAUSE)
        self._made += 1
        return random.uniform(0.0, longest)


def is_refusal(name: str, error: ResponseError) -> bool:
    """Did the server refuse this single command, without running any of it, for a reason that passes?"""
    return error.code in _REFUSALS and name not in _SCRIPTS


def may_resend(failure: NetworkError, commands: Iterable[tuple[str, tuple[Value, ...]]], idempotent: bool) -> bool:
    """May these commands be sent once more after this failure?"""
    if failure.final:
        return False
    if not failure.maybe_executed:
        return True
    if idempotent:
        return all(name != "SHUTDOWN" for name, _ in commands)  # that the connection broke is its answer
    return all(is_read_only(name, args) for name, args in commands)
