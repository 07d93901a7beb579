"""A manager on two real servers: opening, closing, replacing, failing, forking."""

from __future__ import annotations

import os
import traceback

import pytest

from plasma.errors import ConfigurationError, RedisConnectionError
from plasma.manager import RedisManager
from plasma.testing import RedisServer, free_port

Servers = tuple[RedisServer, RedisServer]


@pytest.fixture
def both(manager: RedisManager, servers: Servers) -> RedisManager:
    manager.configure(
        {
            "default": "cache",
            "connections": {
                "cache": {"host": servers[0].host, "port": servers[0].port},
                "analytics": {"host": servers[1].host, "port": servers[1].port, "db": 1},
            },
        }
    )
    for name in manager.names:
        manager.connection(name).flushall()
    manager.disconnect_all()
    return manager


def test_two_names_are_two_servers(both: RedisManager) -> None:
    both.connection("cache").set("k", "cache")
    both.connection("analytics").incr("k")

    assert (both.connection("cache").get("k"), both.connection("analytics").get("k")) == ("cache", "1")


def test_making_a_client_connects_nothing(both: RedisManager) -> None:
    both.connection("cache")

    assert not both.is_connected("cache")


def test_the_first_command_connects(both: RedisManager) -> None:
    both.connection("cache").ping()

    assert (both.is_connected(), both.is_connected("cache"), both.is_connected("analytics")) == (True, True, False)


def test_connect_opens_one_connection_early(both: RedisManager) -> None:
    both.connect("analytics")

    assert (both.is_connected("cache"), both.is_connected("analytics")) == (False, True)


def test_connect_all_opens_every_connection(both: RedisManager) -> None:
    both.connect_all()

    assert [both.is_connected(name) for name in both.names] == [True, True]


def test_disconnect_closes_the_default(both: RedisManager) -> None:
    both.connect_all()
    both.disconnect()

    assert [both.is_connected(name) for name in both.names] == [False, True]


def test_disconnect_all_closes_every_connection(both: RedisManager) -> None:
    both.connect_all()
    both.disconnect_all()

    assert [both.is_connected(name) for name in both.names] == [False, False]


def test_after_disconnect_the_next_use_opens_again(both: RedisManager) -> None:
    client = both.connection()
    client.set("k", "v")
    both.disconnect()

    assert (client.get("k"), both.connection()) == ("v", client)


def test_disconnecting_makes_no_client(both: RedisManager) -> None:
    both.disconnect("analytics")

    assert not both.is_connected("analytics")


def test_leaving_with_disconnects_all(both: RedisManager) -> None:
    with both:
        both.connect_all()

    assert [both.is_connected(name) for name in both.names] == [False, False]


def test_configuring_again_disconnects_the_clients_of_changed_names(both: RedisManager, servers: Servers) -> None:
    both.connect_all()
    cache, analytics = both.connection("cache"), both.connection("analytics")
    both.configure(connections={"cache": {"host": servers[0].host, "port": servers[0].port}, "analytics": {"port": 1}})

    assert (cache.is_connected(), analytics.is_connected()) == (True, False)


def test_a_client_that_was_replaced_still_serves_who_holds_it(both: RedisManager) -> None:
    client = both.connection("analytics")
    client.set("k", "v")
    both.configure(connections={"other": {"port": 1}})

    assert client.get("k") == "v"
    client.disconnect()


def test_replacing_a_connection_disconnects_the_old_one(both: RedisManager) -> None:
    client = both.connection("cache")
    client.ping()
    both.add_connection("cache", port=1)

    assert not client.is_connected()


def test_removing_a_connection_disconnects_it(both: RedisManager) -> None:
    client = both.connection("cache")
    client.ping()
    both.remove_connection("cache")

    assert not client.is_connected()


def test_connect_all_tries_all_and_tells_of_all_that_failed(both: RedisManager) -> None:
    port = free_port()
    both.configure(
        connections={
            "down": {"port": port, "max_retries": 0},
            "cache": both.connection("cache").config,
            "gone": {"port": port, "max_retries": 0, "db": 1},
        }
    )
    with pytest.raises(RedisConnectionError, match=r'^cannot connect "down": .* refused.*; "gone": .* refused'):
        both.connect_all()

    assert both.is_connected("cache")


def test_connect_all_gives_the_first_failure_as_the_cause(both: RedisManager) -> None:
    both.configure(connections={"down": {"port": free_port(), "max_retries": 0}})
    with pytest.raises(RedisConnectionError) as caught:
        both.connect_all()

    assert isinstance(caught.value.__cause__, RedisConnectionError)


def test_a_wrong_password_is_told_and_not_shown(manager: RedisManager) -> None:
    with RedisServer(password="right") as server:
        manager.configure(connections={"main": server.url.replace("right", "hunter2")})
        with pytest.raises(RedisConnectionError) as caught:
            manager.connect_all()

    assert ("WRONGPASS" in str(caught.value), "hunter2" in "".join(traceback.format_exception(caught.value))) == (
        True,
        False,
    )


def broken_vault() -> str:
    raise OSError("the vault is sealed; the token was hunter2")


def test_connect_all_shows_nothing_of_an_error_that_is_not_ours(both: RedisManager) -> None:
    config = both.connection("cache").config.replace(password=broken_vault)
    both.configure(connections={"cache": config})
    with pytest.raises(RedisConnectionError) as caught:
        both.connect_all()

    assert "hunter2" not in str(caught.value)


def test_connect_all_tells_of_a_configuration_error_too(both: RedisManager) -> None:
    def asked() -> str:
        raise ConfigurationError("password: no vault is set")

    both.configure(connections={"cache": both.connection("cache").config.replace(password=asked)})

    with pytest.raises(RedisConnectionError, match='cannot connect "cache": password: no vault is set'):
        both.connect_all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_uses_the_names_and_leaves_its_parent_alone(both: RedisManager) -> None:
    cache = both.connection("cache")
    cache.set("from", "parent")
    child = os.fork()
    if not child:
        try:
            right = both.connection("cache").get("from") == "parent" and both.connection("analytics").incr("n") == 1
            both.disconnect_all()
            os._exit(0 if right else 1)
        except BaseException:
            traceback.print_exc()
            os._exit(2)
    _, status = os.waitpid(child, 0)

    assert (os.waitstatus_to_exitcode(status), cache.get("from"), both.connection("analytics").get("n")) == (
        0,
        "parent",
        "1",
    )
