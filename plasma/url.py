"""From the URL of a server to the options it stands for.

    redis://user:password@host:port/db?option=value      valkey://  the same
    rediss://...  valkeys://...                           the same over TLS
    unix://user:password@/path/of/socket?db=1             a unix socket

Everything may hold %-escapes, and "+" is a plus. The options of the query are those of RedisConfig, as text ("none"
where None is meant). A part of a URL is never quoted in an error: where a password holds a bare "/", "?", "#" or
"@", any part can be a piece of it. Written here because `urllib` costs more to import than all of Plasma.
"""

from __future__ import annotations

from .errors import ConfigurationError
from .validation import CHECKS, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMES = ("redis", "rediss", "unix", "valkey", "valkeys")
_TLS = ("rediss", "valkeys")
_WHOLE = frozenset({"db", "max_connections", "max_retries", "port", "protocol"})
_SECONDS = frozenset({"command_timeout", "connect_timeout", "keepalive", "retry_delay"})
_NOT_IN_QUERY = frozenset({"host", "path", "port"})
_MAY_BE_NONE = frozenset({"command_timeout", "keepalive"})
_HEX = frozenset("0123456789abcdefABCDEF")


def parse_url(url: str) -> dict[str, Any]:
    """The options that `url` stands for, names and types as RedisConfig takes them. Raises ConfigurationError."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ConfigurationError(f"this is not a URL: it must begin with {_listed()} and ://")
    scheme = scheme.lower()
    if scheme not in SCHEMES:
        raise ConfigurationError(f"the URL's scheme is unknown: use {_listed()}")
    if not url.isprintable():
        raise ConfigurationError("the URL holds a line break, a control or another unprintable character")
    rest, query = _cut(rest, "?")
    authority, slash, path = rest.partition("/")
    try:
        if "#" in url:
            raise ConfigurationError('a "#" has no meaning in the URL; where it belongs to a value write %23')
        options = _login(authority)
        address = authority.rpartition("@")[2]
        if scheme == "unix":
            if address:
                raise ConfigurationError("a unix URL has no host: write unix:///path/of/socket, with three slashes")
            options["path"] = _plain(slash + path, "path")
        else:
            options.update(_host_and_port(address))
            options.update(_database(path))
            if scheme in _TLS:
                options["tls"] = True
        _take_query(options, query)
        return options
    except ConfigurationError as error:
        if "@" not in path + query:
            raise
        message = str(error)
    # Most likely the password was not escaped, and what we took for other parts is the rest of it. Raised here,
    # outside of the handler, so that the first error does not come along as the context of this one.
    if '"' in message:
        message = "the URL cannot be read"
    raise ConfigurationError(f"{message}; in a user name or password write / ? # @ % as %2F %3F %23 %40 %25")


def _listed() -> str:
    return ", ".join(SCHEMES[:-1]) + " or " + SCHEMES[-1]


def _cut(rest: str, mark: str) -> tuple[str, str]:
    before, _, after = rest.partition(mark)
    return before, after


def _login(authority: str) -> dict[str, Any]:
    login, separator, _ = authority.rpartition("@")
    if not separator:
        return {}
    username, colon, password = login.partition(":")
    options: dict[str, Any] = {}
    if username:
        options["username"] = _plain(username, "user name")
    if colon:
        options["password"] = _plain(password, "password")
    return options


def _host_and_port(address: str) -> dict[str, Any]:
    if address.startswith("["):
        host, bracket, port = address[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ConfigurationError("the URL's IPv6 address must stand in brackets: redis://[::1]:6379")
        port, given = port[1:], bool(port)
    else:
        host, colon, port = address.partition(":")
        given = bool(colon)
        if ":" in port:
            raise ConfigurationError(
                "the URL's host holds more than one colon: write an IPv6 address in brackets, redis://[::1]:6379"
            )
    if not host:
        raise ConfigurationError("the URL has no host: write redis://127.0.0.1:6379")
    options: dict[str, Any] = {"host": CHECKS["host"]("the URL's host", _plain(host, "host"))}
    if given:
        if not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
            raise ConfigurationError("the URL's port must be a whole number from 1 to 65535")
        options["port"] = int(port)
    return options


def _database(path: str) -> dict[str, Any]:
    if not path:
        return {}
    if not (path.isascii() and path.isdigit() and len(path) <= 9):
        raise ConfigurationError("the URL's path must be the number of a database: redis://host:6379/0")
    return {"db": int(path)}


def _take_query(options: dict[str, Any], query: str) -> None:
    """Add the options of the query to `options`."""
    for pair in query.split("&") if query else ():
        name, equals, value = pair.partition("=")
        if name == "tls" or name.startswith(("tls_", "ssl")):
            raise ConfigurationError(
                "TLS is not set in the query of a URL: write rediss://, and tls=TLSOptions(...) beside the URL"
            )
        if name in _NOT_IN_QUERY:
            raise ConfigurationError(f"{name} does not belong in the query of a URL; it has its own place before it")
        if name not in CHECKS:
            known = [option for option in CHECKS if option not in _NOT_IN_QUERY]
            # What looks like a name can be the rest of a password with a bare "&" in it.
            raise unknown("?" if "password=" in query else name, known, " in the URL")
        if name in options:
            raise ConfigurationError(f"the URL gives {name} twice")
        if not equals:
            raise ConfigurationError(f"{name} in the URL has no value: write {name}=...")
        options[name] = CHECKS[name](f"{name} in the URL", _value(name, _plain(value, name)))


def _value(name: str, value: str) -> Any:
    """The text of a query option as the type its check wants."""
    if name in _MAY_BE_NONE and value.lower() == "none":
        return None
    if name in _WHOLE:
        digits = value[1:] if value.startswith("-") else value
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
            raise ConfigurationError(f"{name} in the URL must be a whole number")
        return int(value)
    if name in _SECONDS:
        number = _number(value)
        if number is None:
            raise ConfigurationError(f"{name} in the URL must be a number of seconds")
        return number
    return value


def _number(value: str) -> float | None:
    """A decimal number, or None: `float` also takes spaces, underscores and words."""
    if not value or len(value) > 24 or not set(value) <= set("0123456789.-"):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _plain(part: str, what: str) -> str:
    """`part` without its %-escapes."""
    if "%" not in part:
        return part
    head, *pieces = part.split("%")
    out = bytearray(head, "utf-8", "surrogatepass")
    for piece in pieces:
        code = piece[:2]
        if len(code) < 2 or not _HEX.issuperset(code):
            raise ConfigurationError(
                f'the URL\'s {what} holds a "%" without two hex digits after it; a percent sign itself is written %25'
            )
        out.append(int(code, 16))
        out += piece[2:].encode("utf-8", "surrogatepass")
    decoded = _decoded(out)
    if decoded is None:
        raise ConfigurationError(f"the %-escapes of the URL's {what} are not UTF-8")
    return decoded


def _decoded(raw: bytearray) -> str | None:
    # Apart, so that the UnicodeDecodeError, which holds the bytes, is never the context of what is raised.
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
