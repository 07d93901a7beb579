"""Who logs in: from the options `username` and `password` to what the server is told.

A password may be a callable, asked at each connect. Asked by the blocking colour it must be a plain one; asyncio
also takes a coroutine function. What a callable gives is checked here and never shown.
"""

from __future__ import annotations

from .errors import ConfigurationError
from .validation import encodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import RedisConfig

    Login = tuple[str | None, str | None]

_CO_COROUTINE = 0x80


def credentials(config: RedisConfig) -> Login:
    """The user name and password to log in with now, either None. Raises ConfigurationError."""
    answer = _answer(config)
    if hasattr(answer, "__await__"):
        close = getattr(answer, "close", None)
        if close is not None:
            close()  # or Python warns that it was never awaited
        raise _only_in_asyncio()
    return _login(config, answer)


async def credentials_async(config: RedisConfig) -> Login:
    """The same in asyncio, where the callable may be a coroutine function."""
    answer = _answer(config)
    return _login(config, await answer if hasattr(answer, "__await__") else answer)


def refuse_async(config: RedisConfig) -> None:
    """Raise ConfigurationError if the password needs asyncio: the blocking client asks before it does anything."""
    if is_async(config.password):
        raise _only_in_asyncio()


def is_async(password: Any) -> bool:
    """Whether it is a coroutine function, or a partial, method or callable object that stands for one."""
    if not callable(password):
        return False
    wrapped = getattr(password, "func", None)  # of functools.partial
    if callable(wrapped):
        return is_async(wrapped)
    code = getattr(password, "__code__", None) or getattr(type(password).__call__, "__code__", None)
    return bool(getattr(code, "co_flags", 0) & _CO_COROUTINE)


def _answer(config: RedisConfig) -> Any:
    """What the option is, or what the callable gives: perhaps an awaitable."""
    return config.password() if callable(config.password) else config.password


def _only_in_asyncio() -> ConfigurationError:
    return ConfigurationError("password is a coroutine function: only plasma.asyncio can ask it; give a plain callable")


def _login(config: RedisConfig, answer: Any) -> Login:
    if not callable(config.password):
        return config.username, answer
    username: Any = config.username
    password: Any = answer
    if isinstance(answer, tuple):
        if len(password) != 2:
            raise ConfigurationError("password: the callable must give the password, or (username, password)")
        username, password = password
    if not isinstance(password, str) or not (username is None or isinstance(username, str)):
        raise ConfigurationError("password: the callable must give text, or (username, password) as text")
    if not (encodable(password) and encodable(username or "")):
        raise ConfigurationError("password: the callable gave a character that UTF-8 cannot encode")
    if not password and not username:
        return None, None
    return username or None, password
