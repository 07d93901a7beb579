"""One connection of the asyncio colour: many calls at once, answered in order.

The rules:

1. Replies come in the order of the commands, so the calls that wait stand in a queue. A call that was cancelled or
   timed out leaves its place there as a tombstone: its reply is read and dropped, and nobody else's is touched.
   (The reading is in answers.py.)
2. What is issued in one turn of the loop leaves in one write, at its end. Only the first command of an idle connection
   is written at once, unless the last turn had many.
3. There is one timer. It watches the earliest deadline of those that wait, and whether the server says anything at
   all: a connection that is silent for a whole `command_timeout` is closed (waiting.py says when exactly).
4. Nothing here awaits, but for `room` (the socket takes no more for now): every step of the rest is done or not done,
   and cannot be cancelled half-way.
5. What outlives a call (the timer, the writes of a turn) runs in a context of its own and holds nothing of the call's.

It knows nothing of pools, retries or what a command means.
"""

from __future__ import annotations

import asyncio
import select
from time import monotonic

from ..errors import ProtocolError, RedisConnectionError, RedisTimeoutError
from .answers import Answers
from .waiting import NEVER, Several, done_within, due, is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextvars import Context
    from typing import Any

    from ..config import RedisConfig
    from ..resp.types import Buffer
    from .waiting import Single

BUFFER_SIZE = 65536
# Seconds. A connection that was heard of less long ago is not looked at before it is used again.
FRESH = 0.1
# Seconds. An alarm that rings so late shows that the loop was held up, and that much may wait to be read.
_HELD_UP = 0.05
# Seconds. Looking through all who wait costs something where thousands do, so it is not done more often than this.
_AT_MOST_EVERY = 0.002
_GONE = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0) if hasattr(select, "poll") else 0


class Connection(Answers):
    """A protocol on its transport; made by `open_connection`."""

    __slots__ = (
        "__weakref__",
        "_alarm",
        "_alarm_at",
        "_big",
        "_context",
        "_loop",
        "_out",
        "_paused",
        "_quiet_limit",
        "_roomless",
        "_sparse",
        "_transport",
        "_users",
        "_write",
        "address",
        "now",
        "on_closed",
        "on_made",
        "opened",
        "protocol",
        "ready",
        "retired",
    )

    def __init__(
        self, config: RedisConfig, loop: asyncio.AbstractEventLoop, view: memoryview, context: Context
    ) -> None:
        super().__init__(config, view)
        self.address = config.address
        self.protocol = 2
        self.ready = False  # open, and the socket takes more
        self.retired = False
        self.on_made: Callable[[Connection], object] | None = None
        self.on_closed: Callable[[Connection], object] | None = None
        self.now = self.opened = self._heard
        self._loop = loop
        self._context = context
        self._transport: asyncio.Transport | None = None
        self._write: Callable[[Any], object] = _unable
        self._out: list[Buffer] = []
        self._big = False  # there may be big buffers in `_out`
        self._sparse = True  # the last write held one command
        self._users = 0
        self._paused = False
        self._roomless: dict[asyncio.Future[None], None] = {}
        self._quiet_limit = NEVER if config.command_timeout is None else config.command_timeout
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = NEVER

    def __repr__(self) -> str:
        return f"<Connection to {self.address}, {'closed' if self.closed else f'owes {len(self._queue)}'}>"

    @property
    def is_clean(self) -> bool:
        """Open, and nothing is owed or half read."""
        return not (self.closed or self._queue or self._partial)

    # --- issuing ----------------------------------------------------------------------------------------------

    def issue(self, payload: bytes | Sequence[Buffer], decode: bool, timeout: float | None) -> asyncio.Future[Any]:
        """Send one packed command, at the end of this turn at the latest; the future will have its reply.

        A server's error, and a DecodeError, are results. The future fails with RedisConnectionError or
        RedisTimeoutError; it may be cancelled. Raises RedisConnectionError if the connection is no more.
        """
        queue = self._queue
        direct = False
        if not queue:
            self._begin(decode)
            direct = self._sparse
        else:
            if not self._out:
                self.now = monotonic()
            if decode is not self._decode:
                self._mixed = True
        ends = NEVER if timeout is None else self.now + timeout
        future: asyncio.Future[Any] = self._loop.create_future()
        queue.append((future, decode, ends, timeout))
        if ends < self._alarm_at:
            self._set_alarm(ends)
        if isinstance(payload, bytes):
            if direct:
                self._write(payload)
                return future
            self._out.append(payload)
        else:
            # What may still be changed by its owner, who may be gone before it is written, is copied.
            self._out += [part if isinstance(part, bytes) or part.readonly else bytes(part) for part in payload]
            self._big = True
        self._unsent += 1
        if self._big:
            self.flush()  # so that the next who comes sees that there is no room
        elif self._unsent == 1:
            self._loop.call_soon(self.flush, context=self._context)
        return future

    def issue_all(self, buffers: Sequence[Buffer], count: int, decode: bool, timeout: float | None) -> Several:
        """Send a run of packed commands in one piece; the future of what is returned will have their replies."""
        if not self._queue:
            self._begin(decode)
        else:
            self.now = monotonic()
        self._mixed = True
        ends = NEVER if timeout is None else self.now + timeout
        run = Several(self._loop.create_future(), count, decode, ends, timeout)
        self._queue.append(run)
        if ends < self._alarm_at:
            self._set_alarm(ends)
        self._out += buffers
        self._unsent += 1
        self._big = True
        self.flush()
        return run

    def begin_again(self, run: Several, timeout: float) -> None:
        """From now on the run has so much time, whatever it was given."""
        run.timeout = timeout
        run.ends = monotonic() + timeout
        if run.ends < self._alarm_at:
            self._set_alarm(run.ends)

    def _begin(self, decode: bool) -> None:
        """Look at a connection that was idle before it is used."""
        now = self.now = monotonic()
        if self.closed or self._transport is None or self._transport.is_closing():
            raise RedisConnectionError("the connection is closed", address=self.address)
        if now - self._heard > FRESH and self.looks_gone():
            self._close("the server closed the connection")
            raise RedisConnectionError("the server closed the connection", address=self.address)
        self._decode = decode
        self._mixed = False

    def flush(self) -> None:
        """Write what was issued and is not written."""
        out = self._out
        if not out or self._transport is None or self._transport.is_closing():
            return
        self._sparse = self._unsent <= 1
        self._unsent = 0
        if len(out) == 1:
            data = out[0]
            out.clear()
            self._write(data)
        elif not self._big:
            data = b"".join(out)
            out.clear()
            self._write(data)
        else:
            self._out = []
            small: list[Buffer] = []
            for buffer in out:
                if len(buffer) < BUFFER_SIZE:
                    small.append(buffer)
                    continue
                if small:
                    self._write(b"".join(small))
                    small.clear()
                self._write(buffer)
            if small:
                self._write(b"".join(small))
        self._big = False

    async def room(self, ends: float | None) -> None:
        """Return when the socket takes more, or the connection is closed; to be called if it is not `ready`.

        Raises RedisTimeoutError at the moment `ends`, with nothing sent.
        """
        while self._paused and not self.closed:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._roomless[waiter] = None
            try:
                left = None if ends is None else max(ends - monotonic(), 0.0)
                await done_within(waiter, left, self._context)
            finally:
                self._roomless.pop(waiter, None)
            if not waiter.done():
                raise RedisTimeoutError(
                    "the server did not take the command in time", address=self.address, phase="send"
                )

    # --- what the transport calls -----------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:  # uvloop's derives from nothing of asyncio's
        self._transport = transport
        self._write = transport.write
        self.ready = True
        on_made, self.on_made = self.on_made, None
        if on_made is not None:
            on_made(self)

    def eof_received(self) -> None:
        # Not left to the transport, which would wait until the peer has taken all that is written.
        self._close("the server closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        # Closing aborts the transport, also this dead one: under TLS it else warns that nobody did.
        self._close("the server closed the connection" if exc is None else f"the connection broke: {exc}", exc)

    def pause_writing(self) -> None:
        self._paused = True
        self.ready = False

    def resume_writing(self) -> None:
        self._paused = False
        self.ready = not self.closed
        self._let_go_on()

    # --- time -------------------------------------------------------------------------------------------------

    def _set_alarm(self, at: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._loop.call_later(max(at - monotonic(), 0.0), self._ring, context=self._context)

    def _ring(self) -> None:
        was_due, self._alarm_at, self._alarm = self._alarm_at, NEVER, None
        if monotonic() - was_due > _HELD_UP:
            # A loop may call timers before it reads. Two turns later it has read what had come by now.
            self._loop.call_soon(self._loop.call_soon, self._look)
        else:
            self._look()

    def _look(self) -> None:
        if self.closed or not self._queue:
            return
        now = monotonic()
        late, again, is_over = due(self._queue, now, self._heard, self._quiet_limit)
        sent_until = len(self._queue) - self._unsent
        for place, entry in late:
            sent = place < sent_until
            # Where the socket takes no more, the last of what was written is not all sent.
            taken = sent and not (self._paused and place == sent_until - 1)
            error = RedisTimeoutError(
                "the server did not answer in time" if taken else "the server did not take the command in time",
                address=self.address,
                maybe_executed=sent,
                phase="reply" if taken else "send",
            )
            _fail(entry, error)
        if is_over:
            self._close(f"the server has said nothing for {now - self._heard:.1f} s")
        elif again < self._alarm_at:
            self._set_alarm(max(again, now + _AT_MOST_EVERY))

    def looks_gone(self) -> bool:
        """Idle for a while, has the peer gone in the meantime? Asks the system, not the server.

        What it said unasked, and the loop has not read yet, is as bad, unless pushes were asked for.
        """
        if self._queue or not _GONE or self._transport is None:
            return self._transport is None
        fileno = self._transport.get_extra_info("socket").fileno()
        if fileno < 0:
            return True
        poll = select.poll()
        poll.register(fileno, _GONE if self.on_push is not None else _GONE | select.POLLIN)
        return bool(poll.poll(0))

    # --- the end ----------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Close at once, whatever is owed; those who wait are told. May be called again."""
        self._close("the connection was closed")

    def close_when_idle(self) -> None:
        """Close as soon as nobody waits for anything and nobody is about to send more (see `use`)."""
        self._closing = True
        if not self._users and not any(is_alive(entry) for entry in self._queue):
            self.close()

    def use(self, begins: bool) -> None:
        """Say that more is to be sent after what is owed was answered; and (False) that no more is."""
        self._users += 1 if begins else -1
        if self._closing and not begins:
            self.close_when_idle()

    def hand_over(self, protocol: asyncio.BufferedProtocol) -> asyncio.Transport:
        """Let another protocol have the transport for good, and return that; it passes `connection_lost` on.

        Nothing may be owed. Raises RedisConnectionError if the connection is closed.
        """
        if self._transport is None:
            raise RedisConnectionError("the connection is closed", address=self.address)
        self._transport.set_protocol(protocol)
        return self._transport

    def abandon(self) -> object:
        """Let go of the transport, to which nothing must be done any more, and return it. Nobody is told."""
        transport, self._transport = self._transport, None
        self.closed = True
        self.ready = False
        self._queue.clear()
        self._out.clear()
        self._alarm = self.on_closed = None
        return transport

    def _close(self, why: str, cause: BaseException | None = None) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        if self.closed:
            return
        self.closed = True
        self.ready = False
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._large is not None:
            self._large.drop()
            self._large = None
        self._out.clear()
        sent_until = len(self._queue) - self._unsent
        for place, entry in enumerate(self._queue):
            error: ProtocolError | RedisConnectionError
            if isinstance(cause, ProtocolError):
                error = ProtocolError(*cause.args, address=self.address)
            else:
                error = RedisConnectionError(why, address=self.address, maybe_executed=place < sent_until)
                error.__cause__ = cause
            _fail(entry, error)
        self._queue.clear()
        self._unsent = 0
        self._let_go_on()
        on_closed, self.on_closed = self.on_closed, None
        if on_closed is not None:
            on_closed(self)

    def _let_go_on(self) -> None:
        for waiter in self._roomless:
            if not waiter.done():
                waiter.set_result(None)


def _unable(data: object) -> None:
    """Stands in for the transport's `write` until there is a transport."""


def _fail(entry: Single | Several, error: ProtocolError | RedisConnectionError | RedisTimeoutError) -> None:
    """End the waiting of one; an exception is never shared, since each who raises it adds to it."""
    if isinstance(entry, tuple):
        future = entry[0]
    else:
        future = entry.future
        if not isinstance(error, ProtocolError):
            error.results = tuple(entry.replies)
    if not future.done():
        future.set_exception(error)


def again(error: Any) -> Any:
    """A copy of an error, to be raised once more by somebody else."""
    copy = error.__class__(*error.args)
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy
