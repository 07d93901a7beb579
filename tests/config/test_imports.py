"""Describing a connection costs next to nothing to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import plasma

HEAVY = ("asyncio", "dataclasses", "datetime", "difflib", "enum", "inspect", "logging", "re", "socket", "ssl", "typing")

PROGRAM = """
import sys, types
package = types.ModuleType("plasma")
package.__path__ = [{folder!r}]   # without running its __init__, which imports more
sys.modules["plasma"] = package
before = set(sys.modules)
from plasma.config import RedisConfig
RedisConfig.of("rediss://u:p%40@h:1/2?key_prefix=a:&connect_timeout=1.5").replace(db=1)
RedisConfig.of({{"connectTimeout": 1000, "tls": {{"rejectUnauthorized": False}}}})
print(*sorted(set(sys.modules) - before))
"""


def test_making_a_configuration_imports_nothing_heavy() -> None:
    program = PROGRAM.format(folder=str(Path(plasma.__file__).parent))
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    imported = done.stdout.split()

    assert [name for name in imported if name in HEAVY or name.startswith("urllib")] == []
