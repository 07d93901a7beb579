"""`Redis` in asyncio: every command on the default connection, and the registry of all connections.

It is one more executor of the commands: its `_run` hands on to the default connection's client, and nothing else is
added. A connection of another name is `Redis.connection(name)`. Views and conversations are those of that client.
"""

from __future__ import annotations

from ..commands.views import AsyncCommands
from .locking import Locking
from .manager import RedisManager
from .pubsub import Subscribing
from .scanning import Scanning
from .script import Scripting
from .streaming import Streaming
from .transact import Transacting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable
    from types import CoroutineType
    from typing import Any, NoReturn

    from typing_extensions import Unpack

    from ..commands.core import T, Value
    from ..facade import CallOptions
    from .client import RedisClient
    from .pinned import PinnedConnection
    from .pipeline import Pipeline


class RedisFacade(
    RedisManager,
    Locking[str],
    Scanning[str],
    Scripting[str],
    Streaming[str],
    Transacting[str],
    Subscribing[str],
    AsyncCommands[str],
):
    """The class of `Redis`. Make another one only to have a second, separate set of connections."""

    __slots__ = ()
    _called = "Redis"

    def __call__(self, *args: object, **options: object) -> NoReturn:
        raise TypeError("Redis is the facade; use RedisClient(...)")

    # Not `async`: what it returns is the client's own coroutine, without another around it.
    def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> CoroutineType[Any, Any, T]:
        call: Any = self._default_face()._run(name, *args, parse=parse)
        coroutine: CoroutineType[Any, Any, T] = call
        return coroutine

    def _default_face(self) -> AsyncCommands[str]:
        return self.connection()

    def _its_client(self) -> RedisClient[str]:
        return self.connection()

    async def execute(self, *args: Value) -> Any:
        """Send any command, known to Plasma or not, and return its reply unshaped."""
        return await self.connection().execute(*args)

    def pipeline(self) -> Pipeline[str, Unpack[tuple[Any, ...]]]:
        """An empty pipeline: commands are queued on it and sent together by its `exec()`."""
        return self.connection().pipeline()

    def transaction(self) -> Pipeline[str, Unpack[tuple[Any, ...]]]:
        """A pipeline whose commands run as one, inside MULTI and EXEC."""
        return self.connection().transaction()

    def pinned(self) -> PinnedConnection[str]:
        """One connection of your own for an `async with` block."""
        return self.connection().pinned()

    # --- views (last: `bytes` hides the type of that name in what follows it)

    def options(self, **options: Unpack[CallOptions]) -> RedisClient[str]:
        """The default client, on the same connections, with other options for its calls (see RedisClient)."""
        return self.connection().options(**options)

    @property
    def text(self) -> RedisClient[str]:
        """The default client, with values as `str`: what the facade's own commands give too."""
        return self.connection().text

    @property
    def bytes(self) -> RedisClient[builtins.bytes]:
        """The default client, on the same connections, with values as `bytes`."""
        return self.connection().bytes


Redis = RedisFacade()
