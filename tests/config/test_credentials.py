"""What is said to the server at login, asked of a callable or not."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest

from plasma import RedisClient
from plasma.config import RedisConfig
from plasma.credentials import credentials, credentials_async, is_async
from plasma.errors import ConfigurationError


async def ask_async() -> str:
    return "secret"


class AsksAsync:
    async def __call__(self) -> str:
        return "secret"

    async def method(self) -> str:
        return "secret"


class Asks:
    def __call__(self) -> str:
        return "secret"


COROUTINE_FUNCTIONS: list[Any] = [
    ask_async,
    AsksAsync(),
    AsksAsync().method,
    functools.partial(ask_async),
    functools.partial(functools.partial(ask_async)),
]


@pytest.mark.parametrize("password", COROUTINE_FUNCTIONS)
def test_a_coroutine_function_is_known_in_every_guise(password: Any) -> None:
    assert is_async(password)


@pytest.mark.parametrize("password", [None, "text", Asks(), Asks, str, lambda: "secret", functools.partial(str, "x")])
def test_anything_else_is_not_one(password: Any) -> None:
    assert not is_async(password)


@pytest.mark.parametrize("password", COROUTINE_FUNCTIONS)
def test_the_blocking_client_refuses_a_coroutine_function(password: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"password is a coroutine function: only plasma\.asyncio can ask it"):
        RedisClient(password=password)


def test_a_coroutine_in_disguise_is_refused_when_asked() -> None:
    config = RedisConfig(password=lambda: ask_async())

    with pytest.raises(ConfigurationError, match="password is a coroutine function"):
        credentials(config)


GIVEN: list[tuple[Any, tuple[str | None, str | None]]] = [
    (lambda: "secret", ("alice", "secret")),
    (lambda: ("bob", "secret"), ("bob", "secret")),
    (lambda: (None, "secret"), (None, "secret")),
    (lambda: "", ("alice", "")),
    (lambda: ("", ""), (None, None)),
    (Asks(), ("alice", "secret")),
    ("static", ("alice", "static")),
]


@pytest.mark.parametrize(("password", "login"), GIVEN)
def test_the_login_is_what_is_given(password: Any, login: tuple[str | None, str | None]) -> None:
    assert credentials(RedisConfig(username="alice", password=password)) == login


def test_without_a_password_there_is_no_login() -> None:
    assert credentials(RedisConfig()) == (None, None)


def test_a_callable_is_asked_each_time() -> None:
    answers = iter(["one", "two"])
    config = RedisConfig(password=lambda: next(answers))

    assert [credentials(config), credentials(config)] == [(None, "one"), (None, "two")]


@pytest.mark.parametrize("answer", [None, 5, b"secret", ("secret",), ("a", "b", "c"), ("a", None), (5, "b"), "\ud800"])
def test_an_answer_that_is_no_login_is_refused_and_not_shown(answer: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^password: the callable") as caught:
        credentials(RedisConfig(password=lambda: answer))

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("password", [*COROUTINE_FUNCTIONS, Asks(), "secret", lambda: (None, "secret")])
def test_asyncio_asks_whatever_it_is(password: Any) -> None:
    assert asyncio.run(credentials_async(RedisConfig(password=password))) == (None, "secret")
