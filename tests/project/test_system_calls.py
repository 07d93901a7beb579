"""One command costs two system calls, one to send and one to receive: counted by strace on a real server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from plasma.testing import RedisServer

FEW, MANY = 100, 1100

# The clock is read without a system call; what allocating memory takes now and then is not the command's.
NOT_COUNTED = {"brk", "madvise", "mmap", "munmap", "mremap"}

PROGRAM = """
import sys
from plasma import RedisClient
url, parser, times = sys.argv[1:]
client = RedisClient(url, parser=parser)
client.set("key", "value")
for _ in range(int(times)):
    assert client.get("key") == "value"
"""


def why_not() -> str | None:
    """Why system calls cannot be counted here."""
    if sys.platform != "linux" or not shutil.which("strace"):
        return "strace is not installed: no system calls can be counted"
    try:
        subprocess.run(["strace", "-c", "true"], capture_output=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        return f"strace may not trace here: {error}"
    return None


REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


def counted(folder: Path, url: str, parser: str, times: int) -> Counter[str]:
    """How often each system call was made, by name, in a run of so many GETs."""
    table = folder / f"{times}"
    program = [sys.executable, "-c", PROGRAM, url, parser, str(times)]
    subprocess.run(["strace", "-c", "-f", "-o", str(table), *program], check=True, timeout=100)
    rows = [line.split() for line in table.read_text().splitlines()]
    return Counter({row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"})


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
@pytest.mark.parametrize("parser", ["python", "hiredis"])
def test_a_get_is_two_system_calls(tmp_path: Path, parser: str, unix: bool) -> None:
    if parser == "hiredis":
        pytest.importorskip("hiredis", reason="hiredis is not installed")
    with RedisServer(unix=unix) as server:
        calls = counted(tmp_path, server.url, parser, MANY)
        calls.subtract(counted(tmp_path, server.url, parser, FEW))
    # One decimal: on a busy machine a reply may take longer than the first wait, and then it is polled for.
    by_get = {name: round(count / (MANY - FEW), 1) for name, count in calls.items() if name not in NOT_COUNTED}

    assert {name: count for name, count in by_get.items() if count} == {"sendto": 1.0, "recvfrom": 1.0}
