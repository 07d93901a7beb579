"""tests/registry/test_names.py, in asyncio. Nothing in it needs a connection, or a loop."""

from __future__ import annotations

import pytest
import registry.test_names
from support.driven import cases

from plasma.asyncio import RedisFacade, RedisManager

# They await something: see test_manager.py.
AWAITING = (
    "test_every_method_refuses_an_unknown_name",
    "test_an_unconfigured_manager_is_not_connected_and_disconnects_quietly",
)

globals().update(cases(registry.test_names, without=AWAITING))


@pytest.fixture
def manager() -> RedisManager:
    return RedisManager()


@pytest.fixture
def redis() -> RedisFacade:
    return RedisFacade()
