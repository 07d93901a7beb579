"""No secret is ever shown: every way in which a configuration can be wrong, with a marked password in it."""

from __future__ import annotations

import traceback
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasma.config import RedisConfig, TLSOptions
from plasma.errors import ConfigurationError

MARK = "hunter2secret"
PEM = f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----\n"


def shown_by(error: BaseException) -> str:
    """All that anybody prints of an error: its text, its arguments, its traceback, and those of what it came from."""
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args)
    while error.__context__ is not None:
        error = error.__context__
        shown += repr(error) + repr(error.args) + repr(vars(error))
    # The traceback quotes the test's own source, which names the constant and never its value.
    return shown


BAD_URLS = [
    MARK,
    f"{MARK}://h",
    f":{MARK}@h",
    f"http://u:{MARK}@h",
    f"redis://u:{MARK}@",
    f"redis://u:{MARK}@:1",
    f"redis://u:{MARK}@h:0",
    f"redis://u:{MARK}@h:x",
    f"redis://u:{MARK}@h:70000",
    f"redis://u:{MARK}@h/x",
    f"redis://u:{MARK}@h?x=1",
    f"redis://u:{MARK}@h#1",
    f"redis://u:{MARK}@[::1",
    f"redis://u:{MARK}@a:b:c",
    f"redis://u:{MARK}@a%20b",
    f"redis://u:{MARK}%@h",
    f"redis://u:{MARK}%ff@h",
    f"redis://u:{MARK}\n@h",
    f"redis://u:{MARK}\ud800@h",
    f"redis://u:{MARK}@h?password={MARK}",
    f"redis://u:{MARK}@h?port=1",
    f"redis://u:{MARK}@h?decode=1",
    f"redis://u:{MARK}@h?db={MARK}",
    f"redis://u:{MARK}@h?parser={MARK}",
    f"redis://u:{MARK}@h?protocol={MARK}",
    f"redis://u:{MARK}@h?connect_timeout={MARK}",
    f"redis://u:{MARK}@h?client_name=%20{MARK}",
    f"redis://h?password=a&{MARK}=b",
    f"redis://h?{MARK}&password=a",
    f"redis://u:6/{MARK}@h",
    f"redis://u:{MARK}/0@h",
    f"redis://u:6?{MARK}@h",
    f"redis://u:6?{MARK}=@h",
    f"redis://u:6?db={MARK}@h",
    f"redis://u:6?a&{MARK}@h",
    f"redis://u:6#{MARK}@h",
    f"redis://{MARK}@h",
    f"unix://u:{MARK}@",
    f"unix://u:{MARK}@h/s",
    f"unix://u:{MARK}/s",
    f"unix://u:a/{MARK}@/s?x",
    f"rediss://u:{MARK}@h?tls_ca=x",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_bad_url_is_never_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(url)

    assert MARK not in shown_by(caught.value).lower()


BAD_OPTIONS: list[dict[str, Any]] = [
    {"password": MARK.encode()},
    {"password": [MARK]},
    {"password": {"password": MARK}},
    {"password": MARK + "\ud800"},
    {"username": MARK + "\ud800", "password": MARK},
    {"password": MARK, "port": 0},
    {"password": MARK, "pasword": MARK},
    {"password": MARK, "tls": MARK},
    {"password": MARK, "path": "/s", "host": "h"},
    {"password": MARK, "path": "/s", "tls": True},
    {"host": f"redis://:{MARK}@h"},
    {"host": f":{MARK}@h"},
    {"host": f"u:{MARK}"},
    {"path": f"unix://:{MARK}@/s"},
    {"port": MARK},
    {"db": MARK},
    {"connect_timeout": MARK},
    {"parser": MARK},
    {"protocol": MARK},
    {"client_name": f" {MARK}"},
    {"tls": {"key": PEM}},
    {"tls": {"key_password": MARK}},
    {"tls": {"cert": PEM, "key_password": MARK.encode()}},
    {"tls": {"cert": PEM + "\ud800"}},
    {"tls": {"cert": f"{MARK}\n"}},
    {"tls": {"ca": MARK}},
    {"tls": {"cert": PEM, "server_name": ""}},
    {"tls": {"cert": PEM, "key_pasword": MARK}},
    {f"{MARK}:": 1},
]


@pytest.mark.parametrize("options", BAD_OPTIONS)
def test_a_bad_option_never_shows_a_secret(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(options)

    assert MARK not in shown_by(caught.value)


def test_a_number_as_password_is_not_shown() -> None:
    options: Any = {"password": 2468 * 1357}
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig(**options)

    assert str(2468 * 1357) not in shown_by(caught.value)


def test_repr_shows_no_secret() -> None:
    config = RedisConfig(
        host="h", username="u", password=MARK, tls=TLSOptions(ca=PEM, cert=PEM, key=PEM, key_password=MARK)
    )

    assert MARK not in repr(config) + str(config) + f"{config}"


@given(st.text("ab1:/?#@%[]&=. \n", max_size=12), st.text("ab1:/?#@%[]&=. \n", max_size=12))
def test_no_url_around_a_password_makes_it_shown(before: str, after: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(f"redis://u:{before}{MARK}{after}@h:1/x")

    assert MARK not in shown_by(caught.value)


@given(st.text(min_size=1))
def test_an_escaped_password_is_never_part_of_what_is_shown(tail: str) -> None:
    password = quote(MARK + tail, safe="", errors="surrogatepass")
    with pytest.raises(ConfigurationError) as caught:
        RedisConfig.of(f"redis://u:{password}@h:0")

    assert MARK not in shown_by(caught.value)
