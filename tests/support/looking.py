"""Looking into the asyncio client from a test: its connections, what it writes, and waiting in a loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any


def shared(client: Any) -> Any:
    """The connection that all tasks of this loop share."""
    return client._pool.here(asyncio.get_running_loop()).shared


def own(client: Any) -> list[Any]:
    """Those that tasks of this loop have, or had, for themselves."""
    return [*client._pool.here(asyncio.get_running_loop()).own]


def idle(client: Any) -> list[Any]:
    """Those of them that nobody uses."""
    return [*client._pool.here(asyncio.get_running_loop()).idle]


def written(client: Any) -> list[bytes]:
    """What is written on the shared connection from now on, by write."""
    conn = shared(client)
    writes: list[bytes] = []
    write = conn._write

    def record(data: Any) -> None:
        writes.append(bytes(data))
        write(data)

    conn._write = record
    return writes


async def until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Let the loop run until the condition holds; TimeoutError if it does not."""
    ends = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError(f"not within {timeout} s")
        await asyncio.sleep(0.001)


async def turns(count: int = 3) -> None:
    """Let the loop turn so many times."""
    for _ in range(count):
        await asyncio.sleep(0)
