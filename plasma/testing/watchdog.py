"""A process that outlives its parent for a moment, to kill the parent's servers and remove their folders.

The parent holds the only write end of this program's standard input and writes there what to guard, a line each:

    + KEY PID START FOLDER        guard a process group (PID 0: none) and a folder (the rest of the line)
    - KEY                         it is gone, or looked after

End of file means that the parent is no more, however it ended. Then every process group still guarded is killed
and its folder removed. START is the time the process started, as /proc tells it (0 where there is no /proc): a
process id that has been given to somebody else since is left alone.

`guard.py` starts it as a script, isolated and without site packages; it imports next to nothing.
"""

from __future__ import annotations

import os
import signal
import sys


def start_time(pid: int) -> str:
    """When a process started, in the kernel's own unit; "0" where that cannot be told, "" if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            # The name, in parentheses, may hold anything, so count from its end: the 22nd field in all.
            return stat.read().rpartition(b")")[2].split()[19].decode()
    except OSError:
        return "" if os.path.exists("/proc/self/stat") else "0"


def is_running(pid: int) -> bool:
    """Whether a process is there and not a zombie that nobody collects."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        if os.path.exists("/proc/self/stat"):
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def clear_up(guarded: list[tuple[int, str, str]]) -> None:
    """Kill every process group that is still the one meant, then remove the folders."""
    import shutil
    import time

    killed: list[int] = []
    for pid, start, _ in guarded:
        if pid and start_time(pid) == start:
            try:
                os.killpg(pid, signal.SIGKILL)
                killed.append(pid)
            except OSError:  # gone by itself
                pass
    for _ in range(500):  # a dying server may still write to its folder
        if not any(map(is_running, killed)):
            break
        time.sleep(0.01)
    for _, _, folder in guarded:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # who ends the parent so does not end us
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    guarded: dict[str, tuple[int, str, str]] = {}
    for line in os.fdopen(0, encoding=sys.getfilesystemencoding(), errors="surrogateescape"):
        sign, key, *rest = line.rstrip("\n").split(" ", 4)
        if sign == "+":
            guarded[key] = (int(rest[0]), rest[1], rest[2])
        else:
            guarded.pop(key, None)
    if guarded:
        clear_up(list(guarded.values()))


if __name__ == "__main__":
    main()
