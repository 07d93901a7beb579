"""One connection of one's own in asyncio, for an `async with` block: the place for commands that change a connection.

Nothing is ever sent twice here: the connection may hold a state (a database, a watched key, an open MULTI) that a
new one would not have.
"""

from __future__ import annotations

from time import monotonic

from ..batch import without_prefix
from ..commands.core import AS_IT_IS, S
from ..commands.spec import (
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
from ..commands.views import AsyncCommands
from ..deadline import Deadline
from ..errors import ConfigurationError, RedisConnectionError, RedisError, ResponseError
from ..resp import pack
from ..session import masked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from ..commands.core import T, Value
    from ..config import RedisConfig
    from .connection import Connection
    from .loop_pool import LoopPool

_QUEUED: tuple[Any, ...] = ("QUEUED", b"QUEUED")


def _ignore(push: object) -> None:
    """Nobody asked for it."""


class PinnedConnection(AsyncCommands[S]):
    """Runs commands one by one on the same connection; made by `client.pinned()`, used in an `async with` block.

    Between MULTI and EXEC a command returns "QUEUED", as the server says it.
    """

    __slots__ = ("_changed", "_config", "_conn", "_decode", "_here", "_prefix", "_state", "_timeout")

    def __init__(
        self, here: Callable[[], LoopPool], config: RedisConfig, prefix: bytes, decode: bool, timeout: float | None
    ) -> None:
        self._here = here
        self._config = config
        self._prefix = prefix
        self._decode = decode
        self._timeout = timeout
        self._state: LoopPool | None = None
        self._conn: Connection | None = None
        self._changed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._conn or 'not in use'}>"

    async def __aenter__(self) -> Self:
        if self._conn is not None:
            raise ConfigurationError("this pinned connection is in use already: call pinned() for another")
        self._state = self._here()
        deadline = Deadline(monotonic(), self._timeout, self._config.connect_timeout)
        self._conn = await self._state.acquire_own(deadline)
        self._changed = False
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        conn, self._conn = self._conn, None
        if conn is not None and self._state is not None:
            if self._changed:
                conn.retired = True
            self._state.put_back(conn)

    async def execute(self, *args: Value) -> Any:
        """Send any command and return its reply unshaped (a map is a flat list on RESP2)."""
        name, rest = canonical(args)
        return await self._run(name, *rest, parse=AS_IT_IS)

    async def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> T:
        conn = self._conn
        if conn is None:
            raise ConfigurationError("a pinned connection works inside its `async with client.pinned()` block only")
        timeout = self._timeout
        seconds: float | None = None
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
        if conn.closed:
            raise RedisConnectionError(
                "this pinned connection was lost, and with it whatever state it had: begin a new `async with` block",
                command=described(name, args),
                address=conn.address,
            )
        if changes_connection(name, args):
            self._changed = True
            conn.on_push = _ignore  # it may be told things unasked from now on, which are no replies
        reply: Any
        try:
            if not conn.ready:
                await conn.room(None if timeout is None else monotonic() + timeout)
            reply = await conn.issue(payload, self._decode, timeout)
            if isinstance(reply, RedisError):
                raise masked(name, reply) if isinstance(reply, ResponseError) else reply
        except RedisError as exc:
            if name == "SHUTDOWN" and isinstance(exc, RedisConnectionError) and exc.maybe_executed:
                reply = "OK" if self._decode else b"OK"
            else:
                exc.command = described(name, args)
                exc.address = self._config.address
                explain(name, exc)
                raise
        finally:
            if seconds is not None and not conn.is_clean:
                conn.close()  # given up while it waits on the server, which would keep all that follows waiting
        return reply if parse is None or reply in _QUEUED else parse(reply)
