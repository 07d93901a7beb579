"""Scripts of the asyncio client: called like functions, sent by their digest."""

from __future__ import annotations

from ..base import Conversing
from ..commands.core import Generic, S, T, overload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..commands.core import Key, Value
    from ..flows.scripts import Code
    from ..queueing import Queue
    from .library import Library


class Scripting(Conversing[S]):
    """Code that runs in the server."""

    __slots__ = ()

    @overload
    def script(self, source: str, *, read_only: bool = False) -> Script[Any]: ...
    @overload
    def script(self, source: str, *, read_only: bool = False, parse: Callable[[Any], T]) -> Script[T]: ...
    def script(self, source: str, *, read_only: bool = False, parse: Callable[[Any], Any] | None = None) -> Script[Any]:
        """A script to be called: `script(keys=[...], args=[...])`. Nothing is sent yet.

        Args:
            source: The script, in Lua if it does not say otherwise.
            read_only: It writes nothing: it may run on replicas, and is sent again after a lost connection.
            parse: Makes the result of what the script returns.
        """
        from ..flows.scripts import Code

        return Script(self._its_client(), Code(source, read_only, parse))

    def library(self, source: str) -> Library:
        """A library of functions to be called: `library.call("name", keys=[...], args=[...])`. Nothing is sent yet.

        Args:
            source: The library, which begins with a line like "#!lua name=mylib".
        """
        from ..flows.scripts import Shelf
        from .library import Library

        return Library(self._its_client(), Shelf(source))


class Script(Generic[T]):
    """A script of a client, made by `client.script(source)`."""

    __slots__ = ("_client", "_code")

    def __init__(self, client: Any, code: Code) -> None:
        self._client = client
        self._code = code

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._code.digest}>"

    @property
    def sha1(self) -> str:
        """The digest by which the server knows the script."""
        return self._code.digest

    async def __call__(self, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> T:
        """Return what the script returns; *keys* are its KEYS, *args* its ARGV.

        Raises ResponseError, or what a command in the script raises; the text tells the line.
        """
        from .running import run

        result: T = await run(self._code.call(keys, args), self._client)
        return result

    def queue(self, pipeline: Queue, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> None:
        """Queue a call on a pipeline or a transaction. The source goes along where the server may lack it."""
        self._code.queue(pipeline, keys, args)
