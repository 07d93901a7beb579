"""The asyncio pipeline: every command, queued on a batch and sent by `await exec()`."""

from __future__ import annotations

from ..commands.core import S, Ts, Unpack, overload
from ..commands.views import AsyncPipelineCommands
from ..queueing import Queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Literal

    from typing_extensions import Self

    from ..batch import Batch
    from ..commands.core import Value


class Pipeline(Queue, AsyncPipelineCommands[S, Unpack[Ts]]):
    """Commands that are queued, sent together and answered together; made by `client.pipeline()`.

    Each method queues its command and returns the pipeline, with nothing to await. After `exec()`, and after leaving
    a `with` or `async with` block, the queue is empty and may be filled again.
    """

    __slots__ = ("_exchange",)

    def __init__(
        self, exchange: Callable[[Batch], Awaitable[object]], fresh: Callable[[], Batch], address: str
    ) -> None:
        super().__init__(fresh, address)
        self._exchange = exchange

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.discard()

    @overload
    async def exec(self, raise_on_error: Literal[True] = True) -> tuple[Unpack[Ts]]: ...
    @overload
    async def exec(self, raise_on_error: bool) -> tuple[Any, ...]: ...
    async def exec(self, raise_on_error: bool = True) -> tuple[Any, ...]:
        """Send what is queued and return the results, in order.

        With `raise_on_error=False` a server's error stands in its place among them.

        Raises:
            ResponseError: the first error that the server answered, after all replies were read; `index` tells where.
            RedisConnectionError, RedisTimeoutError: `results` are those that were read before.
        """
        batch = self._take_batch()
        if not len(batch):
            return ()
        await self._exchange(batch)
        return batch.outcome(raise_on_error, self._address)

    def execute(self, *args: Value) -> Pipeline[S, Unpack[Ts], Any]:
        """Queue any command; its result is the reply, unshaped."""
        self._add(args)
        queued: Any = self
        typed: Pipeline[S, Unpack[Ts], Any] = queued
        return typed
