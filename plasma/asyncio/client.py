"""The asyncio client: the commands of all tasks on one connection, those that block on connections of their own.

`_run` is the hot path: pack, stand in the connection's queue, await the reply. Everything that is seldom leaves it for
`_call`. One client serves any number of event loops, one after another or in threads: connections belong to the loop
that runs.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from ..base import CAREFUL, ClientBase
from ..batch import Batch, TransactionBatch, without_prefix
from ..commands.core import AS_IT_IS, S, overload
from ..commands.spec import RETURNS_KEYS, blocking_seconds, canonical, described, explain, prefixed
from ..commands.views import AsyncCommands
from ..deadline import Deadline
from ..errors import RedisConnectionError, RedisError, RedisTimeoutError, ResponseError
from ..resp import pack
from ..retry import Attempts, is_refusal, may_resend
from .calls import persist
from .exchange import exchange
from .locking import Locking
from .pinned import PinnedConnection
from .pipeline import Pipeline
from .pool import Pool
from .pubsub import Subscribing
from .scanning import Scanning
from .script import Scripting
from .streaming import Streaming
from .transact import Transacting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable
    from typing import Any, Literal

    from typing_extensions import Self, Unpack

    from ..base import Configured
    from ..commands.core import T, Value
    from ..config import RedisOptions
    from ..retry import NetworkError
    from .connection import Connection
    from .loop_pool import LoopPool

_running_loop = asyncio.get_running_loop
_current_loop = asyncio._get_running_loop  # None where none runs


class RedisClient(
    ClientBase, Locking[S], Scanning[S], Scripting[S], Streaming[S], Transacting[S], Subscribing[S], AsyncCommands[S]
):
    """A client of one Redis or Valkey server, for any number of tasks and event loops.

    Args:
        config: a URL, a dict of options, or a RedisConfig; options by keyword change it.
        decode: False makes a client whose values are bytes (`RedisClient[bytes]`).
        options: those of RedisConfig.

    It connects when it is first used. An async context manager: leaving it disconnects.

    Raises:
        ConfigurationError: an option is unknown, or has a value that cannot work.
    """

    __slots__ = ("__weakref__", "_pool")

    @overload
    def __init__(
        self: RedisClient[str],
        config: Configured = None,
        *,
        decode: Literal[True] = True,
        **options: Unpack[RedisOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: RedisClient[bytes], config: Configured = None, *, decode: Literal[False], **options: Unpack[RedisOptions]
    ) -> None: ...
    def __init__(self, config: Configured = None, *, decode: bool = True, **options: Unpack[RedisOptions]) -> None:
        self._set_up(config, decode, options)
        self._pool = Pool(self.config)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()

    # --- connections ------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Open the connection now, if it is not open, instead of at the first use.

        Raises RedisConnectionError, RedisTimeoutError or AuthenticationError.
        """

        async def nothing(conn: Connection) -> None:
            return None

        deadline = Deadline(monotonic(), self._timeout, self.config.connect_timeout)
        attempts = Attempts(self.config)
        await persist(self._here().acquire_shared, deadline, attempts, nothing, lambda failure: not failure.final)

    async def disconnect(self) -> None:
        """Close every connection of this event loop, also in use. The next use opens a new one."""
        await self._here().disconnect()

    def retire(self) -> None:
        """Close every connection, in whatever loop it is, as soon as it is done; for where nothing can be awaited."""
        self._pool.retire()

    def is_connected(self) -> bool:
        """Is a connection open in this event loop, as far as can be told without asking the server?"""
        loop = _current_loop()
        shared = None if loop is None else self._pool.here(loop).shared
        return shared is not None and not shared.closed and not shared.looks_gone()

    def pinned(self) -> PinnedConnection[S]:
        """One connection of your own for an `async with` block, on which commands that change it may run.

        It is closed afterwards if one did, else it goes back to the others. Nothing on it is sent twice.
        """
        return PinnedConnection(self._here, self.config, self._prefix, self._decode, self._timeout)

    def _here(self) -> LoopPool:
        """The connections of the running event loop."""
        loop = _running_loop()
        state = self._pool.current
        return state if state is not None and state.loop is loop else self._pool.here(loop)

    # --- commands ---------------------------------------------------------------------------------------------

    async def execute(self, *args: Value) -> Any:
        """Send any command, known to Plasma or not, and return its reply unshaped (a map is a flat list on RESP2).

        Keys get the key prefix as the command table says.
        """
        name, rest = canonical(args)
        return await self._run(name, *rest, parse=AS_IT_IS)

    def pipeline(self) -> Pipeline[S, Unpack[tuple[Any, ...]]]:
        """An empty pipeline: commands are queued on it and sent together by its `exec()`."""
        return Pipeline(self._exchange, lambda: Batch(self._prefix), self.config.address)

    def transaction(self) -> Pipeline[S, Unpack[tuple[Any, ...]]]:
        """A pipeline whose commands run as one, inside MULTI and EXEC: nobody else's come in between."""
        return Pipeline(self._exchange, lambda: TransactionBatch(self._prefix, self._decode), self.config.address)

    async def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> T:
        if name in CAREFUL:
            return await self._run_careful(name, args, parse)
        if self._prefix:
            args = prefixed(name, args, self._prefix)
            if name in RETURNS_KEYS:
                parse = without_prefix(name, parse, self._prefix)
        payload = pack(name, args)
        state = self._pool.current
        if state is None or state.loop is not _running_loop():
            state = self._here()
        conn = state.shared
        reply: Any
        if conn is None or not conn.ready:
            reply = await self._call(name, args, payload, self._timeout, monotonic())
        else:
            began = conn.now
            try:
                future = conn.issue(payload, self._decode, self._timeout)
                began = conn.now
                reply = await future
            except (RedisConnectionError, RedisTimeoutError) as exc:
                reply = await self._call(name, args, payload, self._timeout, began, failed=exc)
            if isinstance(reply, RedisError):
                reply = await self._call(name, args, payload, self._timeout, began, refused=reply)
        return reply if parse is None else parse(reply)

    async def _run_careful(self, name: str, args: tuple[Value, ...], parse: Callable[[Any], T] | None) -> T:
        """Commands that must not run here, that wait on the server, or that end it."""
        is_blocking = blocking_seconds(name, args) is not None
        args, shape, timeout = self._prepared(name, args, parse)
        payload = pack(name, args)
        reply: Any
        try:
            reply = await self._call(name, args, payload, timeout, monotonic(), own=is_blocking)
        except RedisConnectionError as exc:
            if name != "SHUTDOWN" or not exc.maybe_executed:
                raise
            reply = "OK" if self._decode else b"OK"  # the server has closed: this is how it says yes
        return reply if shape is None else shape(reply)

    async def _call(
        self,
        name: str,
        args: tuple[Value, ...],
        payload: Any,
        timeout: float | None,
        began: float,
        *,
        own: bool = False,
        failed: NetworkError | None = None,
        refused: RedisError | None = None,
    ) -> Any:
        """The reply to one packed command, with every attempt that it may have.

        A first attempt may have been made already: it `failed`, or was answered with an error (`refused`). `own`: on
        a connection of its own, since the server may take its time.
        """
        state = self._here()
        deadline = Deadline(began, timeout, self.config.connect_timeout)
        attempts = Attempts(self.config)

        async def on_shared(conn: Connection) -> Any:
            if conn.ready:
                return await conn.issue(payload, self._decode, deadline.left())
            await conn.room(deadline.at)
            future = conn.issue(payload, self._decode, deadline.left())
            conn.flush()  # now, so that those who waited too see whether there is room for them
            return await future

        async def on_own(conn: Connection) -> Any:
            try:
                return await conn.issue(payload, self._decode, deadline.left())
            finally:
                state.put_back(conn)

        def may_repeat(failure: NetworkError) -> bool:
            return may_resend(failure, ((name, args),), self._idempotent)

        acquire, work = (state.acquire_own, on_own) if own else (state.acquire_shared, on_shared)
        reply: Any = refused
        try:
            while True:
                if reply is None:
                    reply = await persist(acquire, deadline, attempts, work, may_repeat, failed)
                    if not isinstance(reply, RedisError):
                        return reply
                if not isinstance(reply, ResponseError) or not is_refusal(name, reply):
                    raise reply
                pause = attempts.pause()
                if pause is None or deadline.passes_within(pause):
                    raise reply
                await asyncio.sleep(pause)
                reply = failed = None
        except RedisError as exc:
            exc.command = exc.command or described(name, args)
            exc.address = self.config.address
            explain(name, exc)
            raise
        finally:
            reply = refused = failed = None  # or the error and its traceback would hold each other

    async def _exchange(self, batch: Batch) -> None:
        """Send a pipeline's commands and take their replies."""
        state = self._here()
        timeout = batch.timeout(self._timeout)
        deadline = Deadline(monotonic(), timeout, self.config.connect_timeout)

        async def on_shared(conn: Connection) -> None:
            await exchange(conn, batch.chunks(conn), batch.take, self._decode and not batch.wants_bytes, timeout)

        async def on_own(conn: Connection) -> None:
            try:
                await on_shared(conn)
            finally:
                state.put_back(conn)

        def may_repeat(failure: NetworkError) -> bool:
            return batch.may_be_sent_again(failure, self._idempotent)

        own = batch.wants_own_connection
        acquire, work = (state.acquire_own, on_own) if own else (state.acquire_shared, on_shared)
        try:
            await persist(acquire, deadline, Attempts(self.config), work, may_repeat)
        except RedisError as exc:
            exc.address = self.config.address
            if isinstance(exc, (RedisConnectionError, RedisTimeoutError)):
                exc.results = batch.so_far()
            raise

    # --- views (last: `bytes` hides the type of that name in what follows it) -----------------------------------

    def _view(self, decode: bool) -> Any:
        view = super()._view(decode)
        view._pool = self._pool
        return view

    @property
    def text(self) -> RedisClient[str]:
        """The same client, on the same connections, with values as `str`."""
        view: RedisClient[str] = self._view(decode=True)
        return view

    @property
    def bytes(self) -> RedisClient[builtins.bytes]:
        """The same client, on the same connections, with values as `bytes`."""
        view: RedisClient[builtins.bytes] = self._view(decode=False)
        return view
