"""What RESP has and Python has not: the "not yet" sentinel, pushes, limits.

These are the only types a reply can hold that are not Python's own, but for the errors of `plasma.errors`. Nothing
here parses or packs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, Protocol

    # What a command takes as an argument. `bool` is a subclass of `int` and refused all the same.
    Value = str | bytes | bytearray | memoryview | int | float
    # What a packed command is sent as.
    Buffer = bytes | memoryview

    class AnyParser(Protocol):
        """What all parsers have (for type checkers only). The words are those of `plasma.resp.Parser`."""

        def __init__(self, limits: Limits | None = None) -> None: ...
        @property
        def pending(self) -> bool: ...
        def feed(self, data: bytes | bytearray | memoryview) -> None: ...
        def next_reply(self, decode: bool = True) -> Any: ...
        def replies(self, count: int, decode: bool = True) -> list[Any]: ...


class NeedData:
    """The type of `NEED_DATA`, of which there is one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NEED_DATA"

    def __reduce__(self) -> str:
        return "NEED_DATA"


NEED_DATA: Final = NeedData()
"""What a parser gives when the next reply is not there in full. (None is a real reply.)"""


class Push(list["Any"]):
    """An out-of-band message of the server (RESP3 `>`): a list whose first element says which kind it is.

    It arrives between replies, counts towards none, and may come at any time.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Push({super().__repr__()})"


class Limits:
    """How much a server may send before the stream counts as broken (`ProtocolError`).

    Nothing is ever allocated because a length says so, so the defaults are wide: they are there to tell a stream
    that is out of step from one that is merely big.

    depth: aggregates inside one another.
    bulk: bytes of one string (of all its parts together, if it is streamed).
    items: elements of one aggregate; a map of n pairs has n.
    line: bytes of one line: a simple string, an error, a number or a length.
    """

    __slots__ = ("bulk", "depth", "items", "line")

    depth: int
    bulk: int
    items: int
    line: int

    def __init__(
        self, *, depth: int = 1024, bulk: int = 1 << 32, items: int = (1 << 32) - 1, line: int = 1 << 20
    ) -> None:
        for name, value in (("depth", depth), ("bulk", bulk), ("items", items), ("line", line)):
            if value.__class__ is not int:
                raise TypeError(f"{name} must be an int, not {type(value).__name__}")
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.depth = depth
        self.bulk = bulk
        self.items = items
        self.line = line

    def __repr__(self) -> str:
        return f"Limits(depth={self.depth}, bulk={self.bulk}, items={self.items}, line={self.line})"


DEFAULT_LIMITS: Final = Limits()
