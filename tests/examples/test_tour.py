"""The tour runs as a reader would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture(scope="module")
def tour() -> subprocess.CompletedProcess[str]:
    return run(str(EXAMPLES / "tour.py"))


def test_the_tour_finds_every_result_as_expected(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.stderr == ""
    assert tour.returncode == 0
    assert tour.stdout.endswith("calls, every result as expected.\n")


def test_the_tour_shows_calls_with_their_results(tour: subprocess.CompletedProcess[str]) -> None:
    lines = [" ".join(line.split()) for line in tour.stdout.splitlines()]

    assert 'redis.get("status") -> "ok"' in lines
    assert 'redis.hgetall("user:1") -> {"name": "Nova", "role": "admin"}' in lines
    assert 'pipeline.exec() -> (True, 1, 0, "1")' in lines


@pytest.mark.parametrize(
    "title",
    [
        "Basic set-up",
        "Named connections",
        "Strings",
        "Hashes",
        "Lists",
        "Sets",
        "Sorted sets",
        "Time to live",
        "Pipelines",
        "A lock",
        "Full configuration",
        "Set-up from the environment",
    ],
)
def test_the_tour_has_the_section(tour: subprocess.CompletedProcess[str], title: str) -> None:
    assert any(line.startswith(title) for line in tour.stdout.splitlines())


def test_a_result_that_differs_is_told_and_makes_the_exit_status_1() -> None:
    code = "from showing import *; expect(shown('text', 'abc').upper(), 'abc'); raise SystemExit(outcome())"

    done = run("-c", code, PYTHONPATH=str(EXAMPLES))

    assert done.returncode == 1
    assert "! expected 'abc', not 'ABC'" in done.stdout
    assert "1 of the results not as expected" in done.stdout


def test_without_a_server_the_tour_says_what_to_do(tmp_path: Path) -> None:
    done = run(str(EXAMPLES / "tour.py"), PATH="", PLASMA_SERVERS="", XDG_CACHE_HOME=str(tmp_path))

    assert done.returncode == 1
    assert "python -m plasma.testing --install" in done.stderr
    assert "Traceback" not in done.stderr
