"""What a line is that stands in no table: rare types, long or odd numbers, and all that is wrong.

One line at a time, told by its first byte. Slow beside the parser's loop, and complete.
"""

from __future__ import annotations

from ..errors import server_error
from .aggregates import ARRAY, ATTRIBUTE, KINDS, MAP, SET, STRING
from .numbers import BadLine, big_number, double, integer, undecodable
from .runs import MISS, tables_for
from .tokens import Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..errors import DecodeError
    from .types import Limits

# What a line that is not in the tables turns out to be.
VALUE, BULK, OPEN, CLOSE = range(4)


class Lines(Tokens):
    """Tokens, and the meaning of single ones. `Parser` puts them together."""

    __slots__ = ("_attribute_at", "_bad", "_part_bytes", "_stack", "_tables")

    def __init__(self, limits: Limits | None = None, *, offset: int = 0) -> None:
        super().__init__(limits, offset=offset)
        self._tables = tables_for(self._limits)
        # The aggregates around the current element, outermost first: kind, elements left (below zero: streamed, no
        # end known), elements so far, and `_bad` as it was when it was opened.
        self._stack: list[tuple[int, int, list[Any], DecodeError | None]] = []
        self._bad: DecodeError | None = None  # the first string of the current reply that is not UTF-8
        self._part_bytes = 0  # of the streamed string that is open
        self._attribute_at: tuple[int, int] | None = None  # the element that the last attribute belongs to

    def _joined(self, tokens: list[Any], index: int, size: int, crlf: Any) -> tuple[Any, int]:
        """The bulk whose head is at *index* and that is not one token, and where the next item is."""
        total = -2
        at = index + 1
        while at < len(tokens) and total < size:
            total += 2 + len(tokens[at])
            at += 1
        if total == size:
            return crlf.join(tokens[index + 1 : at]), at
        if total > size:
            self._fail(f"a string of {size} bytes does not end with CRLF", index)
        return MISS, 0

    def _rare(self, line: Any, index: int, kind: int, left: int, given: int, mode: int) -> tuple[int, Any, int]:
        """Tell what a line is that is in no table: what to do, the value or the kind, the size."""
        text: str = line if mode == 0 else line.decode("latin-1")
        head = text[:1]
        limits = self._limits
        if len(text) > limits.line:
            self._fail(f"a line is longer than {limits.line} bytes", index)
        try:
            if head == ":":
                return VALUE, integer(text), 0
            if head == "+":
                if "\r" in text or "\n" in text:
                    self._fail("a simple string holds CR or LF", index)
                return VALUE, self._string(line[1:], mode), 0
            if head == "-":
                if "\r" in text or "\n" in text:
                    self._fail("an error holds CR or LF", index)
                return VALUE, server_error(text[1:] if mode == 0 else line[1:].decode("utf-8", "replace")), 0
            if head == "$" or head == "=" or head == "!" or head == ";":
                return self._bulk_head(text, head, index, kind)
            if head in KINDS:
                return self._aggregate_head(text, head, index)
            if head == ",":
                return VALUE, double(text), 0
            if head == "(":
                return VALUE, big_number(text), 0
        except BadLine as bad:
            self._fail(f"bad {bad} {text[:24]!r}", index)
        if text == ".":
            if left >= 0 or kind not in (ARRAY, MAP, SET):
                self._fail("an end where no streamed aggregate is open", index)
            if self._attribute_at == (len(self._stack), given):
                self._fail("an attribute without the element it belongs to", index)
            if kind == MAP and given & 1:
                self._fail("a map with a key without a value", index)
            if given > self._most(kind):
                self._fail(f"more than {self._limits.items} elements, which is the limit", index)
            return CLOSE, None, 0
        if text == "#T" or text == "#F":
            return VALUE, text == "#T", 0
        if head == "_":
            self._fail(f"bad null {text[:24]!r}", index)
        if head == "#":
            self._fail(f"bad boolean {text[:24]!r}", index)
        return self._fail(f"no type of RESP begins with {head.encode('latin-1')!r}", index)

    def _bulk_head(self, text: str, head: str, index: int, kind: int) -> tuple[int, Any, int]:
        if text == "$?":
            self._part_bytes = 0
            return OPEN, STRING, -1
        size = integer(text, "length")
        if head == ";":
            if kind != STRING:
                self._fail("a part of a streamed string outside of one", index)
            if size == 0:
                return CLOSE, None, 0
        elif size == -1 and head != "!":
            return VALUE, None, 0
        if size < 0:
            self._fail(f"bad length {text[:24]!r}", index)
        total = size
        if head == ";":
            self._part_bytes = total = size + self._part_bytes
        if total > self._limits.bulk:
            self._fail(f"a string of {total} bytes is over the limit of {self._limits.bulk}", index)
        if head == "=" and size < 4:
            self._fail(f"a verbatim string of {size} bytes has no room for its format", index)
        return BULK, None, size

    def _aggregate_head(self, text: str, head: str, index: int) -> tuple[int, Any, int]:
        kind = KINDS[head]
        if text[1:] == "?" and kind in (ARRAY, MAP, SET):
            self._attribute_at = None
            return OPEN, kind, -1
        size = integer(text, "length")
        if size == -1 and kind != ATTRIBUTE:
            return VALUE, None, 0
        if size < 0:
            self._fail(f"bad length {text[:24]!r}", index)
        if size > self._limits.items:
            self._fail(f"{size} elements are over the limit of {self._limits.items}", index)
        return OPEN, kind, 2 * size if kind in (MAP, ATTRIBUTE) else size

    def _most(self, kind: int) -> int:
        return 2 * self._limits.items if kind == MAP else self._limits.items

    def _unusual(self, line: Any, value: Any, index: int, mode: int) -> Any:
        """The value of a bulk that is no plain bulk string."""
        head = line[:1]
        table = self._tables[mode]
        if head == table.part:
            return value.encode() if mode == 0 else value
        if head == table.error:
            return server_error(value if mode == 0 else value.decode("utf-8", "replace"))
        if value[3:4] != table.colon:
            self._fail("a verbatim string without its format", index)
        return value[4:]

    def _string(self, value: Any, mode: int) -> Any:
        if mode == 1:
            try:
                return value.decode()
            except UnicodeDecodeError as error:
                self._note(error)
        return value

    def _note(self, error: UnicodeDecodeError) -> None:
        """Remember that the current reply is not text."""
        if self._bad is None:
            self._bad = undecodable(error)
