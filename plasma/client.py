"""The blocking client: carries out commands on the connections of its pool, each call on one of its own.

`_run` is the hot path: pack, take an idle connection, two system calls, put it back. Everything that is seldom
(opening, waiting, failing, trying again, blocking commands) leaves it for `_call`. The views (`bytes`, `text`,
`options`) are other clients on the same pool.
"""

from __future__ import annotations

from time import monotonic, sleep

from .base import CAREFUL, ClientBase
from .batch import Batch, TransactionBatch, without_prefix
from .calls import persist
from .commands.core import AS_IT_IS, S, overload
from .commands.spec import RETURNS_KEYS, canonical, described, explain, prefixed
from .commands.views import BlockingCommands
from .credentials import refuse_async
from .deadline import FRESH, Deadline
from .errors import (
    RedisConnectionError,
    RedisError,
    RedisTimeoutError,
    ResponseError,
)
from .locking import Locking
from .pinned import PinnedConnection
from .pipeline import Pipeline
from .pubsub import Subscribing
from .resp import pack
from .retry import Attempts, is_refusal, may_resend
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

    from .base import Configured
    from .calls import Failure
    from .commands.core import T, Value
    from .config import RedisOptions
    from .connection import Connection
    from .retry import NetworkError


class RedisClient(
    ClientBase, Locking[S], Scanning[S], Scripting[S], Streaming[S], Transacting[S], Subscribing[S], BlockingCommands[S]
):
    """A client of one Redis or Valkey server, for any number of threads.

    Args:
        config: a URL, a dict of options, or a RedisConfig; options by keyword change it.
        decode: False makes a client whose values are bytes (`RedisClient[bytes]`).
        options: those of RedisConfig.

    It connects when it is first used. A context manager: leaving it disconnects.

    Raises:
        ConfigurationError: an option is unknown, or has a value that cannot work.
    """

    __slots__ = ("__weakref__", "_idle", "_pool")

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
        refuse_async(self.config)
        from .pool import Pool  # sockets and threads: half of all that there is to import, and now they are needed

        self._pool = Pool(self.config)
        self._idle = self._pool.idle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.disconnect()

    # --- connections ------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Open a connection now, if none is open, instead of at the first use.

        Raises RedisConnectionError, RedisTimeoutError or AuthenticationError.
        """
        deadline = Deadline(monotonic(), self._timeout, self.config.connect_timeout)
        try:
            persist(self._pool, deadline, Attempts(self.config), lambda conn: None, lambda failure: not failure.final)
        except RedisError as exc:
            exc.address = self.config.address
            raise

    def disconnect(self) -> None:
        """Close every connection; one in use is closed when its call is done. The next use opens a new one."""
        self._pool.close()

    def is_connected(self) -> bool:
        """Is a connection open now, as far as can be told without asking the server?"""
        return self._pool.has_open()

    def pinned(self) -> PinnedConnection[S]:
        """One connection of your own for a `with` block, on which commands that change it may run.

        It is closed afterwards if one did, else it goes back to the others. Nothing on it is sent twice.
        """
        return PinnedConnection(self._pool, self._prefix, self._decode, self._timeout)

    # --- commands ---------------------------------------------------------------------------------------------

    def execute(self, *args: Value) -> Any:
        """Send any command, known to Plasma or not, and return its reply unshaped (a map is a flat list on RESP2).

        Keys get the key prefix as the command table says.
        """
        name, rest = canonical(args)
        return self._run(name, *rest, parse=AS_IT_IS)

    def pipeline(self) -> Pipeline[S, Unpack[tuple[Any, ...]]]:
        """An empty pipeline: commands are queued on it and sent together by its `exec()`."""
        return Pipeline(self._exchange, lambda: Batch(self._prefix), self.config.address)

    def transaction(self) -> Pipeline[S, Unpack[tuple[Any, ...]]]:
        """A pipeline whose commands run as one, inside MULTI and EXEC: nobody else's come in between."""
        return Pipeline(self._exchange, lambda: TransactionBatch(self._prefix, self._decode), self.config.address)

    def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> T:
        if name in CAREFUL:
            return self._run_careful(name, args, parse)
        if self._prefix:
            args = prefixed(name, args, self._prefix)
            if name in RETURNS_KEYS:
                parse = without_prefix(name, parse, self._prefix)
        payload = pack(name, args)
        reply: Any
        try:
            conn = self._idle.pop()
        except IndexError:
            reply = self._call(name, args, payload, self._timeout)
        else:
            now = monotonic()
            if now - conn.used > FRESH and not conn.is_clean():
                self._pool.discard(conn)
                reply = self._call(name, args, payload, self._timeout)
            else:
                conn.used = now
                try:
                    reply = conn.call(payload, self._decode, now, self._timeout)
                except RedisError as exc:
                    reply = self._call(name, args, payload, self._timeout, failed=(conn, exc))
                else:
                    if conn.retired:
                        self._pool.put_back(conn)
                    else:
                        self._idle.append(conn)
                        if self._pool.waiting or conn.retired:
                            self._pool.notice(conn)
                    if isinstance(reply, ResponseError):
                        refused, reply = reply, None
                        try:
                            reply = self._call(name, args, payload, self._timeout, refused=refused)
                        finally:
                            del refused  # or the error and its traceback would hold each other
        return reply if parse is None else parse(reply)

    def _run_careful(self, name: str, args: tuple[Value, ...], parse: Callable[[Any], T] | None) -> T:
        """Commands that must not run here, that wait on the server, or that end it."""
        args, shape, timeout = self._prepared(name, args, parse)
        reply: Any
        try:
            reply = self._call(name, args, pack(name, args), timeout)
        except RedisConnectionError as exc:
            if name != "SHUTDOWN" or not exc.maybe_executed:
                raise
            reply = "OK" if self._decode else b"OK"  # the server has closed: this is how it says yes
        return reply if shape is None else shape(reply)

    def _call(
        self,
        name: str,
        args: tuple[Value, ...],
        payload: Any,
        timeout: float | None,
        *,
        failed: Failure | None = None,
        refused: ResponseError | None = None,
    ) -> Any:
        """The reply to one packed command, with every attempt that it may have.

        A first attempt may have been made already: it `failed`, or the server answered with an error (`refused`).
        """
        started = monotonic() if failed is None else failed[0].used
        deadline = Deadline(started, timeout, self.config.connect_timeout)
        attempts = Attempts(self.config)

        def work(conn: Connection) -> Any:
            return conn.call(payload, self._decode, monotonic(), deadline.left())

        def may_repeat(failure: NetworkError) -> bool:
            return may_resend(failure, ((name, args),), self._idempotent)

        reply = refused
        try:
            while True:
                if reply is None:
                    reply = persist(self._pool, deadline, attempts, work, may_repeat, failed)
                    if not isinstance(reply, ResponseError):
                        return reply
                if not is_refusal(name, reply):
                    raise reply
                pause = attempts.pause()
                if pause is None or deadline.passes_within(pause):
                    raise reply
                sleep(pause)
                reply = failed = None
        except RedisError as exc:
            exc.command = exc.command or described(name, args)
            exc.address = self.config.address
            explain(name, exc)
            raise
        finally:
            reply = refused = failed = None  # as in _run

    def _exchange(self, batch: Batch) -> None:
        """Send a pipeline's commands and take their replies."""
        timeout = batch.timeout(self._timeout)
        deadline = Deadline(monotonic(), timeout, self.config.connect_timeout)

        def work(conn: Connection) -> None:
            conn.exchange(batch.chunks(conn), batch.take, self._decode and not batch.wants_bytes, timeout)

        def may_repeat(failure: NetworkError) -> bool:
            return batch.may_be_sent_again(failure, self._idempotent)

        try:
            persist(self._pool, deadline, Attempts(self.config), work, may_repeat)
        except RedisError as exc:
            exc.address = self.config.address
            if isinstance(exc, (RedisConnectionError, RedisTimeoutError)):
                exc.results = batch.so_far()
            raise

    # --- views (last: `bytes` hides the type of that name in what follows it) -----------------------------------

    def _view(self, decode: bool) -> Any:
        view = super()._view(decode)
        view._pool = self._pool
        view._idle = self._idle
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
