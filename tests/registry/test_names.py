"""What names mean: configuring, defaults, unknown names, and which client is whose. Nothing is connected here."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from plasma.client import RedisClient
from plasma.config import RedisConfig
from plasma.errors import ConfigurationError
from plasma.manager import RedisManager

TWO = {"cache": {"port": 1}, "analytics": {"port": 2, "db": 1}}


def refusal_of(manager: RedisManager, *args: Any, **options: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        manager.configure(*args, **options)
    return str(caught.value)


def test_a_dict_configures(manager: RedisManager) -> None:
    manager.configure({"default": "cache", "connections": TWO})

    assert (manager.names, manager.connection().config) == (("cache", "analytics"), RedisConfig(port=1))


def test_keywords_configure(manager: RedisManager) -> None:
    manager.configure(default="analytics", connections=TWO)

    assert manager.connection().config == RedisConfig(port=2, db=1)


@pytest.mark.parametrize(
    "given",
    ["redis://:pw@h:1?key_prefix=p:", {"host": "h", "port": 1, "password": "pw", "keyPrefix": "p:"}],
    ids=["url", "dict"],
)
def test_a_connection_is_a_url_or_a_dict(manager: RedisManager, given: Any) -> None:
    manager.configure(connections={"main": given})

    assert manager.connection("main").config == RedisConfig(host="h", port=1, password="pw", key_prefix="p:")


def test_a_connection_is_a_config(manager: RedisManager) -> None:
    config = RedisConfig(port=1)
    manager.configure(connections={"main": config})

    assert manager.connection("main").config is config


def test_a_name_has_one_client(manager: RedisManager) -> None:
    manager.configure(connections=TWO)

    assert manager.connection("cache") is manager.connection("cache")


def test_two_names_have_two_clients(manager: RedisManager) -> None:
    manager.configure(connections={"a": "redis://h", "b": "redis://h"})

    assert manager.connection("a") is not manager.connection("b")


def test_the_default_is_the_one_that_default_names(manager: RedisManager) -> None:
    manager.configure(default="analytics", connections={"default": {}, **TWO})

    assert manager.connection() is manager.connection("analytics")


def test_the_default_is_called_default_if_none_is_named(manager: RedisManager) -> None:
    manager.configure(connections={**TWO, "default": {}})

    assert manager.connection() is manager.connection("default")


def test_the_only_connection_is_the_default(manager: RedisManager) -> None:
    manager.configure(connections={"main": {}})

    assert manager.connection() is manager.connection("main")


def test_of_several_connections_none_is_guessed(manager: RedisManager) -> None:
    manager.configure(connections=TWO)
    with pytest.raises(ConfigurationError) as caught:
        manager.connection()

    assert str(caught.value) == (
        "there is no default connection: name one, or configure default=; there are: cache, analytics"
    )


def test_an_unknown_name_lists_the_names_there_are(manager: RedisManager) -> None:
    manager.configure(connections=TWO)
    with pytest.raises(ConfigurationError) as caught:
        manager.connection("metrics")

    assert str(caught.value) == 'connection "metrics" is not configured; there are: cache, analytics'


@pytest.mark.parametrize("method", ["connect", "disconnect", "is_connected", "remove_connection"])
def test_every_method_refuses_an_unknown_name(manager: RedisManager, method: str) -> None:
    manager.configure(connections=TWO)

    with pytest.raises(ConfigurationError, match='connection "metrics" is not configured; there are: cache, analytics'):
        getattr(manager, method)("metrics")


def test_an_unconfigured_manager_says_what_to_call(manager: RedisManager) -> None:
    with pytest.raises(
        ConfigurationError, match=r"no connection is configured: call manager\.configure\(\.\.\.\) first"
    ):
        manager.connection()


def test_an_unconfigured_manager_is_not_connected_and_disconnects_quietly(manager: RedisManager) -> None:
    manager.disconnect()
    manager.disconnect_all()
    manager.connect_all()

    assert not manager.is_connected()


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, 'configure needs connections: a dict of names, such as {"main": {"host": ...}}'),
    ({"connections": {}}, 'configure needs connections: a dict of names, such as {"main": {"host": ...}}'),
    ({"connections": ["redis://h"]}, 'configure needs connections: a dict of names, such as {"main": {"host": ...}}'),
    ({"default": "main", "connections": TWO}, 'default "main" is not among the connections; there are: cache, analyt'),
    ({"default": 5, "connections": TWO}, "default must be the name of a connection, not int"),
    ({"default": "", "connections": TWO}, "default must be the name of a connection, not str"),
    (
        {"host": "h"},
        'configure knows "default" and "connections", not "host"; a connection is described under its name',
    ),
    ({"connections": {"": {}}}, "the name of a connection must be text, and not empty"),
    ({"connections": {5: {}}}, "the name of a connection must be text, and not empty"),
    ({"connections": {"a": {"port": 0}}}, 'connection "a": port must be a whole number from 1 to 65535, not 0'),
    ({"connections": {"a": {"prot": 1}}}, 'connection "a": unknown option "prot": did you mean "port"?'),
    ({"connections": {"a": "http://h"}}, 'connection "a": the URL\'s scheme is unknown'),
    ({"connections": {"a": 6379}}, 'connection "a": a connection is a URL, a dict or a RedisConfig, not int'),
    ({"connections": {"a": {"decode": False}}}, 'connection "a": decode is not an option of a connection'),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_a_bad_configuration_is_refused(manager: RedisManager, given: dict[str, Any], message: str) -> None:
    assert refusal_of(manager, given).startswith(message)


def test_a_dict_and_keywords_together_are_refused(manager: RedisManager) -> None:
    assert refusal_of(manager, {"connections": TWO}, default="cache") == (
        "configure takes a dict, or default= and connections=, not both"
    )


def test_something_else_than_a_dict_is_refused(manager: RedisManager) -> None:
    assert refusal_of(manager, "redis://h") == "configure takes a dict, not str"


def test_a_refused_configuration_changes_nothing(manager: RedisManager) -> None:
    manager.configure(default="cache", connections=TWO)
    client = manager.connection()
    refusal_of(manager, {"connections": {"cache": {"port": 9}, "bad": {"port": 0}}})

    assert (manager.names, manager.connection()) == (("cache", "analytics"), client)


def test_configuring_again_replaces_all_names(manager: RedisManager) -> None:
    manager.configure(connections=TWO)
    manager.configure(connections={"main": {}})

    assert manager.names == ("main",)


def test_configuring_again_keeps_the_client_of_an_equal_configuration(manager: RedisManager) -> None:
    manager.configure(connections=TWO)
    client = manager.connection("cache")
    manager.configure(connections={"cache": "redis://127.0.0.1:1"})

    assert manager.connection("cache") is client


def test_configuring_again_makes_a_new_client_of_a_changed_configuration(manager: RedisManager) -> None:
    manager.configure(connections=TWO)
    client = manager.connection("cache")
    manager.configure(connections={"cache": {"port": 3}})

    assert manager.connection("cache") is not client


def test_configuring_again_moves_the_default(manager: RedisManager) -> None:
    manager.configure(default="cache", connections=TWO)
    manager.connection()
    manager.configure(default="analytics", connections=TWO)

    assert manager.connection() is manager.connection("analytics")


def test_a_connection_is_added(manager: RedisManager) -> None:
    manager.add_connection("cache", {"port": 1})
    manager.add_connection("jobs", "redis://h", db=2)
    manager.add_connection("plain", port=3)

    assert [manager.connection(name).config for name in manager.names] == [
        RedisConfig(port=1),
        RedisConfig(host="h", db=2),
        RedisConfig(port=3),
    ]


def test_adding_names_the_connection_in_its_errors(manager: RedisManager) -> None:
    with pytest.raises(ConfigurationError, match='connection "cache": port must be'):
        manager.add_connection("cache", port=0)


def test_adding_a_name_again_replaces_it(manager: RedisManager) -> None:
    manager.add_connection("main", port=1)
    manager.connection()
    manager.add_connection("main", port=2)

    assert manager.connection().config.port == 2


def test_adding_the_same_again_keeps_the_client(manager: RedisManager) -> None:
    manager.add_connection("main", port=1)
    client = manager.connection()
    manager.add_connection("main", {"port": 1})

    assert manager.connection() is client


def test_adding_a_second_name_leaves_no_default_to_guess(manager: RedisManager) -> None:
    manager.add_connection("one")
    manager.connection()
    manager.add_connection("two")

    with pytest.raises(ConfigurationError, match="there is no default connection"):
        manager.connection()


def test_adding_a_connection_called_default_makes_it_that(manager: RedisManager) -> None:
    manager.add_connection("one")
    manager.connection()
    manager.add_connection("default")

    assert manager.connection() is manager.connection("default")


def test_has_connection_tells_whether_a_name_is_there(manager: RedisManager) -> None:
    manager.configure(connections=TWO)

    assert (manager.has_connection("cache"), manager.has_connection("metrics")) == (True, False)


def test_a_removed_connection_is_gone(manager: RedisManager) -> None:
    manager.configure(connections=TWO)
    manager.remove_connection("cache")

    assert manager.names == ("analytics",)


def test_without_its_default_a_manager_says_so(manager: RedisManager) -> None:
    manager.configure(default="cache", connections=TWO)
    manager.connection()
    manager.remove_connection("cache")

    with pytest.raises(ConfigurationError, match='the default connection "cache" was removed; there are: analytics'):
        manager.connection()


def test_repr_shows_the_names_and_no_secret(manager: RedisManager) -> None:
    manager.configure(connections={"main": "redis://:hunter2@h", "jobs": {}})

    assert repr(manager) == "<RedisManager: main, jobs>"


def test_threads_that_race_for_a_name_get_one_client(manager: RedisManager) -> None:
    manager.configure(default="0", connections={str(number): {"db": number} for number in range(50)})
    start = threading.Barrier(8)
    got: list[list[RedisClient[str]]] = []

    def race() -> None:
        start.wait()
        got.append([manager.connection(), *(manager.connection(name) for name in manager.names)])

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(set(map(id, clients))) for clients in zip(*got, strict=True)] == [1] * 51


def test_threads_that_add_names_at_once_lose_none(manager: RedisManager) -> None:
    start = threading.Barrier(8)

    def add(thread: int) -> None:
        start.wait()
        for number in range(20):
            manager.add_connection(f"{thread}/{number}")

    threads = [threading.Thread(target=add, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(manager.names) == 160


def test_the_default_follows_what_other_threads_change(manager: RedisManager) -> None:
    manager.configure(connections={"main": {"port": 1}})
    done = threading.Event()

    def use() -> None:
        while not done.is_set():
            manager.connection()

    thread = threading.Thread(target=use)
    thread.start()
    seen: list[tuple[int, int]] = []
    for port in range(1, 300):
        manager.add_connection("main", port=port)
        seen.append((manager.connection().config.port, port))
    done.set()
    thread.join()

    assert [pair for pair in seen if pair[0] != pair[1]] == []
