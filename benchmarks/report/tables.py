"""The tables, in Markdown: every target, every figure, what one command is made of, and the short one of the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..contenders import CONTENDERS
from ..model import CPU, MEMORY, WALL, Row
from ..results import middle, ratio, verdicts
from .words import found_in, label, number, subject, times, wanted

Results = Mapping[str, Any]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int = 1) -> str:
    """A Markdown table; columns from this one on are aligned to the right."""
    rules = ["---" if at < numbers_from else "---:" for at in range(len(heads))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, rules, *rows))


def environment(results: Results) -> str:
    """The machine and the versions, in a sentence each."""
    machine, versions = results["machine"], dict(results["versions"])
    server = versions.pop("server", "")
    processor = f"{machine.get('cpu_model_name', 'unknown processor')}, {machine.get('cpu_count', '?')} cores"
    python = machine.get("python_version", "").partition(" ")[0]
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return f"{processor}; {machine.get('platform', '')}; Python {python}; server: {server}; {packages}."


def targets(results: Results, rows: Mapping[str, Row]) -> str:
    """Every target with what came out."""
    lines: list[tuple[str, ...]] = []
    before = ""
    for verdict in verdicts(results["rows"], rows):
        title = verdict.row.title if verdict.row.title != before else ""
        before = verdict.row.title
        lines.append(
            (
                title,
                subject(verdict.row, verdict.target),
                wanted(verdict.target),
                found_in(verdict),
                times(verdict.floor) if verdict.floor is not None else "",
                "yes" if verdict.is_met else "beyond the floor" if verdict.is_beyond_the_floor else "**no**",
            )
        )
    return table(("row", "who, by what", "target", "measured", "floor", "met"), lines, numbers_from=3)


def figures(results: Results, rows: Mapping[str, Row]) -> str:
    """The medians of every case of every row."""
    lines: list[tuple[str, ...]] = []
    found = results["rows"]
    for row in rows.values():
        title = f"{row.title}, {row.axis}" if row.axis else row.title
        for case in row.cases:
            cpu, wall, memory, page = (middle(found, row.id, case.key, name) for name in (CPU, WALL, MEMORY, "page"))
            if cpu is None and wall is None:
                continue
            extra = f"{number(memory)} {row.memory_unit.partition(',')[0]}" if memory is not None else ""
            if page is not None:
                extra = f"{number(page)} µs of the server for a page"
            timed = memory is None or row.id == "pipeline-million"
            lines.append((title, label(case.key), _µs(cpu) if timed else "", _µs(wall) if timed else "", extra))
            title = ""
    return table(("row", "contender", "CPU, µs", "wall, µs", "more"), lines, numbers_from=2)


def _µs(value: float | None) -> str:
    return "" if value is None else number(value)


def anatomy(results: Results) -> str:
    """What one command is made of, for each operation and contender."""
    heads = ("operation", "contender", "system calls", "Python calls", "C calls", "allocations", "instructions")
    lines: list[tuple[str, ...]] = []
    for operation, contenders in results["anatomy"].items():
        shown = operation
        for name, counted in contenders.items():
            lines.append(
                (
                    shown,
                    CONTENDERS[name].label,
                    number(counted["system calls"]),
                    number(counted["Python calls"]),
                    number(counted["C calls"]),
                    number(counted["allocations"]),
                    f"{counted['instructions']:,.0f}",
                )
            )
            shown = ""
    return table(heads, lines, numbers_from=2)


# The README: for each line its name, the row, the measure, and the cases that stand in the columns.
SUMMARY: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("GET, CPU", "get", CPU, ("plasma-h", "plasma-p", "redis-h", "")),
    ("SET, CPU", "set", CPU, ("plasma-h", "plasma-p", "redis-h", "")),
    ("HGETALL of 20 fields, CPU", "hgetall-20", CPU, ("plasma-h", "plasma-p", "redis-h", "")),
    ("LRANGE of 1,000, CPU", "lrange-1000", CPU, ("plasma-h", "plasma-p", "redis-h", "")),
    ("a command of a pipeline of 1,000 SET", "pipeline-set", WALL, ("plasma-h", "plasma-p", "redis-h", "glide")),
    ("GET by 16 threads on one client", "threads-16", WALL, ("plasma-h", "plasma-p", "redis-h", "glide")),
    ("asyncio GET, 1 task", "asyncio-1", WALL, ("aplasma-h", "aplasma-p", "aredis-h", "aglide")),
    ("asyncio GET, 100 tasks", "asyncio-100", WALL, ("aplasma-h", "aplasma-p", "aredis-h", "aglide")),
    ("a message of a subscription, CPU", "pubsub", CPU, ("plasma-h", "plasma-p", "redis-h", "")),
    ("connect and first command", "connect", WALL, ("plasma-h", "plasma-p", "redis-h", "")),
)


def summary(results: Results) -> str:
    """The README's table: microseconds, and how many times as much the peers take as Plasma with hiredis."""
    found = results["rows"]
    lines: list[tuple[str, ...]] = []
    for name, row, measure, keys in SUMMARY:
        cells = [name]
        for key in keys:
            value = middle(found, row, key, measure) if key else None
            if value is None:
                cells.append("")
                continue
            share = ratio(found, row, key, keys[0], measure)
            suffix = f" ({times(share)})" if share is not None and "plasma" not in key else ""
            cells.append(f"{number(value)} µs{suffix}")
        lines.append(tuple(cells))
    heads = ("one operation", "Plasma + hiredis", "Plasma pure", "redis-py + hiredis", "valkey-glide")
    return table(heads, lines)
