"""How much memory a process has, and had at most. Linux; elsewhere nothing is told."""

from __future__ import annotations

import gc
from collections.abc import Callable


def resident() -> int:
    """Bytes of this process that are in memory now."""
    return _status("VmRSS")


def peak_of(work: Callable[[], object]) -> int:
    """Bytes that were in memory at the most while this ran, above what was there before."""
    gc.collect()
    before = resident()
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")  # forget the peak so far
    work()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"this system does not tell {name}")
