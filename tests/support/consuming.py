"""What tests of stream groups need to be written once for both colours."""

from __future__ import annotations

from typing import Any

from support.conversing import got
from support.listening import inside


def begun(group: Any) -> Any:
    """The group, as a `for` loop begins it."""
    return group.__aiter__() if hasattr(group, "__aiter__") else iter(group)


async def following(group: Any) -> Any:
    """The next entry; None if the loop ends."""
    try:
        return await got(group.__anext__() if hasattr(group, "__anext__") else group.__next__())
    except (StopIteration, StopAsyncIteration):
        return None


async def handled(group: Any, most: int | None = None) -> list[Any]:
    """Handle entries in blocks until the loop ends, or so many; what they hold, with how often they were delivered."""
    found: list[Any] = []
    begun(group)
    while len(found) != most:
        entry = await following(group)
        if entry is None:
            break
        async with inside(entry):
            found.append((*entry.fields.values(), entry.deliveries))
    return found


async def failed(entry: Any, error: BaseException) -> None:
    """Handle an entry in a block that raises."""
    try:
        async with inside(entry):
            raise error
    except type(error):
        pass
