"""RESP as it stands on the wire: every value with its type, its attributes, and whether it was streamed.

For conformance tests of a server, and for looking at what a server really sends. Nothing is decoded and nothing is
dropped. Plain rather than fast: one item at a time, found by its first byte; `plasma.resp.Parser` is for work.

    parser = FrameParser()
    parser.feed(b"|1\\r\\n+ttl\\r\\n:3600\\r\\n=7\\r\\ntxt:abc\\r\\n")
    frame = parser.next_frame()
    frame.kind == "verbatim" and frame.value == b"abc" and frame.format == b"txt"
    frame.attributes[0][0].value == b"ttl"
    frame.reply() == "abc"       # what `Parser` gives
"""

from __future__ import annotations

from ..errors import ProtocolError, server_error
from .aggregates import KINDS, value_of
from .numbers import BadLine, big_number, double, integer, undecodable
from .types import DEFAULT_LIMITS, NEED_DATA, NeedData

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, NoReturn

    from .types import Limits

    Kind = Literal[
        "simple",
        "error",
        "integer",
        "bulk",
        "array",
        "null",
        "boolean",
        "double",
        "big number",
        "bulk error",
        "verbatim",
        "map",
        "set",
        "push",
    ]

_CRLF = b"\r\n"
_AGGREGATES: dict[str, Kind] = {"*": "array", "%": "map", "~": "set", ">": "push"}
_BULKS: dict[str, Kind] = {"$": "bulk", "!": "bulk error", "=": "verbatim"}


class Frame:
    """One value as it came.

    kind: its RESP type.
    value: `bytes` of a string or an error (of a verbatim string without the format), `int`, `float`, `bool`, None; of
        an array, set or push the list of its elements, of a map the list of its (key, value) pairs, all `Frame`.
    wire: the type byte it came with, which tells the spellings of null apart: "$", "*" or "_".
    attributes: the (key, value) pairs that came before it, of all its attributes in a row.
    streamed: whether its length was not known in advance.
    format: the three bytes before a verbatim string, else None.
    """

    __slots__ = ("attributes", "format", "kind", "streamed", "value", "wire")

    def __init__(
        self,
        kind: Kind,
        value: Any,
        *,
        wire: str,
        attributes: list[tuple[Frame, Frame]] | None = None,
        streamed: bool = False,
        format: bytes | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.value = value
        self.wire = wire
        self.attributes = attributes or []
        self.streamed = streamed
        self.format = format

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Frame.__slots__)

    def __repr__(self) -> str:
        more = "".join(
            f", {name}={value!r}"
            for name, value in (("attributes", self.attributes), ("streamed", self.streamed), ("format", self.format))
            if value
        )
        return f"Frame({self.kind!r}, {self.value!r}, wire={self.wire!r}{more})"

    def reply(self, decode: bool = True) -> Any:
        """Return the Python value that `Parser` gives for it.

        Raises:
            DecodeError: with *decode*, a string in it is not UTF-8.
        """
        done: list[Any] = []
        work = [(self, False)]
        while work:
            frame, parts_done = work.pop()
            if frame.value.__class__ is not list:
                done.append(frame._scalar(decode))
                continue
            parts = [part for pair in frame.value for part in pair] if frame.kind == "map" else frame.value
            if not parts_done:
                work.append((frame, True))
                work += [(part, False) for part in reversed(parts)]
                continue
            first = len(done) - len(parts)
            items = done[first:]
            del done[first:]
            done.append(value_of(KINDS[frame.wire], items, not work))
        return done[0]

    def _scalar(self, decode: bool) -> Any:
        value = self.value
        if self.kind in ("error", "bulk error"):
            return server_error(value.decode("utf-8", "replace"))
        if decode and value.__class__ is bytes:
            try:
                return value.decode()
            except UnicodeDecodeError as error:
                raise undecodable(error) from None
        return value


def _pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(items[::2], items[1::2], strict=True))


class _Open:
    """An aggregate that is being read, or a streamed string (its parts are the items)."""

    __slots__ = ("attributes", "items", "kind", "left", "wire")

    def __init__(self, kind: Kind | Literal["attribute"], left: int, wire: str, attributes: list[Any] | None) -> None:
        self.kind: Kind | Literal["attribute"] = kind
        self.left = left  # elements to come; below zero: streamed
        self.wire = wire
        self.attributes = attributes
        self.items: list[Any] = []


class FrameParser:
    """Feed it what arrives, take frames from it. A `ProtocolError` is for ever."""

    __slots__ = ("_attributes", "_broken", "_data", "_limits", "_offset", "_open", "_seen", "_size", "_streamed")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or DEFAULT_LIMITS
        self._data = bytearray()  # what no item has used
        self._offset = 0  # where in the stream it begins
        self._seen = 0  # up to where in it there is no CRLF
        self._size = 0  # how long it must be for the next item to be there
        self._streamed = 0  # bytes of the streamed string that is open
        self._open: list[_Open] = []
        self._attributes: list[tuple[Frame, Frame]] | None = None  # of the value to come
        self._broken: str | None = None

    @property
    def pending(self) -> bool:
        """True if bytes are held that belong to no frame yet."""
        return bool(self._data or self._open or self._attributes is not None)

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take what arrived."""
        self._data += data

    def next_frame(self) -> Frame | NeedData:
        """Return the next frame, or `NEED_DATA`.

        Raises:
            ProtocolError: the stream is broken here; every later call raises it again.
        """
        if self._broken is not None:
            raise ProtocolError(self._broken)
        try:
            return self._next()
        except BadLine as bad:
            self._broken = f"bad {bad}, at byte {self._offset} of the stream"
            raise ProtocolError(self._broken) from None

    def _next(self) -> Frame | NeedData:
        stack = self._open
        while True:
            frame = self._item()
            if frame is NEED_DATA:
                return NEED_DATA
            # What was read may complete what is open around it.
            while True:
                if isinstance(frame, Frame):
                    if not stack:
                        return frame
                    stack[-1].items.append(frame)
                    stack[-1].left -= 1
                    if stack[-1].left < 0 and len(stack[-1].items) > self._most(stack[-1].kind):
                        self._fail(f"more than {self._limits.items} elements, which is the limit")
                if not stack or stack[-1].left:
                    break
                frame = self._closed(stack.pop())

    def _closed(self, done: _Open) -> Frame | None:
        """The frame of a complete aggregate; None if it was an attribute."""
        kind = done.kind
        if kind == "attribute":
            self._attributes = [*(done.attributes or ()), *_pairs(done.items)]
            return None
        value: Any = done.items
        streamed = done.wire[1:] == "?"
        if kind == "map":
            value = _pairs(value)
        elif kind == "bulk":
            value = b"".join(value)
        return Frame(kind, value, wire=done.wire[:1], attributes=done.attributes, streamed=streamed)

    def _most(self, kind: str) -> int:
        return self._limits.items * (2 if kind == "map" else 1)

    def _item(self) -> Frame | NeedData | None:
        """Read one item: a whole frame, or (None) something that opened or ended an aggregate."""
        data = self._data
        if len(data) < self._size:
            return NEED_DATA
        end = data.find(_CRLF, max(self._seen - 1, 0))
        if end < 0:
            self._seen = len(data)
            if len(data) > self._limits.line + 1:  # one for a CR
                self._fail(f"a line is longer than {self._limits.line} bytes")
            return NEED_DATA
        if end > self._limits.line:
            self._fail(f"a line is longer than {self._limits.line} bytes")
        line = data[:end].decode("latin-1")
        head = line[:1]
        inside = self._open[-1] if self._open else None
        if inside is not None and inside.kind == "bulk" and head != ";":
            self._fail("a streamed string is interrupted")
        if head in _BULKS or head == ";":
            return self._bulk(line, head, end, inside)
        if head in _AGGREGATES or head == "|":
            return self._aggregate(line, head, end)
        if head == ".":
            self._end(line, end, inside)
            return None
        kind, value = self._line(line, head)
        self._use(end + 2)
        return self._frame(kind, value, head)

    def _line(self, line: str, head: str) -> tuple[Kind, Any]:
        if head in ("+", "-"):
            if "\r" in line or "\n" in line:
                self._fail("a simple string or an error holds CR or LF")
            return ("simple" if head == "+" else "error"), line[1:].encode("latin-1")
        if head == ":":
            return "integer", integer(line)
        if head == ",":
            return "double", double(line)
        if head == "(":
            return "big number", big_number(line)
        if line == "_":
            return "null", None
        if line in ("#t", "#f", "#T", "#F"):
            return "boolean", line in ("#t", "#T")
        return self._fail(f"not RESP: {line[:1].encode('latin-1')!r}")

    def _bulk(self, line: str, head: str, end: int, inside: _Open | None) -> Frame | NeedData | None:
        if line == "$?":
            self._streamed = 0
            self._begin(_Open("bulk", -1, line, self._attributes), end)
            return None
        size = integer(line, "length")
        if head == ";":
            if inside is None or inside.kind != "bulk":
                self._fail("a part of a streamed string outside of one")
            if size == 0:
                inside.left = 0
                self._use(end + 2)
                return None
        elif size == -1 and head != "!":
            self._use(end + 2)
            return self._frame("null", None, head)
        if size < 0 or (head == "=" and size < 4):
            self._fail(f"bad length {line[:24]!r}")
        # Of a streamed string, all parts together; a part is asked about again each time more data comes.
        before = self._streamed if head == ";" else 0
        if before + size > self._limits.bulk:
            self._fail(f"a string is over the limit of {self._limits.bulk}")
        self._size = end + 2 + size + 2
        if len(self._data) < self._size:
            self._seen = 0
            return NEED_DATA
        value = bytes(self._data[end + 2 : end + 2 + size])
        if not self._data.startswith(_CRLF, end + 2 + size):
            self._fail(f"a string of {size} bytes does not end with CRLF")
        form = None
        if head == "=":
            form, colon, value = value[:3], value[3:4], value[4:]
            if colon != b":":
                self._fail("a verbatim string without its format")
        self._use(self._size)
        if head == ";" and inside is not None:
            inside.items.append(value)
            self._streamed += size
            return None
        return self._frame(_BULKS[head], value, head, form)

    def _aggregate(self, line: str, head: str, end: int) -> Frame | None:
        if line[1:] == "?" and head in "*%~":
            self._begin(_Open(_AGGREGATES[head], -1, line, self._attributes), end)
            return None
        size = integer(line, "length")
        if size == -1 and head != "|":
            self._use(end + 2)
            return self._frame("null", None, head)
        if size < 0:
            self._fail(f"bad length {line[:24]!r}")
        if size > self._limits.items:
            self._fail(f"{size} elements are over the limit of {self._limits.items}")
        kind: Kind | Literal["attribute"] = "attribute" if head == "|" else _AGGREGATES[head]
        self._begin(_Open(kind, 2 * size if head in "%|" else size, line, self._attributes), end)
        return None

    def _begin(self, opened: _Open, end: int) -> None:
        if len(self._open) >= self._limits.depth:
            self._fail(f"aggregates nested deeper than {self._limits.depth}")
        self._open.append(opened)
        self._attributes = None
        self._use(end + 2)

    def _end(self, line: str, end: int, inside: _Open | None) -> None:
        if line != "." or inside is None or inside.left >= 0 or inside.kind == "bulk":
            self._fail("an end where no streamed aggregate is open")
        if self._attributes is not None:
            self._fail("an attribute without the element it belongs to")
        if inside.kind == "map" and len(inside.items) & 1:
            self._fail("a map with a key without a value")
        inside.left = 0
        self._use(end + 2)

    def _frame(self, kind: Kind, value: Any, wire: str, form: bytes | None = None) -> Frame:
        attributes, self._attributes = self._attributes, None
        return Frame(kind, value, wire=wire, attributes=attributes, format=form)

    def _use(self, size: int) -> None:
        del self._data[:size]
        self._offset += size
        self._seen = self._size = 0

    def _fail(self, why: str) -> NoReturn:
        self._broken = f"{why}, at byte {self._offset} of the stream"
        raise ProtocolError(self._broken)
