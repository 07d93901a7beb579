"""One large string on its way: the socket is read straight into the object that is given to the caller.

The parser never sees it, and nothing is copied at the end.
"""

from __future__ import annotations

from io import BytesIO

from ..errors import DecodeError, ProtocolError
from ..heap import keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LargeBulk:
    """Made when the head of the string has come; filled by way of `room`."""

    __slots__ = ("_filled", "_length", "_room", "_tail", "_view", "_whole")

    def __init__(self, length: int, begin: memoryview) -> None:
        keep(length)
        self._whole = BytesIO(bytes(length))
        self._view: memoryview | None = self._whole.getbuffer()
        self._view[: len(begin)] = begin
        self._room: memoryview | None = None
        self._filled = len(begin)
        self._length = length
        self._tail = b""

    @property
    def is_filled(self) -> bool:
        """Is only the CRLF behind it missing?"""
        return self._view is None

    def room(self) -> memoryview | None:
        """Where the next bytes belong; None if it is filled."""
        self._room = None if self._view is None else self._view[self._filled :]
        return self._room

    def filled(self, count: int) -> None:
        """So many bytes were read into `room`."""
        self._filled += count
        if self._filled == self._length:
            self.drop()

    def drop(self) -> None:
        """Nothing more is read into it. Memory that is lent, as in the frame of a traceback, could not be freed."""
        view, room, self._view, self._room = self._view, self._room, None, None
        for lent in (room, view):
            try:
                if lent is not None:
                    lent.release()
            except BufferError:  # a transport reads into it at this moment, and then lets go of it
                pass

    def end(self, data: bytes) -> bytes | None:
        """Take the CRLF off these bytes and return the rest; None if it is not all there."""
        missing = 2 - len(self._tail)
        self._tail += data[:missing]
        if len(self._tail) < 2:
            return None
        if self._tail != b"\r\n":
            raise ProtocolError(f"a bulk string of {self._length} bytes does not end with CRLF")
        return data[missing:]

    def reply(self, decode: bool) -> Any:
        """The string; a DecodeError, as a value, if it is to be text and is not UTF-8."""
        if not decode:
            return self._whole.getvalue()
        with self._whole.getbuffer() as view:
            try:
                return str(view, "utf-8")
            except UnicodeDecodeError as exc:
                return DecodeError(f"the reply is not UTF-8: byte 0x{exc.object[exc.start]:02x} at {exc.start}")
