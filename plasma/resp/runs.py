"""The parser's lookups, and its fast way through runs of like elements.

A run is taken in blocks that grow as long as they fit, so that a run that ends soon costs little, whoever made the
stream. Nothing here fails: what does not fit is left to the parser's plain loop.
"""

from __future__ import annotations

from .aggregates import ARRAY, MAP, value_of
from .even import Pairs
from .rows import MAPS, rows
from .types import DEFAULT_LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .types import Limits

MISS: Any = object()

_SIZES = 1024
_ITEMS = 64
_FIRST_BLOCK = 64


class Table:
    """The lookups for one form of token: text, bytes that are to become text, bytes."""

    __slots__ = (
        "bulk",
        "colon",
        "comma",
        "crlf",
        "decode",
        "error",
        "heads",
        "number",
        "pair",
        "part",
        "simple",
        "sizes",
        "zero",
    )

    def __init__(self, text: bool, decoded: bool, limits: Limits) -> None:
        def token(line: str) -> Any:
            return line if text else line.encode()

        self.decode = decoded and not text
        self.bulk: Any = token("$")
        self.part: Any = token(";")
        self.error: Any = token("!")
        self.colon: Any = token(":")
        self.crlf: Any = token("\r\n")
        self.number: Any = token(":-")
        self.zero: Any = token("0")
        self.pair: Any = token("*2")
        self.comma: Any = token(",")
        # Bulks: their length. Arrays: -1 - elements. Maps: MAPS - (keys and values).
        self.sizes: dict[Any, int] = {token(f"${n}"): n for n in range(min(_SIZES, limits.bulk + 1))}
        self.sizes.update((token(f"*{n}"), -1 - n) for n in range(min(_ITEMS, limits.items + 1)))
        self.sizes.update((token(f"%{n}"), MAPS - 2 * n) for n in range(min(_ITEMS, limits.items + 1)))
        # The other way round, for runs.
        self.heads: list[Any] = [token(f"${n}") for n in range(min(_SIZES, limits.bulk + 1))]
        # Whole values.
        self.simple: dict[Any, Any] = {token(f":{n}"): n for n in range(-2, 256)}
        for line, value in (("$-1", None), ("*-1", None), ("_", None), ("#t", True), ("#f", False)):
            self.simple[token(line)] = value
        for word in ("OK", "QUEUED", "PONG"):
            self.simple[token(f"+{word}")] = word if decoded else word.encode()


Tables = list[Table]
_shared: list[Tables] = []  # for all parsers with the usual limits; made when the first parser is


def tables_for(limits: Limits) -> Tables:
    """The lookups of a parser: for text, for bytes that are to become text, for bytes."""
    if limits.bulk >= _SIZES and limits.items >= _ITEMS:
        if not _shared:
            _shared.append(_tables(DEFAULT_LIMITS))
        return _shared[0]
    return _tables(limits)


def _tables(limits: Limits) -> Tables:
    return [Table(True, True, limits), Table(False, True, limits), Table(False, False, limits)]


def flat(data: bytes, decode: bool, tables: Tables) -> Any:
    """The reply if *data* is exactly one short array or map of strings, MISS if it is anything else."""
    tokens: list[Any]
    if not decode:
        table = tables[2]
        tokens = data.split(b"\r\n")
    elif data.isascii():
        table = tables[0]
        tokens = data.decode("ascii").split("\r\n")
    else:
        return MISS
    size = table.sizes.get(tokens[0], 0)
    count = MAPS - size if size <= MAPS else -1 - size
    if count < 1 or len(tokens) != 2 * count + 2 or tokens.pop():
        return MISS
    values = tokens[2::2]
    heads = table.heads
    try:
        if [heads[len(value)] for value in values] != tokens[1::2]:
            return MISS
    except IndexError:
        return MISS
    return value_of(MAP if size <= MAPS else ARRAY, values, False)


def run(tokens: list[Any], index: int, left: int, items: list[Any], table: Table, depth: int) -> tuple[int, int]:
    """Append the run of like elements that begins at *index*, at most *left* (below zero: any number), that are nested
    no deeper than *depth*.

    Returns how many elements that were, and how many tokens. (0, 0): there is no run.
    """
    line = tokens[index]
    ready = len(tokens) - index
    if ready < 8:
        return 0, 0
    if left < 0 or left > ready:
        left = ready
    if tokens.__class__ is Pairs:
        return _pairs(tokens, index, left, items, table)
    if line[:1] == table.bulk:
        return _bulks(tokens, index, left, items, table)
    value = table.simple.get(line, MISS)
    if value is not MISS and tokens[index + 1] == line:
        return _equals(tokens, index, left, items, value)
    if line[:1] == table.colon:
        return _integers(tokens, index, left, items, table)
    if depth < 1 or line[:1] != table.pair[:1]:
        return 0, 0
    if line == table.pair and tokens[index + 3][:1] == table.comma and tokens[index + 4] == line:
        return _scores(tokens, index, left, items, table)
    return rows(tokens, index, left, items, table, depth)


def _pairs(tokens: list[Any], index: int, left: int, items: list[Any], table: Table) -> tuple[int, int]:
    """Strings that need no further look."""
    count = min(left, (len(tokens) - index) >> 1)
    values = tokens[index + 1 : index + 2 * count : 2]
    if table.decode:
        try:
            values = [value.decode() for value in values]
        except UnicodeDecodeError:
            return 0, 0
    items += values
    return count, 2 * count


def _bulks(tokens: list[Any], index: int, left: int, items: list[Any], table: Table) -> tuple[int, int]:
    heads = table.heads
    block = _FIRST_BLOCK
    taken = 0
    at = index
    stop = len(tokens)
    while True:
        count = min(left - taken, block, (stop - at) >> 1)
        if count < 1:
            break
        end = at + 2 * count
        values = tokens[at + 1 : end : 2]
        try:
            if [heads[len(value)] for value in values] != tokens[at:end:2]:
                break
            if table.decode:
                values = [value.decode() for value in values]
        except (IndexError, UnicodeDecodeError):
            break
        items += values
        taken += count
        at = end
        block *= 8
    return taken, at - index


def _scores(tokens: list[Any], index: int, left: int, items: list[Any], table: Table) -> tuple[int, int]:
    """Pairs of a string and a double, as ZRANGE WITHSCORES gives them: tokens *2, $n, member, score."""
    pair = table.pair
    comma = table.comma
    heads = table.heads
    block = _FIRST_BLOCK
    taken = 0
    at = index
    while True:
        count = min(left - taken, block, (len(tokens) - at) >> 2)
        if count < 1:
            break
        end = at + 4 * count
        members = tokens[at + 2 : end : 4]
        scores = tokens[at + 3 : end : 4]
        try:
            if (
                tokens[at:end:4].count(pair) != count
                or [heads[len(member)] for member in members] != tokens[at + 1 : end : 4]
            ):
                break
            whole = comma[:0].join(scores)
            digits = whole[1:].split(comma)
            if len(digits) != count or whole[:1] != comma or max(map(len, digits)) > 40:
                break
            if whole.__class__ is str:
                whole = whole.encode()
            # Plain finite numbers only: infinities, long ones, zeros by underflow are for the plain loop.
            if whole.translate(None, b"0123456789.-,"):
                break
            numbers = list(map(float, digits))
            if table.decode:
                members = [member.decode() for member in members]
        except (IndexError, ValueError):
            break
        items += map(list, zip(members, numbers, strict=True))
        taken += count
        at = end
        block *= 8
    return taken, at - index


def _equals(tokens: list[Any], index: int, left: int, items: list[Any], value: Any) -> tuple[int, int]:
    line = tokens[index]
    block = _FIRST_BLOCK
    taken = 0
    while True:
        lines = tokens[index + taken : index + min(left, taken + block)]
        count = len(lines)
        if not count or lines.count(line) != count:
            break
        items += [value] * count
        taken += count
        block *= 8
    return taken, taken


def _integers(tokens: list[Any], index: int, left: int, items: list[Any], table: Table) -> tuple[int, int]:
    """Integers of at most 18 digits. All checks are made on the whole run at once: int() alone is too lenient."""
    colon = table.colon
    zero = table.zero
    nothing = colon[:0]
    block = _FIRST_BLOCK
    taken = 0
    while True:
        lines = tokens[index + taken : index + min(left, taken + block)]
        count = len(lines)
        if not count or max(map(len, lines)) > 19:
            break
        whole = nothing.join(lines)
        digits = whole[1:].split(colon)
        # 1. every line began with ":", and no other did inside; 2. digits only, but for a minus in front;
        # 3. no zero in front, but for zero itself.
        if len(digits) != count or whole[:1] != colon:
            break
        if not (nothing.join(digits).isdigit() or whole.replace(table.number, colon).replace(colon, nothing).isdigit()):
            break
        if nothing in digits or whole.count(colon + zero) != digits.count(zero) or table.number + zero in whole:
            break
        items += map(int, digits)
        taken += count
        block *= 8
    return taken, taken
