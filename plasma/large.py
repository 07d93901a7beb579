"""A large bulk string, read straight into the object that is returned: the parser never sees it."""

from __future__ import annotations

from io import BytesIO

from .errors import ProtocolError
from .heap import keep
from .resp.numbers import undecodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def large_bulk(
    data: bytes, length: int, start: int, decode: bool, receive_into: Callable[[memoryview], int]
) -> str | bytes:
    """Return the bulk string of this length that begins at `start` of *data*; the rest is asked of `receive_into`.

    Raises DecodeError when all of it was read, ProtocolError, and what `receive_into` raises.
    """
    keep(length)
    whole = BytesIO(bytes(length))
    tail = bytearray(2)
    with whole.getbuffer() as buffer:
        filled = len(data) - start
        buffer[: min(filled, length)] = memoryview(data)[start : start + length]
        while filled < length:
            with buffer[filled:] as rest:  # released also if this fails: a view kept by a traceback pins `whole`
                filled += receive_into(rest)
    if filled > length:
        tail[: filled - length] = data[start + length :]
    while filled < length + 2:
        filled += receive_into(memoryview(tail)[filled - length :])
    if bytes(tail) != b"\r\n":
        raise ProtocolError(f"a bulk string of {length} bytes does not end with CRLF")
    if not decode:
        return whole.getvalue()
    with whole.getbuffer() as buffer:
        try:
            return str(buffer, "utf-8")
        except UnicodeDecodeError as exc:
            raise undecodable(exc) from None
