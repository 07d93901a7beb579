"""What a client of either colour is, apart from how it reaches the server: a configuration and the options of calls.

A view (`bytes`, `text`, `options()`) is another client object on the same connections, with other options; nothing is
ever switched on the client itself, so views may be used by any thread or task at any time.
"""

from __future__ import annotations

from .batch import without_prefix
from .commands.core import Generic, S
from .commands.spec import RETURNS_KEYS, SPECIAL, blocking_seconds, prefixed, refusal
from .config import RedisConfig
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta
    from typing import Any

    from typing_extensions import Self

    from .commands.core import T, Value

    Configured = str | Mapping[str, Any] | RedisConfig | None
    Prepared = tuple[tuple[Value, ...], Callable[[Any], T] | None, float | None]

# What must be looked at before it is sent: SHUTDOWN has no reply if all goes well.
CAREFUL = SPECIAL | {"SHUTDOWN"}


class _Unchanged:
    """The default of an option for which None has a meaning."""

    def __repr__(self) -> str:
        return "<unchanged>"


_UNCHANGED = _Unchanged()


class Conversing(Generic[S]):
    """The root of what a client, or a facade before one, has methods for beside commands and pipelines."""

    __slots__ = ()

    def _its_client(self) -> Any:
        """The client that carries them out."""
        raise NotImplementedError


class ClientBase:
    """The part of a client that knows no colour."""

    __slots__ = ("_decode", "_idempotent", "_prefix", "_timeout", "config")

    def _set_up(self, config: Configured, decode: bool, options: Mapping[str, Any]) -> None:
        if decode.__class__ is not bool:
            raise ConfigurationError("decode must be True (text) or False (bytes)")
        self.config = RedisConfig.of(config, **options)
        self._prefix = self.config.prefix
        self._decode = decode
        self._timeout = self.config.command_timeout
        self._idempotent = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.config.address} db={self.config.db}{'' if self._decode else ' bytes'}>"

    def _its_client(self) -> Any:
        return self

    def options(
        self, *, timeout: float | timedelta | _Unchanged | None = _UNCHANGED, idempotent: bool | None = None
    ) -> Self:
        """The same client, on the same connections, with other options for its calls.

        Args:
            timeout: seconds that each call may take, in place of `command_timeout`; None for no limit.
            idempotent: True lets every command be sent again after a lost connection, also one that may have run.
        """
        view: Self = self._view(self._decode)
        if not isinstance(timeout, _Unchanged):
            view._timeout = RedisConfig(command_timeout=timeout).command_timeout
        if idempotent is not None:
            if idempotent.__class__ is not bool:
                raise ConfigurationError("idempotent must be True or False")
            view._idempotent = idempotent
        return view

    def _view(self, decode: bool) -> Any:
        view = object.__new__(type(self))
        view.config = self.config
        view._prefix = self._prefix
        view._decode = decode
        view._timeout = self._timeout
        view._idempotent = self._idempotent
        return view

    def _prepared(self, name: str, args: tuple[Value, ...], parse: Callable[[Any], T] | None) -> Prepared[T]:
        """The arguments, parse and timeout of a command that must be looked at before it is sent.

        Raises ConfigurationError if it cannot run on connections that are shared.
        """
        if (why := refusal(name, args)) is not None:
            raise ConfigurationError(why, command=name)
        timeout = self._timeout
        seconds = blocking_seconds(name, args)
        if seconds is not None and timeout is not None:
            timeout = timeout + seconds if seconds else None
        if self._prefix:
            args = prefixed(name, args, self._prefix)
            if name in RETURNS_KEYS:
                parse = without_prefix(name, parse, self._prefix)
        return args, parse, timeout
