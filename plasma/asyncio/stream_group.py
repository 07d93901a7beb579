"""Consumers of the asyncio client: the entries of a group in a loop, acknowledged, claimed, and given up."""

from __future__ import annotations

import asyncio
from contextvars import Context

from ..commands.core import S
from ..consuming import Entry, Group, in_another_loop, reason_of
from ..errors import RedisConnectionError, RedisError, RedisTimeoutError
from ..flows.holdings import warn
from .running import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from ..flows.holdings import Hands


class StreamEntry(Entry[S]):
    """An entry in your hands, from a `StreamGroup`: `id`, `fields`, and `entry[field]`.

    It stays yours until it is acknowledged, or this object is dropped. An async context manager: what leaves the block
    without an exception is acknowledged, what raises stays pending and is claimed again later. Where the server is out
    of reach at the end of the block, the loop acknowledges it later.
    """

    __slots__ = ()

    async def ack(self) -> bool:
        """It was handled. False if it was not ours any more: then another may have handled it too.

        What another has claimed meanwhile is acknowledged all the same. Raises RedisConnectionError or
        RedisTimeoutError; the loop then acknowledges it before it goes on.
        """
        done: bool = await run(self._group._consumer.acknowledge(self._holding), self._group._plain)
        return done

    async def extend(self) -> bool:
        """Let nobody claim it for another `min_idle` seconds from now on. False if it is not ours any more."""
        ours: bool = await run(self._group._consumer.extend(self._holding), self._group._plain)
        return ours

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        group = self._group
        if self.acknowledged:
            return
        if error is None:
            try:
                await self.ack()
            except (RedisConnectionError, RedisTimeoutError) as exc:
                warn("the entry %s is acknowledged when this has passed: %s", self._holding.id, exc)
        elif isinstance(error, Exception):
            await run(group._consumer.fail(self._holding, reason_of(error)), group._plain)
        else:
            group._consumer.give_up(self._holding)


class StreamGroup(Group[S]):
    """One consumer of a group, made by `client.stream_group(name, group)`. One loop at a time; entries go anywhere.

    The loop ends by `stop()`, or when nothing came for `wait` seconds; it may be begun again. An async context manager
    that closes it. What was read and not given out is given back then, or comes first when the loop goes on.
    """

    __slots__ = ("_is_busy", "_keeper", "_waiters")

    def __init__(
        self, client: Any, name: str | bytes, group: str | bytes, consumer: str | bytes | None, **options: Any
    ) -> None:
        super().__init__(client, name, group, consumer, **options)
        self._keeper = Keeper(self._plain, self._consumer)
        self._is_busy = False
        self._waiters: list[asyncio.Future[None]] = []

    def __aiter__(self) -> Self:
        return self._begin()

    async def __anext__(self) -> StreamEntry[S]:
        """The next entry.

        Raises:
            DecodeError: its text is not UTF-8. It stays pending; the next call gives the next one.
            NoGroupError: there is no such group.
            RedisConnectionError, RedisTimeoutError: the server was never reached, or not for `wait` seconds.
        """
        if self._ended:
            raise StopAsyncIteration
        self._check_process()
        if self._is_busy:
            raise in_another_loop()
        self._is_busy = True
        try:
            holding = await run(self._consumer.next(), self._plain)
            if holding is None:
                self._end()
                raise StopAsyncIteration
        finally:
            self._rest()
        self._keeper.begin()
        return StreamEntry(self, holding, *self._opened(holding))

    async def close(self) -> None:
        """End the loop for good, and wait for that; acknowledge what could not be until now.

        Raises RedisConnectionError or RedisTimeoutError if something that was handled could not be acknowledged.
        """
        self._check_process()
        self._closed = True
        self.stop()
        while self._is_busy:
            self._waiters.append(asyncio.get_running_loop().create_future())
            await self._waiters[-1]
        self._is_busy = self._ended = True
        try:
            await run(self._consumer.close(self._unnamed), self._plain)
        finally:
            self._rest()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            await self.close()
        except RedisError:
            if kind is None:
                raise

    def _rest(self) -> None:
        self._is_busy = False
        while self._waiters:
            waiter = self._waiters.pop()
            if not waiter.done():
                waiter.set_result(None)


class Keeper:
    """Looks after what a consumer has, three times in each `min_idle`, while there is something: by a timer."""

    def __init__(self, client: Any, consumer: Hands) -> None:
        self._consumer = consumer
        self._pause = 0.0 if consumer.min_idle is None else consumer.min_idle / 3
        self._client = client.options(timeout=max(self._pause, 0.05))
        self._loop: asyncio.AbstractEventLoop | None = None  # in which there is a timer, or a task
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """There is something to look after."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop and self._pause:
            self._loop = loop
            self._later(loop)

    def _later(self, loop: asyncio.AbstractEventLoop) -> None:
        # A timer, as a task that sleeps would be there still when the loop ends; with nobody's context in it.
        loop.call_later(self._pause, self._look, loop, context=Context())

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._task = loop.create_task(self._work(loop))

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await run(self._consumer.keep(), self._client)
        finally:
            if self._loop is loop:
                if self._consumer.has_to_keep():
                    self._later(loop)
                else:
                    self._loop = None
