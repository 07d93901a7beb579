"""Named connections in asyncio: `RedisManager` maps a name to a client, and opens and closes them.

What a name means and when its client is made is the registry's business (plasma/registry.py). Describing connections
awaits nothing, so that it can be done where no loop runs; what is dropped by it is closed in the loops it belongs to.
"""

from __future__ import annotations

from ..registry import Registry, all_failed
from .client import RedisClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from typing_extensions import Self, Unpack

    from ..config import RedisConfig, RedisOptions
    from ..registry import Connection, Connections


class RedisManager(Registry["RedisClient[str]"]):
    """Named connections: a name -> one client, made when first asked for.

        manager = RedisManager()
        manager.configure({"default": "main", "connections": {"main": {"host": "127.0.0.1"}, "jobs": "redis://..."}})
        await manager.connection("jobs").lpush("queue", "job:1")

    A connection is a dict, a URL or a RedisConfig. Connections open on first use, in the loop that runs; after
    `disconnect` the next use opens them again. Leaving `async with` disconnects all.
    """

    __slots__ = ()

    def _new_client(self, config: RedisConfig) -> RedisClient[str]:
        return RedisClient(config)

    def configure(
        self,
        config: Mapping[str, Any] | None = None,
        /,
        *,
        default: str | None = None,
        connections: Connections | None = None,
    ) -> None:
        """Take these connections in place of all there were: as a dict, or as keywords.

        A name whose configuration stays equal keeps its client; the clients of other names are disconnected.
        Raises ConfigurationError, and changes nothing, if anything of it is wrong.
        """
        _drop(self._configure(config, default, connections))

    def add_connection(self, name: str, config: Connection | None = None, **options: Unpack[RedisOptions]) -> None:
        """Add a connection: a URL, a dict, a RedisConfig or keywords. One of the same name is replaced."""
        _drop(self._add(name, config, dict(options)))

    def remove_connection(self, name: str) -> None:
        """Disconnect the connection and forget its name."""
        _drop(self._remove(name))

    async def connect(self, name: str | None = None) -> None:
        """Open a connection now, not at the first command."""
        await self.connection(name).connect()

    async def disconnect(self, name: str | None = None) -> None:
        """Close what is open of this connection in the running loop. Its next use opens it again."""
        client = self._made(name)
        if client is not None:
            await client.disconnect()

    def is_connected(self, name: str | None = None) -> bool:
        """Whether a connection is open in the running loop. Asks nothing of the server."""
        client = self._made(name)
        return client is not None and client.is_connected()

    async def connect_all(self) -> None:
        """Connect every name. All are tried; then one error tells of those that failed."""
        failures: dict[str, Exception] = {}
        for name in self.names:
            try:
                await self.connection(name).connect()
            except Exception as error:
                failures[name] = error
        if failures:
            raise all_failed(failures) from next(iter(failures.values()))

    async def disconnect_all(self) -> None:
        """Disconnect every name."""
        for client in self._all_made():
            await client.disconnect()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect_all()


def _drop(clients: list[RedisClient[str]]) -> None:
    for client in clients:
        client.retire()
