"""Each option by keyword: what it may be, and what is said when it is something else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from plasma.config import RedisConfig, TLSOptions
from plasma.errors import ConfigurationError
from plasma.validation import DEFAULTS


def test_the_defaults_are_those_of_the_documentation() -> None:
    config = RedisConfig()

    assert {name: getattr(config, name) for name in DEFAULTS} == {
        "host": "127.0.0.1",
        "port": 6379,
        "path": None,
        "username": None,
        "password": None,
        "db": 0,
        "connect_timeout": 10.0,
        "command_timeout": 5.0,
        "tls": False,
        "key_prefix": "",
        "max_retries": 3,
        "retry_delay": 0.05,
        "client_name": None,
        "protocol": None,
        "max_connections": 50,
        "keepalive": 30.0,
        "parser": "auto",
    }


GOOD: list[tuple[str, Any, Any]] = [
    ("host", "redis.internal", "redis.internal"),
    ("host", "::1", "::1"),
    ("host", "[fe80::1%eth0]", "fe80::1%eth0"),
    ("port", 1, 1),
    ("port", 65535, 65535),
    ("db", 15, 15),
    ("connect_timeout", 1, 1.0),
    ("connect_timeout", timedelta(milliseconds=1500), 1.5),
    ("command_timeout", None, None),
    ("command_timeout", 0.001, 0.001),
    ("retry_delay", 0, 0.0),
    ("max_retries", 0, 0),
    ("key_prefix", "ä:", "ä:"),
    ("client_name", None, None),
    ("client_name", "worker-1", "worker-1"),
    ("protocol", 2, 2),
    ("protocol", None, None),
    ("max_connections", 1, 1),
    ("keepalive", None, None),
    ("parser", "python", "python"),
    ("tls", True, TLSOptions()),
    ("tls", {"check_hostname": False}, TLSOptions(check_hostname=False)),
]


@pytest.mark.parametrize(("name", "value", "kept"), GOOD)
def test_a_good_value_is_kept(name: str, value: Any, kept: Any) -> None:
    got = getattr(RedisConfig.of(None, **{name: value}), name)

    assert (got, type(got)) == (kept, type(kept))


def test_a_whole_number_of_another_class_is_kept_as_an_int() -> None:
    class Port(IntEnum):
        REDIS = 6380

    assert type(RedisConfig(port=Port.REDIS).port) is int


def test_a_unix_socket_may_be_a_path_object() -> None:
    assert RedisConfig(path=Path("/run/redis.sock")).path == "/run/redis.sock"


BAD: list[tuple[str, Any, str]] = [
    ("host", 5, "host must be text, not 5"),
    ("host", None, "host must be text, not None; leave it out for the default"),
    ("host", b"h", "host must be text, not a value of type bytes"),
    ("host", "", "host is empty; leave it out for 127.0.0.1"),
    ("host", "redis://h", "host is a URL; give the URL in place of the options: RedisClient(url)"),
    ("host", "localhost:6379", 'host holds a ":"; give the port as port='),
    ("host", "/run/redis.sock", 'host holds a "/"; a unix socket is given as path='),
    ("host", "a b", "host holds a character that no host name or address has"),
    ("host", "user@h", "host holds a character that no host name or address has"),
    ("host", "a\ud800", "host holds a character that UTF-8 cannot encode (a lone surrogate)"),
    ("port", 0, "port must be a whole number from 1 to 65535, not 0"),
    ("port", 70000, "port must be a whole number from 1 to 65535, not 70000"),
    ("port", -1, "port must be a whole number from 1 to 65535, not -1"),
    ("port", "6379", "port must be a whole number from 1 to 65535, not text"),
    ("port", True, "port must be a whole number from 1 to 65535, not a value of type bool"),
    ("port", 6379.0, "port must be a whole number from 1 to 65535, not 6379.0"),
    ("port", None, "port must be a whole number from 1 to 65535, not None; leave it out for the default"),
    ("port", 10**400, "port must be a whole number from 1 to 65535, not a number that large"),
    ("path", "", "path is empty; give the path of a unix socket, or leave it out for TCP"),
    ("path", 5, "path must be text, not 5"),
    ("path", "/a\0b", "path holds a NUL character"),
    ("path", "unix:///a", "path is a URL; give the URL in place of the options: RedisClient(url)"),
    ("username", 5, "username must be text, not 5"),
    ("password", 12345, "password must be text, or a callable that gives it, not int"),
    ("password", b"x", "password must be text, or a callable that gives it, not bytes"),
    ("password", True, "password must be text, or a callable that gives it, not bool"),
    ("password", "\ud800", "password holds a character that UTF-8 cannot encode (a lone surrogate)"),
    ("db", -1, "db must be a whole number, 0 or more, not -1"),
    ("db", "0", "db must be a whole number, 0 or more, not text"),
    ("db", False, "db must be a whole number, 0 or more, not a value of type bool"),
    ("connect_timeout", 0, "connect_timeout must be a number of seconds, above 0 and at most 1,000,000, not 0"),
    ("connect_timeout", -1.5, "connect_timeout must be a number of seconds, above 0 and at most 1,000,000, not -1.5"),
    (
        "connect_timeout",
        None,
        "connect_timeout must be a number of seconds, above 0 and at most 1,000,000, not None;"
        " leave it out for the default",
    ),
    (
        "command_timeout",
        float("nan"),
        "command_timeout must be a number of seconds, above 0 and at most 1,000,000, not NaN",
    ),
    (
        "command_timeout",
        float("inf"),
        "command_timeout must be a number of seconds, above 0 and at most 1,000,000, not a number that large",
    ),
    ("command_timeout", "5", "command_timeout must be a number of seconds, above 0 and at most 1,000,000, not text"),
    (
        "command_timeout",
        True,
        "command_timeout must be a number of seconds, above 0 and at most 1,000,000, not a value of type bool",
    ),
    (
        "command_timeout",
        Decimal(5),
        "command_timeout must be a number of seconds, above 0 and at most 1,000,000, not a value of type Decimal",
    ),
    (
        "command_timeout",
        timedelta(seconds=-1),
        "command_timeout must be a number of seconds, above 0 and at most 1,000,000, not -1.0",
    ),
    ("retry_delay", -1, "retry_delay must be a number of seconds, 0 or more and at most 1,000,000, not -1"),
    ("max_retries", -1, "max_retries must be a whole number, 0 or more, not -1"),
    ("max_retries", 1.5, "max_retries must be a whole number, 0 or more, not 1.5"),
    ("max_connections", 0, "max_connections must be a whole number, 1 or more, not 0"),
    ("keepalive", 0, "keepalive must be a number of seconds, above 0 and at most 32,767, not 0"),
    ("key_prefix", b"app:", "key_prefix must be text, not a value of type bytes"),
    ("key_prefix", None, "key_prefix must be text, not None; leave it out for the default"),
    ("client_name", "", "client_name is empty; leave it out for no name"),
    (
        "client_name",
        "my app",
        "client_name may hold printable ASCII without spaces only: the server takes no other",
    ),
    ("protocol", 4, "protocol must be 2, 3, or None (3, falling back to 2), not 4"),
    ("protocol", "3", "protocol must be 2, 3, or None (3, falling back to 2), not text"),
    ("parser", "fast", 'parser must be "auto", "python" or "hiredis"'),
    ("parser", 1, 'parser must be "auto", "python" or "hiredis", not 1'),
    ("tls", "yes", "tls must be True, False, TLSOptions(...) or an ssl.SSLContext, not text"),
    (
        "tls",
        None,
        "tls must be True, False, TLSOptions(...) or an ssl.SSLContext, not None; leave it out for the default",
    ),
    ("tls", 1, "tls must be True, False, TLSOptions(...) or an ssl.SSLContext, not 1"),
]


@pytest.mark.parametrize(("name", "value", "message"), BAD)
def test_a_bad_value_is_refused_by_name(name: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(None, **{name: value})

    assert str(caught.value) == message


UNKNOWN = [
    ("prot", 'unknown option "prot": did you mean "port"?'),
    ("hots", 'unknown option "hots": did you mean "host"?'),
    ("Password", 'unknown option "Password": did you mean "password"?'),
    ("connectTimeout", 'unknown option "connectTimeout": did you mean "connect_timeout" (in seconds)?'),
    ("key_prefx", 'unknown option "key_prefx": did you mean "key_prefix"?'),
    ("socket_timeout", 'unknown option "socket_timeout": did you mean "command_timeout" (in seconds)?'),
    ("ssl", 'unknown option "ssl": did you mean "tls"?'),
    ("zzz", f'unknown option "zzz": the options are {", ".join(DEFAULTS)}'),
]


@pytest.mark.parametrize(("name", "message"), UNKNOWN)
def test_an_unknown_option_is_refused_with_the_one_probably_meant(name: str, message: str) -> None:
    options: Any = {name: 1}
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig(**options)

    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["decode", "decode_responses"])
def test_decode_points_to_the_view(name: str) -> None:
    options: Any = {name: False}
    with pytest.raises(ConfigurationError, match=r"its view \.bytes gives bytes"):
        RedisConfig(**options)


@pytest.mark.parametrize("address", [{"host": "h"}, {"port": 6380}])
def test_a_unix_socket_excludes_an_address(address: Any) -> None:
    with pytest.raises(ConfigurationError, match="path excludes host and port"):
        RedisConfig(path="/run/redis.sock", **address)


def test_a_unix_socket_excludes_tls() -> None:
    with pytest.raises(ConfigurationError, match="path excludes tls"):
        RedisConfig(path="/run/redis.sock", tls=True)


def test_a_user_name_needs_a_password() -> None:
    with pytest.raises(ConfigurationError, match="username is given without password"):
        RedisConfig(username="alice")


def test_a_user_may_have_an_empty_password() -> None:
    assert RedisConfig(username="alice", password="").password == ""


def test_an_empty_login_is_none() -> None:
    config = RedisConfig(username="", password="")

    assert (config.username, config.password) == (None, None)


TLS_BAD: list[tuple[Any, str]] = [
    ({"ca": "/no/such/file"}, "tls ca names a file that is not there; give a path, or PEM text"),
    ({"ca": ""}, "tls ca names a file that is not there; give a path, or PEM text"),
    ({"ca": "a\nb"}, "tls ca is neither a path nor PEM text: PEM text begins with -----BEGIN"),
    ({"ca": b"x"}, "tls ca must be text, not a value of type bytes"),
    ({"cert": 1}, "tls cert must be text, not 1"),
    ({"key": "-----BEGIN "}, "tls key is given without cert: a private key needs its certificate"),
    ({"key_password": "x"}, "tls key_password is given without cert and key"),
    ({"cert": "-----BEGIN ", "key_password": 5}, "tls key_password must be text, not int"),
    ({"check_hostname": 0}, "tls check_hostname must be True or False, not 0"),
    ({"reject_unauthorized": "no"}, "tls reject_unauthorized must be True or False, not text"),
    ({"server_name": ""}, "tls server_name is empty; leave it out for the host connected to"),
    ({"verify": True}, 'unknown option "verify" of tls: the options are '),
    (
        {"reject_unauthorised": False},
        'unknown option "reject_unauthorised" of tls: did you mean "reject_unauthorized"?',
    ),
]


@pytest.mark.parametrize(("options", "message"), TLS_BAD)
def test_a_bad_tls_option_is_refused_by_name(options: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TLSOptions(**options)

    assert str(caught.value).startswith(message)
