"""What must not stand in any file of the project."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Written so that they do not match themselves.
FORBIDDEN = {
    "a path of somebody's machine": r"/ro[o]t/|/hom[e]/[a-z]|/Use[r]s/[a-z]|\.pye[n]v/versions/\d",
    "a package registry": r"pyp[i]\.org|pythonhost[e]d|registry\.npm[j]s|deb\.debi[a]n\.org",
    "an exception from type checking": r"#\s*type:\s*ign[o]re",
    "a conflict marker": r"^(<{7}|>{7}) ",
}


def files() -> list[Path]:
    """Those that git knows; without git (an unpacked source distribution), all."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and not path.is_relative_to(ROOT / ".venv")]
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files()
        if (match := pattern.search(path.read_bytes().decode(errors="replace")))
    ]

    assert not found


def test_no_file_but_the_ci_script_looks_outside_of_the_project() -> None:
    outside = re.compile(r"\.\./shar[e]d")
    found = {
        str(path.relative_to(ROOT)) for path in files() if outside.search(path.read_bytes().decode(errors="replace"))
    }

    assert found <= {".ci/run"}


def test_every_module_of_the_package_begins_by_saying_what_it_is() -> None:
    silent = [path for path in (ROOT / "plasma").rglob("*.py") if not path.read_text().startswith('"""')]

    assert not silent
