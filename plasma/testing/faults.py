"""What can go wrong on the way between a client and a server: the state of a `FaultProxy`, and what it counted.

Only the proxy's loop changes it. A link (one client's connection) asks it about every piece that passes.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["server", "client"]
Moment = Literal["before", "answered", "after"]


class Cut(Exception):
    """Ends a link; with *reset* the client gets an RST."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@dataclass
class CommandCut:
    """A cut waiting for the nth command of a name (any, if None)."""

    name: str | None
    nth: int
    moment: Moment
    reset: bool

    def meets(self, name: str) -> bool:
        """Count a command; whether it is the one."""
        if self.name in (None, name):
            self.nth -= 1
            return self.nth == 0
        return False


@dataclass
class RandomCuts:
    """Cuts after random numbers of bytes, *every* on average, the same ones for the same seed and the same traffic."""

    generator: random.Random
    every: float
    left: int = 0

    def __post_init__(self) -> None:
        self._draw()

    def passed(self, size: int) -> int | None:
        """Count bytes that are to pass; how many of them do before a cut, or None if all do."""
        if size < self.left:
            self.left -= size
            return None
        allowed = self.left
        self._draw()
        return allowed

    def _draw(self) -> None:
        self.left = 1 + int(self.generator.expovariate(1 / self.every))


@dataclass
class Faults:
    """What goes wrong at the moment."""

    delay: dict[Way, float] = field(default_factory=lambda: {"server": 0.0, "client": 0.0})
    held: dict[Way, asyncio.Event] = field(default_factory=lambda: dict[Way, asyncio.Event]())
    swallowing: bool = False
    dropped_replies: float = 0
    piece: int = 0
    pause: float = 0.0
    byte_cuts: dict[Way, tuple[int, bool]] = field(default_factory=lambda: dict[Way, tuple[int, bool]]())
    command_cuts: list[CommandCut] = field(default_factory=lambda: list[CommandCut]())
    random_cuts: RandomCuts | None = None

    def cut_within(self, way: Way, size: int) -> tuple[int, bool] | None:
        """Count bytes that are to pass; if a cut is due in them, how many do before it, and whether it is an RST."""
        if way in self.byte_cuts:
            left, reset = self.byte_cuts[way]
            if size >= left:
                del self.byte_cuts[way]
                return left, reset
            self.byte_cuts[way] = (left - size, reset)
        if self.random_cuts and (allowed := self.random_cuts.passed(size)) is not None:
            return allowed, self.random_cuts.generator.random() < 0.5
        return None

    def cut_at(self, name: str) -> CommandCut | None:
        """Count a command for every cut that waits; the one that is due at it, which then is used up."""
        due = [cut for cut in self.command_cuts if cut.meets(name)]
        for cut in due:
            self.command_cuts.remove(cut)
        return due[0] if due else None


@dataclass
class Tally:
    """What passed so far."""

    connections: int = 0
    open: int = 0
    replies: int = 0
    commands: Counter[str] = field(default_factory=lambda: Counter[str]())
    bytes: dict[Way, int] = field(default_factory=lambda: {"server": 0, "client": 0})
    changed: threading.Condition = field(default_factory=threading.Condition)

    def notify(self) -> None:
        """Wake who waits for something to happen."""
        with self.changed:
            self.changed.notify_all()
