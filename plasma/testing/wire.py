"""As much RESP as test tools need, on its own: a codec that tests are written with must not be the one under test.

`pack` makes a command. `Frames` cuts a stream, of commands or of replies, into whole frames without looking at
what they mean; each byte is looked at about once, at whatever pieces it comes. `value` reads one whole frame.
Streamed strings and aggregates (`$?`, `*?`), which no server sends, are not known here: a `ValueError`.
"""

from __future__ import annotations

import socket
from typing import Any, TypeAlias

Reply: TypeAlias = "str | bytes | int | float | bool | list[Reply] | None"

_BULK = b"$=!"
_SIMPLE = b"+-:,#_("
_CHILDREN = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}


def pack(*args: str | bytes | int | float) -> bytes:
    """Return a command as the array of bulk strings that goes over the wire."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in args:
        blob = arg if isinstance(arg, bytes) else str(arg).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(blob), blob))
    return b"".join(parts)


class Frames:
    """Cuts a byte stream into whole RESP frames; with *inline*, any other line is a frame as well.

    An attribute is one frame with the reply that follows it. After a `ValueError` the stream cannot be followed
    any more; `take` still gives the bytes that no frame has used.
    """

    def __init__(self, *, inline: bool = False) -> None:
        self._inline = inline
        self._buffer = bytearray()
        self._at = 0  # everything before it belongs to the frame that is being read
        self._open: list[int] = []  # for each aggregate we are in, how many children are to come

    def __len__(self) -> int:
        """How many bytes no frame has used yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take more of the stream."""
        self._buffer += data

    def next(self) -> bytes | None:
        """Return the next whole frame, or None if it is not whole yet."""
        return self.take(self._at) if self._advance() else None

    def take(self, size: int | None = None) -> bytes:
        """Give up the first bytes (all of them, by default), whatever they are; frames begin anew behind them."""
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._at = 0
        self._open.clear()
        return taken

    def _advance(self) -> bool:
        """Go on until a whole frame lies before `_at` (True) or bytes are missing (False)."""
        buffer = self._buffer
        if self._at and not self._open:  # only the payload of a frame that is one bulk string was missing
            return self._at <= len(buffer)
        while self._at <= len(buffer):
            end = buffer.find(b"\n", self._at)
            if end < 0:
                return False
            line = bytes(buffer[self._at : end]).rstrip(b"\r")
            self._at = end + 1
            kind = line[:1]
            if self._inline and not self._open and kind != b"*":
                return True
            if kind in _CHILDREN:
                children = int(line[1:]) * _CHILDREN[kind] + (kind == b"|")
                if children > 0:
                    self._open.append(children)
                    continue
            elif kind and kind in _BULK:
                length = int(line[1:])
                if length >= 0:
                    self._at += length + 2
            elif not kind or kind not in _SIMPLE:
                raise ValueError(f"not RESP: {line[:40]!r}")
            while self._open:
                self._open[-1] -= 1
                if self._open[-1]:
                    break
                self._open.pop()
            if not self._open:
                return self._at <= len(buffer)
        return False


def value(frame: bytes) -> Any:
    """Read one whole frame: strings as bytes, an error as a `ReplyError`, maps and pushes as flat lists."""
    return _value(frame, 0)[0]


class ReplyError(str):
    """The text of an error reply."""

    __slots__ = ()


def _value(frame: bytes, at: int) -> tuple[Any, int]:
    end = frame.index(b"\r\n", at)
    kind, line, at = frame[at : at + 1], frame[at + 1 : end], end + 2
    if kind in _CHILDREN:
        size = int(line)
        if size < 0:
            return None, at
        items: list[Any] = []
        for _ in range(size * _CHILDREN[kind]):
            item, at = _value(frame, at)
            items.append(item)
        return _value(frame, at) if kind == b"|" else (items, at)
    if kind in _BULK:
        length = int(line)
        if length < 0:
            return None, at
        blob = frame[at : at + length]
        return (ReplyError(blob.decode(errors="replace")) if kind == b"!" else blob), at + length + 2
    if kind == b"-":
        return ReplyError(line.decode(errors="replace")), at
    if kind in b":(":
        return int(line), at
    if kind == b",":
        return float(line), at
    if kind == b"#":
        return line == b"t", at
    return (None if kind == b"_" else line), at


def command(frame: bytes) -> list[bytes]:
    """Read one whole frame of a client: the words of the command (none for an empty line).

    A command has bulk strings only; a frame that is no command is one word.
    """
    if frame[:1] != b"*":
        return frame.split()
    try:
        words: list[Any] = value(frame) or []
    except ValueError:
        return [frame]
    return [word if isinstance(word, bytes) else str(word).encode() for word in words]


def ask(sock: socket.socket, *args: str | bytes | int | float) -> Any:
    """Send one command on a socket that owes no reply, and return the reply."""
    sock.sendall(pack(*args))
    frames = Frames()
    while True:
        data = sock.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        frames.feed(data)
        if (frame := frames.next()) is not None:
            return value(frame)


def text(reply: Reply) -> Reply:
    """The same reply with every bytes in it as text; bytes that are not UTF-8 become surrogates."""
    if isinstance(reply, bytes):
        return reply.decode(errors="surrogateescape")
    if isinstance(reply, list):
        return [text(item) for item in reply]
    return reply
