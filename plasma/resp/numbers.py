"""The numbers of RESP, read strictly: what the protocol's reference readers refuse is refused here.

Each of them takes a whole line as text, type byte first, and raises `BadLine` (its text names the kind of value).
"""

from __future__ import annotations

from ..errors import DecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_LOWEST: Final = -(1 << 63)
_HIGHEST: Final = (1 << 63) - 1
_DOUBLE_CHARACTERS: Final = frozenset("0123456789+-.eE")


class BadLine(Exception):
    """The line does not hold what its type byte says."""


def integer(line: str, what: str = "integer") -> int:
    """A signed 64-bit number: no plus, no leading zero, no minus zero."""
    digits = line[2:] if line[1:2] == "-" else line[1:]
    if digits.isascii() and digits.isdigit() and len(digits) < 20 and (digits[0] != "0" or len(line) == 2):
        number = int(line[1:])
        if _LOWEST <= number <= _HIGHEST:
            return number
    raise BadLine(what)


def big_number(line: str) -> int:
    """A number of any size, up to the interpreter's limit of digits."""
    digits = line[2:] if line[1:2] == "-" else line[1:]
    if digits.isascii() and digits.isdigit():
        try:
            return int(line[1:])
        except ValueError:  # too many digits
            raise BadLine("big number") from None
    raise BadLine("big number")


def undecodable(error: UnicodeDecodeError) -> DecodeError:
    """What to raise instead: Python's own error holds the value, which may be secret."""
    where = f"byte {error.start}" if error.end == error.start + 1 else f"bytes {error.start} to {error.end - 1}"
    return DecodeError(f"{where} of a string of {len(error.object)} bytes: not UTF-8 ({error.reason})")


def double(line: str) -> float:
    """A decimal number, "inf", "-inf" or "nan" (in any case): no plus before it, nothing that overflows."""
    digits = line[1:]
    if digits and digits[0] != "+" and len(digits) < 326 and _DOUBLE_CHARACTERS.issuperset(digits):
        try:
            number = float(digits)
        except ValueError:
            raise BadLine("double") from None
        if number - number == 0 and (number or not digits.lower().partition("e")[0].strip("-.0")):
            return number
    elif digits.lower() in ("inf", "-inf", "nan", "-nan"):
        return float(digits)
    raise BadLine("double")
