"""What tests of listening need to be written once for both colours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from support.conversing import got


@asynccontextmanager
async def inside(context: Any) -> Any:
    """`async with` for a context manager of either colour."""
    if hasattr(context, "__aenter__"):
        async with context as value:
            yield value
    else:
        with context as value:
            yield value


async def eventually(client: Any, condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Return as soon as the condition holds. The event loop of an asyncio client goes on meanwhile."""
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {timeout} s")
        if hasattr(client, "__aenter__"):
            await asyncio.sleep(0.001)
        else:
            _rest()


async def taken(inbox: Any, count: int, timeout: float = 10.0) -> list[Any]:
    """So many events of an inbox; None stands for one that did not come."""
    return [await got(inbox.get(timeout=timeout)) for _ in range(count)]


def _rest() -> None:
    time.sleep(0.001)
