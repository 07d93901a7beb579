"""Libraries of functions of the blocking client: loaded once, called by the names of their functions."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .commands.core import Key, Value
    from .flows.scripts import Shelf
    from .queueing import Queue


class Library:
    """A library of functions of a client, made by `client.library(source)`."""

    __slots__ = ("_client", "_shelf")

    def __init__(self, client: Any, shelf: Shelf) -> None:
        self._client = client
        self._shelf = shelf

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    @property
    def name(self) -> str:
        """The name that its first line gives it."""
        return self._shelf.name

    def load(self) -> None:
        """Load it now, if the server has not got exactly this, instead of at the first call."""
        from .running import run

        run(self._shelf.load(), self._client)

    def call(
        self, function: str, *, keys: Sequence[Key] = (), args: Sequence[Value] = (), read_only: bool = False
    ) -> Any:
        """Return what a function of the library returns.

        Args:
            keys: Its first argument: every key that it uses.
            args: Its second argument.
            read_only: The function is flagged to write nothing: it may be sent again after a lost connection.
        """
        from .running import run

        return run(self._shelf.call(function, keys, args, read_only), self._client)

    def queue(
        self,
        pipeline: Queue,
        function: str,
        *,
        keys: Sequence[Key] = (),
        args: Sequence[Value] = (),
        read_only: bool = False,
    ) -> None:
        """Queue a call on a pipeline or a transaction. The library goes along where the server may lack it."""
        self._shelf.queue(pipeline, function, keys, args, read_only)
