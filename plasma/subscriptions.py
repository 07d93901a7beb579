"""What is wanted of a subscribing connection and what the server has confirmed: reconciled, without any I/O or clock.

- An item is a verb and a name: ("SUBSCRIBE", b"events"), ("PSUBSCRIBE", b"e*"), ("SSUBSCRIBE", b"orders").
- `commands` gives what must be sent so that the server comes to have what is wanted. One command for each item: each
  then has exactly one answer, a confirmation or an error, in the order of the commands.
- `take` sorts what the server says, pushes of RESP3 or arrays of RESP2, into answers and messages. A message is a
  tuple from then on: (kind, channel, data), and of a "pmessage" the pattern too.
- After a loss everything wanted is sent again. Until the server has confirmed it, `missing` says what it lacks.
- Names are bytes here; what text they are is for the listeners to say.
"""

from __future__ import annotations

from collections import deque

from .commands.spec import explain
from .errors import ConfigurationError, ProtocolError, RedisConnectionError, ResponseError
from .resp import Push
from .runs import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .commands.core import Value
    from .session import Command

    Item = tuple[str, bytes]
    Raw = tuple[Any, ...]  # a message

# The verb that brings each kind of message, and what kinds there are, with the length of each.
_VERBS = {"message": "SUBSCRIBE", "pmessage": "PSUBSCRIBE", "smessage": "SSUBSCRIBE"}
_KINDS = {b"message": "message", b"pmessage": "pmessage", b"smessage": "smessage"}
_UNDO = {"SUBSCRIBE": "UNSUBSCRIBE", "PSUBSCRIBE": "PUNSUBSCRIBE", "SSUBSCRIBE": "SUNSUBSCRIBE"}
_LENGTHS = {b"message": 3, b"pmessage": 4, b"smessage": 3}
_ANSWERS = {verb.lower().encode(): (verb, True) for verb in _UNDO} | {
    undo.lower().encode(): (verb, False) for verb, undo in _UNDO.items()
}
_ARRAYS = (list, Push)
# The server cannot do it now, and will be able to: after a loss it is asked again.
_PASSING = frozenset({"BUSY", "LOADING", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN"})


class Loss:
    """What was confirmed once, and what the server refused it with later. Stands in a queue, to be told in its turn."""

    __slots__ = ("error", "item")

    def __init__(self, item: Item, error: ResponseError) -> None:
        self.item = item
        self.error = error
        error.command = described_item(item)


class Subscriptions:
    """The two sides, wanted and confirmed, of one listener's connections, one after another."""

    __slots__ = ("_asked", "_changed", "_heading", "_known", "confirmed", "losses", "missing", "refused", "wanted")

    def __init__(self) -> None:
        self.wanted: dict[Item, None] = {}
        self.confirmed: set[Item] = set()
        self.refused: dict[Item, ResponseError] = {}  # what the server said no to, until it is wanted again
        self.missing: set[Item] = set()  # what was lost, is wanted, and is not confirmed again
        self.losses: list[Loss] = []  # what is to be told
        self._known: set[Item] = set()  # what was confirmed since it is wanted
        self._heading: set[Item] = set()  # what the server will have when it has answered everything
        self._asked: deque[tuple[Item | None, bool]] = deque()  # what it has not answered; None is a PING
        self._changed: dict[Item, None] = {}  # what may have to be sent

    def want(self, items: Iterable[Item]) -> None:
        """These are wanted from now on."""
        for item in items:
            self.wanted[item] = None
            self.refused.pop(item, None)
            self._changed[item] = None

    def unwant(self, items: Iterable[Item]) -> None:
        """These are no longer wanted."""
        for item in items:
            self.wanted.pop(item, None)
            self._forget(item)
            self._changed[item] = None

    def commands(self) -> list[Command]:
        """What is to be sent now, so that the server comes to have what is wanted."""
        commands: list[Command] = []
        for item in self._changed:
            is_wanted = item in self.wanted
            if is_wanted is (item in self._heading):
                continue
            if is_wanted:
                self._heading.add(item)
            else:
                self._heading.discard(item)
            self._asked.append((item, is_wanted))
            commands.append((item[0] if is_wanted else _UNDO[item[0]], (item[1],)))
        self._changed.clear()
        return commands

    def ping(self) -> Command:
        """A PING to be sent now; its answer is expected in its turn."""
        self._asked.append((None, True))
        return ("PING", ())

    def lost(self) -> None:
        """The connection is no more: all that is wanted has to be sent on the next one."""
        self.confirmed.clear()
        self._heading.clear()
        self._asked.clear()
        self._changed = dict(self.wanted)
        self.missing = set(self._known)

    def are_settled(self, items: Iterable[Item]) -> bool:
        """Has the server answered all that is wanted, or no longer wanted, of these?"""
        asked = {item for item, _ in self._asked}
        return all(
            item in self.confirmed if item in self.wanted else item not in self._heading and item not in asked
            for item in items
        )

    def _forget(self, item: Item) -> None:
        self.missing.discard(item)
        self._known.discard(item)

    # --- what the server says -----------------------------------------------------------------------------------

    def take(self, replies: list[Any]) -> list[Raw]:
        """Take replies, parsed as bytes, in order; return the messages among them.

        Raises ProtocolError for what nobody asked for, and RedisConnectionError if the server cannot subscribe again
        what was lost, for now.
        """
        if replies.__class__ is Run:
            return replies
        messages: list[Raw] = []
        try:
            for reply in replies:
                if reply.__class__ is tuple:
                    messages.append(reply)
                elif reply.__class__ in _ARRAYS and reply and _LENGTHS.get(reply[0]) == len(reply):
                    kind, *pattern, channel, data = reply
                    messages.append((_KINDS[kind], channel, data, *pattern))
                else:
                    self._answer(reply)
        except TypeError:  # a kind or a name that is no string
            raise ProtocolError("a subscribing connection was told what is no message") from None
        return messages

    def _answer(self, reply: Any) -> None:
        is_array = reply.__class__ in _ARRAYS and len(reply) > 0
        if isinstance(reply, ResponseError):
            self._refused(reply)
        elif reply == b"PONG" or (is_array and reply[0] == b"pong"):
            self._expect((None, True))
        elif is_array and len(reply) == 3 and reply[0] in _ANSWERS:
            verb, is_wanted = _ANSWERS[reply[0]]
            self._changed_by_server((verb, reply[1]), is_wanted)
        elif reply.__class__ is not Push:
            raise ProtocolError("a subscribing connection was told what nobody asked for")

    def _changed_by_server(self, item: Item, is_wanted: bool) -> None:
        if self._asked and self._asked[0] == (item, is_wanted):
            self._asked.popleft()
        elif is_wanted:
            raise ProtocolError("the server confirmed a subscription that nobody asked for")
        else:  # the server has moved a shard's channels away
            self._heading.discard(item)
            if item in self.wanted:
                self.missing.add(item)
                self._changed[item] = None
        if not is_wanted:
            self.confirmed.discard(item)
        elif item in self._heading:
            self.confirmed.add(item)
            self._known.add(item)
            self.missing.discard(item)

    def _expect(self, asked: tuple[Item | None, bool]) -> None:
        if not self._asked or self._asked.popleft() != asked:
            raise ProtocolError("a subscribing connection was told what nobody asked for")

    def _refused(self, error: ResponseError) -> None:
        if not self._asked:
            raise ProtocolError("the server sent an error that nobody asked for")
        item, is_wanted = self._asked.popleft()
        if item is None or not is_wanted:
            return
        if item in self.missing and error.code in _PASSING:
            raise RedisConnectionError(f"the server cannot subscribe at present: {error.code}")
        self._heading.discard(item)
        if item not in self.wanted:
            return
        del self.wanted[item]
        explain(item[0], error)
        self.refused[item] = error
        if item in self._known:
            self.losses.append(Loss(item, error))
        self._forget(item)


def item_of(raw: Raw) -> Item:
    """What was subscribed, that brought a message whose strings are bytes."""
    return _VERBS[raw[0]], raw[3] if raw[0] == "pmessage" else raw[1]


def items_of(verb: str, names: tuple[Value, ...]) -> list[Item]:
    """The items of these names, checked as arguments are."""
    return [(verb, name_of(verb, name)) for name in names]


def name_of(verb: str, name: Any) -> bytes:
    """A channel or pattern as bytes. Raises TypeError for what cannot be one."""
    if isinstance(name, str):
        try:
            return name.encode()
        except UnicodeEncodeError as exc:
            raise ValueError(f"{verb}: UTF-8 cannot encode the name: {exc.reason}") from None
    if name.__class__ in (bytes, bytearray, memoryview):
        return bytes(name)
    if name.__class__ is not bool and isinstance(name, (int, float)):
        return str(name).encode()
    raise TypeError(f"{verb}: a channel is text or bytes, not {type(name).__name__}")


def described_item(item: Item) -> str:
    """For errors and logs: the verb and the name, which is shortened if it is long."""
    verb, name = item
    text = name.decode(errors="backslashreplace")
    return f"{verb} {text if len(text) <= 60 else text[:57] + '...'}"


class KeepAlive:
    """When to PING a connection on which nothing comes, and when to give it up: within twice the interval."""

    __slots__ = ("_interval", "_pinged", "heard")

    def __init__(self, interval: float | None, now: float) -> None:
        self._interval = interval
        self._pinged: float | None = None
        self.heard = now

    def hear(self, now: float) -> None:
        """Something came."""
        self.heard = now
        self._pinged = None

    def wait(self, now: float) -> float | None:
        """Seconds until `wants_ping` or `is_dead` is to be asked; None for ever."""
        if self._interval is None:
            return None
        if self._pinged is None:
            return max(self.heard + self._interval - now, 0.0)
        return max(self._pinged + 0.9 * self._interval - now, 0.0)

    def wants_ping(self, now: float) -> bool:
        """Is a PING to be sent now? Counts it as sent."""
        if self._interval is None or self._pinged is not None or now - self.heard < self._interval:
            return False
        self._pinged = now
        return True

    def is_dead(self, now: float) -> bool:
        """Has the PING gone unanswered for too long?"""
        return self._interval is not None and self._pinged is not None and now - self._pinged >= 0.9 * self._interval


def check_callbacks(verb: str, callback: object, *others: object) -> None:
    """Raise TypeError unless the callback, and the others unless they are None, can be called."""
    if not callable(callback):
        raise TypeError(f"{verb.lower()}() takes one name and a callback, which {type(callback).__name__} is not")
    if any(other is not None and not callable(other) for other in others):
        raise TypeError(f"{verb.lower()}(): on_error and on_reconnect must be callable")


def check_bound(capacity: int, policy: str) -> None:
    """Raise ConfigurationError unless these can bound a queue."""
    if capacity.__class__ is not int or capacity < 1:
        raise ConfigurationError("capacity must be a whole number of messages, at least 1")
    if policy not in ("block", "drop_oldest", "error"):
        raise ConfigurationError('policy must be "block", "drop_oldest" or "error"')
