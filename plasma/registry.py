"""Names, their configurations and the clients made from them: what the managers of both colours share. No I/O.

- A client is made when its name is first asked for, once, whatever the number of threads that ask.
- The default connection is the one `default` names; if none is named, "default"; else the only one there is.
- `configure` replaces everything at once, after all of it was checked: on an error nothing has changed. A name whose
  configuration is equal to what it was keeps its client. What is dropped, by `configure`, `add_connection` on a name
  that exists, or `remove_connection`, is handed to the manager to disconnect. A dropped client that someone still
  holds opens again when used, with its old configuration: it is only no longer the registry's.

There is no lock, so nothing can wait for ever in a forked child or a signal handler. Each step that matters is one
operation of a dict or list, which Python makes atomic: of two clients made for one name at once, the first to be
appended is everybody's, and the other, which never connected, is forgotten.
"""

from __future__ import annotations

from .config import RedisConfig
from .errors import ConfigurationError, RedisConnectionError, RedisError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Generic, TypeVar

    C = TypeVar("C")  # the client of the colour

    class _Base(Generic[C]):
        pass

    Connection = RedisConfig | Mapping[str, Any] | str
    Connections = Mapping[str, Connection]
else:
    C = None

    class _Base:
        # Stands in for typing.Generic, which is dear to import.
        __slots__ = ()

        def __class_getitem__(cls, item):
            return cls


class _Entry(_Base[C]):
    """One name: its configuration, and its client once there is one (`made` then has it as its first item)."""

    __slots__ = ("config", "made")

    def __init__(self, config: RedisConfig) -> None:
        self.config = config
        self.made: list[C] = []


class _State(_Base[C]):
    """All that `configure` replaces at once. `client` is the default one, once it has been asked for."""

    __slots__ = ("client", "default", "entries")

    def __init__(self, default: str | None, entries: dict[str, _Entry[C]]) -> None:
        self.default = default
        self.entries = entries
        self.client: Any = None  # or C; the facades take it for what they derive from themselves


class Registry(_Base[C]):
    """The part of a manager that knows no colour."""

    __slots__ = ("_state",)
    _called = "manager"  # how messages name the object

    def __init__(self) -> None:
        self._state: _State[C] = _State(None, {})

    # --- what the colour brings

    def _new_client(self, config: RedisConfig) -> C:
        raise NotImplementedError

    # --- asking

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all connections."""
        return tuple(self._state.entries)

    def has_connection(self, name: str) -> bool:
        """Whether there is a connection of this name."""
        return name in self._state.entries

    def connection(self, name: str | None = None) -> C:
        """The client of this name, or the default one; made now if this is its first use. Opens no connection.

        Raises ConfigurationError, which lists the names there are, if this is not one of them.
        """
        state = self._state
        if name is None:
            client: C | None = state.client
            return self._first_default(state) if client is None else client
        return self._client(self._entry(state, name))

    def _first_default(self, state: _State[C]) -> C:
        entry = self._default(state)
        client = self._client(entry)
        state.client = client
        # Another thread may have changed the connections just before we kept the client: let the next call look
        # again then. If it does so from here on, it forgets `state.client` itself.
        if self._find_default(state) is not entry:
            state.client = None
        return client

    def _client(self, entry: _Entry[C]) -> C:
        if not entry.made:
            entry.made.append(self._new_client(entry.config))
        return entry.made[0]

    def _made(self, name: str | None) -> C | None:
        """The client of this name if it has been made."""
        state = self._state
        if name is None and not state.entries:
            return None
        entry = self._default(state) if name is None else self._entry(state, name)
        return entry.made[0] if entry.made else None

    def _all_made(self) -> list[C]:
        return [entry.made[0] for entry in tuple(self._state.entries.values()) if entry.made]

    def _entry(self, state: _State[C], name: str) -> _Entry[C]:
        entry = state.entries.get(name)
        if entry is None:
            raise self._unknown(state, f'connection "{name}" is not configured')
        return entry

    def _default(self, state: _State[C]) -> _Entry[C]:
        entry = self._find_default(state)
        if entry is None and state.default is not None:
            raise self._unknown(state, f'the default connection "{state.default}" was removed')
        if entry is None:
            raise self._unknown(state, "there is no default connection: name one, or configure default=")
        return entry

    def _find_default(self, state: _State[C]) -> _Entry[C] | None:
        entries = state.entries
        if state.default is not None:
            return entries.get(state.default)
        if len(entries) == 1:
            return next(iter(tuple(entries.values())), None)
        return entries.get("default")

    def _unknown(self, state: _State[C], message: str) -> ConfigurationError:
        if not state.entries:
            return ConfigurationError(
                f"no connection is configured: call {self._called}.configure(...) first, such as"
                f' {self._called}.configure({{"connections": {{"default": "redis://127.0.0.1:6379/0"}}}})'
            )
        return ConfigurationError(f"{message}; there are: {', '.join(state.entries)}")

    # --- changing; each returns the clients that are to be disconnected

    def _configure(
        self, config: Mapping[str, Any] | None, default: str | None, connections: Connections | None
    ) -> list[C]:
        default, connections = _parts(config, default, connections)
        old = self._state.entries
        entries: dict[str, _Entry[C]] = {}
        for name, given in connections.items():
            entry: _Entry[C] = _Entry(_described(name, given, {}))
            before = old.get(name)
            entries[name] = before if before is not None and before.config == entry.config else entry
        if default is not None and default not in entries:
            raise ConfigurationError(
                f'default "{default}" is not among the connections; there are: {", ".join(entries)}'
            )
        self._state = _State(default, entries)
        kept = list(entries.values())
        return [entry.made[0] for entry in tuple(old.values()) if entry.made and entry not in kept]

    def _add(self, name: str, given: Connection | None, options: dict[str, Any]) -> list[C]:
        entry: _Entry[C] = _Entry(_described(name, given, options))
        state = self._state
        before = state.entries.get(name)
        if before is not None and before.config == entry.config:
            return []
        state.entries[name] = entry
        state.client = None  # perhaps another one now
        return before.made[:1] if before is not None else []

    def _remove(self, name: str) -> list[C]:
        state = self._state
        entry = self._entry(state, name)
        state.entries.pop(name, None)
        state.client = None
        return entry.made[:1]

    def __repr__(self) -> str:
        state = self._state
        return f"<{type(self).__name__}: {', '.join(state.entries) or 'not configured'}>"


def _parts(
    config: Mapping[str, Any] | None, default: str | None, connections: Connections | None
) -> tuple[str | None, Connections]:
    """What `configure` was given, in whichever form, as a default and connections."""
    if config is not None:
        if default is not None or connections is not None:
            raise ConfigurationError("configure takes a dict, or default= and connections=, not both")
        if not hasattr(config, "keys"):
            raise ConfigurationError(f"configure takes a dict, not {type(config).__name__}")
        for key in config:
            if key not in ("default", "connections"):
                raise ConfigurationError(
                    f'configure knows "default" and "connections", not "{key}"; a connection is described under its'
                    f' name: {{"connections": {{"default": {{"host": ...}}}}}}'
                )
        default, connections = config.get("default"), config.get("connections")
    if not hasattr(connections, "keys") or not connections:
        raise ConfigurationError('configure needs connections: a dict of names, such as {"main": {"host": ...}}')
    if default is not None and not _is_name(default):
        raise ConfigurationError(f"default must be the name of a connection, not {type(default).__name__}")
    return default, connections


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name)


def _described(name: str, given: Connection | None, options: dict[str, Any]) -> RedisConfig:
    """The configuration of one name; errors in it tell the name."""
    if not _is_name(name):
        raise ConfigurationError("the name of a connection must be text, and not empty")
    try:
        return RedisConfig.of(given, **_any(options))
    except ConfigurationError as error:
        message = f'connection "{name}": {error.args[0]}'
    # Outside of the handler: what went before need not stand above it in a traceback.
    raise ConfigurationError(message)


def _any(options: Any) -> Any:
    """What users gave as keywords: whether they are options is RedisConfig's to say."""
    return options


def all_failed(failures: dict[str, Exception]) -> RedisError:
    """The one error for all connections that could not be opened; to be raised `from` the first.

    Of an error that is not Plasma's (a password callable's own) only the type is told: its text may hold anything.
    """
    told = [
        f'"{name}": {error}' if isinstance(error, RedisError) else f'"{name}": {type(error).__name__}'
        for name, error in failures.items()
    ]
    return RedisConnectionError(f"cannot connect {'; '.join(told)}")
