"""The answer to HELLO, and those that were read before: who connects often need not read the same again.

What a good answer means depends on its bytes, and not on the number of the connection, which is all that differs from
one connection to the next. So the bytes around that number are kept, and an answer that has the same ones is as good.
Errors to HELLO are never kept, nor anything that was sent.
"""

from __future__ import annotations

from .resp import Parser, Push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Known = tuple[int, bytes, bytes]

_BEFORE_NUMBER = b"\r\n$2\r\nid\r\n:"
_MOST = 32  # are kept: servers differ by version, role and mode

_known: set[Known] = set()


class Greeting:
    """The first piece of what comes in answer to a login of `count` commands, HELLO the first of them."""

    __slots__ = ("_count", "_piece")

    def __init__(self, count: int) -> None:
        self._count = count
        self._piece = b""

    def is_known(self, piece: bytes) -> bool:
        """Whether this, the first piece, is all of an answer that was good before."""
        self._piece = piece
        around, number = self._parted()
        return around in _known and _is_plain(number)

    def remember(self) -> None:
        """The login was good: keep its answer, if the first piece was all of it."""
        around, number = self._parted()
        if len(_known) >= _MOST or not _is_plain(number):
            return
        parser = Parser()
        parser.feed(self._piece)
        replies: list[Any] = parser.replies(self._count, True)
        if len(replies) < self._count or parser.pending or Push in set(map(type, replies)):
            return
        greeting = replies[0]
        if greeting.__class__ is dict and greeting.get("id") == int(number):
            _known.add(around)

    def _parted(self) -> tuple[Known, bytes]:
        before, _, rest = self._piece.partition(_BEFORE_NUMBER)
        number, _, after = rest.partition(b"\r\n")
        return (self._count, before, after), number


def _is_plain(number: bytes) -> bool:
    return number.isdigit() and len(number) < 19 and number[0] != 48
