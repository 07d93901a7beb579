"""Two real servers for the session, and a manager and a facade that end with the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plasma.facade import RedisFacade
from plasma.manager import RedisManager
from plasma.testing import RedisServer


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[RedisServer, RedisServer]]:
    with RedisServer() as first, RedisServer() as second:
        yield first, second


@pytest.fixture
def manager() -> Iterator[RedisManager]:
    with RedisManager() as manager:
        yield manager


@pytest.fixture
def redis() -> Iterator[RedisFacade]:
    """A facade like `Redis`, but the test's own."""
    with RedisFacade() as redis:
        yield redis
