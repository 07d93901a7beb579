"""The stream as tokens: what arrives, joined where it must be and split at CRLF a window at a time.

Rules: an item that is not there in full stays unread, and is not looked at again, until as many bytes (a bulk) or a
CRLF (a line) have arrived as it needs: so a stream costs the same a byte however it is cut. A window that is all
ASCII becomes `str` tokens, any other `bytes`. Long bulks are cut out by offset: splitting them would cost more.
"""

from __future__ import annotations

from ..errors import ProtocolError
from .even import LEAST, Pairs, even_ahead, even_bulks
from .types import DEFAULT_LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .types import Limits

_WINDOW = 1 << 15  # bytes split at a time
_FIRST_WINDOW = 1 << 9  # ... and at first in a large aggregate of strings, most of which are of one length
_SHORT_RUN = 256  # tokens of a run of one length that was hardly worth looking for ...
_PATIENCE = 2  # ... and how many of them are taken before the next window is split
_LONG = 128  # from this length on a bulk is cut out
_CRLF = b"\r\n"
_BULK = 36  # "$"
_BULKS = b"$=!"
_LISTS = b"*~"
_TYPES = b"$*:+-_%~,#=(>!|;."


class Tokens:
    """What a parser reads from: lines before `_end`, data behind it, and chunks not yet joined to that."""

    __slots__ = (
        "_base",
        "_chunks",
        "_data",
        "_end",
        "_held",
        "_index",
        "_limits",
        "_missing",
        "_patience",
        "_text",
        "_tokens",
        "_window",
    )

    def __init__(self, limits: Limits | None = None, *, offset: int = 0) -> None:
        self._limits = limits or DEFAULT_LIMITS
        self._base = offset  # where in the stream `_data` begins
        self._data = b""
        self._end = 0  # up to where `_data` has become tokens
        self._window = _WINDOW  # bytes to split at next
        self._patience = _PATIENCE  # short runs of one length to take before that
        self._tokens: list[Any] = []  # the lines before `_end`; read up to `_index`
        self._index = 0
        self._text = False  # whether tokens are `str`
        self._chunks: list[bytes] = []  # what was fed since `_data`
        self._held = 0  # bytes in `_chunks`
        self._missing = 0  # bytes that must be in `_chunks` before it is worth reading on; -1: a CRLF

    @property
    def offset(self) -> int:
        """How many bytes of the stream have become tokens; if nothing is pending, where the next reply begins."""
        return self._base + self._end

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take what arrived. It is copied unless it is `bytes`."""
        if not isinstance(data, bytes):
            data = bytes(data)
        if self._end == len(self._data) and not self._chunks and self._index == len(self._tokens):
            self._base += self._end
            self._data = data
            self._end = 0
            return
        if not data:
            return
        self._chunks.append(data)
        self._held += len(data)
        if self._missing < 0:
            before = self._chunks[-2] if len(self._chunks) > 1 else self._data
            unread = len(self._data) - self._end + self._held
            if _CRLF in data or (data[0] == 10 and before[-1] == 13) or unread > self._limits.line + 1:
                self._missing = 0  # the line is complete, or too long

    def _more(self, decode: bool, cut: bool) -> bool:
        """Make more tokens. False if that needs more data. With *cut* the next item is a bulk to cut out by offset."""
        self._tokens = []
        self._index = 0
        if self._missing:
            if self._missing < 0 or self._held < self._missing:
                return False
            self._join()
        while True:
            start = self._end
            if start < len(self._data):
                found = self._cut_out(decode, cut) if cut or self._data[start] in _BULKS else False
                if found is False:
                    found = self._split(decode)
                if found:
                    return True
            if not self._chunks:
                return False
            self._join()

    def _mode(self, decode: bool) -> int:
        """Which of the three tables fits the tokens."""
        return 0 if self._text else 1 if decode else 2

    def _join(self) -> None:
        """Make what is unread and what was fed since one piece."""
        start = self._end
        chunks = self._chunks
        self._base += start
        self._data = (
            b"".join([self._data[start:], *chunks]) if start < len(self._data) or len(chunks) > 1 else chunks[0]
        )
        self._end = 0
        self._held = self._missing = 0
        chunks.clear()

    def _many(self, start: int) -> bool:
        """Make a token of the head of an array or a set of strings that are long or seem to be of one length."""
        data = self._data
        end = data.find(_CRLF, start, start + 16)
        if end - start < 3 or data[end + 2 : end + 3] != b"$":
            return False
        digits = data[start + 1 : end]
        if not digits.isdigit():
            return False
        long = data[end + 3 : end + 7].isdigit()
        if not long and (int(digits) < LEAST or not even_ahead(data, end + _FIRST_WINDOW)):
            return False
        self._text = False
        self._tokens = [data[start:end]]
        self._end = end + 2
        self._window = _FIRST_WINDOW
        return True

    def _split(self, decode: bool) -> bool:
        """Make tokens of the next window."""
        data = self._data
        start = self._end
        if data[start] in _LISTS and self._many(start):
            return True
        stop = start + self._window
        self._window = _WINDOW
        self._patience = _PATIENCE
        if stop < len(data):
            # Better between two strings than inside one.
            between = data.find(b"\r\n$", stop, stop + _LONG)
            stop = stop if between < 0 else between + 2
        window = data if not start and len(data) <= stop else data[start:stop]
        if decode and window.isascii():
            self._text = True
            tokens: list[Any] = window.decode("ascii").split("\r\n")
        else:
            self._text = False
            tokens = window.split(_CRLF)
        rest = len(tokens.pop())
        if tokens:
            self._tokens = tokens
            self._end = start + len(window) - rest
            return True
        end = data.find(_CRLF, start)
        if end < 0:
            if data[start] not in _TYPES:
                self._fail(f"no type of RESP begins with {data[start : start + 1]!r}", 0)
            if len(data) - start > self._limits.line + 1:  # one for a CR
                self._fail(f"a line is longer than {self._limits.line} bytes", 0)
            if not self._chunks:
                self._missing = -1
            return False
        self._text = False
        self._tokens = [data[start:end]]
        self._end = end + 2
        return True

    def _cut_out(self, decode: bool, cut: bool) -> bool | None:
        """Make tokens of bulks of one length, or too long for splitting. With *cut* the first is, at any rate.

        False: there is no such bulk here. None: the first is not there in full.
        """
        data = self._data
        start = self._end
        limit = self._limits.bulk
        tokens: list[Any] = Pairs()
        while len(tokens) < 512 and start < len(data) and (cut or data[start] in _BULKS):
            end = data.find(_CRLF, start, start + 24)
            digits = data[start + 1 : end]
            if end < 0 or not digits.isdigit() or (digits[0] == 48 and digits != b"0"):
                break
            size = int(digits)
            if size > limit:
                break
            if not tokens and self._patience and data[start] == _BULK:
                even = even_bulks(data, start, data[start : end + 2], size, decode)
                if even is not None:
                    self._tokens, self._end = even
                    if len(self._tokens) < _SHORT_RUN and size < _LONG:
                        self._patience -= 1
                    self._text = self._tokens[0].__class__ is str
                    return True
            if size < _LONG and not cut:
                break
            cut = False
            after = end + 2 + size
            if len(data) < after + 2:
                if tokens:
                    break
                if not self._chunks:
                    self._missing = after + 2 - len(data)
                return None
            if data[after : after + 2] != _CRLF:
                if tokens:
                    break  # those before it are good
                self._fail(f"a string of {size} bytes does not end with CRLF", 0)
            if data[start] != _BULK and tokens.__class__ is Pairs:
                tokens = list(tokens)
            head = data[start : end + 2]
            token = data[start:end]
            # Long ones behind it are often as long.
            while True:
                tokens += (token, data[start + len(head) : after])
                start = after + 2
                after = start + len(head) + size
                if (
                    size < _LONG
                    or not data.startswith(head, start)
                    or data[after : after + 2] != _CRLF
                    or len(tokens) >= 512
                ):
                    break
        if not tokens:
            return False
        self._tokens = tokens
        self._text = False
        self._end = start
        return True

    def _unread(self, index: int) -> None:
        """Give the tokens from *index* on back to the data."""
        self._end -= self._width(index)
        self._tokens = []
        self._index = 0

    def _width(self, index: int) -> int:
        tokens = self._tokens
        return sum(map(len, tokens[index:])) + 2 * (len(tokens) - index)

    def _wrong(self, why: str, index: int) -> ProtocolError:
        """The error about the token at *index*."""
        offset = self._base + self._end - self._width(index)
        return ProtocolError(f"{why}, at byte {offset} of the stream")

    def _fail(self, why: str, index: int) -> NoReturn:
        raise self._wrong(why, index)
