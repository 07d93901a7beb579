"""What a subscribing connection receives, read quickly: runs of like messages are taken in one go, all else is parsed.

A chunk that holds nothing but messages of one kind is split at CRLF once, and then looked at column by column: kinds,
lengths, channels, data. The lengths must be those of what stands between the CRLFs, so data that holds a CRLF is left
to the parser, as is every other reply. Where text is wanted an ASCII chunk is decoded once, and not value by value.
No I/O.
"""

from __future__ import annotations

from itertools import repeat

from .resp import parser_class

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    _Head = tuple[bytes, bytes, bytes, int, tuple[int, ...]]

_AT_ONCE = 1 << 30  # replies
# A message's first three tokens, how many it has in all, and the columns of its channel, data and pattern.
_HEADS = [
    (mark + b"%d" % count, b"$%d" % len(kind), kind, 2 * count + 1, (6, 8, 4) if count == 4 else (4, 6))
    for mark in (b">", b"*")
    for kind, count in ((b"message", 3), (b"pmessage", 4), (b"smessage", 3))
]
_BEGINNINGS = {b"\r\n".join(head[:3]) + b"\r\n": head for head in _HEADS}
_LONGEST = max(map(len, _BEGINNINGS))
# Apart, as text and bytes of one content are alike to a dict.
_LENGTHS: dict[Any, int] = {b"$%d" % length: length for length in range(1024)}
_LENGTHS_OF_TEXT: dict[Any, int] = {f"${length}": length for length in range(1024)}


class Run(list["Any"]):
    """Nothing but messages, in the form in which listeners take them: (kind, channel, data) or one more, the pattern.

    The kind is text, the others are bytes; or text too, where that is wanted and nothing but ASCII was there.
    """

    __slots__ = ()


class Reader:
    """Feed it what arrives; it gives the replies, strings as bytes, or a Run."""

    __slots__ = ("_beginning", "_parser", "_rest", "_wants_text")

    def __init__(self, parser: Literal["auto", "python", "hiredis"], wants_text: bool = False) -> None:
        self._parser = parser_class(parser)()
        self._wants_text = wants_text
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
            found = [*found, *run] if found else run
            beginning = b"\r\n".join(head[:3])
            if self._rest.startswith(beginning) or beginning.startswith(self._rest):
                return found  # one more of the run, not all there; or nothing
            data, self._rest = self._rest, b""
        parser.feed(data)
        return [*found, *parser.replies(_AT_ONCE, False)]

    def _run(self, data: bytes, head: _Head) -> Run | None:
        """The messages at the beginning of the data if all of it is a run of them, and nothing in it is unusual."""
        tokens: Any
        first, second, kind, width, places = head
        name = kind.decode()
        beginning: tuple[Any, ...] = first, second, kind
        lengths = _LENGTHS
        if self._wants_text and data.isascii():
            tokens = data.decode().split("\r\n")
            beginning = first.decode(), second.decode(), name
            lengths = _LENGTHS_OF_TEXT
        else:
            tokens = data.split(b"\r\n")
        count = (len(tokens) - 1) // width
        end = count * width
        if not count or any(tokens[at:end:width].count(token) != count for at, token in enumerate(beginning)):
            return None
        columns = [tokens[at:end:width] for at in places]
        for at, column in zip(places, columns, strict=True):
            if not _are_lengths(tokens[at - 1 : end : width], column, lengths):
                return None
        rest = tokens[end:]
        self._rest = b"\r\n".join(rest) if lengths is _LENGTHS else "\r\n".join(rest).encode()
        return Run(zip(repeat(name, count), *columns, strict=True))


def _are_lengths(heads: list[Any], values: list[Any], lengths: dict[Any, int]) -> bool:
    """Does each head ("$5") tell the length of its value? One channel, all along, is looked at once."""
    if values.count(values[0]) == heads.count(heads[0]) == len(values):
        return lengths.get(heads[0]) == len(values[0])
    return list(map(lengths.get, heads)) == list(map(len, values))
