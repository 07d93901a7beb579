"""What the tests of conversations need to be written once for both colours."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any


async def got(value: Any) -> Any:
    """The result of a call: of the asyncio colour it is awaited, of the blocking colour it is there."""
    return await value if inspect.isawaitable(value) else value


async def listed(items: Any) -> list[Any]:
    """All that an iterator gives, of either colour."""
    return [item async for item in items] if hasattr(items, "__aiter__") else list(items)


async def first(items: Any) -> Any:
    """The first that an iterator gives; what else it would give is left."""
    if hasattr(items, "__aiter__"):
        async for item in items:
            return item
    return next(iter(items))


class Colour:
    """Makes clients of one colour and runs a test's coroutine on them; `close` puts them away."""

    def client(self, url: str, **options: Any) -> Any:
        raise NotImplementedError

    def run(self, case: Coroutine[Any, Any, Any]) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Blocking(Colour):
    """Nothing here ever suspends: a case runs in one step."""

    def __init__(self) -> None:
        self._clients: list[Any] = []

    def client(self, url: str, **options: Any) -> Any:
        from plasma import RedisClient

        self._clients.append(RedisClient(url, **options))
        return self._clients[-1]

    def run(self, case: Coroutine[Any, Any, Any]) -> Any:
        try:
            case.send(None)
        except StopIteration as end:
            return end.value
        case.close()
        raise AssertionError("the case waits for something that is not of this colour")

    def close(self) -> None:
        for client in self._clients:
            client.disconnect()


class Asyncio(Colour):
    """Each case has the same loop, which ends with the test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._clients: list[Any] = []

    def client(self, url: str, **options: Any) -> Any:
        from plasma.asyncio import RedisClient

        self._clients.append(RedisClient(url, **options))
        return self._clients[-1]

    def run(self, case: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(case)

    def close(self) -> None:
        for client in self._clients:
            self._loop.run_until_complete(client.disconnect())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


COLOURS: dict[str, Callable[[], Colour]] = {"asyncio": Asyncio, "blocking": Blocking}
