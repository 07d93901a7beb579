"""Producers of the blocking client: streams that stay small while they are added to."""

from __future__ import annotations

from .commands.core import Generic, S, overload
from .retention import Retention

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta
    from typing import Any, Literal

    from .commands.core import K, Key, Value
    from .queueing import Queue


class Stream(Generic[S]):
    """A stream of a client, made by `client.stream(name)`, for any number of threads."""

    __slots__ = ("_client", "_retention", "name")

    def __init__(
        self, client: Any, name: Key, maxlen: int | None, max_age: float | timedelta | None, approximate: bool
    ) -> None:
        self._client = client
        self._retention = Retention(maxlen, max_age, approximate)
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, {self._retention}>"

    @overload
    def add(
        self,
        fields: Mapping[K, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: Literal[False] = False,
        once: Value | None = None,
    ) -> S: ...
    @overload
    def add(
        self,
        fields: Mapping[K, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: bool,
        once: Value | None = None,
    ) -> S | None: ...
    def add(
        self,
        fields: Mapping[Any, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: bool = False,
        once: Value | None = None,
    ) -> S | None:
        """Add an entry and return its id; None if *nomkstream* was given and there is no stream.

        Args:
            fields: A mapping, or pairs (field, value).
            id: Its id, which must be above all others: "*" lets the server make one.
            nomkstream: Do not make the stream.
            once: A word of your own for the entry (Redis 8.6): a second one with the same word is not added, and the
                id of the first one is returned. So it is sent again after a lost connection, as otherwise it is not.

        Raises RedisConnectionError or RedisTimeoutError: `maybe_executed` says whether it may have been added.
        """
        client, options = self._retention.options(self._client, once)
        added: S | None = client.xadd(self.name, fields, id=id, nomkstream=nomkstream, **options)
        return added

    def queue(
        self,
        pipeline: Queue,
        fields: Mapping[K, Value] | Iterable[tuple[Value, Value]],
        *,
        id: Value = "*",
        nomkstream: bool = False,
        once: Value | None = None,
    ) -> None:
        """Queue it on a pipeline or a transaction, which gives the id in its place among the results."""
        queued: Any = pipeline
        _, options = self._retention.options(None, once)
        queued.xadd(self.name, fields, id=id, nomkstream=nomkstream, **options)

    def length(self) -> int:
        """Return the number of entries."""
        length: int = self._client.xlen(self.name)
        return length

    def trim(self) -> int:
        """Delete the oldest entries, as adding one would, and exactly; return how many were deleted."""
        trimmed: int = self._client.xtrim(self.name, **self._retention.trimming(exact=True))
        return trimmed
