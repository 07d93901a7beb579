"""However a process ends, its servers and their folders go with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import plasma
from plasma.testing.watchdog import is_running

ROOT = Path(plasma.__file__).parent.parent

START = """
import os, signal, subprocess, sys, time
from plasma.testing import Peer, RedisServer, certificates, guard
server = RedisServer(tls=True).start()
print(server.pid, server.folder, guard._process.pid, os.path.dirname(server.ca), flush=True)
"""


class Owner:
    """A Python process that starts a server and then does what its code says."""

    def __init__(self, code: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START + code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        self.server, self.watchdog = int(words[0]), int(words[2])
        self.folders = [words[1], words[3]]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> int:
        with self.process:
            assert self.process.stdin is not None
            self.process.stdin.close()
            return self.process.wait(30)

    def nothing_is_left(self) -> bool:
        return not (is_running(self.server) or is_running(self.watchdog) or any(map(os.path.exists, self.folders)))


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_an_owner_that_is_killed_takes_its_server_and_folders_along() -> None:
    owner = Owner("sys.stdin.read()")
    assert is_running(owner.server)
    owner.process.kill()
    owner.end()

    assert eventually(owner.nothing_is_left)


def test_an_owner_that_is_killed_takes_a_paused_server_along() -> None:
    owner = Owner("server.pause(); print(flush=True); sys.stdin.read()")
    owner.line()
    owner.process.kill()
    owner.end()

    assert eventually(owner.nothing_is_left)


def test_an_owner_that_forgets_to_stop_leaves_nothing() -> None:
    owner = Owner("sys.stdin.read()")

    assert owner.end() == 0
    assert eventually(owner.nothing_is_left)


@pytest.mark.parametrize(
    "ending", ["raise SystemExit(3)", "1 / 0", "os._exit(3)", "os.kill(os.getpid(), signal.SIGTERM)"]
)
def test_an_owner_that_ends_in_any_way_leaves_nothing(ending: str) -> None:
    owner = Owner(ending)

    assert owner.end() != 0
    assert eventually(owner.nothing_is_left)


def test_ctrl_c_ends_the_owner_and_its_server() -> None:
    owner = Owner(
        """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it
try:
    print(flush=True)
    sys.stdin.read()
except KeyboardInterrupt:
    sys.exit(7)
"""
    )
    owner.line()
    owner.process.send_signal(signal.SIGINT)

    assert owner.process.wait(30) == 7
    owner.end()
    assert eventually(owner.nothing_is_left)


def test_a_forked_child_that_lives_on_does_not_keep_the_server_alive() -> None:
    owner = Owner(
        """
child = os.fork()
if not child:
    time.sleep(60)
    os._exit(0)
print(child, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    child = int(owner.line())
    try:
        assert eventually(owner.nothing_is_left)
        assert is_running(child)
    finally:
        os.kill(child, signal.SIGKILL)
        owner.end()


def test_a_program_started_by_the_owner_does_not_keep_the_server_alive() -> None:
    owner = Owner(
        """
child = subprocess.Popen(["sleep", "60"], close_fds=False)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    child = int(owner.line())
    try:
        assert eventually(owner.nothing_is_left)
        assert is_running(child)
    finally:
        os.kill(child, signal.SIGKILL)
        owner.end()


def test_a_forked_child_that_ends_leaves_its_parents_server_alone() -> None:
    owner = Owner(
        """
if not os.fork():
    server.stop(); server.kill()
    sys.exit()  # runs the exit handlers
os.wait()
print(server.execute("PING"), flush=True)
sys.stdin.read()
"""
    )

    assert owner.line() == "PONG"
    assert owner.end() == 0
    assert eventually(owner.nothing_is_left)


def test_a_forked_child_has_a_watchdog_of_its_own_for_servers_of_its_own() -> None:
    owner = Owner(
        """
if not os.fork():
    other = RedisServer().start()
    print(other.pid, other.folder, guard._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
os.wait()
sys.stdin.read()
"""
    )
    pid, folder, watchdog = owner.line().split()

    assert int(watchdog) != owner.watchdog
    assert eventually(lambda: not is_running(int(pid)) and not os.path.exists(folder))
    assert is_running(owner.server)
    owner.end()


def test_a_watchdog_that_was_killed_is_replaced_at_the_next_start_and_knows_all() -> None:
    owner = Owner(
        """
guard._process.kill(); guard._process.wait()
other = RedisServer().start()
print(other.pid, guard._process.pid, flush=True)
sys.stdin.read()
"""
    )
    other, watchdog = map(int, owner.line().split())

    assert watchdog != owner.watchdog
    owner.process.kill()
    owner.end()
    assert eventually(lambda: owner.nothing_is_left() and not is_running(other) and not is_running(watchdog))


def test_signals_that_end_other_programs_do_not_stop_the_watchdog() -> None:
    owner = Owner("sys.stdin.read()")
    status = Path(f"/proc/{owner.watchdog}/status")
    asked = 1 << (signal.SIGHUP - 1) | 1 << (signal.SIGINT - 1) | 1 << (signal.SIGTERM - 1)

    def ignores_them() -> bool:  # soon after it has started
        (mask,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("SigIgn"))
        return int(mask, 16) & asked == asked

    assert eventually(ignores_them)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        os.kill(owner.watchdog, number)
    owner.process.kill()
    owner.end()

    assert eventually(owner.nothing_is_left)


def test_an_owner_that_is_killed_as_the_server_starts_leaves_nothing() -> None:
    code = "from plasma.testing import RedisServer\nprint(flush=True)\nRedisServer().start()\ninput()"
    with tempfile.TemporaryDirectory(prefix="p", dir="/tmp") as folder:  # a path that is not too long for a socket
        for delay in (0.0, 0.002, 0.004, 0.006, 0.01, 0.02):
            with subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": folder},
            ) as process:
                assert process.stdout is not None
                process.stdout.readline()
                time.sleep(delay)
                process.kill()

        assert eventually(lambda: not os.listdir(folder)), os.listdir(folder)
        assert eventually(lambda: not running_with(folder)), running_with(folder)


def running_with(words: str) -> list[str]:
    """The command lines of processes that name this."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if words in (line := path.read_bytes().decode(errors="replace")):
                found.append(line)
    return found
