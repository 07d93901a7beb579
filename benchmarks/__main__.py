"""Measure, and write down what came out.

    python -m benchmarks                 every row; writes benchmarks/results.json, docs/performance.md, its plots and
                                         the README's table
    python -m benchmarks get pipeline    the rows whose names begin so; prints the table and writes nothing
                                         (with --keep: puts them in their place in results.json)
    python -m benchmarks anatomy         counts what one command is made of
    python -m benchmarks --report        writes the documents again from results.json
    python -m benchmarks --list          the rows there are

Ends with the targets that were missed.
"""

from __future__ import annotations

import argparse
import sys
from time import monotonic
from typing import Any

from . import machine, results
from .anatomy import anatomy
from .measure import CaseFailed, measure, private_server
from .model import Row
from .rows import ROWS

ANATOMY = "anatomy"  # by this name, what one command is made of is counted too

_is_terminal = sys.stderr.isatty()


def chosen(names: list[str]) -> dict[str, Row]:
    """The rows of these names; where none has it, those whose names begin so."""
    found: set[str] = set()
    for name in names:
        matching = {name} & set(ROWS) or {id for id in ROWS if id.startswith(name)}
        if not matching:
            raise SystemExit(f"there is no row {name!r}; there are: {', '.join(ROWS)}")
        found |= matching
    return {id: row for id, row in ROWS.items() if id in found or not names}


def tell(text: str, passing: bool = False) -> None:
    """Show where we are: a passing line is written over by the next one, and not at all to a file."""
    if _is_terminal:
        print(f"\r\033[K{text}", end="" if passing else "\n", file=sys.stderr, flush=True)
    elif not passing:
        print(text, file=sys.stderr, flush=True)


def run(table: dict[str, Row], rounds: int | None) -> dict[str, Any]:
    """Measure these rows on one private server."""
    found: dict[str, Any] = {"machine": machine.machine(), "versions": {}, "rows": {}, "anatomy": {}}
    begun = monotonic()
    with private_server() as server:
        found["versions"] = machine.versions(server)
        for number, row in enumerate(table.values(), 1):
            asked = rounds or row.rounds
            where = f"[{number:2}/{len(table)}] {row.title}"
            row_begun = monotonic()

            def progress(at: int, where: str = where, asked: int = asked) -> None:
                tell(f"{where}: round {at + 1} of {asked}", passing=True)

            try:
                found["rows"][row.id] = measure(row, server, asked, progress)
            except CaseFailed as failure:
                tell(f"{where}: FAILED: {failure}")
                continue
            tell(f"{where}: {asked} rounds in {monotonic() - row_begun:.0f} s ({_clock(monotonic() - begun)} in all)")
            for verdict in results.verdicts(found["rows"], {row.id: row}):
                tell("    " + sentence(verdict))
    return found


def _clock(seconds: float) -> str:
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"


def sentence(verdict: results.Verdict) -> str:
    """A verdict as a line of text."""
    from .report.words import found_in, subject, times, wanted

    mark = "met   " if verdict.is_met else "beyond" if verdict.is_beyond_the_floor else "MISSED"
    floor = f"; the floor: {times(verdict.floor)}" if verdict.floor is not None else ""
    return (
        f"{mark} {subject(verdict.row, verdict.target)}: {found_in(verdict)} (target {wanted(verdict.target)}{floor})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", nargs="*", help="rows to measure, whole names or beginnings; all without")
    parser.add_argument("--rounds", type=int, help="rounds of each row, in place of its own number (at least 7 count)")
    parser.add_argument("--keep", action="store_true", help="put these rows in the place of those in results.json")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the documents again")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    arguments = parser.parse_args()
    if arguments.list:
        for row in ROWS.values():
            print(f"{row.id:22} {row.title}")
        return
    if arguments.report:
        write(results.load())
        return
    names = [name for name in arguments.rows if name != ANATOMY]
    table = chosen(names) if names or not arguments.rows else {}
    if (load := machine.load()) > machine.QUIET:
        tell(f"The machine is not quiet (load {load:.1f}): what is measured now is not worth keeping.")
    keep = arguments.keep or not arguments.rows
    found = run(table, arguments.rounds) if table else results.load()
    if keep and table:
        found = merged(results.load(), found) if arguments.rows else found
        results.save(found)
    if ANATOMY in arguments.rows or not arguments.rows:
        found["anatomy"] = anatomy(tell)
        if keep:
            results.save(found)
    if keep:
        write(found)
    summary(found, table)


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old results with the new rows; only where both are of one machine and the same versions."""
    if old["rows"] and (old["versions"] != new["versions"] or old["machine"] != new["machine"]):
        raise SystemExit("results.json was measured on another machine or with other versions: measure every row")
    rows = {id: (new["rows"].get(id) or old["rows"].get(id)) for id in ROWS}
    return new | {"rows": {id: row for id, row in rows.items() if row}, "anatomy": old["anatomy"]}


def write(found: dict[str, Any]) -> None:
    """The documents and plots."""
    from .report import pages, plots

    plots.write(found)
    pages.write(found)


def summary(found: dict[str, Any], table: dict[str, Row]) -> None:
    """Say which targets were missed; the exit status tells it too."""
    told = results.verdicts(found["rows"], table)
    missed = [verdict for verdict in told if not verdict.is_met]
    beyond = sum(verdict.is_beyond_the_floor for verdict in missed)
    print(
        f"\n{len(told) - len(missed)} of {len(told)} targets met; {beyond} are beyond what the floor itself does here"
    )
    for verdict in missed:
        print(f"  {verdict.row.title}: {sentence(verdict)}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
