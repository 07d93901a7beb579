"""`Redis`: every command on the default connection."""

from __future__ import annotations

from typing import Any

import pytest

import plasma.facade
from plasma.client import RedisClient
from plasma.errors import ConfigurationError
from plasma.facade import Redis, RedisFacade
from plasma.manager import RedisManager
from plasma.testing import RedisServer

Servers = tuple[RedisServer, RedisServer]


@pytest.fixture
def ready(redis: RedisFacade, servers: Servers) -> RedisFacade:
    redis.configure(default="main", connections={"main": servers[0].url, "analytics": f"{servers[1].url}/1"})
    redis.flushall()
    redis.connection("analytics").flushall()
    return redis


def test_redis_is_a_facade_with_no_connection_of_its_own() -> None:
    assert (type(Redis), Redis.names, plasma.facade.Redis) == (RedisFacade, (), Redis)


def test_a_facade_is_a_manager() -> None:
    assert isinstance(Redis, RedisManager)


def test_used_before_it_is_configured_it_says_what_to_call(redis: RedisFacade) -> None:
    with pytest.raises(ConfigurationError) as caught:
        redis.get("k")

    assert str(caught.value) == (
        "no connection is configured: call Redis.configure(...) first, such as"
        ' Redis.configure({"connections": {"default": "redis://127.0.0.1:6379/0"}})'
    )


@pytest.mark.parametrize("method", ["pipeline", "transaction", "options", "pinned", "connect"])
def test_conversations_say_so_too(redis: RedisFacade, method: str) -> None:
    with pytest.raises(ConfigurationError, match=r"call Redis\.configure\(\.\.\.\) first"):
        getattr(redis, method)()


@pytest.mark.parametrize("view", ["text", "bytes"])
def test_views_say_so_too(redis: RedisFacade, view: str) -> None:
    with pytest.raises(ConfigurationError, match=r"call Redis\.configure\(\.\.\.\) first"):
        getattr(redis, view)


def test_called_like_a_class_it_says_what_to_use() -> None:
    called: Any = Redis

    with pytest.raises(TypeError, match=r"^Redis is the facade; use RedisClient\(\.\.\.\)$"):
        called(host="h")


def test_it_can_do_all_that_a_client_can() -> None:
    able = {name for name in dir(RedisClient) if not name.startswith("_")}

    assert able - set(dir(RedisFacade)) == {"config"}


def test_a_command_runs_on_the_default_connection(ready: RedisFacade) -> None:
    ready.set("k", "v")

    assert (ready.get("k"), ready.connection("main").get("k"), ready.connection("analytics").get("k")) == (
        "v",
        "v",
        None,
    )


def test_another_connection_is_asked_for_by_name(ready: RedisFacade) -> None:
    assert (ready.connection("analytics").incr("views"), ready.exists("views")) == (1, 0)


def test_results_are_shaped_as_a_clients(ready: RedisFacade) -> None:
    ready.hset("h", {"a": "1"})

    assert ready.hgetall("h") == {"a": "1"}


def test_execute_runs_anything(ready: RedisFacade) -> None:
    assert ready.execute("SET", "k", "v") == "OK"


def test_a_pipeline_runs_on_the_default_connection(ready: RedisFacade) -> None:
    assert ready.pipeline().set("k", 1).incr("k").exec() == (True, 2)


def test_a_transaction_runs_on_the_default_connection(ready: RedisFacade) -> None:
    assert ready.transaction().set("k", 1).incr("k").exec() == (True, 2)


def test_a_pinned_connection_is_one_of_the_default(ready: RedisFacade) -> None:
    with ready.pinned() as conn:
        conn.execute("SELECT", 3)
        conn.set("k", "v")

    assert ready.get("k") is None


def test_options_are_a_view_of_the_default(ready: RedisFacade) -> None:
    ready.set("k", "v")

    assert ready.options(timeout=1, idempotent=True).get("k") == "v"


def test_bytes_and_text_are_views_of_the_default(ready: RedisFacade) -> None:
    ready.set("k", "v")

    assert (ready.bytes.get("k"), ready.text.get("k")) == (b"v", "v")


def test_it_follows_a_new_configuration(ready: RedisFacade, servers: Servers) -> None:
    ready.set("k", "first")
    ready.configure(connections={"main": servers[1].url})

    assert ready.get("k") is None


def test_it_follows_a_replaced_connection(ready: RedisFacade, servers: Servers) -> None:
    ready.set("k", "first")
    ready.add_connection("main", servers[1].url)

    assert ready.get("k") is None


def test_after_disconnect_the_next_command_opens_again(ready: RedisFacade) -> None:
    ready.set("k", "v")
    ready.disconnect()

    assert (ready.is_connected(), ready.get("k"), ready.is_connected()) == (False, "v", True)


def test_repr_shows_the_names(ready: RedisFacade) -> None:
    assert repr(ready) == "<RedisFacade: main, analytics>"
