"""What each option may be, and how its name may be spelled.

One check per option: it takes the name as the user wrote it and the value, and gives the value to keep. It knows
nothing of how options combine (config.py) or where they come from (url.py). The rules:

- Every message names the option and says what to write instead. Numbers out of range are shown; text never is, in
  whatever option it stands: it could be a password in the wrong place. No exception that holds a value is chained.
- A bool is not a number, and text is not a number (only a URL, where all is text, is converted first).
- Durations are seconds, or a timedelta. The longest is 1,000,000 s: about where the system's own timers end.
"""

from __future__ import annotations

from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

LONGEST = 1_000_000.0
_INT_MAX = 2**31 - 1

DEFAULTS: dict[str, Any] = {
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

TLS_DEFAULTS: dict[str, Any] = {
    "ca": None,
    "cert": None,
    "key": None,
    "key_password": None,
    "server_name": None,
    "check_hostname": True,
    "reject_unauthorized": True,
}

# What other clients, and other habits, call our options. Close misspellings are found without a list.
_ELSEWHERE = {
    "database": "db",
    "pass": "password",
    "prefix": "key_prefix",
    "socket_connect_timeout": "connect_timeout",
    "socket_path": "path",
    "socket_timeout": "command_timeout",
    "ssl": "tls",
    "timeout": "command_timeout",
    "unix_socket_path": "path",
    "user": "username",
}


def camel(name: str) -> str:
    """The camelCase spelling of an option: "connect_timeout" is "connectTimeout"."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


CAMEL_CASE = {camel(name): name for name in (*DEFAULTS, *TLS_DEFAULTS) if "_" in name}
IN_MILLISECONDS = frozenset({"connect_timeout", "command_timeout", "retry_delay"})


def fault(name: str, wanted: str, value: object) -> ConfigurationError:
    """The error for a value that is not what was wanted, told by its type unless it is a plain number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15:
        return ConfigurationError(f"{name} must be {wanted}, not {value!r}")
    if isinstance(value, str):
        return ConfigurationError(f"{name} must be {wanted}, not text")
    if value is None:
        return ConfigurationError(f"{name} must be {wanted}, not None; leave it out for the default")
    if isinstance(value, float) and value != value:
        return ConfigurationError(f"{name} must be {wanted}, not NaN")
    return ConfigurationError(f"{name} must be {wanted}, not {_kind(value)}")


def _kind(value: object) -> str:
    """How a message names a value without showing it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "a number that large" if value > 0 else "a number that small"
    return f"a value of type {type(value).__name__}"


def unknown(name: object, known: Iterable[str], place: str = "") -> ConfigurationError:
    """The error for a name that is not an option, with the option that was probably meant."""
    if not isinstance(name, str) or not name.isidentifier() or len(name) > 40:
        # Not a name at all: it may be anything, a piece of a password too, so it is not shown.
        return ConfigurationError(f"there is an option{place} whose name is not a plain word; check how it is written")
    if name in ("decode", "decode_responses", "decodeResponses"):
        return ConfigurationError(
            f"{name} is not an option of a connection{place}: every client gives text, and its view .bytes gives"
            f" bytes on the same connections (client.bytes.get(key))"
        )
    known = list(known)
    words = name.lower().replace("-", "_")
    meant = CAMEL_CASE.get(name) or _ELSEWHERE.get(words)
    if meant not in known:
        from difflib import get_close_matches

        spelled = {option.replace("_", ""): option for option in known}
        close = get_close_matches(words.replace("_", ""), spelled, n=1, cutoff=0.6)
        meant = spelled[close[0]] if close else None
    if meant:
        seconds = " (in seconds)" if meant in IN_MILLISECONDS and "_" in meant else ""
        return ConfigurationError(f'unknown option "{name}"{place}: did you mean "{meant}"{seconds}?')
    return ConfigurationError(f'unknown option "{name}"{place}: the options are {", ".join(known)}')


def text(name: str, value: object) -> str:
    """Text that UTF-8 can encode."""
    if not isinstance(value, str):
        raise fault(name, "text", value)
    if not encodable(value):
        raise ConfigurationError(f"{name} holds a character that UTF-8 cannot encode (a lone surrogate)")
    return str(value)


def encodable(value: str) -> bool:
    """Whether UTF-8 can encode it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def yes_or_no(name: str, value: object) -> bool:
    """True or False, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise fault(name, "True or False", value)
    return value


def file_or_pem(name: str, value: object) -> str | None:
    """A path to a file that is there, or PEM text; None for neither."""
    if value is None:
        return None
    from os.path import exists

    given = text(name, _path_text(value))
    if is_pem(given):
        return given
    if "\n" in given:
        raise ConfigurationError(f"{name} is neither a path nor PEM text: PEM text begins with -----BEGIN")
    if not given or "\0" in given or not exists(given):
        raise ConfigurationError(f"{name} names a file that is not there; give a path, or PEM text")
    return given


def _path_text(value: Any) -> Any:
    """What a pathlib.Path stands for; anything else as it is."""
    return value.__fspath__() if hasattr(value, "__fspath__") else value


def is_pem(given: str) -> bool:
    """Whether it is PEM text, not a path."""
    return "-----BEGIN " in given


def _host(name: str, value: object) -> str:
    host = text(name, value)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not host:
        raise ConfigurationError(f"{name} is empty; leave it out for {DEFAULTS['host']}")
    if "://" in host:
        raise ConfigurationError(f"{name} is a URL; give the URL in place of the options: RedisClient(url)")
    if "/" in host:
        raise ConfigurationError(f'{name} holds a "/"; a unix socket is given as path=')
    if host.count(":") == 1:
        raise ConfigurationError(f'{name} holds a ":"; give the port as port=')
    if "@" in host or not host.isprintable() or " " in host:
        raise ConfigurationError(f"{name} holds a character that no host name or address has")
    return host


def _path(name: str, value: object) -> str | None:
    if value is None:
        return None
    path = text(name, _path_text(value))
    if not path:
        raise ConfigurationError(f"{name} is empty; give the path of a unix socket, or leave it out for TCP")
    if "\0" in path[1:]:  # a leading one is Linux's abstract name space
        raise ConfigurationError(f"{name} holds a NUL character")
    if "://" in path:
        raise ConfigurationError(f"{name} is a URL; give the URL in place of the options: RedisClient(url)")
    return path


def _username(name: str, value: object) -> str | None:
    return None if value is None else text(name, value) or None


def _password(name: str, value: object) -> Any:
    if value is None or callable(value):
        return value
    if not isinstance(value, str):
        # Its type alone is told: a number may be the password.
        raise ConfigurationError(f"{name} must be text, or a callable that gives it, not {type(value).__name__}")
    return text(name, value)


def _client_name(name: str, value: object) -> str | None:
    if value is None:
        return None
    given = text(name, value)
    if not given:
        raise ConfigurationError(f"{name} is empty; leave it out for no name")
    if not all("!" <= letter <= "~" for letter in given):
        raise ConfigurationError(f"{name} may hold printable ASCII without spaces only: the server takes no other")
    return given


def _protocol(name: str, value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in (2, 3):
        raise fault(name, "2, 3, or None (3, falling back to 2)", value)
    return int(value)


def _parser(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise fault(name, '"auto", "python" or "hiredis"', value)
    if value not in ("auto", "python", "hiredis"):
        raise ConfigurationError(f'{name} must be "auto", "python" or "hiredis"')
    return str(value)


def _whole(low: int, high: int = _INT_MAX) -> Callable[[str, object], int]:
    wanted = f"a whole number from {low} to {high}" if high < _INT_MAX else f"a whole number, {low} or more"

    def check(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise fault(name, wanted, value)
        return int(value)

    return check


def seconds(name: str, value: object, *, unit: str = "seconds", zero: bool = False, longest: float = LONGEST) -> float:
    """A duration in seconds; `unit` is that of a plain number, "seconds" or "milliseconds"."""
    scale = units = 1000 if unit == "milliseconds" else 1
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        from datetime import timedelta

        if not isinstance(value, timedelta):
            raise fault(name, _duration(unit, zero, longest * units), value)
        number, scale = value.total_seconds(), 1
    else:
        number = value
    # Written so that NaN fails it too.
    if not (0 <= number <= longest * scale) or (number == 0 and not zero):
        raise fault(name, _duration(unit, zero, longest * units), number)
    return float(number / scale)


def _duration(unit: str, zero: bool, longest: float) -> str:
    return f"a number of {unit}, {'0 or more' if zero else 'above 0'} and at most {longest:,.0f}"


def _optional_seconds(longest: float = LONGEST) -> Callable[..., float | None]:
    def check(name: str, value: object, *, unit: str = "seconds") -> float | None:
        return None if value is None else seconds(name, value, unit=unit, longest=longest)

    return check


def _delay(name: str, value: object, *, unit: str = "seconds") -> float:
    return seconds(name, value, unit=unit, zero=True)


CHECKS: Mapping[str, Callable[..., Any]] = {
    "host": _host,
    "port": _whole(1, 65535),
    "path": _path,
    "username": _username,
    "password": _password,
    "db": _whole(0),
    "connect_timeout": seconds,
    "command_timeout": _optional_seconds(),
    "key_prefix": text,
    "max_retries": _whole(0),
    "retry_delay": _delay,
    "client_name": _client_name,
    "protocol": _protocol,
    "max_connections": _whole(1),
    "keepalive": _optional_seconds(32_767.0),  # Linux takes no longer one
    "parser": _parser,
}
