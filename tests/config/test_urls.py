"""A configuration as a URL."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasma.config import RedisConfig, TLSOptions
from plasma.errors import ConfigurationError

GOOD: list[tuple[str, dict[str, Any]]] = [
    ("redis://h", {"host": "h"}),
    ("redis://h/", {"host": "h"}),
    ("redis://h?", {"host": "h"}),
    ("REDIS://h", {"host": "h"}),
    ("valkey://h:1/2", {"host": "h", "port": 1, "db": 2}),
    ("redis://127.0.0.1:6380/0", {"port": 6380}),
    ("redis://[::1]", {"host": "::1"}),
    ("redis://[::1]:6380/3", {"host": "::1", "port": 6380, "db": 3}),
    ("redis://[fe80::1%25eth0]", {"host": "fe80::1%eth0"}),
    ("redis://:pw@h", {"host": "h", "password": "pw"}),
    ("redis://alice:pw@h", {"host": "h", "username": "alice", "password": "pw"}),
    ("redis://alice:@h", {"host": "h", "username": "alice", "password": ""}),
    ("redis://:@h", {"host": "h"}),
    ("redis://a%3Ab:p%40w%2F%3f%23%25@h", {"host": "h", "username": "a:b", "password": "p@w/?#%"}),
    ("redis://:p:q@h", {"host": "h", "password": "p:q"}),
    ("redis://:p@q@h", {"host": "h", "password": "p@q"}),
    ("redis://:a+b@h", {"host": "h", "password": "a+b"}),
    ("redis://:%E2%82%ac€@h", {"host": "h", "password": "€€"}),
    ("redis://h?key_prefix=app%3A", {"host": "h", "key_prefix": "app:"}),
    ("redis://h?key_prefix=a+b=c", {"host": "h", "key_prefix": "a+b=c"}),
    ("redis://h?key_prefix=a@b", {"host": "h", "key_prefix": "a@b"}),
    ("redis://h?key_prefix=", {"host": "h"}),
    ("redis://h?db=2", {"host": "h", "db": 2}),
    ("redis://h?username=u&password=p%26q", {"host": "h", "username": "u", "password": "p&q"}),
    (
        "redis://h?connect_timeout=1.5&command_timeout=none",
        {"host": "h", "connect_timeout": 1.5, "command_timeout": None},
    ),
    ("redis://h?max_retries=0&retry_delay=.1", {"host": "h", "max_retries": 0, "retry_delay": 0.1}),
    ("redis://h?protocol=2&parser=python", {"host": "h", "protocol": 2, "parser": "python"}),
    ("redis://h?max_connections=4&keepalive=None", {"host": "h", "max_connections": 4, "keepalive": None}),
    ("redis://h?client_name=web", {"host": "h", "client_name": "web"}),
    ("rediss://h", {"host": "h", "tls": True}),
    ("valkeys://h:7", {"host": "h", "port": 7, "tls": True}),
    ("unix:///run/redis.sock", {"path": "/run/redis.sock"}),
    ("unix:///run/redis.sock?db=1", {"path": "/run/redis.sock", "db": 1}),
    ("unix://u:p@/run/my%20redis.sock", {"path": "/run/my redis.sock", "username": "u", "password": "p"}),
]


@pytest.mark.parametrize(("url", "options"), GOOD)
def test_a_good_url_is_read(url: str, options: dict[str, Any]) -> None:
    assert RedisConfig.of(url) == RedisConfig(**options)


ESCAPES = "in a user name or password write / ? # @ % as %2F %3F %23 %40 %25"

BAD: list[tuple[str, str]] = [
    ("", "this is not a URL: it must begin with redis, rediss, unix, valkey or valkeys and ://"),
    ("localhost:6379", "this is not a URL: it must begin with redis, rediss, unix, valkey or valkeys and ://"),
    ("redis:/h", "this is not a URL: it must begin with redis, rediss, unix, valkey or valkeys and ://"),
    ("http://h", "the URL's scheme is unknown: use redis, rediss, unix, valkey or valkeys"),
    ("redis://", "the URL has no host: write redis://127.0.0.1:6379"),
    ("redis:///0", "the URL has no host: write redis://127.0.0.1:6379"),
    ("redis://:pw@", "the URL has no host: write redis://127.0.0.1:6379"),
    ("redis://h:", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://h:0", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://h:70000", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://h:-1", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://h:6_3", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://h:\u0663", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://h:port", "the URL's port must be a whole number from 1 to 65535"),
    ("redis://::1:6379", "the URL's host holds more than one colon: write an IPv6 address in brackets"),
    ("redis://[::1", "the URL's IPv6 address must stand in brackets: redis://[::1]:6379"),
    ("redis://[::1]6379", "the URL's IPv6 address must stand in brackets: redis://[::1]:6379"),
    ("redis://a%20b", "the URL's host holds a character that no host name or address has"),
    ("redis://h/x", "the URL's path must be the number of a database: redis://host:6379/0"),
    ("redis://h/-1", "the URL's path must be the number of a database: redis://host:6379/0"),
    ("redis://h/0/", "the URL's path must be the number of a database: redis://host:6379/0"),
    ("redis://h/9999999999", "the URL's path must be the number of a database: redis://host:6379/0"),
    ("redis://h#0", 'a "#" has no meaning in the URL; where it belongs to a value write %23'),
    ("redis://h\n", "the URL holds a line break, a control or another unprintable character"),
    ("redis://:%@h", 'the URL\'s password holds a "%" without two hex digits after it'),
    ("redis://:%2@h", 'the URL\'s password holds a "%" without two hex digits after it'),
    ("redis://:%zz@h", 'the URL\'s password holds a "%" without two hex digits after it'),
    ("redis://%+1:p@h", 'the URL\'s user name holds a "%" without two hex digits after it'),
    ("redis://:%ff@h", "the %-escapes of the URL's password are not UTF-8"),
    ("redis://u@h", "username is given without password"),
    ("redis://h?port=1", "port does not belong in the query of a URL"),
    ("redis://h?tls=true", "TLS is not set in the query of a URL: write rediss://"),
    ("redis://h?ssl_cert_reqs=none", "TLS is not set in the query of a URL: write rediss://"),
    ("redis://h?db", "db in the URL has no value: write db=..."),
    ("redis://h?db=", "db in the URL must be a whole number"),
    ("redis://h?db=1.0", "db in the URL must be a whole number"),
    ("redis://h?db=-1", "db in the URL must be a whole number, 0 or more, not -1"),
    ("redis://h/1?db=1", "the URL gives db twice"),
    ("redis://h?db=1&db=1", "the URL gives db twice"),
    ("redis://:a@h?password=b", "the URL gives password twice"),
    ("redis://h?connect_timeout=1_0", "connect_timeout in the URL must be a number of seconds"),
    ("redis://h?connect_timeout=nan", "connect_timeout in the URL must be a number of seconds"),
    ("redis://h?connect_timeout=none", "connect_timeout in the URL must be a number of seconds"),
    ("redis://h?connect_timeout=-1", "connect_timeout in the URL must be a number of seconds, above 0 and at most"),
    ("redis://h?parser=fast", 'parser in the URL must be "auto", "python" or "hiredis"'),
    ("redis://h?keyPrefix=a", 'unknown option "keyPrefix" in the URL: did you mean "key_prefix"?'),
    ("redis://h?key_prefx=a", 'unknown option "key_prefx" in the URL: did you mean "key_prefix"?'),
    ("redis://h?decode=no", "decode is not an option of a connection in the URL"),
    ("redis://h?&", "there is an option in the URL whose name is not a plain word"),
    ("unix://host/run/s", "a unix URL has no host: write unix:///path/of/socket, with three slashes"),
    ("unix://", "path is empty"),
    ("redis://x:a/b@h", f"the URL's port must be a whole number from 1 to 65535; {ESCAPES}"),
    ("redis://x:a?b@h", f"the URL's port must be a whole number from 1 to 65535; {ESCAPES}"),
    ("redis://x:6/b@h", f"the URL's path must be the number of a database: redis://host:6379/0; {ESCAPES}"),
    ("redis://:6/b@h", f"the URL has no host: write redis://127.0.0.1:6379; {ESCAPES}"),
    ("redis://x:6?b=c@h", f"the URL cannot be read; {ESCAPES}"),
]


@pytest.mark.parametrize(("url", "message"), BAD)
def test_a_bad_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(url)

    assert str(caught.value).startswith(message)


def test_keywords_override_the_url() -> None:
    config = RedisConfig.of("redis://h:1/2", port=3, key_prefix="p:")

    assert config == RedisConfig(host="h", port=3, db=2, key_prefix="p:")


def test_a_keyword_says_how_the_tls_of_the_url_is_done() -> None:
    assert RedisConfig.of("rediss://h", tls=TLSOptions(check_hostname=False)).tls == TLSOptions(check_hostname=False)


def test_tls_of_a_url_cannot_be_switched_off_silently() -> None:
    with pytest.raises(ConfigurationError, match="tls=False contradicts the URL"):
        RedisConfig.of("rediss://h", tls=False)


def test_an_address_takes_the_place_of_a_unix_url() -> None:
    assert RedisConfig.of("unix:///s", host="h").address == "h:6379"


def test_from_url_refuses_what_is_not_text() -> None:
    url: Any = b"redis://h"

    with pytest.raises(ConfigurationError, match="the URL must be text, not a value of type bytes"):
        RedisConfig.from_url(url)


anything = st.text(st.characters(exclude_categories=["Cs"]))


@given(anything.filter(bool), anything, anything, st.integers(1, 65535), st.integers(0, 10**8))
def test_whatever_was_escaped_comes_back(username: str, password: str, prefix: str, port: int, db: int) -> None:
    login = f"{quote(username, safe='')}:{quote(password, safe='')}"
    url = f"redis://{login}@h:{port}/{db}?{urlencode({'key_prefix': prefix}, quote_via=quote)}"

    assert RedisConfig.of(url) == RedisConfig(
        host="h", port=port, db=db, username=username, password=password, key_prefix=prefix
    )


@given(
    st.text() | st.text("ab1:/?#@%[]&=.").map("redis://{}".format) | st.text("ab1:/?#@%[]&=.").map("unix://{}".format)
)
def test_any_text_is_read_or_refused(url: str) -> None:
    with suppress(ConfigurationError):
        RedisConfig.of(url)
