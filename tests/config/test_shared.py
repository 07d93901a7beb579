"""Clients made with the same words hold one config; what holds a secret is kept nowhere."""

from __future__ import annotations

import gc
from datetime import timedelta
from typing import Any

import pytest

from plasma import ConfigurationError, RedisClient, RedisConfig


def test_clients_of_one_url_and_the_same_options_hold_one_config() -> None:
    one, other = [RedisClient("redis://10.0.0.1", command_timeout=60, client_name="app") for _ in range(2)]

    assert one.config is other.config


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"command_timeout": 1.0}, {"command_timeout": 2.0}),
        ({"key_prefix": "a:"}, {}),
        ({"db": 1}, {"max_retries": 1}),
    ],
)
def test_other_options_make_another_config(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = [RedisConfig.of("redis://10.0.0.1", **options) for options in (one, other)]

    assert first == RedisConfig(host="10.0.0.1", **one)
    assert second == RedisConfig(host="10.0.0.1", **other)


@pytest.mark.parametrize("wrong", [True, 1.0])
def test_what_only_looks_like_an_option_met_before_is_refused_all_the_same(wrong: Any) -> None:
    RedisConfig.of("redis://10.0.0.1", db=1)

    with pytest.raises(ConfigurationError, match="db must be"):
        RedisConfig.of("redis://10.0.0.1", db=wrong)


def test_a_duration_of_another_type_is_taken() -> None:
    assert RedisConfig.of("redis://10.0.0.1", command_timeout=timedelta(seconds=9)).command_timeout == 9.0


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("redis://me:s3cret@10.0.0.1", {}),
        ("redis://10.0.0.1?password=s3cret", {}),
        ("redis://10.0.0.1", {"password": "s3cret"}),
    ],
)
def test_a_config_with_a_password_ends_with_its_client(url: str, options: dict[str, Any]) -> None:
    RedisConfig.of(url, **options)
    gc.collect()

    assert not [found for found in gc.get_objects() if isinstance(found, RedisConfig) and found.password == "s3cret"]


def test_only_so_many_are_kept() -> None:
    from plasma import config

    for number in range(200):
        RedisConfig.of(f"redis://10.0.0.1/{number}")

    assert len(config._kept) <= 64
