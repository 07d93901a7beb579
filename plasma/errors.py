"""Every exception that Plasma raises, in one tree.

    RedisError                                      .command, .address, .index
    ├── ConfigurationError (ValueError)             an option or a call that can never work: nothing was sent
    ├── RedisConnectionError (ConnectionError)      the network failed      .maybe_executed, .results
    ├── RedisTimeoutError (TimeoutError)            time ran out            .maybe_executed, .phase
    ├── ProtocolError                               the server broke RESP; the connection is closed
    ├── DecodeError (ValueError)                    a value is not UTF-8; ask for it with `.bytes`
    ├── ResponseError                               the server said no      .code
    │   ├── AuthenticationError                     NOAUTH, WRONGPASS
    │   ├── NoPermissionError                       NOPERM
    │   ├── WrongTypeError                          WRONGTYPE
    │   ├── ReadOnlyError                           READONLY
    │   ├── LoadingError                            LOADING
    │   ├── MasterDownError                         MASTERDOWN
    │   ├── OutOfMemoryError                        OOM
    │   ├── NoScriptError                           NOSCRIPT
    │   ├── BusyScriptError                         BUSY
    │   ├── BusyGroupError                          BUSYGROUP
    │   ├── BusyKeyError                            BUSYKEY
    │   ├── NoGroupError                            NOGROUP
    │   ├── NoReplicasError                         NOREPLICAS
    │   ├── UnkillableError                         UNKILLABLE
    │   ├── NotBusyError                            NOTBUSY
    │   ├── MisconfiguredError                      MISCONF
    │   ├── ProtocolVersionError                    NOPROTO
    │   ├── ExecAbortError                          EXECABORT
    │   ├── MovedError, AskError                    MOVED, ASK      .slot, .host, .port
    │   ├── ClusterDownError                        CLUSTERDOWN
    │   ├── TryAgainError                           TRYAGAIN
    │   └── CrossSlotError                          CROSSSLOT
    ├── InboxFull                                   messages were dropped   .dropped
    ├── WatchError                                  a watched key changed
    └── LockError
        ├── LockNotAcquired
        └── LockLost

The server's errors are values while they sit in a reply: the parser makes them with `server_error` and whoever
asked decides to raise. A code word that is not in the tree gives a plain `ResponseError`, its `.code` kept.
All of them pickle with their attributes, and none of them ever holds a value or a password that was sent.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Phase = Literal["pool", "connect", "send", "reply"]


class RedisError(Exception):
    """The root of the tree.

    `command` is the command's name and first key ("SET user:1"), never a value; `address` is where it was sent;
    `index` is the command's place in a pipeline, from 0. Each is None where there was none. `str()` of the error
    ends with them.
    """

    command: str | None = None
    address: str | None = None
    index: int | None = None

    def __init__(self, message: str = "", *, command: str | None = None, address: str | None = None) -> None:
        super().__init__(message)
        if command is not None:
            self.command = command
        if address is not None:
            self.address = address

    def __str__(self) -> str:
        message = str(self.args[0]) if self.args else ""
        command = self.command
        if self.index is not None:
            command = f"{command or 'command'}, index {self.index} of the pipeline,"
        origin = " at ".join(part for part in (command, self.address) if part).removesuffix(",")
        return f"{message} ({origin})" if origin else message


class ConfigurationError(RedisError, ValueError):
    """An option, a name or a call that cannot work as given. Nothing was sent."""


class RedisConnectionError(RedisError, ConnectionError):
    """The connection could not be opened, or broke.

    `maybe_executed` says whether the server may have run the command. `results` are those of a pipeline that was
    cut half-way: what was read before the connection broke, in order. `final` says that trying again is in vain:
    a certificate that does not verify, for one.
    """

    maybe_executed: bool = False
    final: bool = False
    results: tuple[Any, ...] = ()

    def __init__(
        self,
        message: str = "",
        *,
        command: str | None = None,
        address: str | None = None,
        maybe_executed: bool = False,
        results: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(message, command=command, address=address)
        self.maybe_executed = maybe_executed
        self.results = results


class RedisTimeoutError(RedisError, TimeoutError):
    """Time ran out, while waiting for a free connection, connecting, sending or waiting for the reply (`phase`).

    `maybe_executed` says whether the server may have run the command. `results` are those of a pipeline that was
    cut half-way.
    """

    maybe_executed: bool = False
    final: bool = False
    phase: Phase = "reply"
    results: tuple[Any, ...] = ()

    def __init__(
        self,
        message: str = "",
        *,
        command: str | None = None,
        address: str | None = None,
        maybe_executed: bool = False,
        phase: Phase = "reply",
        results: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(message, command=command, address=address)
        self.maybe_executed = maybe_executed
        self.phase = phase
        self.results = results


class ProtocolError(RedisError):
    """What the server sent is not RESP, or is over a limit. The connection is closed."""


class DecodeError(RedisError, ValueError):
    """A reply asked for as text is not UTF-8. The reply was consumed: the connection stays good."""


class ResponseError(RedisError):
    """The server answered with an error. `args[0]` is its text, `code` its first word."""

    @property
    def code(self) -> str:
        """The first word of the server's text, as it came: "ERR", "WRONGTYPE" ..."""
        return str(self.args[0]).partition(" ")[0] if self.args else ""


class AuthenticationError(ResponseError):
    """A user name or password is missing or wrong (NOAUTH, WRONGPASS)."""


class NoPermissionError(ResponseError):
    """The user may not run this command or touch this key (NOPERM)."""


class WrongTypeError(ResponseError):
    """The key holds another kind of value (WRONGTYPE)."""


class ReadOnlyError(ResponseError):
    """The server is a replica that takes no writes (READONLY)."""


class LoadingError(ResponseError):
    """The server is still loading its data (LOADING)."""


class MasterDownError(ResponseError):
    """The replica has lost its master and serves no stale data (MASTERDOWN)."""


class OutOfMemoryError(ResponseError):
    """The server is at its memory limit (OOM)."""


class NoScriptError(ResponseError):
    """The server does not know the script (NOSCRIPT)."""


class BusyScriptError(ResponseError):
    """A script runs on the server and blocks everything (BUSY)."""


class BusyGroupError(ResponseError):
    """The consumer group exists already (BUSYGROUP)."""


class BusyKeyError(ResponseError):
    """The target key exists already (BUSYKEY)."""


class NoGroupError(ResponseError):
    """There is no such stream or consumer group (NOGROUP)."""


class NoReplicasError(ResponseError):
    """Too few replicas are connected for a write (NOREPLICAS)."""


class UnkillableError(ResponseError):
    """The running script has written already and cannot be killed (UNKILLABLE)."""


class NotBusyError(ResponseError):
    """No script is running (NOTBUSY)."""


class MisconfiguredError(ResponseError):
    """The server cannot save to disk and refuses writes (MISCONF)."""


class ProtocolVersionError(ResponseError):
    """The server does not speak the protocol version asked for (NOPROTO)."""


class ExecAbortError(ResponseError):
    """A command of the transaction was refused when it was queued, so nothing of it ran (EXECABORT)."""


class _Redirection(ResponseError):
    """MOVED and ASK: the text is "WORD slot host:port"."""

    @property
    def slot(self) -> int:
        """The hash slot of the key."""
        return int(str(self.args[0]).split()[1])

    @property
    def host(self) -> str:
        """The host of the node that serves it; "" means the host that was asked."""
        return str(self.args[0]).split()[2].rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port of the node that serves it."""
        return int(str(self.args[0]).split()[2].rpartition(":")[2])


class MovedError(_Redirection):
    """The slot lives on another node (MOVED)."""


class AskError(_Redirection):
    """The slot is on its way to another node, to be asked this once (ASK)."""


class ClusterDownError(ResponseError):
    """The cluster is not able to serve (CLUSTERDOWN)."""


class TryAgainError(ResponseError):
    """Keys of a multi-key command are being moved (TRYAGAIN)."""


class CrossSlotError(ResponseError):
    """The keys are not all in one hash slot (CROSSSLOT)."""


class InboxFull(RedisError):
    """Messages came faster than they were taken, and `dropped` of them were dropped here (policy "error")."""

    dropped: int = 0

    def __init__(self, message: str = "messages were dropped: the inbox was full", *, dropped: int = 0) -> None:
        super().__init__(message)
        self.dropped = dropped


class WatchError(RedisError):
    """A watched key changed, so the transaction did not run."""


class LockError(RedisError):
    """The root of what can go wrong with a lock."""


class LockNotAcquired(LockError):
    """The lock was still held by another when the time to wait ran out."""


class LockLost(LockError):
    """The lock expired, was deleted or was taken by another while it was held here."""


_BY_CODE: dict[str, type[ResponseError]] = {
    "NOAUTH": AuthenticationError,
    "WRONGPASS": AuthenticationError,
    "NOPERM": NoPermissionError,
    "WRONGTYPE": WrongTypeError,
    "READONLY": ReadOnlyError,
    "LOADING": LoadingError,
    "MASTERDOWN": MasterDownError,
    "OOM": OutOfMemoryError,
    "NOSCRIPT": NoScriptError,
    "BUSY": BusyScriptError,
    "BUSYGROUP": BusyGroupError,
    "BUSYKEY": BusyKeyError,
    "NOGROUP": NoGroupError,
    "NOREPLICAS": NoReplicasError,
    "UNKILLABLE": UnkillableError,
    "NOTBUSY": NotBusyError,
    "MISCONF": MisconfiguredError,
    "NOPROTO": ProtocolVersionError,
    "EXECABORT": ExecAbortError,
    "MOVED": MovedError,
    "ASK": AskError,
    "CLUSTERDOWN": ClusterDownError,
    "TRYAGAIN": TryAgainError,
    "CROSSSLOT": CrossSlotError,
}


def server_error(text: str) -> ResponseError:
    """The exception for the server's error text, not raised.

    What a server quotes of a command that it does not know is left out: there may be values in it, and secrets.
    """
    if text.startswith("ERR unknown command"):
        text = text.partition(", with args beginning with")[0]
    return _BY_CODE.get(text.partition(" ")[0], ResponseError)(text)
