"""The cases of the blocking colour that hold for both, run on the asyncio client call by call: each is written once
(support/driven.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from registry.conftest import servers
from support.driven import Driven, close_sockets

from plasma.asyncio import RedisClient, RedisFacade, RedisManager

__all__ = ["servers"]


@pytest.fixture
def connect(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[..., Driven]]:
    clients: list[RedisClient[Any]] = []

    def make(*args: Any, **options: Any) -> Driven:
        clients.append(RedisClient(*args, **options))
        return Driven(clients[-1], loop)

    yield make
    for client in clients:
        loop.run_until_complete(client.disconnect())
    close_sockets()


@pytest.fixture
def manager(loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    with Driven(RedisManager(), loop) as manager:
        yield manager


@pytest.fixture
def redis(loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    """A facade like `Redis`, but the test's own."""
    with Driven(RedisFacade(), loop) as redis:
        yield redis
