"""The parser of `parser.py`, on the C reader of hiredis. Same interface, same results; imported only when used.

Strategy: what hiredis reads as we do goes to hiredis. Its bytes are kept (not copied) until the reply they belong to
is complete, so whenever something else shows up, the pure parser reads the same bytes again, skips the replies that
were given already, and goes on until nothing is left over; then hiredis takes over again. That happens

1. before hiredis sees it, for what it reads otherwise and cannot be told from right afterwards: attributes (it gives
   them as replies), sets, maps and big numbers inside a chunk (of a map, it mixes up equal keys), huge lengths of
   arrays (it allocates on their word), bulks and lines over a limit. All of them begin a line, so a value that happens
   to look like one only costs the faster way;
2. after hiredis refused: bulk errors, streamed types, strings that are not UTF-8, and whatever is not RESP.

A chunk that begins with a bulk or a line needs no look inside before its second reply. A set that it begins with is
made one afterwards; so is a map, which hiredis is given as an array, from which a dict is made in half of its time.

Known and accepted: hiredis does not look at the two bytes that end a string, so a server that sends other ones than
CRLF there may go undetected. No reply is shifted by that: both skip two bytes.
"""

from __future__ import annotations

from itertools import islice

import hiredis

from ..errors import DecodeError, ProtocolError, server_error
from .aggregates import ARRAY, MAP, SET, value_of
from .marks import has_large_inside
from .parser import Parser as PureParser
from .types import DEFAULT_LIMITS, NEED_DATA, Push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .types import Limits

# A reply that begins with one of these needs no look inside (a bulk may hold anything) ...
_PLAIN = frozenset(b"$+-:_#,=")
# ... and one that begins with one of these, a look behind its first byte.
_AGGREGATES = frozenset(b"*>~%")
_CRLF = b"\r\n"
# What begins no line that the reader must not see.
_NO_MARKS = bytes(n for n in range(256) if n not in b"%|~(*>$=")
_LARGE_DIGITS = 7  # the pure parser reads an outermost aggregate whose length has as many digits
_HUGE_DIGITS = 10  # and a string whose length has
_EDGE = 32  # longer than the head of anything hiredis may read
_KEEP = 4  # with more chunks kept than this, look for the end of a reply to cut them at
# Limits below these are kept by the pure parser alone: hiredis does not show what they are about.
_LOWEST = (1024, 10**9, 10**6, 1 << 17)


_REFUSED = object()


class Parser:
    """See `plasma.resp.parser.Parser`."""

    __slots__ = (
        "_decode",
        "_done",
        "_edge",
        "_feed",
        "_first",
        "_gets",
        "_has_data",
        "_kept",
        "_length",
        "_limits",
        "_nested",
        "_only_pure",
        "_piece",
        "_pure",
        "_pushes",
        "_quiet",
        "_spare",
        "_start",
        "_unseen",
    )

    def __init__(self, limits: Limits | None = None) -> None:
        limits = limits or DEFAULT_LIMITS
        self._limits = limits
        given = (limits.depth, limits.bulk, limits.items, limits.line)
        self._only_pure = any(limit < lowest for limit, lowest in zip(given, _LOWEST, strict=True))
        self._pure: PureParser | None = None
        self._piece = limits.line // 2  # fed at a time, so that no line over the limit fits into one
        self._start = 0  # where in the stream `_kept` begins
        self._kept: list[bytes] = []  # what was fed since the last known end of a reply; empty: all is read
        self._done = 0  # replies at the beginning of `_kept` that were given already
        self._decode: bool | None = None  # what the unfinished reply is read as
        self._edge = b""  # the last bytes of `_kept`, to see what is cut in two
        self._quiet = 0  # bytes since the last LF
        self._unseen = False  # the first chunk of `_kept` was not looked into
        self._first = ARRAY  # what is to be made of the first reply of `_kept`, which the reader gives as an array
        self._spare: PureParser | None = None
        self._nested = False  # there may be aggregates in `_kept`
        self._pushes = False  # there may be pushes in `_kept`
        self._restart()
        if self._only_pure:
            self._pure = PureParser(limits)

    @property
    def pending(self) -> bool:
        """True if bytes are held that no reply has used: part of a reply, or more replies."""
        return bool(self._kept) or (self._pure is not None and self._pure.pending)

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take what arrived. hiredis copies it; it is kept until its last reply is complete."""
        if not isinstance(data, bytes):
            data = bytes(data)
        if len(data) > self._piece:
            for at in range(0, len(data), self._piece):
                self.feed(data[at : at + self._piece])
        elif self._pure is not None:
            self._pure.feed(data)
        elif self._kept:
            self._feed_more(data)
        elif data:
            self._kept.append(data)
            first = data[0]
            if first in _PLAIN:
                self._unseen = True
            elif first in _AGGREGATES and not data[1 : 1 + _LARGE_DIGITS].isdigit() and not self._odd(data):
                self._nested = self._pushes = True
                if first == 126:
                    self._first = SET
                elif first == 37:
                    self._feed_map(data)
                    return
            else:
                self._to_pure(fed=False)
                return
            self._feed(data)

    def _feed_map(self, data: bytes) -> None:
        """Feed a chunk that begins with a map, as an array of its keys and values."""
        end = data.find(b"\r", 1, 1 + _LARGE_DIGITS)
        digits = data[1:end]
        if end < 0 or not digits.isdigit() or (digits[0] == 48 and digits != b"0"):
            self._to_pure(fed=False)
            return
        self._first = MAP
        self._feed(b"*%d" % (2 * int(digits)))
        self._feed(data, end, len(data) - end)

    def next_reply(self, decode: bool = True) -> Any:
        """Return the next reply, or `NEED_DATA`. Raises as the pure parser does."""
        kept = self._kept
        if not kept:
            return NEED_DATA if self._pure is None else self._next_of_pure(decode)
        if self._decode is not None:
            decode = self._decode
        held = self._length() if len(kept) > _KEEP else 0
        reply: Any
        try:
            reply = self._gets(decode)
        except Exception:
            reply = _REFUSED  # and leave the handler first: what follows may raise, and this error holds the value
        if reply is _REFUSED:
            self._to_pure()
            return self._next_of_pure(decode)
        if reply is NEED_DATA:
            return NEED_DATA if self._waits(decode) else self._next_of_pure(decode)
        if self._has_data():
            self._decode = None
            self._done += 1
            if self._pushes:
                reply = self._shaped(reply)
            if self._unseen and self._look():
                self._to_pure()
            elif held:
                self._cut(held)
            return reply
        if kept[-1][-1] != 10:
            self._to_pure()
            return self._next_of_pure(decode)
        if self._pushes:
            reply = self._shaped(reply)
        self._forget()
        return reply

    def replies(self, count: int, decode: bool = True) -> list[Any]:
        """Return the next replies, up to *count*, that are there in full: as the pure parser does."""
        out: list[Any] = []
        kept = self._kept
        while kept and len(out) < count:
            if self._decode is not None or self._first != ARRAY or len(kept) > _KEEP or count == 1:
                # By itself, since something may have to be done for it.
                try:
                    reply = self.next_reply(decode)
                except DecodeError as error:
                    reply = error
                except ProtocolError:
                    if not out:
                        raise
                    return out
                if reply is NEED_DATA:
                    return out
                out.append(reply)
            elif self._unseen and self._look():
                self._to_pure()
            elif not (self._run(out, count) if decode and not self._nested else self._step(out, count, decode)):
                return out
        if self._pure is not None and len(out) < count:
            try:
                out += self._pure.replies(count - len(out), decode)
            except ProtocolError:
                if not out:
                    raise
            self._leave_pure()
        return out

    def _run(self, out: list[Any], count: int) -> bool:
        """Take simple replies as text, as fast as can be. False: no more are there."""
        before = len(out)
        try:
            out.extend(islice(iter(self._gets, NEED_DATA), count - before))
        except Exception:
            self._done += len(out) - before
            self._to_pure()
            return True
        self._done += len(out) - before
        # Without aggregates the reader is between replies exactly if it has used up everything up to an LF.
        if self._kept[-1][-1] == 10 and not self._has_data() and len(out) > before:
            self._forget()
            return False
        return len(out) == count or not self._waits(True)

    def _step(self, out: list[Any], count: int, decode: bool) -> bool:
        """Take replies of any kind. False: no more are there."""
        gets = self._gets
        has_data = self._has_data
        pushes = self._pushes
        while len(out) < count:
            try:
                reply = gets(decode)
            except Exception:
                self._to_pure()
                return True
            if reply is NEED_DATA:
                return not self._waits(decode)
            self._done += 1
            out.append(self._shaped(reply) if pushes else reply)
            if not has_data():
                self._forget()
                return False
        return True

    def _shaped(self, reply: Any) -> Any:
        """The reply in our own types, where the reader's differ."""
        if reply.__class__ is hiredis.PushNotification:
            return Push(reply)
        kind = self._first
        if kind != ARRAY:
            self._first = ARRAY
            if reply.__class__ is list:
                return value_of(kind, reply, False)
        return reply

    def _waits(self, decode: bool) -> bool:
        """The reader has part of a reply. True: more of it must come; False: the pure parser has taken over."""
        if len(self._kept) == 1:
            first = self._kept[0]
            if self._huge(first) or self._huge(_CRLF + first[:16]):
                self._to_pure()
                return False
        self._decode = decode
        return True

    def _feed_more(self, data: bytes) -> None:
        """Feed while part of a reply is held, or more replies: what begins a line can be anywhere."""
        if not data:
            return
        kept = self._kept
        edge = self._edge
        if len(kept) == 1:
            first = kept[0]
            edge = first[-_EDGE:] if len(first) >= _EDGE else _CRLF + first
            self._quiet = len(first) - first.rfind(b"\n") - 1
        seam = edge + data[:_EDGE]
        kept.append(data)
        self._edge = data[-_EDGE:] if len(data) >= _EDGE else seam[-_EDGE:]
        last = data.rfind(b"\n")
        self._quiet = len(data) - last - 1 if last >= 0 else self._quiet + len(data)
        marks = seam.translate(None, _NO_MARKS)  # mostly none, or strings
        if (
            self._quiet > self._piece
            or (marks and ((marks.strip(b"$") and self._odd(seam)) or self._huge(seam)))
            or self._odd(data)
            or self._huge(data)
            # Unless the reader waits: then it was looked at.
            or (len(kept) == 2 and self._decode is None and self._huge(kept[0]))
        ):
            self._to_pure()
        else:
            self._feed(data)

    def _look(self) -> bool:
        """Look into the first chunk, whose first reply needed no look. True: it is not for the reader."""
        self._unseen = False
        return self._odd(self._kept[0])

    def _odd(self, data: bytes) -> bool:
        """Whether a line in *data* begins with what the reader must not see. One byte is sought first: that is fast."""
        if (
            (b"%" in data and b"\r\n%" in data)
            or (b"|" in data and b"\r\n|" in data)
            or (data.find(b"~", 1) > 0 and b"\r\n~" in data)
            or (b"(" in data and b"\r\n(" in data)
        ):
            return True
        # Not at 0: that byte is the first of all, or looked at with what came before it.
        if data.find(b"*", 1) > 0 or data.find(b">", 1) > 0:
            self._nested = self._pushes = True
            return has_large_inside(data)
        return False

    def _huge(self, data: bytes) -> bool:
        """Whether the last string that begins in *data* claims a length that only the pure parser checks."""
        at = max(data.rfind(b"\r\n$") if b"$" in data else -1, data.rfind(b"\r\n=") if b"=" in data else -1)
        digits = data[at + 3 : at + 3 + _HUGE_DIGITS]
        return at >= 0 and len(digits) == _HUGE_DIGITS and digits.isdigit()

    def _cut(self, held: int) -> None:
        """A reply was given and more is held: forget what comes before its end, if the reader shows where that is.

        It moves its buffer now and then, always up to the byte it has reached; then what it holds is what is unread.
        """
        rest = self._length()
        if rest >= held:
            return
        kept = self._kept
        self._start += sum(map(len, kept)) - rest
        last: list[bytes] = []
        while rest:
            chunk = kept.pop()
            if len(chunk) > rest:
                chunk = chunk[len(chunk) - rest :]
            rest -= len(chunk)
            last.append(chunk)
        last.reverse()
        kept[:] = last
        self._done = 0

    def _forget(self) -> None:
        """All that was fed is read and given."""
        kept = self._kept
        self._start += len(kept[0]) if len(kept) == 1 else sum(map(len, kept))
        kept.clear()
        self._done = 0
        self._decode = None
        self._first = ARRAY
        self._unseen = self._nested = self._pushes = False

    def _to_pure(self, *, fed: bool = True) -> None:
        """Let the pure parser read again what is kept, and go on from there."""
        pure, self._spare = self._spare, None
        if pure is None:
            pure = PureParser(self._limits)
        pure.move_on(self._start)
        self._pure = pure
        pure.take_over(self._kept, self._done, self._decode)
        self._forget()
        if fed:
            self._restart()  # the reader holds part of something

    def _next_of_pure(self, decode: bool) -> Any:
        pure = self._pure
        if pure is None:
            return NEED_DATA
        try:
            return pure.next_reply(decode)
        finally:
            self._leave_pure()

    def _leave_pure(self) -> None:
        """Go back to the reader if nothing is left over."""
        pure = self._pure
        if pure is not None and not pure.pending and not self._only_pure:
            self._start = pure.offset
            self._pure = None
            self._spare = pure

    def _restart(self) -> None:
        """Take a new reader."""
        reader = hiredis.Reader(replyError=server_error, encoding="utf-8", notEnoughData=NEED_DATA)
        self._feed = reader.feed
        self._gets = reader.gets
        self._has_data = reader.has_data
        self._length = reader.len
