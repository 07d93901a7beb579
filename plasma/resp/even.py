"""Bulks that follow one another and are all of one length, found without looking at them one by one.

Their heads stand at the same distance from one another, so one slice with that step shows the same byte of all heads.
What is found is exactly what reading one bulk after the other would give, whatever the strings hold.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEAST = 32  # short bulks that are worth it
_LEAST_LONG = 3  # long ones
_SHORT = 128  # below it splitting at the heads is faster than slicing
_SHORT_BYTES = 1 << 15  # that are looked at, of short bulks and of long ones
_LONG_BYTES = 1 << 17


class Pairs(list["Any"]):
    """Tokens that are plain strings, head and value in turn, and known to be right."""

    __slots__ = ()


def even_ahead(data: bytes, start: int) -> bool:
    """Whether the next bulk from *start* on seems to begin a run of bulks of one length. A guess: one byte of each."""
    start = data.find(b"\r\n$", start) + 2
    end = data.find(b"\r\n", start, start + 8)
    digits = data[start + 1 : end]
    if start < 2 or end < 0 or not digits.isdigit():
        return False
    size = int(digits)
    least = LEAST if size < _SHORT else _LEAST_LONG
    width = end - start + 4 + size
    return data[end - 1 : end + least * width - 1 : width] == digits[-1:] * least


def even_bulks(data: bytes, start: int, head: bytes, size: int, decode: bool) -> tuple[Pairs, int] | None:
    """The bulks like the first, which begins at *start* with *head* (with CRLF), and where they end.

    They are text if that is wanted and they are ASCII. None: there are too few of them to be worth it.
    """
    width = len(head) + size + 2
    least = LEAST if size < _SHORT else _LEAST_LONG
    inner = len(head) + size
    columns = [(start + at, head[at : at + 1]) for at in range(len(head))]
    columns += (start + inner, b"\r"), (start + inner + 1, b"\n")
    # A look at the first few is cheap, and mostly there is no run.
    stop = start + least * width
    if data[columns[-5][0] : stop : width] != columns[-5][1] * least:
        return None
    for at, byte in columns:
        if data[at:stop:width] != byte * least:
            return None
    count = min(len(data) - start, _SHORT_BYTES if size < _SHORT else _LONG_BYTES) // width
    if count < least:
        return None
    for at, byte in columns:
        column = data[at : start + count * width : width]
        if column != byte * count:
            count = len(column) - len(column.lstrip(byte))
    end = start + count * width
    block: Any = None
    cr: Any = b"\r"
    separator: Any = b"\r\n" + head
    token: Any = head[:-2]
    if decode:
        try:
            block = str(memoryview(data)[start:end], "ascii")
        except UnicodeDecodeError:
            pass
        else:
            cr = "\r"
            separator = separator.decode("ascii")
            token = token.decode("ascii")
    if block is None:
        block = data[start:end]
    tokens = Pairs([token] * (2 * count))
    # Without a CR in a string, no string holds the separator or a part of it.
    if size < _SHORT and block.count(cr) == 2 * count:
        tokens[1::2] = block[len(head) : -2].split(separator)
    else:
        tokens[1::2] = [block[at : at + size] for at in range(len(head), len(block), width)]
    return tokens, end
