"""The kinds of values that hold others, and the Python value of each."""

from __future__ import annotations

from .types import Push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

TOP: Final = 0  # no aggregate: the replies that a call gives
ARRAY: Final = 1
MAP: Final = 2
SET: Final = 3
PUSH: Final = 4
ATTRIBUTE: Final = 5
STRING: Final = 6  # a streamed one: its elements are its parts

KINDS: Final = {"*": ARRAY, "%": MAP, "~": SET, ">": PUSH, "|": ATTRIBUTE}


def value_of(kind: int, items: list[Any], outermost: bool) -> Any:
    """The value of an aggregate with these elements (of a map: key, value, key ...). The list may become the value.

    What Python cannot hash stays lossless: a map becomes a list of pairs, a set a list. A push inside of a reply,
    which RESP does not know, is an array.
    """
    if kind == MAP:
        # No slices and no `strict`, which take twice as long: that there are pairs is known.
        parts = iter(items)
        try:
            return dict(zip(parts, parts))  # noqa: B905
        except TypeError:
            return list(zip(items[::2], items[1::2], strict=True))
    if kind == SET:
        try:
            return set(items)
        except TypeError:
            return items
    return Push(items) if kind == PUSH and outermost else items
