"""A line of MONITOR -> the command it tells of. No I/O.

1718026453.123456 [0 127.0.0.1:60866] "set" "k" "caf\\xc3\\xa9"
"""

from __future__ import annotations

from .errors import DecodeError, ProtocolError
from .messages import MonitoredCommand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


def monitored_command(line: Any, decode: bool) -> MonitoredCommand[Any]:
    """The command of one line, given as bytes.

    Raises ProtocolError if it is no such line, DecodeError if it is wanted as text and is not UTF-8.
    """
    try:
        head, _, words = line.partition(b'] "')
        time, _, client = head.partition(b" [")
        db, _, address = client.partition(b" ")
        args: list[Any] = _unquoted(words)
        command: MonitoredCommand[Any] = MonitoredCommand(float(time), int(db), address.decode(), ())
    except (AttributeError, TypeError, ValueError):
        raise ProtocolError("what MONITOR told is not the line of a command") from None
    if decode:
        try:
            args = [str(arg, "utf-8") for arg in args]
        except UnicodeDecodeError as exc:
            raise DecodeError(
                f"a monitored command is not UTF-8: byte 0x{exc.object[exc.start]:02x} at {exc.start}"
            ) from None
    command.args = tuple(args)
    return command


def _unquoted(words: bytes) -> list[bytes]:
    """The words of `a" "b"`, whose first quotation mark is gone already."""
    if not words.endswith(b'"'):
        raise ValueError
    words = words[:-1]
    if b"\\" not in words:
        return words.split(b'" "')
    return [_unescaped(word) for word in words.split(b'" "')]


def _unescaped(word: bytes) -> bytes:
    first, *parts = word.split(b"\\")
    done = [first]
    skip = False  # the part before was an escaped backslash, so this one begins with nothing escaped
    for part in parts:
        if skip:
            skip = False
            done.append(part)
        elif not part:
            skip = True
            done.append(b"\\")
        elif part[:1] == b"x":
            done.append(bytes((int(part[1:3], 16),)) + part[3:])
        else:
            done.append(_ESCAPES.get(part[:1], part[:1]) + part[1:])
    return b"".join(done)
