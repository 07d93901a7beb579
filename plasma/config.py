"""The configuration of one connection: RedisConfig and TLSOptions, frozen values.

Built from keywords, from a dict (names in snake_case and seconds, or the original's JSON in camelCase and
milliseconds), or from a URL; checked once, here, before any I/O. What is below takes the config, not its options.

- Equal options make equal configs, with one hash. `replace()` makes a changed copy; nothing changes in place.
- A keyword beside a URL, a dict or a config overrides it. A dict may mix both spellings, but not of one option.
- There is no option for text or bytes: that is the view of a client (`client.bytes`), not a property of a connection.
"""

from __future__ import annotations

from .errors import ConfigurationError
from .frozen import Frozen, is_context, put
from .url import parse_url
from .validation import (
    CAMEL_CASE,
    CHECKS,
    DEFAULTS,
    IN_MILLISECONDS,
    TLS_DEFAULTS,
    fault,
    file_or_pem,
    text,
    unknown,
    yes_or_no,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import timedelta
    from os import PathLike
    from ssl import SSLContext
    from typing import Any, Literal, TypedDict

    from typing_extensions import Unpack

    Credentials = str | tuple[str, str]
    Password = str | Callable[[], Credentials] | Callable[[], Awaitable[Credentials]]

    class TLSKeywords(TypedDict, total=False):
        """The keywords of TLSOptions."""

        ca: str | PathLike[str] | None
        cert: str | PathLike[str] | None
        key: str | PathLike[str] | None
        key_password: str | None
        server_name: str | None
        check_hostname: bool
        reject_unauthorized: bool

    class RedisOptions(TypedDict, total=False):
        """The keywords of RedisConfig, and of everything that takes them (RedisClient, from_url, replace ...)."""

        host: str
        port: int
        path: str | PathLike[str] | None
        username: str | None
        password: Password | None
        db: int
        connect_timeout: float | timedelta
        command_timeout: float | timedelta | None
        tls: bool | TLSOptions | SSLContext | Mapping[str, Any]
        key_prefix: str
        max_retries: int
        retry_delay: float | timedelta
        client_name: str | None
        protocol: Literal[2, 3] | None
        max_connections: int
        keepalive: float | timedelta | None
        parser: Literal["auto", "python", "hiredis"]


class TLSOptions(Frozen):
    """How a TLS connection is made and verified.

    Args:
        ca: The authority that signs the server's certificate: a path (a file, or a folder as `c_rehash` makes it)
            or PEM text. None: those the system trusts.
        cert: The client's own certificate (chain), a path or PEM text.
        key: Its private key, a path or PEM text; None if `cert` holds it too.
        key_password: What the private key is encrypted with.
        server_name: The name the certificate must be for, if that is not the host connected to.
        check_hostname: False accepts a certificate of any name.
        reject_unauthorized: False accepts any certificate at all: the connection is then not safe.
    """

    __slots__ = (
        "_context",
        "ca",
        "cert",
        "check_hostname",
        "key",
        "key_password",
        "reject_unauthorized",
        "server_name",
    )
    _defaults = TLS_DEFAULTS

    ca: str | None
    cert: str | None
    key: str | None
    key_password: str | None
    server_name: str | None
    check_hostname: bool
    reject_unauthorized: bool
    _context: SSLContext  # made by tls.py at the first connection; no part of the value

    def __init__(self, **options: Unpack[TLSKeywords]) -> None:
        self._fill(dict(options))

    def _fill(self, given: dict[str, Any]) -> None:
        for name in given:
            if name not in TLS_DEFAULTS:
                raise unknown(name, TLS_DEFAULTS, " of tls")
        for name, default in TLS_DEFAULTS.items():
            value = given.get(name, default)
            if name in ("ca", "cert", "key"):
                value = file_or_pem(f"tls {name}", value)
            elif isinstance(default, bool):
                value = yes_or_no(f"tls {name}", value)
            elif value is not None:
                value = _tls_text(name, value)
            put(self, name, value)
        if self.key and not self.cert:
            raise ConfigurationError("tls key is given without cert: a private key needs its certificate")
        if self.key_password is not None and not self.cert:
            raise ConfigurationError("tls key_password is given without cert and key")

    def kept_context(self) -> SSLContext | None:
        """The context that `plasma.tls` has made of these options; None before the first connection."""
        return getattr(self, "_context", None)

    def keep_context(self, context: SSLContext) -> SSLContext:
        """Keep the context made of these options, for the next connection."""
        put(self, "_context", context)
        return context

    def replace(self, **changes: Unpack[TLSKeywords]) -> TLSOptions:
        """A copy with these options changed."""
        return TLSOptions(**_merged(self._given(), dict(changes)))


def _tls_text(name: str, value: object) -> str:
    if name == "key_password" and not isinstance(value, str):
        raise ConfigurationError(f"tls {name} must be text, not {type(value).__name__}")  # a number may be the secret
    given = text(f"tls {name}", value)
    if name == "server_name" and not given:
        raise ConfigurationError("tls server_name is empty; leave it out for the host connected to")
    return given


_VERIFIED = TLSOptions()  # what tls=True means; one for all, and so one SSLContext for all


def _tls(name: str, value: Any) -> TLSOptions | SSLContext | Literal[False]:
    if value is False:
        return False
    if value is True:
        return _VERIFIED
    if isinstance(value, TLSOptions):
        return value
    if is_context(value):
        context: SSLContext = value
        return context
    if _is_mapping(value):
        return TLSOptions(**_named(value, TLS_DEFAULTS, " of tls"))
    raise fault(name, "True, False, TLSOptions(...) or an ssl.SSLContext", value)


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict) or (hasattr(value, "keys") and hasattr(value, "__getitem__"))


def _named(given: Mapping[Any, Any], known: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """The options of a dict under their own names and in seconds, each of them checked as the user spelled it."""
    options: dict[str, Any] = {}
    spellings: dict[str, str] = {}
    for spelled in given:
        name = CAMEL_CASE.get(spelled, spelled) if isinstance(spelled, str) else None
        if name is None or name not in known:
            raise unknown(spelled, known, place)
        if name in options:
            raise ConfigurationError(f"{spellings[name]} and {spelled}{place} are one option: give it once")
        spellings[name] = spelled
        options[name] = _checked(name, given[spelled], spelled) if known is DEFAULTS else given[spelled]
    return options


def _checked(name: str, value: Any, spelled: str) -> Any:
    if name == "tls":
        return _tls(spelled, value)
    if name in IN_MILLISECONDS and spelled != name:
        return CHECKS[name](spelled, value, unit="milliseconds")
    return CHECKS[name](spelled, value)


class RedisConfig(Frozen):
    """How to reach one server, and how to behave towards it. Times are seconds, or a timedelta.

    Args:
        host, port: Where the server listens.
        path: The path of its unix socket, in place of host and port.
        username, password: The login. `password` may be a callable without parameters, asked at each connect, which
            gives the password or `(username, password)`; in asyncio it may be a coroutine function.
        db: The number of the database.
        connect_timeout: For opening a connection, handshake included.
        command_timeout: For one call; None is no limit.
        tls: True, TLSOptions(...), or an ssl.SSLContext of your own.
        key_prefix: Put before every key.
        max_retries, retry_delay: How often, and after what first pause, is tried again what may be.
        client_name: What CLIENT LIST shows.
        protocol: 3 or 2 to insist on it; None is 3, falling back to 2.
        max_connections: The most that one client opens.
        keepalive: Seconds after which an idle TCP connection is probed; None: never.
        parser: "auto" (hiredis if it is installed), "python" or "hiredis".

    Raises ConfigurationError, which names the option and never shows a secret.
    """

    __slots__ = tuple(DEFAULTS)
    _defaults = DEFAULTS

    host: str
    port: int
    path: str | None
    username: str | None
    password: Password | None
    db: int
    connect_timeout: float
    command_timeout: float | None
    tls: TLSOptions | SSLContext | Literal[False]
    key_prefix: str
    max_retries: int
    retry_delay: float
    client_name: str | None
    protocol: Literal[2, 3] | None
    max_connections: int
    keepalive: float | None
    parser: Literal["auto", "python", "hiredis"]

    def __init__(self, **options: Unpack[RedisOptions]) -> None:
        self._fill(dict(options))

    def _fill(self, given: dict[str, Any]) -> None:
        for name in given:
            if name not in DEFAULTS:
                raise unknown(name, DEFAULTS)
        if given.get("path") is not None and ("host" in given or "port" in given):
            raise ConfigurationError("path excludes host and port: a unix socket has neither")
        for name, default in DEFAULTS.items():
            put(self, name, _checked(name, given[name], name) if name in given else default)
        if self.path is not None and self.tls is not False:
            raise ConfigurationError("path excludes tls: there is no TLS over a unix socket")
        if self.password is None and self.username is not None:
            raise ConfigurationError('username is given without password; write password="" for a user without one')
        if self.password == "" and self.username is None:
            put(self, "password", None)  # an environment variable that is set and empty, most likely

    @classmethod
    def from_url(cls, url: str, /, **options: Unpack[RedisOptions]) -> RedisConfig:
        """The configuration a URL stands for (see `plasma.url`); `options` override what the URL says."""
        given = parse_url(text("the URL", url))
        if options.get("tls") is False and "tls" in given:
            raise ConfigurationError("tls=False contradicts the URL, which asks for TLS; write redis:// for none")
        return cls(**_overridden(given, dict(options)))

    @classmethod
    def from_dict(cls, given: Mapping[str, Any], /, **options: Unpack[RedisOptions]) -> RedisConfig:
        """The configuration in a dict; `options` override it.

        Its names are those of the keywords, times in seconds; or camelCase as in the original's JSON, times in
        milliseconds (`{"connectTimeout": 10000, "tls": {"rejectUnauthorized": false}}`).
        """
        if not _is_mapping(given):
            raise ConfigurationError(f"a configuration must be a dict, not {type(given).__name__}")
        return cls(**_overridden(_named(given, DEFAULTS), dict(options)))

    @classmethod
    def of(
        cls, given: RedisConfig | Mapping[str, Any] | str | None = None, /, **options: Unpack[RedisOptions]
    ) -> RedisConfig:
        """The configuration that `given` stands for: a URL, a dict, a RedisConfig, or None for the defaults."""
        if given is None:
            return cls(**options) if options else _LOCAL
        if isinstance(given, RedisConfig):
            return given.replace(**options) if options else given
        if isinstance(given, str):
            return (
                _shared(given, options)
                if given.__class__ is str and cls is RedisConfig
                else cls.from_url(given, **options)
            )
        if _is_mapping(given):
            return cls.from_dict(given, **options)
        raise ConfigurationError(f"a connection is a URL, a dict or a RedisConfig, not {type(given).__name__}")

    def replace(self, **changes: Unpack[RedisOptions]) -> RedisConfig:
        """A copy with these options changed. `path` takes the place of host and port, and the other way round."""
        return type(self)(**_overridden(self._given(), dict(changes)))

    @property
    def address(self) -> str:
        """Where the server is, as errors tell it: "127.0.0.1:6379", "[::1]:6379" or "unix:/path"."""
        if self.path is not None:
            return "unix:" + self.path.replace("\0", "@")
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def prefix(self) -> bytes:
        """`key_prefix` as it is sent."""
        return self.key_prefix.encode()


def _overridden(given: dict[str, Any], options: dict[str, Any]) -> Any:
    """`given` with `options` over it; a unix socket takes the place of an address, and the other way round."""
    if options.get("path") is not None:
        given.pop("host", None)
        given.pop("port", None)
    elif options.get("host") is not None or options.get("port") is not None:
        given.pop("path", None)
    return _merged(given, options)


def _merged(given: dict[str, Any], options: dict[str, Any]) -> Any:
    """Any, because whether these are options at all is seen when the value is made."""
    return {**given, **options}


_LOCAL = RedisConfig()  # every client without options shares it

# The configs of URLs met before, by all that was said: who makes many clients of one server reads its URL once, and
# they hold one config. None that has a secret, or what a file says, is kept.
_kept: dict[tuple[Any, ...], RedisConfig] = {}
_MOST_KEPT = 64
_PLAIN = frozenset({str, int, float, type(None)})


def _shared(url: str, options: RedisOptions) -> RedisConfig:
    if "@" in url or "password" in url or "password" in options or not _PLAIN.issuperset(map(type, options.values())):
        return RedisConfig.from_url(url, **options)
    # With the types: to a dict 1 and 1.0 are one, but not every option that takes the one takes the other.
    said = (url, *[(name, value, value.__class__) for name, value in options.items()])
    config = _kept.get(said)
    if config is None:
        config = RedisConfig.from_url(url, **options)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[said] = config
    return config
