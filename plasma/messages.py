"""What listeners are given: messages, word of a gap, and the commands that a monitor sees. Values, in both colours."""

from __future__ import annotations

from .commands.core import Generic, S
from .errors import DecodeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Kind = Literal["message", "pmessage", "smessage"]
    Raw = tuple[Any, ...]


class _Event:
    """Compared and shown by its fields."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__match_args__)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"


class Message(_Event, Generic[S]):
    """One message: `kind` is "message", "pmessage" or "smessage"; `pattern` is what matched, of a "pmessage"."""

    __slots__ = ("channel", "data", "kind", "pattern")
    __match_args__ = ("kind", "channel", "data", "pattern")

    def __init__(self, kind: Kind, channel: S, data: S, pattern: S | None = None) -> None:
        self.kind: Kind = kind
        self.channel = channel
        self.data = data
        self.pattern = pattern


class Reconnected(_Event):
    """The connection was lost, and all that was subscribed is subscribed again: messages in between may be missing.

    `lost_for` is how many seconds nothing could have been received. The fields of a message are there and None.
    """

    __slots__ = ("lost_for",)
    __match_args__ = ("lost_for",)
    kind: Literal["reconnected"] = "reconnected"
    channel = data = pattern = None

    def __init__(self, lost_for: float) -> None:
        self.lost_for = lost_for


class MonitoredCommand(_Event, Generic[S]):
    """A command that the server ran: when (Unix time), in which database, for whom, and its words.

    `address` is that of the client, "lua" for a command of a script, or "unix:..." for a unix socket.
    """

    __slots__ = ("address", "args", "db", "time")
    __match_args__ = ("time", "db", "address", "args")

    def __init__(self, time: float, db: int, address: str, args: tuple[S, ...]) -> None:
        self.time = time
        self.db = db
        self.address = address
        self.args = args


def message_of(raw: Raw, decode: bool) -> Message[Any]:
    """The value of a message as it is handed on: (kind, channel, data), or with a pattern behind them.

    Raises DecodeError if it is wanted as text and is not UTF-8.
    """
    if not decode or raw[1].__class__ is str:
        return Message(*raw)
    try:
        if len(raw) == 3:
            return Message(raw[0], raw[1].decode(), raw[2].decode())
        return Message(raw[0], *[string.decode() for string in raw[1:]])
    except UnicodeDecodeError as exc:
        raise _not_text(exc) from None


def _not_text(exc: UnicodeDecodeError) -> DecodeError:
    return DecodeError(
        f"a message is not UTF-8: byte 0x{exc.object[exc.start]:02x} at {exc.start}; ask for it with `.bytes`"
    )
