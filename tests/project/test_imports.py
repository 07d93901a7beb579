"""What an import loads, and what it costs next to redis-py in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from statistics import median

import pytest

# Whatever `site` and .pth files of the environment load is not ours: only what the statement adds is counted.
LOADED = """
import sys
before = set(sys.modules)
{}
print(*sorted(set(sys.modules) - before))
"""

IMPORT = "from plasma import Redis, RedisClient"


@cache
def loaded_by(statement: str) -> list[str]:
    # -S: no site-packages, where an editable install of anything may load modules at start.
    code = LOADED.format(statement)
    done = subprocess.run([sys.executable, "-S", "-c", code], env=environment(), capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def environment() -> dict[str, str]:
    """With this run's folders on the path, without what loads more modules or keeps no compiled files."""
    path = os.pathsep.join(entry for entry in sys.path if entry and not entry.endswith("tests"))
    unwanted = (
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONWARNINGS",
        "PYTHONDEVMODE",
        "COVERAGE_PROCESS_START",
        "PYTHONTRACEMALLOC",
        "PYTHONASYNCIODEBUG",
    )
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"PYTHONPATH": path}


@pytest.mark.parametrize(
    "module",
    [
        "asyncio",
        "concurrent.futures",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "email",
        "hiredis",
        "importlib.metadata",
        "inspect",
        "json",
        "logging",
        "random",
        "re",
        "ssl",
        "subprocess",
        "tempfile",
        "typing",
        "typing_extensions",
        "urllib",
        "urllib.parse",
        "uuid",
    ],
)
def test_importing_the_client_does_not_load(module: str) -> None:
    assert module not in loaded_by(IMPORT)


def test_importing_the_client_loads_at_most_45_modules_of_the_standard_library() -> None:
    loaded = [module for module in loaded_by(IMPORT) if module.partition(".")[0] in sys.stdlib_module_names]

    assert len(loaded) <= 45, loaded


def test_importing_the_client_loads_nothing_but_the_standard_library_and_plasma() -> None:
    known = {*sys.stdlib_module_names, "plasma"}

    assert {module for module in loaded_by(IMPORT) if module.partition(".")[0] not in known} == set()


def test_importing_the_package_loads_the_errors_only() -> None:
    assert [module for module in loaded_by("import plasma") if module != "__future__"] == ["plasma", "plasma.errors"]


def test_importing_the_client_does_not_load_the_command_table_or_the_testing_tools() -> None:
    loaded = loaded_by(IMPORT)

    assert "plasma.commands.table" not in loaded
    assert not [module for module in loaded if module.startswith(("plasma.testing", "plasma.asyncio"))]


def test_using_the_client_loads_no_dear_module() -> None:
    use = f"{IMPORT}\nclient = RedisClient('redis://127.0.0.1:6379/0?key_prefix=app:')"

    assert not {"asyncio", "dataclasses", "logging", "re", "ssl", "urllib"} & set(loaded_by(use))


def test_the_import_takes_at_most_a_sixth_of_the_time_of_redis_py() -> None:
    pytest.importorskip("redis", reason="redis-py is a dev dependency: install plasma-redis[dev]")
    statements = (IMPORT, "import redis")
    for statement in statements:
        seconds_of(statement)  # leaves compiled files behind
    rounds = [[seconds_of(statement) for statement in statements] for _ in range(11)]
    ratio = median(theirs / ours for ours, theirs in rounds)

    assert ratio >= 6, f"import redis takes only {ratio:.1f} times as long"


def seconds_of(statement: str) -> float:
    """CPU time that the import takes in a fresh interpreter, started as a user's is: other processes do not count."""
    code = f"from time import process_time as t\nbegin = t()\n{statement}\nprint(t() - begin)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    return float(done.stdout)
