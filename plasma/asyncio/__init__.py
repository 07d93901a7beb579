"""Plasma in asyncio: the same names as `plasma`, the same methods, options, results and errors, with `await`."""

from __future__ import annotations

from ..config import RedisConfig, TLSOptions
from ..errors import (
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
from ..session import LIBRARY_VERSION as __version__
from .client import RedisClient
from .facade import Redis, RedisFacade
from .manager import RedisManager
from .pinned import PinnedConnection
from .pipeline import Pipeline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..messages import Message, MonitoredCommand, Reconnected
    from .hub import Subscription
    from .inbox import Inbox
    from .library import Library
    from .lock import Lock
    from .monitor import Monitor
    from .script import Script
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

# Where the names are that only those import who use them.
_HOMES = {
    "Inbox": "plasma.asyncio.inbox",
    "Library": "plasma.asyncio.library",
    "Lock": "plasma.asyncio.lock",
    "Message": "plasma.messages",
    "Monitor": "plasma.asyncio.monitor",
    "MonitoredCommand": "plasma.messages",
    "Reconnected": "plasma.messages",
    "Script": "plasma.asyncio.script",
    "Stream": "plasma.asyncio.stream",
    "StreamEntry": "plasma.asyncio.stream_group",
    "StreamGroup": "plasma.asyncio.stream_group",
    "Subscription": "plasma.asyncio.hub",
    "Transaction": "plasma.asyncio.transact",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(_HOMES[name], fromlist=[name]), name)
    globals()[name] = value
    return value
