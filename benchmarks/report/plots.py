"""The plots of docs/performance.md: bars against the peers, and lines along an axis.

The same results give the same files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt

from ..contenders import CONTENDERS
from ..model import CPU, WALL
from ..results import middle
from ..rows import ROWS
from .words import number

FOLDER = Path(__file__).parents[2] / "docs" / "plots"

COLOURS = {
    "Plasma + hiredis": "#6a3fb5",
    "Plasma pure": "#b79ae6",
    "redis-py + hiredis": "#d9822b",
    "redis-py pure": "#f0c390",
    "valkey-glide": "#3b8ea5",
    "coredis": "#8aa35b",
    "bare socket": "#9a9a9a",
    "bare socket + hiredis": "#9a9a9a",
    "bare protocol": "#9a9a9a",
}
SETTINGS = {
    "svg.hashsalt": "plasma",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
}

# Bars: file, title, measure, rows.
BARS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "calls",
        "CPU of one blocking call",
        CPU,
        ("get", "set", "incr", "get-unix", "get-tls", "hgetall-20", "zrange-100"),
    ),
    (
        "replies",
        "CPU of one big reply",
        CPU,
        ("lrange-1000", "hgetall-1000", "smembers-1000", "mget-100", "xrange-100"),
    ),
    (
        "many",
        "time of one command among many",
        WALL,
        ("pipeline-set", "pipeline-mixed", "threads-16", "asyncio-1", "asyncio-100"),
    ),
    ("beginning", "time to begin", WALL, ("import", "connect")),
)
# Lines: file, title, row, what a point counts.
LINES: tuple[tuple[str, str, str], ...] = (
    ("tasks", "asyncio GETs a second on one client", "asyncio-tasks"),
    ("threads", "GETs a second on one client", "threads"),
    ("pipeline", "SETs a second", "pipeline-length"),
    ("scan", "keys a second of a scan", "scan-count"),
)


def write(results: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Draw everything that these results allow."""
    folder.mkdir(exist_ok=True)
    with plt.rc_context(SETTINGS):
        for name, title, measure, rows in BARS:
            _bars(
                folder / f"{name}.svg", title, measure, [row for row in rows if row in results["rows"]], results["rows"]
            )
        for name, title, row in LINES:
            if row in results["rows"]:
                _lines(folder / f"{name}.svg", title, row, results["rows"])
        if "value-size" in results["rows"]:
            _sizes(folder / "value-size.svg", results["rows"])


def _bars(path: Path, title: str, measure: str, rows: Sequence[str], found: Any) -> None:
    """How many times as much each contender takes as Plasma with hiredis, row by row."""
    figure, axes = plt.subplots(figsize=(9, 1 + 0.17 * sum(len(ROWS[row].cases) + 1 for row in rows)))
    at = 0
    ticks: list[float] = []
    shown: set[str] = set()
    for row in rows:
        costs = {label: cost for label in COLOURS if (cost := _cost(found, row, label, measure)) is not None}
        ticks.append(at + (len(costs) - 1) / 2)
        for label, cost in costs.items():
            share = cost / costs["Plasma + hiredis"]
            axes.barh(at, share, 0.9, color=COLOURS[label])
            axes.text(share, at, f" {number(cost)} µs", va="center", fontsize=7)
            at += 1
        shown |= set(costs)
        at += 1
    axes.set_yticks(ticks, [ROWS[row].title.replace("`", "") for row in rows])
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.01)
    axes.set_xlabel("times as much as Plasma + hiredis: less is better")
    axes.set_title(title)
    handles = {label: plt.Rectangle((0, 0), 1, 1, color=COLOURS[label]) for label in COLOURS if label in shown}
    axes.legend(handles.values(), handles.keys(), frameon=False, fontsize=8, loc="best")
    _save(figure, path)


def _cost(found: Any, row: str, label: str, measure: str) -> float | None:
    for case in ROWS[row].cases:
        if CONTENDERS[case.contender].label == label and case.at is None:
            return middle(found, row, case.key, measure)
    return None


def _lines(path: Path, title: str, row: str, found: Any) -> None:
    """Operations a second along the row's axis."""
    figure, axes = plt.subplots(figsize=(7, 4))
    for label, points in _series(row, found).items():
        axes.plot(
            [at for at, _ in points],
            [1e6 / µs for _, µs in points],
            marker="o",
            markersize=3,
            label=label,
            color=COLOURS[label],
        )
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(ROWS[row].axis)
    axes.set_title(title)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def _sizes(path: Path, found: Any) -> None:
    """CPU of a GET by the size of its value, in bytes read for each second of CPU."""
    figure, axes = plt.subplots(figsize=(7, 4))
    for label, points in _series("value-size", found, CPU).items():
        axes.plot(
            [at for at, _ in points],
            [at / µs for at, µs in points],
            marker="o",
            markersize=3,
            label=label,
            color=COLOURS[label],
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(ROWS["value-size"].axis)
    axes.set_ylabel("MB for a second of CPU")
    axes.set_title("GET of a growing value")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.legend(frameon=False, fontsize=8)
    _save(figure, path)


def _series(row: str, found: Any, measure: str = WALL) -> dict[str, list[tuple[int, float]]]:
    series: dict[str, list[tuple[int, float]]] = {}
    for case in ROWS[row].cases:
        value = middle(found, row, case.key, measure)
        if case.at is not None and value:
            series.setdefault(CONTENDERS[case.contender].label, []).append((case.at, value))
    return series


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # Without the spaces that it leaves at the ends of lines.
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")
