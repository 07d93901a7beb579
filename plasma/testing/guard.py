"""The parent's side of `watchdog.py`: one watchdog for all servers and folders of this process.

The write end of the watchdog's pipe is held by this process alone: it is close-on-exec, so no program we start has
it, and a forked child closes its copy at once, so a child that lives on keeps nothing alive. A child that starts
servers of its own gets a watchdog of its own. A watchdog that somebody killed is started anew.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path

from . import watchdog

_lock = threading.RLock()  # held over a fork, so that no child is born between pipe and `_process`
_process: subprocess.Popen[bytes] | None = None
_guarded: dict[int, str] = {}
_keys = count(1)


def watch(folder: str, pid: int = 0) -> int:
    """Guard a folder and, with *pid*, the process group of that id; return the key to `forget` it by."""
    with _lock:
        key = next(_keys)
        line = f"+ {key} {pid} {watchdog.start_time(pid) if pid else 0} {folder}\n"
        _guarded[key] = line
        _tell(line)
        return key


def forget(key: int) -> None:
    """What was guarded under this key is gone. Keys inherited over a fork, or forgotten before, are ignored."""
    with _lock:
        if _guarded.pop(key, None) is not None:
            _tell(f"- {key}\n")


def private_folder() -> tuple[str, int]:
    """Make a guarded folder, readable by us alone, with a path short enough for a unix socket in it."""
    parent = _parent_folder()
    while True:
        # The watchdog knows the name before the folder is there, so no kill in between leaves one.
        folder = os.path.join(parent, f"plasma-{secrets.token_hex(5)}")
        if not os.path.lexists(folder):
            key = watch(folder)
            try:
                os.mkdir(folder, 0o700)
                return folder, key
            except BaseException as error:
                forget(key)
                if not isinstance(error, FileExistsError):
                    raise


def _parent_folder() -> str:
    """The folder for temporary files; /tmp if its path leaves no room for a socket's."""
    # Not gettempdir() at once: it tries folders by writing to them, and a kill would leave that file.
    for folder in (tempfile.tempdir, os.environ.get("TMPDIR"), "/tmp"):
        if folder and len(os.fsencode(folder)) <= 60 and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return os.fsdecode(folder)
    return tempfile.gettempdir()


def remove(folder: str, key: int) -> None:
    """Remove a folder made by `private_folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    forget(key)


def _tell(line: str) -> None:
    global _process
    for _ in range(2):
        if _process is None:
            _process = _start()
            line = "".join(_guarded.values())  # a new watchdog is told everything
        try:
            os.write(_pipe(_process), os.fsencode(line))
            return
        except BrokenPipeError:
            _end(_process)
            _process = None


def _start() -> subprocess.Popen[bytes]:
    script = Path(watchdog.__file__ or "")
    return subprocess.Popen(
        [sys.executable or "python3", "-I", "-S", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/" if os.name == "posix" else None,
        start_new_session=True,
        bufsize=0,
    )


def _pipe(process: subprocess.Popen[bytes]) -> int:
    assert process.stdin is not None
    return process.stdin.fileno()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.wait()


def _close() -> None:
    """At the end of the interpreter: the end of file tells the watchdog to clear up what is left."""
    global _process
    with _lock:
        if _process is not None:
            _end(_process)
            _process = None


def _in_child() -> None:
    global _lock, _process, _guarded
    _lock = threading.RLock()
    _guarded = {}
    if _process is not None:
        if _process.stdin is not None:
            _process.stdin.close()
        _process.returncode = 0  # not our child: nothing to wait for, nothing to warn of
        _process = None


# Registered before the servers' own exit handler, so it runs after it.
atexit.register(_close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _lock.acquire(),
        after_in_parent=lambda: _lock.release(),
        after_in_child=_in_child,
    )
