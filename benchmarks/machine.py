"""What a run was made on: the machine, as pyperf tells it, and the versions of all that took part."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

import pyperf

from plasma.testing import RedisServer

from .contenders import CONTENDERS

KEPT = ("cpu_model_name", "cpu_count", "platform", "python_version", "python_compiler", "aslr")
QUIET = 0.6  # load above which something else is running


def machine() -> dict[str, str]:
    """The machine and the interpreter, in pyperf's words."""
    told = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    found = {name: str(told[name]) for name in KEPT if name in told}
    found["core"] = str(max(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ""
    return found


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def versions(server: RedisServer) -> dict[str, str]:
    """The server and every package, by name."""
    found = {"server": f"{server.family} {server.version}"}
    for contender in CONTENDERS.values():
        for package in contender.packages:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
    return found
