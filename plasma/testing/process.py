"""One life of a server program: from its start to its death, watched over by `guard`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from . import guard
from .errors import ServerFailed
from .wire import ReplyError, ask

LOG = "server.log"
SOCKET = "redis.sock"

_CONFIGURATION = "redis.conf"
_LOG_KEPT = 64 * 1024
# The shell waits for a line before it becomes the server. Our death before the watchdog knows the process is the end
# of that pipe, and so of the shell: at no moment is there a server that nobody would kill.
_LAUNCH = 'read -r go && exec "$0" "$@" </dev/null'


class ServerProcess:
    """A server started in a folder, with a configuration that makes it listen on the folder's socket.

    Raises whatever Popen does; the process then waits for `run`.
    """

    def __init__(self, program: Path, folder: str, configuration: str) -> None:
        path = os.path.join(folder, _CONFIGURATION)
        with open(path, "w", encoding="utf-8") as file:
            file.write(configuration)
        self._folder = folder
        with open(os.path.join(folder, LOG), "ab") as log:
            self._said_before = log.tell()
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _LAUNCH, program, path],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C"},  # a server of 7.2 and later does not start in a locale it lacks
                start_new_session=True,
                bufsize=0,
            )
        self.pid = self._process.pid
        self._key = guard.watch(folder, self.pid)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def run(self, timeout: float) -> str:
        """Let the server go; return "" once it answers, or what it said if it ended instead."""
        deadline = time.monotonic() + timeout
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as go:
            go.write(b"go\n")
        while self.is_running:
            if self._answers(deadline):
                return ""
            if time.monotonic() > deadline:
                raise ServerFailed(f"the server did not answer in {timeout} s; it said:\n{self._said()}")
            time.sleep(0.001)
        return self._said() or f"(nothing; its exit status is {self._process.returncode})"

    def kill(self) -> None:
        """Kill it, and what it forked: it leads a process group of its own."""
        if self.is_running:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        guard.forget(self._key)

    def terminate(self, timeout: float) -> None:
        """Ask it to end and wait so long; then kill it."""
        if self.is_running:
            self.resume()
            self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        self.kill()

    def pause(self) -> None:
        """Stop it without ending it, and wait until that has happened."""
        os.kill(self.pid, signal.SIGSTOP)
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def _answers(self, deadline: float) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(max(0.1, deadline - time.monotonic()))
                sock.connect(os.path.join(self._folder, SOCKET))
                reply = ask(sock, "PING")
        except OSError:
            return False
        return not (isinstance(reply, ReplyError) and reply.startswith(("LOADING", "MASTERDOWN")))

    def _said(self) -> str:
        return read_log(self._folder, self._said_before)


def read_log(folder: str, since: int = 0) -> str:
    """What servers in this folder printed, from an offset on; the last part of it if it is long."""
    with open(os.path.join(folder, LOG), "rb") as log:
        log.seek(max(since, log.seek(0, os.SEEK_END) - _LOG_KEPT))
        return log.read().decode(errors="replace")
