"""Configurations are values: equal, hashable, frozen, copied and pickled, and small."""

from __future__ import annotations

import copy
import functools
import pickle
import ssl
import sys

import pytest

from plasma.config import RedisConfig, TLSOptions

FULL = RedisConfig(
    host="h",
    username="alice",
    password="secret",
    tls=TLSOptions(cert="-----BEGIN CERTIFICATE-----", key_password="k", check_hostname=False),
    key_prefix="app:",
    command_timeout=None,
    client_name="web",
)


def ask() -> str:
    return "secret"


def test_equal_options_make_equal_configs_with_one_hash() -> None:
    first, second = RedisConfig(port=1, command_timeout=2), RedisConfig.of({"port": 1, "commandTimeout": 2000})

    assert (first, hash(first)) == (second, hash(second))


def test_another_option_makes_another_config() -> None:
    assert RedisConfig(port=1) != RedisConfig(port=2)


def test_a_config_is_not_equal_to_something_else() -> None:
    assert RedisConfig() != {}


def test_replace_changes_a_copy() -> None:
    changed = FULL.replace(db=3)

    assert (FULL.db, changed.db, changed.replace(db=0)) == (0, 3, FULL)


def test_replace_swaps_an_address_for_a_socket_and_back() -> None:
    config = RedisConfig(host="h", port=1)

    assert config.replace(path="/s").replace(host="i").address == "i:6379"


def test_replace_of_tls_options_changes_a_copy() -> None:
    assert TLSOptions(check_hostname=False).replace(server_name="n") == TLSOptions(
        check_hostname=False, server_name="n"
    )


def test_of_gives_a_config_as_it_is() -> None:
    assert RedisConfig.of(FULL) is FULL


def test_of_with_options_changes_a_copy() -> None:
    assert RedisConfig.of(FULL, db=3) == FULL.replace(db=3)


def test_all_default_configs_are_one() -> None:
    assert RedisConfig.of(None) is RedisConfig.of()


def test_setting_an_option_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(
        AttributeError, match=r"a RedisConfig is frozen; make another one with \.replace\(port=\.\.\.\)"
    ):
        RedisConfig().port = 1


def test_setting_an_option_of_tls_is_refused() -> None:
    with pytest.raises(AttributeError, match="a TLSOptions is frozen"):
        TLSOptions().ca = None


def test_deleting_an_option_is_refused() -> None:
    with pytest.raises(AttributeError, match="a RedisConfig is frozen"):
        del RedisConfig().port


def test_a_copy_is_the_config_itself() -> None:
    assert (copy.copy(FULL), copy.deepcopy(FULL)) == (FULL, FULL)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_config_pickles_with_all_it_holds(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(FULL, protocol)) == FULL


def test_a_password_that_pickle_finds_by_name_pickles() -> None:
    config = RedisConfig(password=functools.partial(str, "secret"))

    assert pickle.loads(pickle.dumps(config)).password() == "secret"


def test_pickling_refuses_a_lambda_by_the_name_of_its_option() -> None:
    config = RedisConfig(password=lambda: "secret")

    with pytest.raises(pickle.PicklingError, match="a RedisConfig cannot be pickled with this password: a callable"):
        pickle.dumps(config)


def test_pickling_refuses_an_ssl_context_by_the_name_of_its_option() -> None:
    config = RedisConfig(tls=ssl.create_default_context())

    with pytest.raises(pickle.PicklingError, match="a RedisConfig cannot be pickled with this tls: an SSLContext"):
        pickle.dumps(config)


def test_a_config_with_a_lambda_is_still_copied() -> None:
    config = RedisConfig(password=lambda: "secret")

    assert copy.deepcopy(config) is config


def test_repr_shows_what_differs_from_the_defaults_and_masks_secrets() -> None:
    assert repr(FULL) == (
        "RedisConfig(host='h', username='alice', password='***', command_timeout=None,"
        " tls=TLSOptions(cert=<PEM text>, key_password='***', check_hostname=False), key_prefix='app:',"
        " client_name='web')"
    )


def test_repr_does_not_show_a_callable_either() -> None:
    assert repr(RedisConfig(password=functools.partial(str, "secret"))) == "RedisConfig(password=<callable>)"


def test_repr_of_an_ssl_context_is_short() -> None:
    assert repr(RedisConfig(tls=ssl.create_default_context())) == "RedisConfig(tls=<SSLContext>)"


@pytest.mark.parametrize(
    ("config", "address"),
    [
        (RedisConfig(), "127.0.0.1:6379"),
        (RedisConfig(host="::1", port=1), "[::1]:1"),
        (RedisConfig(path="/run/s"), "unix:/run/s"),
        (RedisConfig(path="\0abstract"), "unix:@abstract"),
    ],
)
def test_the_address_is_told_as_people_write_it(config: RedisConfig, address: str) -> None:
    assert config.address == address


def test_the_prefix_is_what_is_sent() -> None:
    assert RedisConfig(key_prefix="ä:").prefix == b"\xc3\xa4:"


def test_a_config_is_small() -> None:
    config = RedisConfig(host="h", port=6380)

    assert (hasattr(config, "__dict__"), sys.getsizeof(config) < 250) == (False, True)
