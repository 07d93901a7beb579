"""What users install: one small wheel for every platform, with everything that belongs to it and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Modules, by name, that are there for conversations of several round trips (as all in flows is) and not for the main
# job: RESP, connections, commands, pipelines, the registry and the facade, in both colours, and the testing tools.
CONVERSATIONS = {
    *("buffer", "consuming", "feed", "hub", "inbox", "library", "lock", "locking", "mailbox", "messages", "monitor"),
    *("monitored", "pubsub", "retention", "scanning", "script", "stream", "stream_group", "streaming"),
    *("subscriptions", "transact"),
}


def build(kind: str, folder: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_is_for_every_platform(wheel: Path) -> None:
    assert wheel.name.startswith("plasma_redis-")
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_main_job_takes_less_than_300_kilobytes_of_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = [(entry, Path(entry.filename)) for entry in archive.infolist()]
        beyond = [entry for entry, path in files if path.stem in CONVERSATIONS or path.parent.name == "flows"]
    # What an entry takes: its bytes, and its name in three places with what stands around it.
    taken = sum(entry.compress_size + 3 * len(entry.filename) + 120 for entry in beyond)

    assert len(beyond) > 10, "the names of the conversations' modules have changed"
    assert wheel.stat().st_size - taken < 300_000


def test_the_whole_wheel_is_under_400_kilobytes(wheel: Path) -> None:
    assert wheel.stat().st_size < 400_000


def test_the_wheel_is_typed(names: set[str]) -> None:
    assert {"plasma/py.typed", "plasma/commands/views.pyi"} <= names


def test_the_wheel_holds_every_module_of_the_package(names: set[str]) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "plasma").rglob("*.py")}

    assert modules <= names


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    ours = {name for name in names if name.startswith("plasma/")}
    metadata = {name for name in names if ".dist-info/" in name}

    assert names == ours | metadata
    assert {Path(name).suffix for name in ours} <= {".py", ".pyi", ".typed"}


def test_the_wheel_carries_the_licence(names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_on_current_pythons_nothing_else_is_installed_with_it(wheel: Path, names: set[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]

    assert needed == ["Requires-Dist: typing-extensions>=4.10; python_version < '3.13'"]


def test_the_source_distribution_holds_what_is_needed_to_test_it(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "Makefile", "README.md", "LICENSE", "plasma/__init__.py"} <= names
    assert {"tests/conftest.py", "examples/tour.py", "tools/views.py"} <= names
