"""Work on a connection of a pool, with every attempt that it may have: the slow way of a call, and all of a pipeline.

`retry` decides whether and after what pause; this waits, takes connections and gives them back. Two rules of its own:
a connection that was used before and is found dead takes the older ones along and uses up no retry, since it says
nothing about the server as it is now; and nothing is begun that the deadline forbids.
"""

from __future__ import annotations

from time import sleep

from .errors import RedisConnectionError, RedisError, RedisTimeoutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .connection import Connection
    from .deadline import Deadline
    from .pool import Pool
    from .retry import Attempts, NetworkError

    # A connection, taken from the pool and not put back, and what went wrong on it.
    Failure = tuple[Connection, RedisError]


def persist(
    pool: Pool,
    deadline: Deadline,
    attempts: Attempts,
    work: Callable[[Connection], Any],
    may_repeat: Callable[[NetworkError], bool],
    failed: Failure | None = None,
) -> Any:
    """Do the work on a connection and return what it returns; after a failure of the network, if it may, once more.

    `failed` is a first attempt that was made, and lost, already.
    """
    while True:
        conn: Connection | None = None
        used = True
        try:
            if failed is not None:
                conn = failed[0]
                try:
                    raise failed[1]
                finally:
                    failed = None  # or the error and its traceback would hold each other
            conn, used = pool.acquire(deadline)
            result = work(conn)
        except (RedisConnectionError, RedisTimeoutError) as exc:
            is_dead = isinstance(exc, RedisConnectionError)
            if conn is not None and is_dead:
                pool.discard(conn)
            if not may_repeat(exc):
                raise
            pause = 0.0 if conn is not None and used and is_dead else attempts.pause()
            if pause is None or deadline.connect_left <= 0 or deadline.passes_within(pause):
                raise
        except RedisError:
            if conn is not None:
                pool.put_back(conn)  # closed there, unless all that is wrong is with a value
            raise
        else:
            pool.put_back(conn)
            return result
        if pause:
            sleep(pause)
