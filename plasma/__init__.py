"""Plasma: a Redis and Valkey client, written from the wire up.

    from plasma import Redis, RedisClient

The public names of the blocking client; the asyncio client has the same names in `plasma.asyncio`. A name is fetched
from its module when it is first asked for, so `import plasma` costs next to nothing and nobody pays for what is not
used. Type checkers see plain imports.
"""

from __future__ import annotations

from .errors import (
    AskError,
    AuthenticationError,
    BusyGroupError,
    BusyKeyError,
    BusyScriptError,
    ClusterDownError,
    ConfigurationError,
    CrossSlotError,
    DecodeError,
    ExecAbortError,
    InboxFull,
    LoadingError,
    LockError,
    LockLost,
    LockNotAcquired,
    MasterDownError,
    MisconfiguredError,
    MovedError,
    NoGroupError,
    NoPermissionError,
    NoReplicasError,
    NoScriptError,
    NotBusyError,
    OutOfMemoryError,
    ProtocolError,
    ProtocolVersionError,
    ReadOnlyError,
    RedisConnectionError,
    RedisError,
    RedisTimeoutError,
    ResponseError,
    TryAgainError,
    UnkillableError,
    WatchError,
    WrongTypeError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import RedisClient
    from .config import RedisConfig, TLSOptions
    from .facade import Redis, RedisFacade
    from .hub import Subscription
    from .inbox import Inbox
    from .library import Library
    from .lock import Lock
    from .manager import RedisManager
    from .messages import Message, MonitoredCommand, Reconnected
    from .monitor import Monitor
    from .pinned import PinnedConnection
    from .pipeline import Pipeline
    from .script import Script
    from .session import LIBRARY_VERSION as __version__
    from .stream import Stream
    from .stream_group import StreamEntry, StreamGroup
    from .transact import Transaction

__all__ = [
    "AskError",
    "AuthenticationError",
    "BusyGroupError",
    "BusyKeyError",
    "BusyScriptError",
    "ClusterDownError",
    "ConfigurationError",
    "CrossSlotError",
    "DecodeError",
    "ExecAbortError",
    "Inbox",
    "InboxFull",
    "Library",
    "LoadingError",
    "Lock",
    "LockError",
    "LockLost",
    "LockNotAcquired",
    "MasterDownError",
    "Message",
    "MisconfiguredError",
    "Monitor",
    "MonitoredCommand",
    "MovedError",
    "NoGroupError",
    "NoPermissionError",
    "NoReplicasError",
    "NoScriptError",
    "NotBusyError",
    "OutOfMemoryError",
    "PinnedConnection",
    "Pipeline",
    "ProtocolError",
    "ProtocolVersionError",
    "ReadOnlyError",
    "Reconnected",
    "Redis",
    "RedisClient",
    "RedisConfig",
    "RedisConnectionError",
    "RedisError",
    "RedisFacade",
    "RedisManager",
    "RedisTimeoutError",
    "ResponseError",
    "Script",
    "Stream",
    "StreamEntry",
    "StreamGroup",
    "Subscription",
    "TLSOptions",
    "Transaction",
    "TryAgainError",
    "UnkillableError",
    "WatchError",
    "WrongTypeError",
    "__version__",
]

# Where the names are that cost something to import.
_HOMES = {
    "Inbox": ("inbox", "Inbox"),
    "Library": ("library", "Library"),
    "Lock": ("lock", "Lock"),
    "Message": ("messages", "Message"),
    "Monitor": ("monitor", "Monitor"),
    "MonitoredCommand": ("messages", "MonitoredCommand"),
    "PinnedConnection": ("pinned", "PinnedConnection"),
    "Pipeline": ("pipeline", "Pipeline"),
    "Reconnected": ("messages", "Reconnected"),
    "Redis": ("facade", "Redis"),
    "RedisClient": ("client", "RedisClient"),
    "RedisConfig": ("config", "RedisConfig"),
    "RedisFacade": ("facade", "RedisFacade"),
    "RedisManager": ("manager", "RedisManager"),
    "Script": ("script", "Script"),
    "Stream": ("stream", "Stream"),
    "StreamEntry": ("stream_group", "StreamEntry"),
    "StreamGroup": ("stream_group", "StreamGroup"),
    "Subscription": ("hub", "Subscription"),
    "TLSOptions": ("config", "TLSOptions"),
    "Transaction": ("transact", "Transaction"),
    "__version__": ("session", "LIBRARY_VERSION"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, own_name = _HOMES[name]
    # Not importlib.import_module: that module is not loaded yet, and this is all that it would do.
    value: object = getattr(__import__(f"{__name__}.{home}", fromlist=[own_name]), own_name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
