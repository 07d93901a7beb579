"""How cases, measures and targets are worded."""

from __future__ import annotations

from ..contenders import CONTENDERS
from ..model import CPU, MEMORY, WALL, Row, Target
from ..results import Verdict

MEASURES = {CPU: "CPU", WALL: "wall", MEMORY: "memory"}


def label(key: str) -> str:
    """A case as people say it."""
    name, _, at = key.partition("@")
    said = CONTENDERS[name].label
    return f"{said} at {int(at):,}" if at else said


def subject(row: Row, target: Target) -> str:
    """Who is compared with whom, by what."""
    measure = MEASURES[target.measure]
    if not target.against:
        return f"{label(target.who)}, {measure} in {row.memory_unit.partition(' (')[0]}"
    others = " or ".join(map(label, target.against))
    best = "the best of " if len(target.against) > 1 else ""
    return f"{label(target.who)} against {best}{others}, {measure}"


def wanted(target: Target) -> str:
    """The target, and what is near the limit, if that is known."""
    aim = f", aim {times(target.aim)}" if target.aim is not None else ""
    if target.least is not None:
        return f"at least {times(target.least)}{aim}"
    assert target.most is not None
    return f"at most {times(target.most) if target.against else number(target.most)}{aim}"


def found_in(verdict: Verdict) -> str:
    """What came out."""
    if verdict.found is None:
        return "not measured"
    return times(verdict.found) if verdict.target.against else number(verdict.found)


def times(value: float) -> str:
    """A ratio."""
    return f"{number(value)} ×"


def number(value: float) -> str:
    """With as many digits as are worth reading."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
