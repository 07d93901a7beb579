"""Consumers of the blocking client: the entries of a group in a loop, acknowledged, claimed, and given up."""

from __future__ import annotations

import threading

from .commands.core import S
from .consuming import Entry, Group, in_another_loop, reason_of
from .errors import RedisConnectionError, RedisError, RedisTimeoutError
from .flows.holdings import warn
from .launch import start
from .running import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from .flows.holdings import Hands


class StreamEntry(Entry[S]):
    """An entry in your hands, from a `StreamGroup`: `id`, `fields`, and `entry[field]`.

    It stays yours until it is acknowledged, or this object is dropped. A context manager: what leaves the block without
    an exception is acknowledged, what raises stays pending and is claimed again later. Where the server is out of reach
    at the end of the block, the loop acknowledges it later.
    """

    __slots__ = ()

    def ack(self) -> bool:
        """It was handled. False if it was not ours any more: then another may have handled it too.

        What another has claimed meanwhile is acknowledged all the same. Raises RedisConnectionError or
        RedisTimeoutError; the loop then acknowledges it before it goes on.
        """
        done: bool = run(self._group._consumer.acknowledge(self._holding), self._group._plain)
        return done

    def extend(self) -> bool:
        """Let nobody claim it for another `min_idle` seconds from now on. False if it is not ours any more."""
        ours: bool = run(self._group._consumer.extend(self._holding), self._group._plain)
        return ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        group = self._group
        if self.acknowledged:
            return
        if error is None:
            try:
                self.ack()
            except (RedisConnectionError, RedisTimeoutError) as exc:
                warn("the entry %s is acknowledged when this has passed: %s", self._holding.id, exc)
        elif isinstance(error, Exception):
            run(group._consumer.fail(self._holding, reason_of(error)), group._plain)
        else:
            group._consumer.give_up(self._holding)


class StreamGroup(Group[S]):
    """One consumer of a group, made by `client.stream_group(name, group)`. One loop at a time; entries go anywhere.

    The loop ends by `stop()`, or when nothing came for `wait` seconds; it may be begun again. A context manager that
    closes it. What was read and not given out is given back then, or comes first when the loop goes on.
    """

    __slots__ = ("_busy", "_keeper")

    def __init__(
        self, client: Any, name: str | bytes, group: str | bytes, consumer: str | bytes | None, **options: Any
    ) -> None:
        super().__init__(client, name, group, consumer, **options)
        self._keeper = Keeper(self._plain, self._consumer)
        self._busy: dict[str, threading.Thread] = {}

    def __iter__(self) -> Self:
        return self._begin()

    def __next__(self) -> StreamEntry[S]:
        """The next entry.

        Raises:
            DecodeError: its text is not UTF-8. It stays pending; the next call gives the next one.
            NoGroupError: there is no such group.
            RedisConnectionError, RedisTimeoutError: the server was never reached, or not for `wait` seconds.
        """
        if self._ended:
            raise StopIteration
        self._check_process()
        if self._other_thread() is not None:
            raise in_another_loop()
        try:
            holding = run(self._consumer.next(), self._plain)
            if holding is None:
                self._end()
                raise StopIteration
        finally:
            self._busy.pop("thread", None)
        self._keeper.begin()
        return StreamEntry(self, holding, *self._opened(holding))

    def close(self) -> None:
        """End the loop for good, and wait for that; acknowledge what could not be until now.

        Raises RedisConnectionError or RedisTimeoutError if something that was handled could not be acknowledged.
        """
        self._check_process()
        self._closed = True
        self.stop()
        while (other := self._other_thread()) is not None:
            other.join(0.01)
        try:
            self._ended = True
            run(self._consumer.close(self._unnamed), self._plain)
        finally:
            self._busy.pop("thread", None)
            self._keeper.look()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self.close()
        except RedisError:
            if kind is None:
                raise

    def _other_thread(self) -> threading.Thread | None:
        """Who is in the loop now; None if it is this thread, from now on. Not a lock: see flows/holdings.py."""
        thread = threading.current_thread()
        owner = self._busy.setdefault("thread", thread)
        if owner is thread:
            return None
        if owner.is_alive():
            return owner
        self._busy["thread"] = thread
        return None


class Keeper:
    """A thread that looks after what a consumer has, three times in each `min_idle`, while there is something."""

    def __init__(self, client: Any, consumer: Hands) -> None:
        self._consumer = consumer
        self._pause = 0.0 if consumer.min_idle is None else consumer.min_idle / 3
        self._client = client.options(timeout=max(self._pause, 0.05))
        self._look = threading.Event()
        self._running: dict[str, object] = {}

    def begin(self) -> None:
        """There is something to look after."""
        if "thread" in self._running or not self._pause:
            return
        thread = threading.Thread(target=self._work, name="plasma stream group", daemon=True)
        if self._running.setdefault("thread", thread) is thread:
            start(thread)

    def look(self) -> None:
        """See now whether there still is."""
        self._look.set()

    def _work(self) -> None:
        thread = threading.current_thread()
        try:
            while True:
                self._look.wait(self._pause)
                self._look.clear()
                run(self._consumer.keep(), self._client)
                if self._consumer.has_to_keep():
                    continue
                self._running.pop("thread", None)
                # What came before that was left to this thread.
                if not self._consumer.has_to_keep() or self._running.setdefault("thread", thread) is not thread:
                    return
        except BaseException:
            self._running.pop("thread", None)
            raise
