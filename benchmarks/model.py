"""What is measured, as data: rows, the cases that take turns in a row, and the targets that the row must meet.

A case is one contender doing one piece of work, in a process of its own. The work is a function that is given a
`Bench`, gets ready, and returns `run(times)`; both are coroutine functions where the contender is of asyncio. What
`run` returns, if anything, is a dict of further measures, or of "cpu" and "wall" where it has measured them itself.

A target compares two cases of a row within each round; the median over the rounds is what counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Work = Callable[..., Any]
CPU, WALL, MEMORY = "cpu", "wall", "memory"


@dataclass(frozen=True)
class Case:
    """One contender at one piece of work. `at` tells apart cases of one contender in a row: a number on an axis."""

    contender: str
    work: Work
    at: int | None = None
    block: int = 0  # operations in a block; 0: what the row says
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """How targets and results name it."""
        return self.contender if self.at is None else f"{self.contender}@{self.at}"


@dataclass(frozen=True)
class Target:
    """`who` must be at least so many times better than `against`, or cost at most so many times as much.

    Better is less of the measure. `against` may be several cases: the best of them. Without it, the measure itself is
    compared, in the row's unit.
    """

    who: str
    against: tuple[str, ...]
    measure: str
    least: float | None = None
    most: float | None = None
    aim: float | None = None


def times_better(
    who: str, against: str | tuple[str, ...], least: float, *by: str, aim: float | None = None
) -> list[Target]:
    """At least so many times less CPU or wall time (by default: of both)."""
    others = (against,) if isinstance(against, str) else against
    return [Target(who, others, measure, least=least, aim=aim) for measure in by or (CPU, WALL)]


def cost_at_most(
    who: str, against: str | tuple[str, ...], most: float, *by: str, aim: float | None = None
) -> list[Target]:
    """At most so many times as much of something as the other."""
    others = (against,) if isinstance(against, str) else against
    return [Target(who, others, measure, most=most, aim=aim) for measure in by or (CPU,)]


def itself_at_most(who: str, most: float, measure: str = MEMORY, aim: float | None = None) -> list[Target]:
    """At most so much, in the unit of the row."""
    return [Target(who, (), measure, most=most, aim=aim)]


@dataclass(frozen=True)
class Row:
    """Cases that take turns, so many rounds of a block each, and what must come out."""

    id: str
    title: str
    cases: tuple[Case, ...]
    block: int
    targets: tuple[Target, ...] = ()
    rounds: int = 9
    unit: str = "command"  # what the times are divided by
    memory_unit: str = ""  # what "memory" is counted in, where it is measured
    axis: str = ""  # what `at` is, where the cases differ in it
    pinned: bool = True  # server and clients on one core, native clients excepted
    fresh: bool = False  # a new process for each block, for what only the first use shows
    prepare: Callable[[Any], object] | None = None  # is given a Plasma client, once the database is empty
    note: str = ""


def cases(work: Work, contenders: str | Iterable[str], **params: Any) -> tuple[Case, ...]:
    """The same work for several contenders."""
    names = contenders.split() if isinstance(contenders, str) else contenders
    return tuple(Case(name, work, params=params) for name in names)


def along(
    axis: str,
    points: Iterable[int],
    work: Work,
    contenders: str,
    block: Callable[[int], int] | None = None,
    unless: Callable[[str, int], bool] | None = None,
    **params: Any,
) -> tuple[Case, ...]:
    """The same work for several contenders at several points of an axis, which is a parameter of the work."""
    return tuple(
        Case(name, work, at=point, block=block(point) if block else 0, params={axis: point, **params})
        for point in points
        for name in contenders.split()
        if not (unless and unless(name, point))
    )
