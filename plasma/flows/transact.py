"""An optimistic transaction: watch keys, let a function read and queue, run what it queued if nobody touched the keys.

1. The watching, the reading and EXEC happen on one connection, which nobody else uses meanwhile.
2. A conflict is no error until the attempts are used up: the function is called again, after a pause that grows, and
   of which any part is waited, so that those who collide do not collide again.
3. Whatever the function raises leaves nothing watched and nothing run.
"""

from __future__ import annotations

from ..errors import RedisError, WatchError
from .steps import Ask, Call, Pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..commands.core import Key
    from .steps import Flow

    Results = tuple[Any, ...]

_FIRST_PAUSE = 0.001  # seconds; doubled each time
_LONGEST_PAUSE = 0.1


def persistent(attempt: Callable[[], Any], attempts: int) -> Flow[Results]:
    """Make attempts until one is not in conflict; each returns the results, or None for a conflict."""
    for made in range(attempts):
        results: Results | None = yield Ask(attempt)
        if results is not None:
            return results
        if made + 1 < attempts:
            from random import uniform

            yield Pause(uniform(0.0, min(_FIRST_PAUSE * 2 ** min(made, 30), _LONGEST_PAUSE)))
    raise WatchError(f"a watched key changed in each of {attempts} attempts: nothing of the transaction ran")


def once(function: Callable[[Any], object], keys: Sequence[Key], tx: Any, run_exec: Callable[[], Any]) -> Flow[Any]:
    """One attempt, on one connection: its results, or None for a conflict."""
    yield Call("WATCH", *keys)
    try:
        yield Ask(function, tx)
    except Exception:
        try:
            yield Call("UNWATCH")
        except RedisError:
            pass  # then the connection is not used again
        raise
    results = yield Ask(run_exec)
    return results


def checked(method: str, function: object, keys: Sequence[Key], attempts: int) -> None:
    """Refuse what cannot work."""
    if not callable(function):
        raise TypeError(f"{method}() takes a function and the keys to watch, and {type(function).__name__} is none")
    if not keys:
        raise ValueError(f"{method}() needs at least one key to watch; transaction() watches none")
    if attempts.__class__ is not int or attempts < 1:
        raise ValueError(f"{method}(): attempts must be 1 or more")
