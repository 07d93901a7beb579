"""Arrays of one shape that follow one another, such as the entries of a stream, taken a column at a time.

The shape is that of the first: which of its tokens are heads of arrays, and which are strings. Nothing here fails:
what does not fit is left to the parser's plain loop.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .runs import Table

    # A string, as the place of its head in the row; or an array: the place of its head, and its elements.
    Shape = int | tuple[int, list["Shape"]]

MAPS: int = -1000  # in `sizes`: below it is a map's number
_FIRST_BLOCK = 32  # rows; blocks grow as long as they fit
_WIDEST = 128  # tokens of a row
_DEEPEST = 4  # arrays inside one another; so much is looked at again for each of them


def rows(tokens: list[Any], index: int, left: int, items: list[Any], table: Table, depth: int) -> tuple[int, int]:
    """Append the arrays of one shape that begin at *index*, at most *left*, nested no deeper than *depth*.

    Returns how many that were, and how many tokens.
    """
    shape, width = _shape(tokens, index, 0, table, min(depth, _DEEPEST))
    if shape is None or tokens[index + width : index + width + 1] != [tokens[index]]:
        return 0, 0
    block = _FIRST_BLOCK
    taken = 0
    at = index
    while True:
        count = min(left - taken, block, (len(tokens) - at) // width)
        if count < 2:
            break
        found = _column(tokens, at, at + count * width, width, shape, table)
        if found is None:
            break
        items += found
        taken += count
        at += count * width
        block *= 8
    return taken, at - index


def _shape(tokens: list[Any], index: int, at: int, table: Table, depth: int) -> tuple[Shape | None, int]:
    """The shape of the value *at* tokens behind *index*, and where it ends; None if there is no use in it."""
    if index + at + 1 >= len(tokens) or at > _WIDEST:
        return None, at
    size = table.sizes.get(tokens[index + at], MAPS)
    if size >= 0:
        return (at if len(tokens[index + at + 1]) == size else None), at + 2
    if size <= MAPS or not depth:
        return None, at
    parts: list[Shape] = []
    end = at + 1
    for _ in range(-1 - size):
        part, end = _shape(tokens, index, end, table, depth - 1)
        if part is None:
            return None, end
        parts.append(part)
    return (at, parts), end


def _column(tokens: list[Any], start: int, stop: int, width: int, shape: Shape, table: Table) -> list[Any] | None:
    """What stands at one place of all rows; None if it is not of that shape in all."""
    if isinstance(shape, int):
        values = tokens[start + shape + 1 : stop : width]
        try:
            heads = table.heads
            if [heads[len(value)] for value in values] != tokens[start + shape : stop : width]:
                return None
            return [value.decode() for value in values] if table.decode else values
        except (IndexError, UnicodeDecodeError):
            return None
    at, parts = shape
    heads = tokens[start + at : stop : width]
    if heads.count(heads[0]) != len(heads):
        return None
    columns: list[list[Any]] = []
    for part in parts:
        column = _column(tokens, start, stop, width, part, table)
        if column is None:
            return None
        columns.append(column)
    return list(map(list, zip(*columns, strict=True))) if columns else [[] for _ in heads]
