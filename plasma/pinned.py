"""One connection of a pool, held for a `with` block: the place for commands that change a connection.

Nothing is ever sent twice here: the connection may hold a state (a database, a watched key, an open MULTI) that a
new one would not have.
"""

from __future__ import annotations

from time import monotonic

from .batch import without_prefix
from .commands.core import AS_IT_IS, S
from .commands.spec import (
    RETURNS_KEYS,
    SPECIAL,
    blocking_seconds,
    canonical,
    changes_connection,
    described,
    explain,
    prefixed,
    refused_on_pinned,
)
from .commands.views import BlockingCommands
from .deadline import Deadline
from .errors import ConfigurationError, RedisConnectionError, RedisError, ResponseError
from .resp import pack
from .session import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from .commands.core import T, Value
    from .connection import Connection
    from .pool import Pool

_QUEUED: tuple[Any, ...] = ("QUEUED", b"QUEUED")


def _ignore(push: object) -> None:
    """Nobody asked for it."""


class PinnedConnection(BlockingCommands[S]):
    """Runs commands one by one on the same connection; made by `client.pinned()`, used in a `with` block.

    Between MULTI and EXEC a command returns "QUEUED", as the server says it.
    """

    __slots__ = ("_changed", "_conn", "_decode", "_pool", "_prefix", "_timeout")

    def __init__(self, pool: Pool, prefix: bytes, decode: bool, timeout: float | None) -> None:
        self._pool = pool
        self._prefix = prefix
        self._decode = decode
        self._timeout = timeout
        self._conn: Connection | None = None
        self._changed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._conn or 'not in use'}>"

    def __enter__(self) -> Self:
        if self._conn is not None:
            raise ConfigurationError("this pinned connection is in use already: call pinned() for another")
        config = self._pool.config
        self._conn, _ = self._pool.acquire(Deadline(monotonic(), self._timeout, config.connect_timeout))
        self._changed = False
        return self

    def __exit__(self, *exc_info: object) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            if self._changed:
                conn.retired = True
            self._pool.put_back(conn)

    def execute(self, *args: Value) -> Any:
        """Send any command and return its reply unshaped (a map is a flat list on RESP2)."""
        name, rest = canonical(args)
        return self._run(name, *rest, parse=AS_IT_IS)

    def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> T:
        conn = self._conn
        if conn is None:
            raise ConfigurationError("a pinned connection works inside its `with client.pinned() as conn:` block only")
        timeout = self._timeout
        if name in SPECIAL:
            if (why := refused_on_pinned(name, args)) is not None:
                raise ConfigurationError(why, command=name)
            seconds = blocking_seconds(name, args)
            if seconds is not None and timeout is not None:
                timeout = timeout + seconds if seconds else None
        if self._prefix:
            args = prefixed(name, args, self._prefix)
            if name in RETURNS_KEYS:
                parse = without_prefix(name, parse, self._prefix)
        payload = pack(name, args)
        if conn.owed or not conn.is_open:
            conn.close()
            raise RedisConnectionError(
                "this pinned connection was lost, and with it whatever state it had: begin a new `with` block",
                command=described(name, args),
                address=conn.address,
            )
        if changes_connection(name, args):
            self._changed = True
            conn.on_push = _ignore  # it may be told things unasked from now on, which are no replies
        reply: Any
        try:
            reply = conn.call(payload, self._decode, monotonic(), timeout)
            if isinstance(reply, ResponseError):
                raise masked(name, reply)
        except RedisError as exc:
            if name == "SHUTDOWN" and isinstance(exc, RedisConnectionError) and exc.maybe_executed:
                reply = "OK" if self._decode else b"OK"
            else:
                exc.command = described(name, args)
                exc.address = self._pool.config.address
                explain(name, exc)
                raise
        return reply if parse is None or reply in _QUEUED else parse(reply)
