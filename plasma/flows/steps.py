"""What a flow can ask of its driver."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from typing import Any, TypeVar

    from ..commands.core import Value

    T = TypeVar("T")
    Step = "Call | Calls | Pause | Items | Now | Ask"
    # A conversation with one result, and one that gives items while it goes on.
    Flow = Generator["Call | Calls | Pause | Now | Ask", Any, T]
    ItemFlow = Generator["Call | Calls | Pause | Now | Ask | Items", Any, None]


class Call:
    """Run one command; sent back is its result. A server's error is thrown."""

    __slots__ = ("args", "name", "parse")

    def __init__(self, name: str, *args: Value, parse: Callable[[Any], Any] | None = None) -> None:
        self.name = name
        self.args = args
        self.parse = parse


class Calls:
    """Run several commands in one pipeline; sent back is the tuple of results, a server's errors among them."""

    __slots__ = ("calls",)

    def __init__(self, *calls: Call) -> None:
        self.calls = calls


class Pause:
    """Wait so many seconds; sent back is None."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Now:
    """Look at the clock; sent back are the seconds of a clock that never goes back."""

    __slots__ = ()


class Ask:
    """Call a function; sent back is what it returns. In asyncio it may be a coroutine function, and is awaited."""

    __slots__ = ("args", "function")

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.function = function
        self.args = args


class Items:
    """Hand these to whoever iterates; sent back is None, when they have been taken."""

    __slots__ = ("items",)

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items
