"""A configuration as a dict: our own spelling in seconds, or the original's JSON in milliseconds."""

from __future__ import annotations

import json
from collections import ChainMap
from typing import Any

import pytest

from plasma.config import RedisConfig, TLSOptions
from plasma.errors import ConfigurationError

ORIGINAL = """
{
  "host": "redis.internal",
  "port": 6379,
  "password": "secret",
  "db": 0,
  "keyPrefix": "gravito:",
  "connectTimeout": 10000,
  "commandTimeout": 5000,
  "maxRetries": 3,
  "retryDelay": 500,
  "tls": {"rejectUnauthorized": false}
}
"""


def test_the_originals_json_is_taken_unchanged() -> None:
    config = RedisConfig.of(json.loads(ORIGINAL))

    assert config == RedisConfig(
        host="redis.internal",
        password="secret",
        key_prefix="gravito:",
        connect_timeout=10.0,
        command_timeout=5.0,
        max_retries=3,
        retry_delay=0.5,
        tls=TLSOptions(reject_unauthorized=False),
    )


def test_snake_case_is_in_seconds() -> None:
    assert RedisConfig.of({"connect_timeout": 2, "retry_delay": 0.1}) == RedisConfig(connect_timeout=2, retry_delay=0.1)


def test_each_option_has_the_unit_of_its_own_spelling() -> None:
    config = RedisConfig.of({"connect_timeout": 2, "commandTimeout": 2000})

    assert (config.connect_timeout, config.command_timeout) == (2.0, 2.0)


def test_any_mapping_will_do() -> None:
    assert RedisConfig.of(ChainMap({"db": 1}, {"db": 2, "port": 3})) == RedisConfig(db=1, port=3)


def test_a_null_command_timeout_is_none() -> None:
    assert RedisConfig.of({"commandTimeout": None}).command_timeout is None


def test_a_null_password_is_none() -> None:
    assert RedisConfig.of({"password": None}) == RedisConfig()


def test_keywords_override_the_dict_in_either_spelling() -> None:
    assert RedisConfig.of({"connectTimeout": 1000, "db": 1}, connect_timeout=5, db=2).connect_timeout == 5


def test_a_path_takes_the_place_of_the_dicts_address() -> None:
    assert RedisConfig.of({"host": "h", "port": 1}, path="/s").address == "unix:/s"


BAD: list[tuple[Any, str]] = [
    ({"connectTimeout": 1, "connect_timeout": 1}, "connectTimeout and connect_timeout are one option: give it once"),
    ({"key_prefix": "", "keyPrefix": ""}, "key_prefix and keyPrefix are one option: give it once"),
    (
        {"tls": {"check_hostname": True, "checkHostname": True}},
        "check_hostname and checkHostname of tls are one option: give it once",
    ),
    (
        {"connectTimeout": -5},
        "connectTimeout must be a number of milliseconds, above 0 and at most 1,000,000,000, not -5",
    ),
    (
        {"commandTimeout": "5000"},
        "commandTimeout must be a number of milliseconds, above 0 and at most 1,000,000,000, not text",
    ),
    ({"maxRetries": -1}, "maxRetries must be a whole number, 0 or more, not -1"),
    ({"keyPrefix": 5}, "keyPrefix must be text, not 5"),
    ({"port": "6379"}, "port must be a whole number from 1 to 65535, not text"),
    ({"keepAlive": 1000}, 'unknown option "keepAlive": did you mean "keepalive"?'),
    ({"conectTimeout": 1}, 'unknown option "conectTimeout": did you mean "connect_timeout" (in seconds)?'),
    (
        {"tls": {"rejectUnauthorised": False}},
        'unknown option "rejectUnauthorised" of tls: did you mean "reject_unauthorized"?',
    ),
    ({"tls": {"host": "x"}}, 'unknown option "host" of tls: the options are '),
    ({5: 6}, "there is an option whose name is not a plain word; check how it is written"),
    ({"a b": 6}, "there is an option whose name is not a plain word; check how it is written"),
    ({"decode": False}, "decode is not an option of a connection: every client gives text, and its view .bytes gives"),
    ([("host", "h")], "a connection is a URL, a dict or a RedisConfig, not list"),
    (b"redis://h", "a connection is a URL, a dict or a RedisConfig, not bytes"),
    (6379, "a connection is a URL, a dict or a RedisConfig, not int"),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_a_bad_dict_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(given)

    assert str(caught.value).startswith(message)


def test_from_dict_refuses_what_is_none() -> None:
    url: Any = "redis://h"

    with pytest.raises(ConfigurationError, match="a configuration must be a dict, not str"):
        RedisConfig.from_dict(url)
