"""Scripts by their digest, and functions by their name: the source is sent only to a server that lacks it.

1. A script is called by EVALSHA; if the server says that it does not know it, by EVAL, which also teaches it. That word
   is the server's only as it words it: a script may say NOSCRIPT itself, after it has written.
2. A library is looked at once, when it is first used, and loaded if the server has none of this name or another one.
   It is loaded again if a function is not found later.
3. On a pipeline nothing can be answered to. There the source goes ahead of the commands, in the same write, if the
   server behind the connection has not been given it on this connection (plasma/batch.py).
"""

from __future__ import annotations

from ..commands.core import text
from ..commands.scripting import given
from ..errors import NoScriptError, ResponseError, server_error
from .steps import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..commands.core import Key, Value
    from .steps import Flow

    Parse = Callable[[Any], Any] | None

_UNKNOWN_SCRIPT = "NOSCRIPT No matching script."
_UNKNOWN_FUNCTION = "ERR Function not found"


class Code:
    """A script: its source, its digest, and how it is called."""

    __slots__ = ("_by_digest", "_by_source", "_parse", "digest", "source")

    def __init__(self, source: str, read_only: bool = False, parse: Parse = None) -> None:
        from hashlib import sha1

        _check_source("script", source)
        self.source = source
        self.digest = sha1(source.encode(), usedforsecurity=False).hexdigest()
        self._by_digest = "EVALSHA_RO" if read_only else "EVALSHA"
        self._by_source = "EVAL_RO" if read_only else "EVAL"
        self._parse = parse

    def call(self, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Flow[Any]:
        """What the script returns."""
        rest = given("script", keys, args)
        try:
            try:
                result = yield Call(self._by_digest, self.digest, *rest, parse=self._parse)
            except NoScriptError as exc:
                if not _says(exc, _UNKNOWN_SCRIPT):
                    raise
                result = yield Call(self._by_source, self.source, *rest, parse=self._parse)
        except ResponseError as exc:
            clearer = _clearer(exc)
            if clearer is None:
                raise
            raise clearer from exc
        return result

    def queue(self, pipeline: Any, keys: Sequence[Key], args: Sequence[Value]) -> None:
        """Queue a call on a pipeline of either colour."""
        rest = given("script", keys, args)
        pipeline._run(self._by_digest, self.digest, *rest, parse=self._parse)
        pipeline._batch.need(self.digest, "SCRIPT LOAD", self.source)


class Shelf:
    """A library of functions: its source, its name, and how its functions are called."""

    __slots__ = ("_was_seen", "name", "source")

    def __init__(self, source: str) -> None:
        _check_source("library", source)
        self.source = source
        self.name = _name_in(source)
        self._was_seen = False

    def load(self) -> Flow[None]:
        """Have the server know the library as it is here."""
        there = yield Call("FUNCTION LIST", "LIBRARYNAME", self.name, "WITHCODE", parse=_sources)
        if there != [self.source]:
            yield Call("FUNCTION LOAD", "REPLACE", self.source)
        self._was_seen = True

    def call(self, function: str, keys: Sequence[Key], args: Sequence[Value], read_only: bool) -> Flow[Any]:
        """What the function returns."""
        call = Call("FCALL_RO" if read_only else "FCALL", function, *given("call", keys, args))
        if not self._was_seen:
            yield from self.load()
        try:
            result = yield call
        except ResponseError as exc:
            if not _says(exc, _UNKNOWN_FUNCTION):
                raise
            yield Call("FUNCTION LOAD", "REPLACE", self.source)
            result = yield call
        return result

    def queue(self, pipeline: Any, function: str, keys: Sequence[Key], args: Sequence[Value], read_only: bool) -> None:
        """Queue a call on a pipeline of either colour."""
        pipeline._run("FCALL_RO" if read_only else "FCALL", function, *given("queue", keys, args))
        pipeline._batch.need(self.source, "FUNCTION LOAD", "REPLACE", self.source)


def _check_source(method: str, source: object) -> None:
    """Refuse what is no code."""
    if not isinstance(source, str):
        raise TypeError(f"{method}(): the source must be a str, not {type(source).__name__}")


def _says(error: ResponseError, words: str) -> bool:
    return str(error.args[0]).startswith(words)


def _clearer(error: ResponseError) -> ResponseError | None:
    """The error of a command in a script with the type that it has outside of one; Redis 6.2 gives them all as ERR."""
    _, found, rest = str(error.args[0]).partition("ERR Error running script (call to f_")
    where, _, said = rest.partition("): ")[2].partition(": ")
    if not found or not said.partition(" ")[0].isupper():
        return None
    clearer = server_error(f"{said}, in the script: {where}")
    clearer.command, clearer.address = error.command, error.address
    return clearer


def _sources(reply: Any) -> list[str]:
    libraries = [item if hasattr(item, "keys") else dict(zip(item[::2], item[1::2], strict=True)) for item in reply]
    return [text(code) for library in libraries for key, code in library.items() if text(key) == "library_code"]


def _name_in(source: str) -> str:
    head = source.split("\n", 1)[0]
    names = [word.removeprefix("name=") for word in head.split() if word.startswith("name=")]
    if not head.startswith("#!") or len(names) != 1 or not names[0]:
        raise ValueError('a library begins with a line like "#!lua name=mylib"')
    return names[0]
