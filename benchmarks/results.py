"""The results of a run: the file they are kept in, and what follows from them.

{"machine": {...}, "versions": {...}, "rows": {row: {case: {measure: [a value for each round]}}}, "anatomy": {...}}
Times are in microseconds for each unit of the row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from .model import Row, Target

FLOORS = ("floor", "floor-h", "floor-p", "afloor")
FILE = Path(__file__).with_name("results.json")

Rows = Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]]


@dataclass(frozen=True)
class Verdict:
    """A target, what came out (None where it was not measured), and what the floor comes to, if there is one."""

    row: Row
    target: Target
    found: float | None
    floor: float | None = None

    @property
    def is_met(self) -> bool:
        """Did it come out as it must? What was not measured did not."""
        if self.found is None:
            return False
        if self.target.least is not None:
            return round(self.found, 2) >= self.target.least
        return self.target.most is not None and round(self.found, 2) <= round(self.target.most, 2)

    @property
    def is_beyond_the_floor(self) -> bool:
        """Would the floor itself miss it?"""
        return self.floor is not None and self.target.least is not None and round(self.floor, 2) < self.target.least


def load(path: Path = FILE) -> dict[str, Any]:
    """The results in a file, or what there is before any."""
    if not path.exists():
        return {"machine": {}, "versions": {}, "rows": {}, "anatomy": {}}
    results: dict[str, Any] = json.loads(path.read_text())
    return results


def save(results: Mapping[str, Any], path: Path = FILE) -> None:
    """Write them, a line for each list of values, so that a change of one row changes its lines only."""
    text = json.dumps(results, indent=1, ensure_ascii=False)
    lines: list[str] = []
    for line in text.splitlines():
        if (lines and lines[-1].endswith("[")) or (lines and lines[-1].count("[") > lines[-1].count("]")):
            lines[-1] += line.strip() + (" " if line.endswith(",") else "")
        else:
            lines.append(line)
    path.write_text("\n".join(line.replace(", ]", "]") for line in lines) + "\n")


def middle(rows: Rows, row: str, case: str, measure: str) -> float | None:
    """The median of a measure, or None if there is none."""
    values = rows.get(row, {}).get(case, {}).get(measure)
    return median(values) if values else None


def ratio(rows: Rows, row: str, case: str, against: str, measure: str) -> float | None:
    """How many times as much a case takes as another: the median of the rounds' ratios."""
    mine = rows.get(row, {}).get(case, {}).get(measure)
    others = rows.get(row, {}).get(against, {}).get(measure)
    if not mine or not others:
        return None
    return median(one / other for one, other in zip(mine, others, strict=False) if other)


def verdict(rows: Rows, row: Row, target: Target) -> Verdict:
    """What a target's rounds say."""
    measured = rows.get(row.id, {})
    mine = measured.get(target.who, {}).get(target.measure)
    against = [found for case in target.against if (found := measured.get(case, {}).get(target.measure))]
    if not mine or (target.against and not against):
        return Verdict(row, target, None)
    if not target.against:
        return Verdict(row, target, median(mine))
    # The best is one of them: of several that are alike, the least of each round would be another one each time.
    best = min(against, key=median)
    pairs = list(zip(mine, best, strict=False))
    if target.least is not None:
        return Verdict(row, target, median(other / one for one, other in pairs if one))
    return Verdict(row, target, median(one / other for one, other in pairs if other))


def floor_of(rows: Rows, row: Row, target: Target) -> float | None:
    """What the floor of the row comes to by the same comparison: more than that no client can do on this machine."""
    name, _, at = target.who.partition("@")
    for floor in [case.key for case in row.cases if case.contender in FLOORS]:
        if target.least is None or floor.partition("@")[2] != at:
            continue
        parser = floor.partition("@")[0].partition("-")[2]
        if parser and not name.endswith(f"-{parser}"):
            continue  # one parser is no floor for another
        # Where a contender is compared with itself, so is the floor.
        against = [other.replace(name, floor.partition("@")[0]) for other in target.against]
        return verdict(rows, row, replace(target, who=floor, against=tuple(against))).found
    return None


def verdicts(rows: Rows, table: Mapping[str, Row]) -> list[Verdict]:
    """Every target of these rows, in order."""
    return [
        replace(verdict(rows, row, target), floor=floor_of(rows, row, target))
        for row in table.values()
        for target in row.targets
    ]
