"""The faces of the client: every way in which one test case of the shared suite is run.

A face is a colour, a protocol version, a parser, a text type, a key prefix, and whether each command goes through a
pipeline of its own. In the blocking colour all combinations run directly; four more, in which every value of every
dimension occurs, show the same through a pipeline. asyncio has the same commands on the same parsers: half of the
combinations show it, those in which text has a prefix exactly if the protocol is RESP2, and bytes the other way round.
On uvloop, where only the loop differs, two of each are enough. A case has to hold on all of them, with equal results
but for the text type.

PLASMA_FACES=few runs a part of them, in which all that two dimensions can be together still occurs: enough for one more
server or one more Python, when all of them have been run on one.
"""

from __future__ import annotations

import os
from dataclasses import astuple, dataclass
from importlib.util import find_spec
from itertools import combinations, product
from typing import Any

from support.adapters import ADAPTERS

# A prefix that is a pattern too, so that one which is not escaped shows.
PREFIX = "app[1]:"


@dataclass(frozen=True)
class Face:
    colour: str
    protocol: int
    parser: str
    text: type[str] | type[bytes]
    prefix: str = ""
    pipelined: bool = False

    def __str__(self) -> str:
        parts = [self.colour, f"resp{self.protocol}", self.parser, self.text.__name__]
        parts += ["prefix"] * bool(self.prefix) + ["pipeline"] * self.pipelined
        return "-".join(parts)


def faces() -> list[Face]:
    """The faces to run: every one that can be shown here, or a few of them."""
    return few(every()) if os.environ.get("PLASMA_FACES") == "few" else every()


def few(given: list[Face]) -> list[Face]:
    """A part of the faces in which every two values (a colour and a parser, say) that occur together still do."""
    missing = set[Any]().union(*map(couples, given))
    chosen: list[Face] = []
    while missing:
        chosen.append(max(given, key=lambda face: len(couples(face) & missing)))
        missing -= couples(chosen[-1])
    return chosen


def couples(face: Face) -> set[Any]:
    """Every two values of a face, each with the place of its dimension."""
    return set(combinations(enumerate(astuple(face)), 2))


def every() -> list[Face]:
    """Every face that can be shown here: those on hiredis or uvloop need it installed."""
    found = []
    for colour in ADAPTERS:
        direct = [Face(colour, *rest) for rest in product((2, 3), ("python", "hiredis"), (str, bytes), ("", PREFIX))]
        pipelined = [
            Face(colour, 2, "python", str, PREFIX, pipelined=True),
            Face(colour, 3, "hiredis", bytes, "", pipelined=True),
            Face(colour, 2, "hiredis", str, PREFIX, pipelined=True),
            Face(colour, 3, "python", bytes, "", pipelined=True),
        ]
        if colour == "asyncio":
            direct = [face for face in direct if bool(face.prefix) == ((face.protocol == 2) == (face.text is str))]
            pipelined = pipelined[:2]
        if colour == "uvloop":
            direct, pipelined = [direct[0], direct[-1]], pipelined[:2]
        found += [*direct, *pipelined]
    if find_spec("uvloop") is None:
        found = [face for face in found if face.colour != "uvloop"]
    if find_spec("hiredis") is None:
        return [face for face in found if face.parser != "hiredis"]
    return found
