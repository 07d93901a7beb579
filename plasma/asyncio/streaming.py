"""The streams of the asyncio client: how producers and consumers are made, which are imported with the first."""

from __future__ import annotations

from ..base import Conversing
from ..commands.core import S

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta

    from ..commands.core import Key
    from .stream import Stream
    from .stream_group import StreamGroup


class Streaming(Conversing[S]):
    """Streams that many write to, and groups of consumers that share the reading of them."""

    __slots__ = ()

    def stream(
        self,
        name: Key,
        *,
        maxlen: int | None = None,
        max_age: float | timedelta | None = None,
        approximate: bool = True,
    ) -> Stream[S]:
        """A stream to add entries to, of which the oldest are deleted. Nothing is sent yet.

        Args:
            name: Its key.
            maxlen: With each entry that is added, delete the oldest until so many are left.
            max_age: In place of it: delete those that were added so many seconds ago, by the clock of this machine.
            approximate: Delete only what costs little: some more may be left.
        """
        from .stream import Stream

        stream: Stream[S] = Stream(self._its_client(), name, maxlen, max_age, approximate)
        return stream

    def stream_group(
        self,
        name: str | bytes,
        group: str | bytes,
        consumer: str | bytes | None = None,
        *,
        create: bool = False,
        start: str | bytes = "0",
        count: int = 10,
        wait: float | timedelta | None = None,
        min_idle: float | timedelta | None = 60.0,
        renew: bool = True,
        max_deliveries: int | None = None,
        dead_letter: str | bytes | None = None,
    ) -> StreamGroup[S]:
        """A consumer of a group: `async for entry in group` gives its entries. Nothing is sent yet.

        Args:
            name: The key of the stream.
            group: The consumers of a group share the entries: each entry is given to one of them.
            consumer: Its name, which no other that lives may have. A name that comes back is first given what was
                left pending with it. Without one: a name of its own, which is forgotten when it is closed.
            create: Make the group (and the stream) if there is none; without it that is a NoGroupError.
            start: Where a group that is made begins: "0" gives all there is, "$" what is added from now on.
            count: How many entries are read at once. Fewer round trips, but more that waits here.
            wait: Seconds that the loop waits for an entry before it ends; 0 to take what is there, None to go on.
            min_idle: Claim what was pending with whatever consumer for so many seconds; None to claim nothing. All
                consumers of a group should have the same.
            renew: Keep what is in the hands of the caller from being claimed, by a task, for as long as he has it.
            max_deliveries: What was delivered so often and not acknowledged goes to `dead_letter`.
            dead_letter: The key of a stream; "{NAME}:dead" without it. In a cluster it must be in the same slot.
        """
        from .stream_group import StreamGroup

        made: StreamGroup[S] = StreamGroup(
            self._its_client(),
            name,
            group,
            consumer,
            create=create,
            start=start,
            count=count,
            wait=wait,
            min_idle=min_idle,
            renew=renew,
            max_deliveries=max_deliveries,
            dead_letter=dead_letter,
        )
        return made
