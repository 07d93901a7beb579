"""The entries of a stream that one consumer has: those that wait here, and those in the hands of the caller.

Two may work on one object at the same time: the loop that reads, and who keeps (renews, gives back). An entry goes from
one place to another by one step that only one of the two can make (`popleft`, `remove`), and the loop knows of it at
every moment. There is no lock that an exception of a signal handler could leave locked.
"""

from __future__ import annotations

from collections import deque
from weakref import ref

from ..errors import NoGroupError, RedisConnectionError, RedisError, RedisTimeoutError
from .slots import beside
from .spans import milliseconds
from .steps import Now
from .stream_codes import codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta
    from typing import Any

    from .steps import Flow

    Text = str | bytes

LOST = (RedisConnectionError, RedisTimeoutError)
_LONG_AGO = 86_400_000  # milliseconds
_ACK_ATTEMPTS = 3


class Holding:
    """An entry that the caller has in hand, for as long as he keeps this object."""

    __slots__ = ("__weakref__", "acknowledged", "deliveries", "fields", "id", "lost", "unsure")

    def __init__(self, id: bytes, fields: dict[bytes, bytes], deliveries: int) -> None:
        self.id = id
        self.fields = fields
        self.deliveries = deliveries
        self.acknowledged = False
        self.lost = False
        self.unsure = False  # was it acknowledged, and the answer lost?


class Hands:
    """What a consumer of a group has, and what becomes of it. Ids, fields and values are bytes."""

    def __init__(
        self,
        name: Text,
        group: Text,
        consumer: Text,
        *,
        prefix: bytes,
        min_idle: float | timedelta | None,
        renew: bool,
        max_deliveries: int | None,
        dead_letter: Text | None,
    ) -> None:
        self.name = text("stream", name)
        self.group = text("group", group)
        self.consumer = text("consumer", consumer)
        self.min_idle = None if min_idle is None else milliseconds("min_idle", min_idle) / 1000
        self.renews = renew
        self.most = 0 if max_deliveries is None else positive("max_deliveries", max_deliveries)
        if dead_letter is not None and not self.most:
            raise ValueError("dead_letter goes with max_deliveries: nothing would ever go there")
        if dead_letter is None:
            dead_letter = beside(self.name, prefix) + b":dead"
        self.dead_letter = text("dead_letter", dead_letter)
        self._keys = (self.name, self.dead_letter) if self.most else (self.name,)
        self._codes = codes()
        # Where the entries are.
        self.waiting: deque[Holding] = deque()  # read, and not handed out
        self.held: dict[bytes, ref[Holding]] = {}  # in the hands of the caller
        self.owed: dict[bytes, Holding] = {}  # handled, and not acknowledged for want of a connection
        self.left: set[bytes] = set()  # given up
        self.moving: list[set[bytes]] = []  # being given back, or looked at
        self.read_at = 0.0  # when what waits was surely ours
        self.recall = False  # was something given back, that may be ours to take again?
        self.met = False  # has the server ever answered?

    # --- what becomes of entries ----------------------------------------------------------------------------------

    def acknowledge(self, holding: Holding) -> Flow[bool]:
        """It was handled. Returns whether it was the consumer's until now; else another has claimed it."""
        if holding.acknowledged:
            return True
        try:
            said = yield from self._ack(holding)
        except BaseException:
            self.owed[holding.id] = holding  # to be done before anything else is asked for
            self.held.pop(holding.id, None)
            raise
        self.held.pop(holding.id, None)
        self.owed.pop(holding.id, None)
        # If it was pending with nobody, it was most likely we who did it, and were not told.
        holding.acknowledged = said == 1 or (said == 0 and holding.unsure)
        holding.lost = not holding.acknowledged
        return holding.acknowledged

    def _ack(self, holding: Holding) -> Flow[int]:
        attempts = _ACK_ATTEMPTS
        while True:
            attempts -= 1
            try:
                said: int = yield from self._codes["ack"].call((self.name,), (self.group, self.consumer, holding.id))
                return said
            except NoGroupError:
                return 0
            except LOST as exc:
                holding.unsure = holding.unsure or exc.maybe_executed
                if not attempts or not exc.maybe_executed:
                    raise

    def give_up(self, holding: Holding) -> None:
        """It was not handled: it stays pending, until it is claimed."""
        self.left.add(holding.id)
        self.held.pop(holding.id, None)

    def fail(self, holding: Holding, reason: str) -> Flow[None]:
        """It could not be handled: give it up, or bury it if it was delivered as often as may be."""
        if self.most and holding.deliveries >= self.most:
            what = (self.name, holding.id, holding.deliveries, reason)
            try:
                if (yield from self._run("bury", *what)):
                    warn("the entry %s of %s was moved to %s: %s", holding.id, self.name, self.dead_letter, reason)
            except RedisError:
                pass  # whoever claims it does it
        self.give_up(holding)

    def extend(self, holding: Holding) -> Flow[bool]:
        """Nobody is to claim it until it has been idle for long anew. Returns whether it is still the consumer's."""
        ours = yield from self._renewed((holding.id,))
        holding.lost = not ours
        return not holding.lost

    # --- what waits -----------------------------------------------------------------------------------------------

    def keep(self) -> Flow[None]:
        """Renew what is in hand, and give back what waits for too long."""
        now: float = yield Now()
        if self.waiting and self.min_idle is not None and now - self.read_at >= self.min_idle / 3:
            try:
                yield from self._give_back()
            except RedisError:
                pass  # others claim them, or we ask for them again
        held = self._in_hand()
        if held and self.renews:
            try:
                ours = {*(yield from self._renewed(held))}
            except RedisError:
                return  # next time, or it is claimed by others: then the server was out of reach for long
            for id, holding in held.items():
                holding.lost = id not in ours and id in self.held

    def has_to_keep(self) -> bool:
        """Is there something that `keep` would look after?"""
        return bool(self.waiting or (self.renews and self._in_hand()))

    def close(self, forget: bool) -> Flow[None]:
        """Acknowledge what is owed, give back what was not handed out, and have the server forget the consumer."""
        while self.owed:
            yield from self.acknowledge(next(iter(self.owed.values())))
        yield from self._end()
        if forget and self.met:
            try:
                yield from self._codes["forget"].call((self.name,), (self.group, self.consumer))
            except NoGroupError:
                pass

    def _renewed(self, ids: Iterable[bytes]) -> Flow[list[bytes]]:
        """Begin their idle time anew. Returns those that are the consumer's."""
        try:
            ours: list[bytes] = yield from self._run("renew", *ids)
        except LOST:  # once more: it does no harm
            ours = yield from self._run("renew", *ids)
        return ours

    def _end(self) -> Flow[None]:
        if self.waiting:
            try:
                yield from self._give_back()
            except RedisError:
                pass  # it stays pending with the consumer

    def _give_back(self) -> Flow[None]:
        marks: set[bytes] = set()
        try:
            self.moving.append(marks)
            entries = self._withdraw(marks)
            counted = [part for entry in entries for part in (entry.id, entry.deliveries)]
            if counted:
                yield from self._run("give back", _LONG_AGO, *counted)
        finally:
            self.recall = True  # what nobody else takes is still ours to take
            self.moving.remove(marks)

    def _hand_out(self) -> Holding | None:
        """The next one of those that wait, which the caller has in hand then."""
        try:
            holding = self.waiting.popleft()
        except IndexError:
            return None
        self.held[holding.id] = ref(holding)
        return holding

    def _withdraw(self, marks: set[bytes]) -> list[Holding]:
        """Take away what waits, to ask the server about it. Its ids are in *marks* when it is gone from there."""
        entries: list[Holding] = []
        for holding in self.waiting.copy():
            marks.add(holding.id)
            try:
                self.waiting.remove(holding)
            except ValueError:  # the other one was faster
                marks.discard(holding.id)
            else:
                entries.append(holding)
        return entries

    def _in_hand(self) -> dict[bytes, Holding]:
        held: dict[bytes, Holding] = {}
        for id, reference in self.held.copy().items():
            holding = reference()
            if holding is not None:
                held[id] = holding
            else:  # dropped, without a word
                self.left.add(id)
                self.held.pop(id, None)
        return held

    def _known(self) -> set[bytes]:
        """What must not be handed out now."""
        waiting = {entry.id for entry in self.waiting.copy()}
        return waiting.union(self._in_hand(), self.owed, *self.moving)

    def _run(self, script: str, *args: Any) -> Flow[Any]:
        return (yield from self._codes[script].call(self._keys, (self.group, self.consumer, *args)))


def text(what: str, value: Any) -> bytes:
    if isinstance(value, str):
        value = value.encode()
    if not isinstance(value, bytes):
        raise TypeError(f"the {what} must be str or bytes, not {type(value).__name__}")
    if not value:
        raise ValueError(f"the {what} must not be empty")
    return value


def positive(option: str, value: Any) -> int:
    if value.__class__ is not int:
        raise TypeError(f"{option} must be a whole number, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{option} must be 1 or more, not {value}")
    return int(value)


def warn(message: str, *args: object) -> None:
    import logging

    shown = [arg.decode("utf-8", "backslashreplace") if isinstance(arg, bytes) else arg for arg in args]
    logging.getLogger("plasma.streams").warning(message, *shown)
