"""The asyncio tour runs as a reader would run it, with warnings as errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parents[2] / "examples" / "tour_async.py"


@pytest.fixture(scope="module")
def tour() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(TOUR)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_tour_finds_every_result_as_expected(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.stderr == ""
    assert tour.returncode == 0
    assert tour.stdout.endswith("calls, every result as expected.\n")


def test_the_tour_shows_calls_with_their_results(tour: subprocess.CompletedProcess[str]) -> None:
    lines = [" ".join(line.split()) for line in tour.stdout.splitlines()]

    assert 'await Redis.get("cache:ping") -> "ok"' in lines
    assert 'await client.blpop("jobs", timeout=10) -> ("jobs", "job:1")' in lines
    assert 'await pipeline.exec() -> (True, 1, 1, "1")' in lines
    assert 'await client.incr("runs") -> 2' in lines


@pytest.mark.parametrize(
    "title",
    [
        "Basic set-up",
        "Named connections",
        "Many calls at once",
        "Waiting, and giving up",
        "Pipelines and transactions",
        "One client, one event loop after another",
    ],
)
def test_the_tour_has_the_section(tour: subprocess.CompletedProcess[str], title: str) -> None:
    assert any(line.startswith(title) for line in tour.stdout.splitlines())
