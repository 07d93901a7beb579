"""Optimistic transactions of the asyncio client: `transact`, and what the function given to it sees."""

from __future__ import annotations

from time import monotonic

from ..base import Conversing
from ..batch import TransactionBatch
from ..commands.core import S, Unpack
from ..commands.spec import canonical, changes_connection, is_read_only
from ..commands.views import AsyncCommands
from ..deadline import Deadline
from ..errors import ConfigurationError, RedisConnectionError, RedisError, RedisTimeoutError, WatchError
from ..retry import Attempts
from ..transact import OWN
from .exchange import exchange
from .pinned import PinnedConnection
from .pipeline import Pipeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from ..batch import Batch
    from ..commands.core import Key, T, Value
    from ..retry import NetworkError
    from .connection import Connection


class Transacting(Conversing[S]):
    """The transactions that depend on what was read."""

    __slots__ = ()

    async def transact(
        self, function: Callable[[Transaction[S]], object], *keys: Key, attempts: int = 16
    ) -> tuple[Any, ...]:
        """Call `function(tx)` and run what it queued on *tx*, unless one of *keys* changed in between.

        *function* may be a coroutine function. `tx.now` reads at once; every other command of *tx* is queued, as on a
        pipeline, and not awaited. If a watched key was changed since the beginning, nothing runs and the function is
        called again, so it should do nothing else that counts.
        A lost connection, too, leads to another call, unless the function wrote by `tx.now` or EXEC was sent.
        What was read holds in any case, also where nothing is queued. Returns the results of what was queued.

        Args:
            keys: What is watched; at least one.
            attempts: How often the function is called at most.

        Raises:
            WatchError: The keys changed in every attempt.
            ResponseError: The first error among the results, after all of it ran; `index` tells where.
        """
        from ..flows.transact import checked, persistent
        from .running import run

        checked("transact", function, keys, attempts)
        client: Any = self._its_client()
        return await run(persistent(lambda: _attempt(client, function, keys), attempts), client)


class Transaction(Pipeline[S, Unpack["tuple[Any, ...]"]]):
    """What the function of `transact` works with: a queue, and `now`, which asks at once."""

    __slots__ = ("now",)

    def __init__(self, watching: Watching[S], fresh: Callable[[], Batch], address: str) -> None:
        super().__init__(watching.exchange, fresh, address)
        self.now: Now[S] = Now(watching)

    async def exec(self, raise_on_error: bool = True) -> NoReturn:
        """Not to be called: `transact` runs EXEC, when the function has returned."""
        raise ConfigurationError("transact() runs EXEC itself, when the function has returned")


class Now(AsyncCommands[S]):
    """Commands that are carried out at once, on the connection that watches."""

    __slots__ = ("_watching",)

    def __init__(self, watching: Watching[S]) -> None:
        self._watching = watching

    async def execute(self, *args: Value) -> Any:
        """Send any command and return its reply unshaped."""
        name, _ = canonical(args)
        self._watching.notice(name, args[1:])
        return await self._watching.execute(*args)

    async def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> T:
        watching: Any = self._watching
        watching.notice(name, args)
        result: T = await watching._run(name, *args, parse=parse)
        return result


class Watching(PinnedConnection[S]):
    """The connection of one attempt."""

    __slots__ = ("_failures", "_spoilt", "wrote")

    def __init__(self, client: Any, conn: Connection) -> None:
        super().__init__(client._here, client.config, client._prefix, client._decode, client._timeout)
        self._conn = conn
        self._spoilt = False  # the function has changed it beyond what EXEC or UNWATCH puts right
        self.wrote = False  # the function has done by `now` what may not be done twice
        self._failures: list[RedisError] = []  # of the network

    def notice(self, name: str, args: tuple[Value, ...]) -> None:
        """Look at what the function is about to do at once."""
        if name in OWN:
            raise ConfigurationError(f"{name} is for transact() itself to say", command=name)
        if self._conn is None:
            raise ConfigurationError("tx.now works inside the function given to transact() only", command=name)
        self._spoilt = self._spoilt or (name != "WATCH" and changes_connection(name, args))
        self.wrote = self.wrote or (name != "WATCH" and not is_read_only(name, args))

    async def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> T:
        try:
            result = await super()._run(name, *args, parse=parse)
        except (RedisConnectionError, RedisTimeoutError) as exc:
            self._failures.append(exc)
            raise
        if name == "UNWATCH":
            self._changed = self._spoilt
        return result

    async def exchange(self, batch: Batch) -> tuple[Any, ...] | None:
        """Run what was queued; None if a watched key changed."""
        conn = self._conn
        if conn is None or not conn.is_clean:
            lost = RedisConnectionError("the watching connection was lost", command="EXEC")
            self._failures.append(lost)
            raise lost
        try:
            await exchange(conn, batch.chunks(conn), batch.take, self._decode and not batch.wants_bytes, self._timeout)
        except (RedisConnectionError, RedisTimeoutError) as exc:
            exc.command = "EXEC"
            self._failures.append(exc)
            raise
        self._changed = self._spoilt
        try:
            return batch.outcome(True, conn.address)
        except WatchError:
            return None

    def failed_with(self, exc: BaseException) -> bool:
        """Is it this connection's failure, and not another's that the function used?"""
        return any(exc is failure for failure in self._failures)

    def end(self) -> None:
        """The attempt is over: the connection is used again if nothing of it stays behind."""
        self._failures.clear()  # or the errors and their tracebacks would hold each other
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.on_push = None
            conn.retired = conn.retired or self._changed


async def _attempt(client: Any, function: Callable[[Any], object], keys: tuple[Key, ...]) -> tuple[Any, ...] | None:
    from ..flows.transact import once
    from .calls import persist
    from .running import run

    watching: Watching[Any] | None = None
    raised: BaseException | None = None
    batch = TransactionBatch(client._prefix, client._decode)

    async def work(conn: Connection) -> tuple[Any, ...] | None:
        nonlocal raised, watching
        here = watching = Watching(client, conn)
        tx: Any = Transaction(here, lambda: TransactionBatch(client._prefix, client._decode), client.config.address)

        async def run_exec() -> tuple[Any, ...] | None:
            nonlocal batch
            batch = tx._take_batch()
            return await here.exchange(batch)

        try:
            return await run(once(function, keys, tx, run_exec), here)
        except BaseException as exc:
            if here.failed_with(exc):
                raise
            raised = exc  # the function's own, or the server's: the connection may be as good as before
            return None
        finally:
            here.end()
            state.put_back(conn)

    def may_repeat(failure: NetworkError) -> bool:
        wrote = watching is not None and watching.wrote
        if batch.is_sure_to_be_unrun and not wrote:
            failure.maybe_executed = False
        return not (failure.final or failure.maybe_executed or wrote)

    state = client._here()
    deadline = Deadline(monotonic(), client._timeout, client.config.connect_timeout)
    results: tuple[Any, ...] | None
    try:
        results = await persist(state.acquire_own, deadline, Attempts(client.config), work, may_repeat)
    except RedisError as exc:
        exc.address = client.config.address
        raise
    if raised is not None:
        try:
            raise raised
        finally:
            raised = None  # or the error and its traceback would hold each other
    return results
