"""The tables that the documents show are those of the results that lie beside the benchmarks, and those are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.model import CPU, Case, Row, Target, cost_at_most, itself_at_most, times_better
from benchmarks.report import pages
from benchmarks.results import floor_of, load, save, verdict
from benchmarks.rows import ROWS

RESULTS = load()


def doing_nothing(bench: object) -> None:
    """A piece of work."""


def row(*targets: Target) -> Row:
    return Row("r", "a row", (Case("plasma-h", doing_nothing),), 1, targets)


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_the_tables_of_the_page_are_made_from_the_results(page: Path) -> None:
    text = page.read_text()

    assert pages.MARKED.search(text), "there is no marked part"
    assert text == pages.generated(text, RESULTS)


def test_the_results_hold_every_case_of_every_row() -> None:
    missing = [
        f"{row.id}: {case.key}"
        for row in ROWS.values()
        for case in row.cases
        if case.key not in RESULTS["rows"].get(row.id, {})
    ]

    assert not missing


def test_every_row_was_measured_in_seven_rounds_at_least() -> None:
    few = [
        f"{row.id}: {case.key}"
        for row in ROWS.values()
        for case in row.cases
        if len(RESULTS["rows"][row.id][case.key][CPU]) < 7
    ]

    assert not few


def test_every_target_compares_cases_of_its_row() -> None:
    for row in ROWS.values():
        keys = {case.key for case in row.cases}

        assert len(keys) == len(row.cases)
        assert {name for target in row.targets for name in (target.who, *target.against)} <= keys


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = {
        "machine": {"a": "b"},
        "versions": {},
        "rows": {"r": {"x": {"cpu": [1.5, 2.0], "wall": []}}},
        "anatomy": {},
    }

    save(results, path)

    assert load(path) == results


RUN = {
    "r": {
        "ours": {"cpu": [1.0, 2.0, 9.0], "memory": [3.0]},
        "one": {"cpu": [3.0, 8.0, 9.0]},
        "two": {"cpu": [4.0, 6.0, 9.0]},
    }
}


@pytest.mark.parametrize(
    ("targets", "found", "is_met"),
    [
        (times_better("ours", "one", 3, CPU), 3.0, True),
        (times_better("ours", "one", 3.1, CPU), 3.0, False),
        (times_better("ours", ("one", "two"), 3, CPU), 3.0, True),
        (cost_at_most("ours", "one", 0.34), 1 / 3, True),
        (cost_at_most("ours", "one", 1 / 3), 1 / 3, True),
        (cost_at_most("ours", "one", 0.3), 1 / 3, False),
        (itself_at_most("ours", 3), 3.0, True),
        (itself_at_most("ours", 2.9), 3.0, False),
        (times_better("ours", "nobody", 1, CPU), None, False),
    ],
)
def test_a_target_is_judged_by_the_median_of_the_rounds(
    targets: list[Target], found: float | None, is_met: bool
) -> None:
    judged = verdict(RUN, row(*targets), targets[0])

    assert judged.found == (None if found is None else pytest.approx(found))
    assert judged.is_met is is_met


@pytest.mark.parametrize(
    ("who", "floor"),
    [
        *(("plasma-h", "floor"), ("plasma-p", "floor"), ("plasma-h", "floor-h"), ("plasma-p", "floor-p")),
        *(("aplasma-h", "afloor"), ("aplasma-p", "afloor")),
    ],
)
def test_a_floor_is_that_of_its_parser_and_one_without_is_everybodys(who: str, floor: str) -> None:
    cases = tuple(Case(name, doing_nothing) for name in (floor, who, "redis-h"))
    taken = {floor: {CPU: [1.0]}, who: {CPU: [2.0]}, "redis-h": {CPU: [8.0]}}
    (target,) = times_better(who, "redis-h", 3, CPU)

    assert floor_of({"r": taken}, Row("r", "a row", cases, 1, (target,)), target) == 8


@pytest.mark.parametrize(("who", "floor"), [("plasma-p", "floor-h"), ("plasma-h", "floor-p")])
def test_one_parser_is_no_floor_for_another(who: str, floor: str) -> None:
    cases = tuple(Case(name, doing_nothing) for name in (floor, who, "redis-h"))
    taken = {floor: {CPU: [1.0]}, who: {CPU: [2.0]}, "redis-h": {CPU: [8.0]}}
    (target,) = times_better(who, "redis-h", 3, CPU)

    assert floor_of({"r": taken}, Row("r", "a row", cases, 1, (target,)), target) is None


def test_only_what_stands_between_the_marks_is_written() -> None:
    text = "before\n<!-- benchmarks: summary -->\nold\n<!-- end -->\nafter\n"
    made = pages.generated(text, RESULTS)

    assert made.startswith("before\n<!-- benchmarks: summary -->\n")
    assert made.endswith("\n<!-- end -->\nafter\n")
    assert "old" not in made
