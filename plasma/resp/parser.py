"""Bytes -> replies: RESP2 and RESP3, resumable at any byte.

Strategy: the stream is split at CRLF a window at a time, and the tokens are walked (`tokens.py`). Two dicts decide
nearly every line in one lookup: `sizes` (how long a bulk is, how many elements an array has) and `simple` (whole
values). A window that is all ASCII is walked as text, so that no value is decoded by itself. Runs of like elements
are taken many at a time (`runs.py`). Open aggregates wait on a stack: nothing is recursive, nothing is read twice,
and nothing is allocated because a length says so.

Rules: a `ProtocolError` is for ever; a `DecodeError` costs one reply and the parser goes on behind it. Errors of the
server are values. Attributes are dropped (`frames.py` keeps them). No I/O, no clock.
"""

from __future__ import annotations

from ..errors import DecodeError, ProtocolError
from .aggregates import ARRAY, ATTRIBUTE, MAP, STRING, TOP, value_of
from .lines import CLOSE, OPEN, VALUE, Lines
from .rows import MAPS
from .runs import MISS, flat, run
from .types import NEED_DATA, Push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .runs import Table
    from .types import Limits


_SHORT = 1 << 11  # bytes
_FLAT = b"*%"
_RUN = 11  # with more elements to come than this a run of like ones is worth looking for


class Parser(Lines):
    """Feed it what arrives, take replies from it.

    `decode` says how strings are wanted: `str` (strict UTF-8) or `bytes`. It may differ from one reply to the next; a
    reply of which a part was held when a call gave `NEED_DATA` keeps what that call asked for.
    """

    __slots__ = ("_broken", "_count", "_decode")

    def __init__(self, limits: Limits | None = None, *, offset: int = 0) -> None:
        super().__init__(limits, offset=offset)
        self._decode: bool | None = None  # what an unfinished reply is read as
        self._count = 0  # replies given so far
        self._broken: str | None = None

    @property
    def pending(self) -> bool:
        """True if bytes are held that no reply has used: part of a reply, or more replies."""
        return bool(
            self._broken is not None
            or self._index < len(self._tokens)
            or self._end < len(self._data)
            or self._chunks
            or self._stack
            or self._attribute_at == (0, self._count)
        )

    def move_on(self, offset: int) -> None:
        """Nothing is pending, and what comes next is at *offset*: another parser read what was between."""
        self._base = offset - self._end

    def take_over(self, chunks: list[bytes], given: int, decode: bool | None) -> None:
        """Go on with a stream that another parser began.

        *chunks* begin at the end of a reply; *given* replies in them were given already; of the next, part was seen
        when *decode* was asked for, if that is not None. A `ProtocolError` waits for the next call for replies.
        """
        for chunk in chunks:
            self.feed(chunk)
        try:
            while given:
                skipped = len(self.replies(given, False))
                if not skipped:
                    self._broken = "two parsers disagree on where replies end"
                    return
                given -= skipped
        except ProtocolError:
            return
        self._decode = decode

    def next_reply(self, decode: bool = True) -> Any:
        """Return the next reply, or `NEED_DATA`.

        In a `Push`, which nobody asked for, what is not UTF-8 stays bytes.

        Raises:
            ProtocolError: the stream is broken here; every later call raises it again.
            DecodeError: a string of this reply is not UTF-8; the reply is consumed, the next call gives the next.
        """
        data = self._data
        # Short maps and arrays that came by themselves, of which there are so many, need not be walked.
        if (
            (data and data[0] in _FLAT and len(data) < _SHORT)
            and not (self._end or self._stack or self._chunks or self._broken)
            and (value := flat(data, decode, self._tables)) is not MISS
        ):
            self._end = len(data)
            self._count += 1
            return value
        found = self._read(1, decode)
        if not found:
            return NEED_DATA
        if found[0].__class__ is DecodeError:
            raise found.pop()  # not from a name, or the error and its traceback would hold each other
        return found[0]

    def replies(self, count: int, decode: bool = True) -> list[Any]:
        """Return the next replies, up to *count*, that are there in full. Pushes are among them and count.

        A `DecodeError` stands in the place of its reply. A `ProtocolError` is raised once the replies before it have
        been given.
        """
        if count < 1:
            return []
        if self._decode is None or self._decode == decode:
            return self._read(count, decode)
        found = self._read(1, decode)
        if found and self._broken is None:
            found += self._read(count - 1, decode) if count > 1 else []
        return found

    def _read(self, count: int, decode: bool) -> list[Any]:
        """Walk tokens until *count* replies are complete or no more are there. The one hot loop."""
        if self._broken is not None:
            raise ProtocolError(self._broken)
        text: bool = decode if self._decode is None else self._decode
        out: list[Any] = []
        stack = self._stack
        kind: int
        left: int
        items: list[Any]
        bad_before: DecodeError | None
        what: int
        value: Any
        size: int | None
        taken: int
        used: int
        at: int
        line: Any
        kind, left, items, bad_before = TOP, count, out, None
        if stack:
            # The bottom is the call's own list, and this is another call.
            stack[0] = (TOP, count, out, None)
            kind, left, items, bad_before = stack.pop()
        tokens: list[Any] = self._tokens
        index: int = self._index
        if self._text and not text and index < len(tokens):
            self._unread(index)
            tokens = self._tokens
            index = 0
        stop: int = len(tokens)
        tables: list[Table] = self._tables
        mode: int = self._mode(text)
        table: Table = tables[mode]
        sizes: dict[Any, int] = table.sizes
        simple: dict[Any, Any] = table.simple
        cut: bool = False  # whether the next item is to be cut out of the data
        untried: bool = True  # whether an aggregate that goes on behind another may be a run of such ones
        special: bool = left > _RUN or left < 0  # a run of like elements may begin here, or parts of a string
        try:
            while True:
                if not left:
                    if kind == TOP:
                        self._index = index
                        self._decode = None
                        break
                    value = items if kind == ARRAY else self._complete(kind, items, text)
                    if kind == ATTRIBUTE:
                        self._bad = bad_before  # what is dropped need not be text
                        kind, left, items, bad_before = stack.pop()
                        self._attribute_at = (len(stack), len(items) if stack else self._count + len(items))
                        continue
                    kind, left, items, bad_before = stack.pop()
                    left -= 1
                    if untried and left > _RUN:
                        special = True
                        untried = False
                    items.append(value if self._bad is None or kind != TOP else self._judged(value))
                    continue
                if index >= stop:
                    if left < 0 and len(items) > self._most(kind):
                        raise self._wrong(f"more than {self._limits.items} elements, which is the limit", index)
                    if not self._more(text, cut):
                        if kind != TOP:
                            stack.append((kind, left, items, bad_before))
                        self._decode = text if self.pending else None
                        break
                    cut = False
                    tokens = self._tokens
                    index = 0
                    stop = len(tokens)
                    mode = self._mode(text)
                    table = tables[mode]
                    sizes = table.sizes
                    simple = table.simple
                    special = left > _RUN or left < 0
                    untried = True
                line = tokens[index]
                if special:
                    if kind != STRING:
                        taken, used = run(tokens, index, left, items, table, self._limits.depth - len(stack))
                        if taken:
                            left -= taken
                            index += used
                            continue
                        special = False
                    elif line[:1] != table.part:
                        raise self._wrong("a streamed string is interrupted", index)
                size = sizes.get(line)
                if size is not None:
                    if size < 0:
                        if len(stack) >= self._limits.depth:
                            raise self._wrong(f"aggregates nested deeper than {self._limits.depth}", index)
                        index += 1
                        stack.append((kind, left, items, bad_before))
                        bad_before = self._bad
                        items = []
                        if size > MAPS:
                            kind = ARRAY
                            left = -1 - size
                        else:
                            kind = MAP
                            left = MAPS - size
                        special = left > _RUN
                        continue
                    # By far the most frequent: a plain bulk that is one token.
                    if index + 1 < stop and mode != 1:
                        token = tokens[index + 1]
                        if len(token) == size:
                            index += 2
                            left -= 1
                            items.append(token)
                            continue
                else:
                    value = simple.get(line, MISS)
                    if value is not MISS:
                        index += 1
                        left -= 1
                        items.append(value)
                        continue
                    what, value, size = self._rare(line, index, kind, left, len(items), mode)
                    if what == VALUE:
                        index += 1
                        left -= 1
                        items.append(value if self._bad is None or kind != TOP else self._judged(value))
                        continue
                    if what == CLOSE:
                        index += 1
                        left = 0
                        continue
                    if what == OPEN:
                        if len(stack) >= self._limits.depth:
                            raise self._wrong(f"aggregates nested deeper than {self._limits.depth}", index)
                        index += 1
                        stack.append((kind, left, items, bad_before))
                        bad_before = self._bad
                        kind = value
                        left = size
                        items = []
                        special = left > _RUN or left < 0
                        continue
                # A bulk of `size` bytes.
                at = index + 1
                if at < stop and len(tokens[at]) == size:
                    value = tokens[at]
                    at += 1
                else:
                    value, at = self._joined(tokens, index, size, table.crlf)
                    if value is MISS:
                        # It goes on behind the tokens: cut it out of the data.
                        self._unread(index)
                        index = stop = 0
                        cut = True
                        continue
                if line[:1] != table.bulk:
                    value = self._unusual(line, value, index, mode)
                    if kind == STRING:
                        items.append(value)
                        index = at
                        continue
                if mode == 1 and value.__class__ is bytes:
                    try:
                        value = value.decode()
                    except UnicodeDecodeError as error:
                        self._note(error)
                index = at
                left -= 1
                items.append(value if self._bad is None or kind != TOP else self._judged(value))
        except ProtocolError as error:
            self._broken = error.args[0]
            if not out:
                raise
        self._count += len(out)
        return out

    def _complete(self, kind: int, items: list[Any], text: bool) -> Any:
        """The value of a complete aggregate or streamed string."""
        if kind == STRING:
            return self._string(b"".join(items), 1 if text else 2)
        return value_of(kind, items, len(self._stack) == 1)

    def _judged(self, value: Any) -> Any:
        """What is given for a reply that is not all text: the error, but for a push, which nobody waits for."""
        bad, self._bad = self._bad, None
        return value if value.__class__ is Push else bad
