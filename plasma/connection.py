"""One connection of the blocking colour: a socket, a parser, and the count of replies it still owes.

The rules:

1. `owed` counts replies that were asked for and have not been read. Whatever ends a call before it is zero again
   (an error, a time-out, KeyboardInterrupt, an exception out of a signal handler) closes the connection here, at
   once. A connection that owes nothing and holds no unread byte may be used by the next caller; no other may.
2. A plain socket stays blocking, with a short SO_RCVTIMEO: the first wait of a call is then the receive itself, and
   a call is two system calls. So is the first wait for each further part of a reply, after a look at the clock. That
   wait is short because a signal restarts it; whatever it does not see through is left to `poll`, which knows the
   time that remains. TLS lies on a socket like that (plasma/secured.py). One that is patched, or on another system,
   uses `settimeout` instead (plasma/timed.py).
3. OSError and time-outs are translated in one place, `_fail`, which knows whether anything was sent.

It knows nothing of pools, retries or what a command means.
"""

from __future__ import annotations

import select
import socket
import struct
from collections import deque
from time import monotonic

from .errors import DecodeError, ProtocolError, RedisConnectionError, RedisError, RedisTimeoutError
from .heap import keep
from .large import large_bulk
from .resp import NEED_DATA, Push, parser_class
from .resp.single import bulk_length, equal_replies, whole_reply
from .session import unasked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from .config import RedisConfig
    from .resp.types import AnyParser
    from .secured import SecuredSocket

    Buffers = Sequence[bytes | memoryview]
    Collect = Callable[[list[Any]], object]
    Knows = Callable[[bytes], bool]

# Most replies fit, and malloc() has it at hand: from 128 KiB on it asks the system for a buffer each time.
READ_SIZE = (1 << 17) - 64
# Seconds. Long enough for most replies, short enough that signals which come 100 times a second (a profiler's) and
# restart the wait do not make it endless: the system rounds it up to its own ticks, of 4 ms at times.
FIRST_WAIT = 0.004
_FIRST_WAIT = struct.pack("ll", 0, int(FIRST_WAIT * 1e6))
_IN_FLIGHT = 2  # chunks of a long pipeline that are sent and not yet read
_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0)
_MORE = getattr(socket, "MSG_MORE", 0)  # the peer is not to be woken for this alone
_PEEK = getattr(socket, "MSG_PEEK", 0) | _AT_ONCE

keep(2 * READ_SIZE)  # for replies that come in one go


class Connection:
    """A plain socket on Linux or macOS; made by plasma/opening.py."""

    __slots__ = (
        "__weakref__",
        "address",
        "handed",
        "make_parser",
        "on_push",
        "opened",
        "owed",
        "parser",
        "place",
        "protocol",
        "recv",
        "retired",
        "send",
        "sock",
        "used",
    )

    def __init__(self, sock: socket.socket | SecuredSocket, config: RedisConfig) -> None:
        self.sock = sock
        self.send = sock.send
        self.recv = sock.recv
        self.make_parser: Callable[[], AnyParser] = parser_class(config.parser)
        self.parser: AnyParser | None = None  # made when first needed: a login and simple replies do without
        self.address = config.address
        self.owed = 0
        self.handed = False  # did a part of what is being sent go to the socket? False between calls
        self.protocol = 2
        self.opened = self.used = monotonic()
        self.retired = False
        self.place: object = None  # the pool's, see there: let go of when this is closed
        self.on_push: Callable[[Push], object] | None = None
        self._set_up()

    def _set_up(self) -> None:
        self.sock.settimeout(None)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _FIRST_WAIT)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _FIRST_WAIT)

    def __del__(self) -> None:
        # Dropped in the middle of something by an exception: nobody will use it again.
        if hasattr(self, "sock"):  # else a signal struck as it was made
            self.close()

    def __repr__(self) -> str:
        state = "closed" if self.sock.fileno() < 0 else f"owes {self.owed}"
        return f"<{type(self).__name__} to {self.address}, {state}>"

    @property
    def is_open(self) -> bool:
        """Not closed by us; the peer may have gone all the same."""
        return self.sock.fileno() >= 0

    def close(self) -> None:
        """Close at once, whatever is owed; may be called again."""
        if self.sock.fileno() >= 0:
            self.sock.close()
        self.place = None

    def abandon(self) -> None:
        """After a fork, in the child: let go of the socket, which is the parent's, and say nothing on it."""
        self.retired = True
        self.owed += 1
        self.close()

    def is_clean(self) -> bool:
        """Is nothing owed, nothing left to read, and the peer still there? Looks without waiting."""
        return self.owed == 0 and not self.has_unread and self._is_quiet()

    @property
    def has_unread(self) -> bool:
        """Are bytes held that no reply has used?"""
        return self.parser is not None and self.parser.pending

    def _is_quiet(self) -> bool:
        try:
            self.recv(1, _PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False  # the peer closed, or said something that nobody asked for

    # --- one command ------------------------------------------------------------------------------------------

    def call(self, payload: bytes | Buffers, decode: bool, now: float, timeout: float | None) -> Any:
        """Send one packed command and return its reply; a server error is a value.

        `timeout` is in seconds from `now`. Raises DecodeError with the connection still good; after any other
        exception it is closed.
        """
        self.owed += 1
        sent = 0
        try:
            if isinstance(payload, bytes):
                try:
                    sent = self.send(payload)
                except BlockingIOError:
                    pass
            if sent == len(payload):
                try:
                    data = self.recv(READ_SIZE)
                except BlockingIOError:
                    data = self._receive(None if timeout is None else now + timeout)
                reply = whole_reply(data, decode)
                if reply is NEED_DATA or self.on_push is not None:
                    reply = self._reply(data, decode, None if timeout is None else now + timeout)
            else:
                deadline = None if timeout is None else now + timeout
                self.handed = sent > 0
                rest = (memoryview(payload)[sent:],) if isinstance(payload, bytes) else payload
                sent = 0
                self._send_all(rest, deadline, 0)
                sent, self.handed = 1, False
                # A server that refuses a command may have answered before it had all of it.
                reply = self._reply(None if self.has_unread else self._receive(deadline), decode, deadline)
            self.owed -= 1
            return reply
        except BaseException as exc:
            if self.owed:  # 0 after a DecodeError: that reply was read
                self._fail(exc, sent > 0 or self.handed, "reply" if sent else "send")
            raise

    def _reply(self, data: bytes | None, decode: bool, deadline: float | None) -> Any:
        """The one reply that begins with (or comes after) these bytes, or (None) those that the parser has."""
        parser = self.parser or self._begin_parsing()
        try:
            if data and data[0] == 36 and not parser.pending and (large := bulk_length(data)) is not None:  # "$"
                return self._large_bulk(data, *large, decode, deadline)
            held = 0
            while True:
                if data is not None:
                    if not data:
                        raise EOFError
                    parser.feed(data)
                    held += len(data)
                reply = parser.next_reply(decode)
                while reply.__class__ is Push:
                    self._pushed(reply)
                    reply = parser.next_reply(decode)
                if reply is not NEED_DATA:
                    break
                keep(2 * held)
                data = self._receive_more(deadline)
        except DecodeError:
            self._drain()
            self.owed -= 1
            raise
        if parser.pending:
            self._drain()
        return reply

    def _begin_parsing(self) -> AnyParser:
        parser = self.parser = self.make_parser()
        return parser

    def _drain(self) -> None:
        """Look at what came behind the last reply: pushes are given on, a reply breaks the protocol."""
        parser = self.parser
        while parser is not None and parser.pending:
            extra = parser.next_reply(False)
            if extra is NEED_DATA:
                if self.on_push is None:  # a part of a push, perhaps, but nobody waits for the rest
                    self.retired = True
                break
            if extra.__class__ is not Push:
                raise unasked(extra)
            self._pushed(extra)

    def _pushed(self, push: Push) -> None:
        if self.on_push is not None:
            self.on_push(push)

    def _large_bulk(self, data: bytes, length: int, start: int, decode: bool, deadline: float | None) -> Any:
        return large_bulk(data, length, start, decode, lambda view: self._receive_into(view, deadline))

    # --- many commands ----------------------------------------------------------------------------------------

    def exchange(
        self,
        chunks: Iterable[tuple[int, Buffers]],
        collect: Collect,
        decode: bool,
        timeout: float | None,
        knows: Knows | None = None,
    ) -> None:
        """Send packed commands chunk by chunk and give their replies to `collect`, in order, as they come.

        A chunk is the number of its commands and its buffers. At most two are sent and not read, so neither side
        buffers without bound. `timeout` (seconds) is that of each chunk. Replies that are not UTF-8 are DecodeErrors
        in the list. After any exception the connection is closed. If `knows` is true of the first bytes that come,
        they are the whole answer to a chunk, and are not read: nothing is collected for it.
        """
        in_flight: deque[int] = deque()
        sent_all = True
        try:
            for count, buffers in chunks:
                sent_all = False
                self.owed += count
                self._send_all(buffers, None if timeout is None else monotonic() + timeout)
                sent_all = True
                in_flight.append(count)
                if len(in_flight) == _IN_FLIGHT:
                    self._collect(in_flight.popleft(), collect, decode, timeout)
            while in_flight:
                self._collect(in_flight.popleft(), collect, decode, timeout, knows)
            self._drain()
            self.handed = False
        except BaseException as exc:
            self._fail(exc, self.handed, "reply" if sent_all else "send")
            raise

    def _collect(
        self, count: int, collect: Collect, decode: bool, timeout: float | None, knows: Knows | None = None
    ) -> None:
        deadline = None if timeout is None else monotonic() + timeout
        data = None
        if knows is not None and self.parser is None:
            data = self._receive_more(deadline)
            if knows(data):
                self.owed -= count
                return
            if not data:
                raise EOFError
        parser = self.parser or self._begin_parsing()
        if data:
            parser.feed(data)
        replies = parser.replies(count, decode)
        held = 0
        while True:
            if Push in set(map(type, replies)):
                for push in replies:
                    if push.__class__ is Push:
                        self._pushed(push)
                replies = [reply for reply in replies if reply.__class__ is not Push]
            if replies:
                collect(replies)
                self.owed -= len(replies)
                count -= len(replies)
            if not count:
                return
            data = self._receive_more(deadline)
            if not data:
                raise EOFError
            equal = None if parser.pending else equal_replies(data, decode, count)
            if equal is None:
                parser.feed(data)
                replies = parser.replies(count, decode)
                held = 0 if replies else held + len(data)
                keep(2 * held)
            else:
                replies = equal

    # --- waiting ----------------------------------------------------------------------------------------------

    def _send_all(self, buffers: Buffers, deadline: float | None, flags: int = _AT_ONCE) -> None:
        """Send every byte; where there is no room, read what the server says meanwhile, so that it reads again.

        Without *flags* each send waits for room itself, for a while: where no reply can be what the server is held up
        by, that takes fewer system calls.
        """
        last = len(buffers) - 1
        for at, buffer in enumerate(buffers):
            view = memoryview(buffer)
            how = flags if at == last else flags | _MORE
            while view:
                try:
                    count = self.send(view, how)
                except BlockingIOError:
                    count = 0
                if count:
                    self.handed = True
                    if count == len(view):
                        break
                    view = view[count:]
                if self._wait(select.POLLIN | select.POLLOUT, deadline) & ~select.POLLOUT:
                    self._feed_from_socket()

    def _feed_from_socket(self) -> None:
        try:
            data = self.recv(READ_SIZE)
        except BlockingIOError:
            return
        if not data:
            raise EOFError
        (self.parser or self._begin_parsing()).feed(data)

    def _receive(self, deadline: float | None) -> bytes:
        while True:
            self._wait(select.POLLIN, deadline)
            try:
                return self.recv(READ_SIZE)
            except BlockingIOError:
                continue

    def _receive_more(self, deadline: float | None) -> bytes:
        """What comes next of replies that are on their way: mostly there, so the receive itself is the first wait."""
        # The clock is looked at for each part, so a peer that trickles does not get more time.
        if deadline is not None and monotonic() >= deadline:
            raise TimeoutError
        try:
            return self.recv(READ_SIZE)
        except BlockingIOError:
            return self._receive(deadline)

    def _receive_into(self, view: memoryview, deadline: float | None) -> int:
        while True:
            if deadline is not None and monotonic() >= deadline:
                raise TimeoutError
            try:
                count = self.sock.recv_into(view)
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            if not count:
                raise EOFError
            return count

    def _wait(self, events: int, deadline: float | None) -> int:
        """Wait for one of these events; `poll` itself goes on after a signal, with the time that is left."""
        poll = select.poll()
        poll.register(self.sock.fileno(), events)
        if deadline is None:
            return poll.poll()[0][1]
        left = deadline - monotonic()
        if left <= 0 or not (ready := poll.poll(left * 1000)):
            raise TimeoutError
        return ready[0][1]

    # --- failing ----------------------------------------------------------------------------------------------

    def _fail(self, exc: BaseException, maybe_executed: bool, phase: Any) -> None:
        """Close, and raise what the exception means to a caller; one that has no other meaning is left to go on."""
        self.close()
        if isinstance(exc, ProtocolError):
            exc.address = self.address
            return
        if isinstance(exc, RedisError):
            return
        if isinstance(exc, TimeoutError):
            raise RedisTimeoutError(
                "the server did not answer in time"
                if phase == "reply"
                else "the server did not take the command in time",
                address=self.address,
                maybe_executed=maybe_executed,
                phase=phase,
            ) from None
        if isinstance(exc, EOFError):
            raise RedisConnectionError(
                "the server closed the connection", address=self.address, maybe_executed=maybe_executed
            ) from None
        if isinstance(exc, OSError):
            raise RedisConnectionError(
                f"the connection broke: {exc}", address=self.address, maybe_executed=maybe_executed
            ) from exc
