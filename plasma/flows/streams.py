"""One consumer of a group of a stream: what it has in hand, and the conversations with the server about it.

An entry that was read is pending with the consumer until it is acknowledged, whatever becomes of the reply. So nothing
is ever lost; the rules are there so that nothing is handed out twice:
1. What is pending with the consumer and unknown here is asked for first: when it begins (what an earlier life of it
   left), after every reply that may have been lost, and now and then. Known is what waits here, what the caller has in
   hand, what he has handled, and what he gave up, which comes again by being claimed.
2. What the caller has in hand is renewed, so that nobody claims it from somebody who lives.
3. What waits here while the caller takes his time over something else is given back, so that others can have it, as if
   it had not been delivered. That is sent once, with the count of its deliveries: should it be run late, when the entry
   was taken again, it finds another count.
4. Before anything that could have waited long enough to be claimed is handed out, the server says whose it is.
"""

from __future__ import annotations

from ..commands.core import pairs_to_dict
from ..commands.entries import by_stream
from ..errors import (
    BusyGroupError,
    LoadingError,
    MasterDownError,
    NoGroupError,
    ReadOnlyError,
    ResponseError,
)
from .holdings import LOST, Hands, Holding, positive, text, warn
from .spans import waiting
from .steps import Call, Now, Pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any

    from .holdings import Text
    from .steps import Flow

LOOK_AGAIN = 1.0  # seconds that a read waits in the server at most: then it is seen whether to stop
LOOK_OVER = 30.0  # seconds between two looks at what is pending with the consumer
_TRUST = 5.0  # seconds that what was read is held to be ours, where nobody is known to claim
_TRIES = 3  # that a loop makes at least, if its time is up, before it says that the server is out of reach
_PAGE = 100
_FIRST = b"-"
_ALL = b"0-0"
# What passes: the loop goes on when it has.
_PASSING = (*LOST, LoadingError, MasterDownError, ReadOnlyError)


class Consumer(Hands):
    """A consumer of a group: what it has, and the loop that gets it."""

    def __init__(
        self,
        name: Text,
        group: Text,
        consumer: Text,
        *,
        create: bool,
        start: Text,
        count: int,
        wait: float | timedelta | None,
        **others: Any,
    ) -> None:
        super().__init__(name, group, consumer, **others)
        self.create = create
        self.start = text("start", start)
        self.count = positive("count", count)
        self.wait = waiting("wait", wait)
        self.stopped = False
        # What there is to ask the server, and when.
        self._cursor: bytes | None = _FIRST  # where to go on through what is pending with the consumer
        self._seen: set[bytes] = set()  # so far in this pass
        self._leaving: set[bytes] = set()  # was left when it began
        self._counting = self._checking = True  # does what is taken there count as a delivery; may it be buried?
        self._look_at = self._claim_at = 0.0
        self._claim_from: bytes = _ALL
        self._greedy = False  # is there surely more to read?
        self._last: tuple[int, int] | None = None  # the highest id that was handed out

    # --- the loop -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A new life of the loop: what is pending with the consumer comes first, also what was given up."""
        self._cursor = _FIRST
        self._counting = self._checking = True
        self._claim_at = 0.0
        self.left.clear()

    def next(self) -> Flow[Holding | None]:
        """The next entry, which the caller has in hand then; None if the loop is to end."""
        began: float = yield Now()
        failures = 0
        while True:
            try:
                holding = yield from self._next(began)
                if holding is None:
                    yield from self._end()
                return holding
            except _PASSING as exc:
                if not self.met or getattr(exc, "final", False):
                    raise
                now: float = yield Now()
                if self.wait is not None and now >= began + self.wait and failures >= _TRIES:
                    raise
                if failures == 1:  # what is lost once is not worth a word
                    warn("%s of %s reads on when this has passed: %s", self.consumer, self.name, exc)
                yield Pause(min(0.02 * 2 ** min(failures, 10), LOOK_AGAIN))
                failures += 1

    def _next(self, began: float) -> Flow[Holding | None]:
        while not self.stopped:
            while self.owed:
                yield from self.acknowledge(next(iter(self.owed.values())))
            now: float = yield Now()
            if self.waiting and now - self.read_at > (_TRUST if self.min_idle is None else self.min_idle / 3):
                yield from self._verify()
            holding = self._hand_out()
            if holding is not None:
                if self.start == b"$":
                    self._last = max(_numbers(holding.id), self._last or (0, 0))
                return holding
            if not (yield from self._fill(now, began)):
                break
        return None

    def _fill(self, now: float, began: float) -> Flow[bool]:
        """Do the next thing that may bring entries; False if the time to wait for them is up."""
        if self.recall:
            self.recall = False
            self._cursor = _FIRST
            self._counting = True  # what was given back is as if it had not been delivered
        if self._cursor is None and now >= self._look_at:
            self._cursor = _FIRST
        try:
            if self._cursor is not None:
                yield from self._take_own(self._cursor)
                return True
            if self.min_idle is not None and now >= self._claim_at:
                yield from self._claim(self.min_idle)
                if self.waiting:
                    return True
            over = yield from self._read(began)
        except ResponseError as exc:
            if exc.code not in ("NOGROUP", "UNBLOCKED"):
                raise
            yield from self._make_group(exc)
            return True
        return not over

    # --- where entries come from ----------------------------------------------------------------------------------

    def _take_own(self, begin: bytes) -> Flow[None]:
        """A page of what is pending with the consumer, and of that what is unknown here."""
        if begin == _FIRST:
            self._seen.clear()
            self._leaving = {*self.left}
        page: Any = yield Call("XPENDING", self.name, self.group, begin, "+", _PAGE, self.consumer)
        self.met = True
        known = self._known() | self.left
        ids: list[bytes] = [id for id, *_ in page]
        unknown = [id for id in ids if id not in known]
        chosen = unknown[: self.count]
        if len(unknown) > self.count:
            ids = ids[: ids.index(chosen[-1]) + 1]
        if chosen:
            how = (self.most, self.name, int(self._counting), int(self._checking))
            offered, buried = yield from self._run("take", *how, *chosen)
            yield from self._put(offered, buried)
        self._seen.update(ids)
        if len(page) == _PAGE or len(unknown) > self.count:
            self._cursor = b"(" + ids[-1]
            return
        self._cursor = None
        self._counting = self._checking = False
        self.left -= self._leaving - self._seen  # others have claimed them
        self._look_at = (yield Now()) + LOOK_OVER

    def _claim(self, min_idle: float) -> Flow[None]:
        """What was pending for long enough, with whomever, for as many as are looked for at once."""
        self._cursor = _FIRST  # until the answer is there
        known = self._known()
        how = (self.most, self.name, max(1, round(min_idle * 1000)), self._claim_from, self.count)
        self._claim_from, offered, buried = yield from self._run("claim", *how, *known)
        yield from self._put(offered, buried)
        self._cursor = None
        self.met = True
        now: float = yield Now()
        self._claim_at = now if self._claim_from != _ALL else now + min_idle / 4

    def _read(self, began: float) -> Flow[bool]:
        """What nobody in the group was given. Returns whether there was nothing, and no time is left."""
        now: float = yield Now()
        pause = 0.0
        if not self._greedy:
            pause = LOOK_AGAIN if self.min_idle is None else min(LOOK_AGAIN, self._claim_at - now)
            pause = pause if self.wait is None else min(pause, began + self.wait - now)
        block = ("BLOCK", round(pause * 1000)) if pause >= 0.001 else ()
        self._cursor = _FIRST  # until the answer is there
        words = ("GROUP", self.group, self.consumer, "COUNT", self.count, *block, "STREAMS", self.name, ">")
        read = yield Call("XREADGROUP", *words, parse=by_stream)
        came: list[Any] = [entry for entries in read.values() for entry in entries]
        yield from self._put([(*entry, 1) for entry in came], 0)
        self._cursor = None
        self.met = True
        self._greedy = len(came) >= self.count
        if came or self.wait is None:
            return False
        if self.moving or self.recall:  # that may be ours again in a moment
            yield Pause(0.001)
            return False
        now = yield Now()
        # While the last claim has not come to the end there may be more.
        return now >= began + self.wait and (self.min_idle is None or self._claim_from == _ALL)

    def _put(self, offered: list[Any], buried: int) -> Flow[None]:
        if buried:
            warn("%d entries of %s were delivered too often, and moved to %s", buried, self.name, self.dead_letter)
        known = self._known()
        if not self.waiting:
            self.read_at = yield Now()
        # A group that was made anew gives also what is in hand.
        fresh = [Holding(id, pairs_to_dict(fields), times) for id, fields, times in offered if id not in known]
        self.waiting.extend(fresh)
        self.left.difference_update([id for id, *_ in offered])

    def _verify(self) -> Flow[None]:
        """Ask whose the entries are that have waited for long, and keep those that are ours."""
        marks: set[bytes] = set()
        try:
            self.moving.append(marks)
            entries = self._withdraw(marks)
            ours = {*(yield from self._renewed([entry.id for entry in entries]))}
            self.read_at = yield Now()
            self.waiting.extend([entry for entry in entries if entry.id in ours])
        except NoGroupError:
            pass  # what there is to read will show it
        except BaseException:
            self._cursor = _FIRST
            raise
        finally:
            self.moving.remove(marks)

    def _make_group(self, error: ResponseError) -> Flow[None]:
        self.met = True
        self.waiting.clear()  # it comes again, from the new group
        self._cursor = None
        self._counting = self._checking = False
        if not self.create:
            if isinstance(error, NoGroupError):
                raise error
            raise NoGroupError(f"NOGROUP {error.args[0]}") from error
        begin: Text = self.start
        if begin == b"$":
            # Its own word for where the end is, so that a group made anew does not leave out what came meanwhile.
            if self._last is None:
                self._last = yield from self._end_of_stream()
            begin = f"{self._last[0]}-{self._last[1]}"
        try:
            yield Call("XGROUP CREATE", self.name, self.group, begin, "MKSTREAM")
        except BusyGroupError:
            pass  # another consumer was faster

    def _end_of_stream(self) -> Flow[tuple[int, int]]:
        entries = yield Call("XREVRANGE", self.name, "+", "-", "COUNT", 1)
        return _numbers(entries[0][0]) if entries else (0, 0)


def _numbers(id: Any) -> tuple[int, int]:
    first, _, second = id.partition(b"-" if isinstance(id, bytes) else "-")
    return int(first), int(second or 0)
