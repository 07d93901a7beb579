"""The one reply in a chunk, or one again and again, taken without a parser.

Most calls are answered by exactly one small reply in exactly one chunk, and most long pipelines, which write, by the
same line over and over. These functions look at such a chunk by itself; they may only be asked while the parser has
nothing pending, and whatever they do not know or doubt they leave to it. They accept nothing that the parser would
refuse.
"""

from __future__ import annotations

from .types import NEED_DATA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGE = 1 << 16  # bytes from which on a bulk string is worth a buffer of its own
HUGE = 1 << 26  # and up to which its length alone is believed when it comes to making one
_CRLF = b"\r\n"
_LONGEST_LINE = 24
_LONGEST = 64  # bytes; of what is simple only strings are longer
# The head of a bulk string: how many bytes follow it, CRLF included.
_REST = {b"$%d" % size: size + 2 for size in range(1024)}
_SIMPLE: dict[bytes, Any] = {b":%d\r\n" % number: number for number in range(-2, 64)}
_SIMPLE.update(((b"$-1\r\n", None), (b"_\r\n", None), (b"#t\r\n", True), (b"#f\r\n", False)))


def whole_reply(data: bytes, decode: bool) -> Any:
    """Return the reply if *data* is exactly one simple reply, `NEED_DATA` if it is anything else.

    Simple are a bulk string, OK, an integer, a null and a boolean. A string that is not UTF-8 is left to the parser.
    """
    if len(data) > _LONGEST and data[0] != 36:  # "$"
        return NEED_DATA
    head, _, body = data.partition(_CRLF)
    rest = _REST.get(head)
    if rest is None and body and head[:1] == b"$" and head[1:].isdigit() and head[1] != 48:
        rest = int(head[1:]) + 2 if len(head) < 16 else 0
    if rest is not None:
        if rest == len(body) and body.endswith(_CRLF):
            if not decode:
                return body[:-2]
            try:
                return body[:-2].decode()
            except UnicodeDecodeError:
                pass
        return NEED_DATA
    if body:
        return NEED_DATA
    if data == b"+OK\r\n":
        return "OK" if decode else b"OK"
    reply = _SIMPLE.get(data, NEED_DATA)
    if reply is NEED_DATA and data[:1] == b":" and data.endswith(_CRLF):
        digits = head[1:]
        # Longer numbers and negative ones are the parser's, and all that is wrong.
        if digits.isdigit() and len(digits) < 19 and digits[0] != 48:
            return int(digits)
    return reply


def equal_replies(data: bytes, decode: bool, most: int) -> list[Any] | None:
    """Return the replies if *data* is nothing but one line again and again, a simple reply, and at most so often."""
    end = data.find(_CRLF, 1, _LONGEST_LINE) + 2
    count, rest = divmod(len(data), end)
    line = data[:end]
    if end < 3 or rest or not 1 < count <= most or not data.endswith(line) or data != line * count:
        return None
    reply = whole_reply(line, decode)
    return None if reply is NEED_DATA else [reply] * count


def bulk_length(data: bytes) -> tuple[int, int] | None:
    """Return the length of the large bulk string that *data* begins with, and where in *data* it begins.

    None if it begins with anything else, or with a bulk string under 64 KiB or over 64 MiB. The string is followed by
    CRLF, which is for the caller to check.
    """
    if data[:1] != b"$":
        return None
    end = data.find(_CRLF, 1, 16)
    if end < 6:
        return None
    digits = data[1:end]
    if digits.isdigit() and digits[0] != 48 and LARGE <= (length := int(digits)) <= HUGE:
        return length, end + 2
    return None
