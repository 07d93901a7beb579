"""What a subscribing connection receives, read quickly: runs of like messages are taken in one go, all else is parsed.

A chunk that holds nothing but messages of one kind is split at CRLF once, and then looked at column by column: kinds,
lengths, channels, data. The lengths must be those of what stands between the CRLFs, so data that holds a CRLF is left
to the parser, as is every other reply. No I/O.
"""

from __future__ import annotations

from .resp import parser_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

_AT_ONCE = 1 << 30  # replies
# The first three tokens of a message, and how many it has in all.
_HEADS = [
    (mark + b"%d" % count, b"$%d" % len(kind), kind, 2 * count + 1)
    for mark in (b">", b"*")
    for kind, count in ((b"message", 3), (b"pmessage", 4), (b"smessage", 3))
]
_BEGINNINGS = {b"\r\n".join(head[:3]) + b"\r\n": head for head in _HEADS}
_LENGTHS = {b"$%d" % length: length for length in range(1024)}
_LONGEST = max(map(len, _BEGINNINGS))


class Reader:
    """Feed it what arrives; it gives the replies, strings as bytes."""

    __slots__ = ("_beginning", "_parser", "_rest")

    def __init__(self, parser: Literal["auto", "python", "hiredis"]) -> None:
        self._parser = parser_class(parser)()
        self._rest = b""  # the beginning of a message, which the parser has not seen
        self._beginning = b"\r\n" + _HEADS[0][0]

    def replies(self, data: bytes) -> list[Any]:
        """All whole replies that there are now. Raises ProtocolError as the parser does."""
        found: list[Any] = []
        parser = self._parser
        if parser.pending:
            # The parser is in the middle of something: let it end that, and see whether a run begins behind it.
            end = data.find(self._beginning)
            if end < 0:
                parser.feed(data)
                return parser.replies(_AT_ONCE, False)
            parser.feed(data[: end + 2])
            found = parser.replies(_AT_ONCE, False)
            data = data[end + 2 :]
            if parser.pending:
                parser.feed(data)
                return found + parser.replies(_AT_ONCE, False)
        elif self._rest:
            data = self._rest + data
            self._rest = b""
        head = _BEGINNINGS.get(data[: data.find(b"e\r\n", 0, _LONGEST) + 3])
        if head is not None and (run := self._run(data, head)):
            self._beginning = b"\r\n" + head[0]
            found = found + run if found else run
            beginning = b"\r\n".join(head[:3])
            if self._rest.startswith(beginning) or beginning.startswith(self._rest):
                return found  # one more of the run, not all there; or nothing
            data, self._rest = self._rest, b""
        parser.feed(data)
        found += parser.replies(_AT_ONCE, False)
        return found

    def _run(self, data: bytes, head: tuple[bytes, bytes, bytes, int]) -> list[Any]:
        """The messages at the beginning of the data if all of it is a run of them, and nothing in it is unusual."""
        tokens = data.split(b"\r\n")
        first, second, kind, width = head
        count = (len(tokens) - 1) // width
        end = count * width
        kinds = tokens[2:end:width]
        columns = [tokens[at:end:width] for at in range(4, width, 2)]
        if (
            tokens[0:end:width].count(first) != count
            or tokens[1:end:width].count(second) != count
            or kinds.count(kind) != count
        ):
            return []
        for at, column in enumerate(columns):
            if list(map(_LENGTHS.get, tokens[3 + 2 * at : end : width])) != list(map(len, column)):
                return []
        if count:
            self._rest = b"\r\n".join(tokens[end:])
        return list(map(list, zip(kinds, *columns, strict=True)))
