"""Named connections, blocking: `RedisManager` maps a name to a client, and opens and closes them.

What a name means and when its client is made is the registry's business (registry.py); here is only what does I/O.
"""

from __future__ import annotations

from .client import RedisClient
from .registry import Registry, all_failed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self, Unpack

    from .config import RedisConfig, RedisOptions
    from .registry import Connection, Connections


class RedisManager(Registry["RedisClient[str]"]):
    """Named connections: a name -> one client, made when first asked for.

        manager = RedisManager()
        manager.configure({"default": "main", "connections": {"main": {"host": "127.0.0.1"}, "jobs": "redis://..."}})
        manager.connection("jobs").lpush("queue", "job:1")

    A connection is a dict, a URL or a RedisConfig. Connections open on first use; after `disconnect` the next use
    opens them again. Leaving `with` disconnects all. Safe to use from many threads, and after a fork.
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
        _disconnect(self._configure(config, default, connections))

    def add_connection(self, name: str, config: Connection | None = None, **options: Unpack[RedisOptions]) -> None:
        """Add a connection: a URL, a dict, a RedisConfig or keywords. One of the same name is replaced."""
        _disconnect(self._add(name, config, dict(options)))

    def remove_connection(self, name: str) -> None:
        """Disconnect the connection and forget its name."""
        _disconnect(self._remove(name))

    def connect(self, name: str | None = None) -> None:
        """Open a connection now, not at the first command."""
        self.connection(name).connect()

    def disconnect(self, name: str | None = None) -> None:
        """Close what is open of this connection. Its next use opens it again."""
        client = self._made(name)
        if client is not None:
            client.disconnect()

    def is_connected(self, name: str | None = None) -> bool:
        """Whether a connection is open. Asks nothing of the server."""
        client = self._made(name)
        return client is not None and client.is_connected()

    def connect_all(self) -> None:
        """Connect every name. All are tried; then one error tells of those that failed."""
        failures = {name: failure for name in self.names if (failure := self._failure_to_connect(name)) is not None}
        if failures:
            raise all_failed(failures) from next(iter(failures.values()))

    def _failure_to_connect(self, name: str) -> Exception | None:
        try:
            self.connection(name).connect()
        except Exception as error:
            return error
        return None

    def disconnect_all(self) -> None:
        """Disconnect every name."""
        _disconnect(self._all_made())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect_all()


def _disconnect(clients: list[RedisClient[str]]) -> None:
    for client in clients:
        client.disconnect()
