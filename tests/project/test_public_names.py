"""The names that users import are there, and each command's text ends with the page that describes the command."""

from __future__ import annotations

import ast
import inspect
import re
from importlib.metadata import version
from pathlib import Path

import pytest

import plasma
from plasma import errors
from plasma.commands.views import Commands

NAMES = [
    "Inbox",
    "Library",
    "Lock",
    "Message",
    "Monitor",
    "MonitoredCommand",
    "PinnedConnection",
    "Pipeline",
    "Reconnected",
    "Redis",
    "RedisClient",
    "RedisConfig",
    "RedisFacade",
    "RedisManager",
    "Script",
    "Stream",
    "StreamEntry",
    "StreamGroup",
    "Subscription",
    "TLSOptions",
    "Transaction",
    "__version__",
]

ERRORS = [
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.RedisError) and not name.startswith("_")
]

COMMANDS = sorted(
    name
    for name in dir(Commands)
    if not name.startswith("_") and callable(getattr(Commands, name)) and name != "execute"
)


@pytest.mark.parametrize("name", NAMES)
def test_the_package_has(name: str) -> None:
    assert getattr(plasma, name) is not None
    assert name in plasma.__all__
    assert name in dir(plasma)


@pytest.mark.parametrize("name", ERRORS)
def test_the_package_has_the_error(name: str) -> None:
    assert getattr(plasma, name) is getattr(errors, name)
    assert name in plasma.__all__


def test_all_names_nothing_else() -> None:
    assert sorted(plasma.__all__) == sorted([*NAMES, *ERRORS])


def test_type_checkers_see_every_name() -> None:
    tree = ast.parse(Path(str(plasma.__file__)).read_text())
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name != "annotations"
    }

    assert imported == set(plasma.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'plasma' has no attribute 'Reddis'"):
        plasma.Reddis  # noqa: B018 - looking it up is the test


def test_the_version_is_that_of_the_distribution() -> None:
    assert plasma.__version__ == version("plasma-redis")


def test_there_are_commands() -> None:
    assert {"get", "set", "hset", "zadd", "config_get", "publish"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_text_of_a_command_says_what_is_returned_and_ends_with_its_page(name: str) -> None:
    text = inspect.getdoc(getattr(Commands, name)) or ""
    *_, last = text.splitlines() or [""]

    assert text[:1].isupper()
    assert text.splitlines()[0].endswith((".", ":"))
    assert re.fullmatch(r"https://(redis\.io/(docs/latest/)?commands|valkey\.io/commands)/[a-z0-9_-]+/?", last)
