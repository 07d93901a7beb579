"""Both checkers over the files beside this one: what must hold holds, and every marked mistake is found."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
Places = set[tuple[str, int]]
RIGHT = ["asyncio_clients.py", "clients.py", "conversations.py", "groups.py", "listening.py", "pipelines.py"]
WRONG = ["asyncio_mistakes.py", "mistakes.py"]


def mypy(*names: str) -> Places:
    """Where mypy finds an error."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--show-absolute-path", "--hide-error-context"]
    run = subprocess.run(
        [*command, *(str(HERE / name) for name in names)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^(.+?):(\d+):(?:\d+:)? error: ", run.stdout, re.MULTILINE)
    if run.returncode not in (0, 1) or (run.returncode == 1 and not found):
        pytest.fail(f"mypy did not run:\n{run.stdout}{run.stderr}")
    return {(Path(path).name, int(line)) for path, line in found if Path(path).parent == HERE}


def pyright(*names: str) -> Places:
    """Where pyright finds an error. Each file asks for strictness itself: a project of their own has no settings."""
    with TemporaryDirectory() as project:
        for name in names:
            shutil.copy(HERE / name, project)
        settings = {"include": ["."], "extraPaths": [str(ROOT)], "pythonVersion": "3.10"}
        Path(project, "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
        command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", project]
        environment = os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    try:
        told = json.loads(run.stdout)["generalDiagnostics"]
    except ValueError:
        pytest.fail(f"pyright did not run:\n{run.stdout}{run.stderr}")
    return {
        (Path(entry["file"]).name, entry["range"]["start"]["line"] + 1)
        for entry in told
        if entry["severity"] == "error"
    }


CHECKERS = [
    pytest.param(check, marks=pytest.mark.skipif(find_spec(check.__name__) is None, reason="not installed"), id=name)
    for name, check in (("mypy", mypy), ("pyright", pyright))
]


@pytest.mark.parametrize("check", CHECKERS)
@pytest.mark.timeout(300)
def test_types_are_exact(check: Callable[..., Places]) -> None:
    assert check(*RIGHT) == set()


@pytest.mark.parametrize("check", CHECKERS)
@pytest.mark.timeout(300)
def test_every_mistake_is_found_and_nothing_else(check: Callable[..., Places]) -> None:
    marked = {
        (name, number)
        for name in WRONG
        for number, line in enumerate((HERE / name).read_text("utf-8").splitlines(), 1)
        if line.endswith("# error")
    }

    assert check(*WRONG) == marked
