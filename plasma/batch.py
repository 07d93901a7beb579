"""What a pipeline is before and after the wire: commands packed as they are queued, replies shaped as they come.

No I/O: the pipelines of both colours queue here (plasma/queueing.py), send the `chunks` and give the replies to
`take`. A command is held as its bytes, its name and its `parse`; a million of them stay small. Whatever can be refused
is refused when it is queued, and leaves the queue as it was.
"""

from __future__ import annotations

from .commands.core import ok
from .commands.spec import RETURNS_KEYS, SPECIAL, blocking_seconds, explain, prefixed, refusal, unprefixed
from .errors import ConfigurationError, DecodeError, RedisError, WatchError
from .resp import Packer, pack_many
from .retry import may_resend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from .commands.core import T, Value
    from .resp.types import Buffer
    from .retry import NetworkError

    Parse = Callable[[Any], Any] | None
    Chunk = tuple[int, Sequence[Buffer]]


_SIMPLE = (str, bytes, int, type(None))


class Batch:
    """The commands of a plain pipeline."""

    __slots__ = (
        "_blocks",
        "_chunks",
        "_failed",
        "_for_ever",
        "_needs",
        "_on",
        "_packer",
        "_prefix",
        "_preparing",
        "_seconds",
        "_unprepared",
        "is_plain",
        "names",
        "parses",
        "results",
        "settle",
        "texts",
    )

    wants_bytes = False  # must the replies be given to `take` as bytes, whatever they are wanted as?

    def __init__(self, prefix: bytes) -> None:
        self._prefix = prefix
        self._packer = Packer()
        self.texts = self._packer.texts
        self.settle = self._packer.settle
        self.is_plain = not prefix  # are names and arguments sent as they are given?
        self._chunks: list[Chunk] | None = None
        self._failed = False  # are there errors among the results?
        self._seconds = 0.0
        self._for_ever = False
        self._blocks = False
        self._needs: dict[str, tuple[str, tuple[Value, ...]]] = {}
        self._preparing: list[str] = []
        self._unprepared: RedisError | None = None
        self._on: object = None
        self.names: list[str] = []
        self.parses: list[Parse] = []
        self.results: list[Any] = []

    def __len__(self) -> int:
        return len(self.names)

    def add(self, name: str, args: tuple[Value, ...], parse: Parse) -> None:
        """Queue one command, checked and packed."""
        seconds: float | None = None
        if name in SPECIAL:
            if (why := refusal(name, args)) is not None:
                raise ConfigurationError(why, command=name)
            seconds = blocking_seconds(name, args)
        if self._prefix:
            args = prefixed(name, args, self._prefix)
            if name in RETURNS_KEYS:
                parse = without_prefix(name, parse, self._prefix)
        self._packer.add(name, args)
        self.names.append(name)
        self.parses.append(parse)
        if seconds is not None:
            self._blocks = True
            self._seconds += seconds
            self._for_ever = self._for_ever or seconds == 0

    def need(self, what: str, name: str, *args: Value) -> None:
        """Have this command run before all others, unless it did on the connection already (under the name *what*)."""
        self._needs[what] = name, args

    def timeout(self, timeout: float | None) -> float | None:
        """The time that a chunk may take, the waiting of blocking commands in it included."""
        return None if timeout is None or self._for_ever else timeout + self._seconds

    def chunks(self, on: object) -> Iterator[Chunk]:
        """What to send, from the start, on this connection; may be asked for again to send it again."""
        self.results.clear()
        yield from self._prepared(self._packed(), on)

    def _prepared(self, chunks: list[Chunk], on: object) -> list[Chunk]:
        """The chunks, and before them what they need and the server behind the connection has not been given."""
        self._on = on
        self._preparing.clear()
        self._unprepared = None
        if self._needs:
            given = _given_to(on)
            missing = {what: command for what, command in self._needs.items() if what not in given}
            if missing:
                self._preparing += missing
                return [(len(missing), pack_many(list(missing.values()))), *chunks]
        return chunks

    def _without_preparation(self, replies: list[Any]) -> list[Any]:
        count = min(len(replies), len(self._preparing))
        for reply, what in zip(replies[:count], self._preparing[:count], strict=True):
            if isinstance(reply, RedisError):
                self._unprepared = reply
            else:
                _given_to(self._on).add(what)
        del self._preparing[:count]
        return replies[count:]

    def _packed(self) -> list[Chunk]:
        if self._chunks is None:
            self._chunks = [*self._packer.take()]
        return self._chunks

    @property
    def wants_own_connection(self) -> bool:
        """Must it not go where the commands of others go too?"""
        return self._blocks

    def may_be_sent_again(self, failure: NetworkError, idempotent: bool) -> bool:
        """Whether all of it may be sent once more after this failure."""
        return may_resend(failure, [(name, ()) for name in set(self.names)], idempotent)

    def take(self, replies: list[Any]) -> None:
        """Shape the next replies, errors as values among them."""
        if self._preparing:
            replies = self._without_preparation(replies)
        results = self.results
        begin = len(results)
        parses = self.parses[begin : begin + len(replies)]
        kinds = set(map(type, replies))
        if not any(issubclass(kind, RedisError) for kind in kinds):
            if len(kinds) == 1 and _are_one(replies, parses):
                results += [ok(replies[0]) if parses[0] is ok else replies[0]] * len(replies)
                return
            try:
                results.extend(
                    # What `ok` does, written out: half of all commands that write are answered so.
                    reply if parse is None else reply is not None if parse is ok else parse(reply)
                    for reply, parse in zip(replies, parses, strict=True)
                )
            except Exception:
                pass  # those before it are shaped; it and the rest are looked at one by one
            else:
                return
        done = len(results) - begin
        for reply, parse in zip(replies[done:], parses[done:], strict=True):
            if isinstance(reply, RedisError):
                reply.command = self.names[len(results)]
                reply.index = len(results)
                explain(reply.command, reply)
                if self._needs:
                    _given_to(self._on).clear()  # the server may have lost it: next time it is given it again
                    reply.__cause__ = self._unprepared
                results.append(reply)
                self._failed = True
            elif parse is None:
                results.append(reply)
            else:
                try:
                    results.append(parse(reply))
                except Exception as exc:  # what is wrong with one reply must not cost the others
                    if isinstance(exc, RedisError):
                        exc.command = self.names[len(results)]
                        exc.index = len(results)
                    results.append(Failed(exc))
                    self._failed = True

    def so_far(self) -> tuple[Any, ...]:
        """The results there are, errors as values among them."""
        return tuple(result.error if isinstance(result, Failed) else result for result in self.results)

    def outcome(self, raise_on_error: bool, address: str) -> tuple[Any, ...]:
        """The results in order; or the first error among them, raised."""
        results = self.results
        if not self._failed:
            return tuple(results)
        first: BaseException | None = None
        for at, result in enumerate(results):
            if isinstance(result, (RedisError, Failed)):
                error = result.error if isinstance(result, Failed) else result
                if isinstance(error, RedisError):
                    error.address = address
                results[at] = error
                first = first or error
        if first is not None and raise_on_error:
            raise first
        return tuple(results)


class TransactionBatch(Batch):
    """The same between MULTI and EXEC: the results stand all together in the reply to EXEC.

    That reply is taken as bytes, and each result in it made text by itself: one that is not UTF-8 costs no other.
    """

    __slots__ = ("_decode", "_exec_handed", "_queued", "_refused", "_unrun")

    wants_bytes = True

    def __init__(self, prefix: bytes, decode: bool) -> None:
        super().__init__(prefix)
        self._decode = decode
        self._exec_handed = False
        self._queued = 0
        self._refused: RedisError | None = None
        self._unrun: RedisError | None = None

    def chunks(self, on: object) -> Iterator[Chunk]:
        self._exec_handed = False
        self._queued = 0
        self._refused = self._unrun = None
        self.results.clear()
        chunks = self._prepared(self._packed(), on)
        for chunk in chunks:
            self._exec_handed = chunk is chunks[-1]
            yield chunk

    def _packed(self) -> list[Chunk]:
        if self._chunks is None:
            chunks: list[Chunk] = [*self._packer.take()] or [(0, [])]
            count, buffers = chunks[0]
            chunks[0] = count + 1, [*pack_many([("MULTI", ())]), *buffers]
            count, buffers = chunks[-1]
            chunks[-1] = count + 1, [*buffers, *pack_many([("EXEC", ())])]
            self._chunks = chunks
        return self._chunks

    @property
    def wants_own_connection(self) -> bool:
        return self._blocks or len(self._packed()) > 1  # in one piece, or nobody else's may come in between

    @property
    def is_sure_to_be_unrun(self) -> bool:
        """Is it certain, although something was sent, that the server ran none of it?"""
        return not self._exec_handed

    def may_be_sent_again(self, failure: NetworkError, idempotent: bool) -> bool:
        """Before EXEC was sent it may; after that nothing is ever sent again, whatever is in it or was said of it."""
        if self.is_sure_to_be_unrun:
            failure.maybe_executed = False
        return not (failure.final or failure.maybe_executed)

    def take(self, replies: list[Any]) -> None:
        if self._preparing:
            replies = self._without_preparation(replies)
        for reply in replies:
            self._queued += 1
            if self._queued <= len(self) + 1:  # MULTI and the commands: OK and QUEUED, or a refusal
                if isinstance(reply, RedisError) and self._refused is None:
                    if self._queued > 1:
                        reply.command, reply.index = self.names[self._queued - 2], self._queued - 2
                        explain(reply.command, reply)
                    else:
                        reply.command = "MULTI"
                    self._refused = reply
            elif isinstance(reply, RedisError):
                if self._refused is None or self._refused.index is not None:
                    reply.command = "EXEC"
                    reply.__cause__ = self._refused
                    reply.index = None if self._refused is None else self._refused.index
                    self._unrun = reply
                else:  # no MULTI, no transaction: what EXEC says of it explains nothing
                    self._unrun = self._refused
            elif reply is None:
                self._unrun = WatchError("a watched key changed: nothing of the transaction ran", command="EXEC")
            elif self._decode:
                super().take([_each_as_text(result) for result in reply])
            else:
                super().take(reply)

    def outcome(self, raise_on_error: bool, address: str) -> tuple[Any, ...]:
        if self._unrun is not None:
            self._unrun.address = address
            raise self._unrun
        return super().outcome(raise_on_error, address)


def _are_one(replies: list[Any], parses: list[Parse]) -> bool:
    """Whether these replies, which are of one type, are all equal, and nothing but OK is to be made of them."""
    first, parse = replies[0], parses[0]
    return (
        (parse is ok or parse is None)
        and replies[-1] == first
        and first.__class__ in _SIMPLE
        and parses.count(parse) == replies.count(first) == len(replies)
    )


def _given_to(connection: object) -> set[str]:
    """What the server has been given on this connection, by its name."""
    if not _given:
        from weakref import WeakKeyDictionary  # only who queues scripts needs it

        _given.append(WeakKeyDictionary())
    given: set[str] = _given[0].setdefault(connection, set())
    return given


_given: list[Any] = []


def _each_as_text(result: Any) -> Any:
    """One result of a transaction as text, or the error that it is none."""
    try:
        return _as_text(result)
    except UnicodeDecodeError as exc:
        return DecodeError(f"the reply is not UTF-8: byte 0x{exc.object[exc.start]:02x} at {exc.start}")


def _as_text(value: Any) -> Any:
    kind = value.__class__
    if kind is bytes:
        return value.decode()
    if kind is list:
        return [_as_text(item) for item in value]
    if kind is dict:
        return {_as_text(key): _as_text(item) for key, item in value.items()}
    if kind is set:
        return {_as_text(item) for item in value}
    if kind is tuple:
        return tuple([_as_text(item) for item in value])
    return value


class Failed:
    """Stands among the results for a reply that could not be shaped."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


def without_prefix(name: str, parse: Callable[[Any], T] | None, prefix: bytes) -> Callable[[Any], T]:
    """`parse`, after the key prefix was taken off the keys in the reply."""

    def stripped(reply: Any) -> T:
        reply = unprefixed(name, reply, prefix)
        return reply if parse is None else parse(reply)

    return stripped
