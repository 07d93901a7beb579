"""The one reply in a chunk, or one again and again, taken without a parser.

Most calls are answered by exactly one small reply in exactly one chunk, and most long pipelines, which write, by the
same line over and over. These functions look at such a chunk by itself; they may only be asked while the parser has
nothing pending, and whatever they do not know or doubt they leave to it. They accept nothing that the parser would
refuse.
"""

from __future__ import annotations

from .runs import MISS, flat, tables_for
from .types import DEFAULT_LIMITS, NEED_DATA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGE = 1 << 16  # bytes from which on a bulk string is worth a buffer of its own
HUGE = 1 << 26  # and up to which its length alone is believed when it comes to making one
_CRLF = b"\r\n"
_LONGEST_LINE = 24
_SHORT_MAP = 640  # bytes up to which a map is quicker split than read by hiredis; of arrays that is not so
_LONGEST_NUMBER = 21  # bytes of an integer that is read here: longer ones, and negative ones, are the parser's
# What strings of a length begin with, by the length of the whole: no two have the same.
_TABLED = 1024
_HEADS = [b"\0"] * _TABLED
for _size in range(_TABLED - 9):
    _head = b"$%d\r\n" % _size
    _HEADS[len(_head) + _size + 2] = _head
# All that is shorter than the empty string.
_SHORTEST = 6
_SHORT: list[dict[bytes, Any]] = [
    {
        **{b":%d\r\n" % number: number for number in range(-9, 100)},
        **dict.fromkeys((b"$-1\r\n", b"_\r\n")),
        b"#t\r\n": True,
        b"#f\r\n": False,
        b"+OK\r\n": ok,
    }
    for ok in (b"OK", "OK")
]


def whole_reply(data: bytes, decode: bool) -> Any:
    """Return the reply if *data* is exactly one simple reply, `NEED_DATA` if it is anything else.

    Simple are a bulk string, OK, an integer, a null, a boolean, and a short map of strings. A string that is not UTF-8
    is left to the parser.
    """
    size = len(data)
    if size < _SHORTEST:
        return _SHORT[decode].get(data, NEED_DATA)
    kind = data[0]
    if kind == 36:  # "$"
        head = _HEADS[size] if size < _TABLED else _long_head(data)
        if data.startswith(head) and data.endswith(_CRLF):
            if not decode:
                return data[len(head) : -2]
            try:
                return data[len(head) : -2].decode()
            except UnicodeDecodeError:
                pass
    elif kind == 58 and size <= _LONGEST_NUMBER and data.endswith(_CRLF):  # ":"
        digits = data[1:-2]
        if digits.isdigit() and digits[0] != 48:
            return int(digits)
    elif kind == 37 and size < _SHORT_MAP:  # "%"
        value = flat(data, decode, tables_for(DEFAULT_LIMITS))
        return NEED_DATA if value is MISS else value
    return NEED_DATA


def _long_head(data: bytes) -> bytes:
    """What a string as long as this begins with, if it is one string."""
    end = data.find(_CRLF, 0, 16) + 2
    return b"$%d\r\n" % (len(data) - end - 2)


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
