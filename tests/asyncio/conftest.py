"""What the tests of the asyncio colour share: a server, loops of both makes, and running a case in one.

A case is an `async def`; `connect` makes clients that are disconnected in the loop of the case. Each case has a loop
of its own, ended as asyncio.run ends it, and fails if the loop was told of an exception that nobody took.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from blocking.conftest import parser, server, transport, url, wire

from plasma.asyncio import RedisClient

__all__ = ["parser", "server", "transport", "url", "wire"]

LOOPS = ["asyncio"] + ["uvloop"] * (find_spec("uvloop") is not None)


def new_loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.SelectorEventLoop()


def end(loop: asyncio.AbstractEventLoop) -> None:
    """As asyncio.run does it."""
    try:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


class Complaints(list[str]):
    """What a loop was told of that nobody awaited."""

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.append(f"{context.get('message')}: {context.get('exception')!r}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "loop" in metafunc.fixturenames:
        metafunc.parametrize("loop", getattr(metafunc.module, "LOOPS", LOOPS), indirect=True)


@pytest.fixture
def loop(request: pytest.FixtureRequest) -> Iterator[asyncio.AbstractEventLoop]:
    loop = new_loop(request.param)
    complaints = Complaints()
    loop.set_exception_handler(complaints)
    yield loop
    end(loop)
    gc.collect()

    assert not complaints


@pytest.fixture
def connect(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., RedisClient[Any]]]:
    """Makes a client as RedisClient does, for use in the loop of the case."""
    clients: list[RedisClient[Any]] = []

    def make(*args: Any, **options: Any) -> RedisClient[Any]:
        clients.append(RedisClient(*args, **options))
        return clients[-1]

    yield make
    for client in clients:
        loop.run_until_complete(client.disconnect())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    case = pyfuncitem.obj
    if not inspect.iscoroutinefunction(case) or "loop" not in pyfuncitem.fixturenames:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(case).parameters}

    async def within_a_minute() -> None:
        await asyncio.wait_for(case(**arguments), 60)

    pyfuncitem.funcargs["loop"].run_until_complete(within_a_minute())
    return True
