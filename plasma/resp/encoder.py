"""Arguments -> bytes: commands as RESP arrays of bulk strings.

Strategy: most arguments are short ASCII text, so a command is put together as *text* from ready pieces (the head of
the array with the command's name, cached; "\\r\\n$5\\r\\n" by length) and encoded once; `isascii()` then proves that
every `len(str)` was a length in bytes. Whatever is not short ASCII text goes the byte way. A value of 64 KiB or more
is never joined to anything: it stays a buffer of its own.

Rules: everything is checked before anything is given back, so a bad argument never leaves half a command behind.
What is refused is named by command and position, never by value. Types are told apart by `__class__`; subclasses
(enums among them) take the slow way and are sent as the value they hold.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .types import Buffer, Value

BIG = 65536  # from this many bytes on a value is sent by itself: a send costs less than a copy
CHUNK_BYTES = 65536  # about how much a packer joins into one buffer
CHUNK_COMMANDS = 1024  # and how many commands at most
_SETTLED = 32  # so many texts are joined at a time,
_LONG = CHUNK_BYTES // _SETTLED  # or one that is longer than this, so that all of them fit into a chunk
_CACHED_HEADS = 4096

FEW = 31  # arguments that are looked at one by one; of more, the text may be long
_TEXT = {str}
_WORDED = {str, int, float}  # what `repr` words as Redis does, or is text

# What stands before an argument of n bytes.
_TABLED = 1024
BEFORE = [f"\r\n${n}\r\n" for n in range(_TABLED)]
_BEFORE_BYTES = [b"\r\n$%d\r\n" % n for n in range(_TABLED)]
# What stands at the start of a command: "*3\r\n$3\r\nSET", by number of arguments and name.
_heads: list[dict[str, str]] = [{} for _ in range(128)]
heads_of_one, heads_of_two, _heads_of_three = _heads[1:4]


def pack(name: str, args: tuple[Value, ...]) -> bytes | list[Buffer]:
    """Return one command ready to send: its bytes, or, with big values in it, buffers to send one after another.

    *name* is upper case, one word or two ("CONFIG GET"). A big value that is a `bytearray` or `memoryview` is not
    copied: send the buffers before the caller can change it.

    Raises:
        TypeError: an argument is none of `str`, `bytes`, `bytearray`, `memoryview`, `int` (but not `bool`), `float`.
        ValueError: a `str` UTF-8 cannot hold, an `int` past the interpreter's limit of digits, a `memoryview` that is
            not contiguous.
    """
    text = ascii_text(name, args)
    return text.encode() if text else _pack_mixed(name, args)


def ascii_text(name: str, args: tuple[Value, ...]) -> str:
    """Return the command as text if all of it is short and ASCII; "" if it is not, or cannot be sent."""
    values: tuple[Any, ...] = args
    # Up to three arguments written out: they are most of all calls, and a loop would double their cost.
    try:
        count = len(values)
        if count == 1:
            (one,) = values
            if one.__class__ is str:
                text = f"{heads_of_one[name]}{BEFORE[len(one)]}{one}\r\n"
                return text if text.isascii() else ""
        elif count == 2:
            one, two = values
            if two.__class__ is int:
                two = repr(two)
            if one.__class__ is str is two.__class__:
                text = f"{heads_of_two[name]}{BEFORE[len(one)]}{one}{BEFORE[len(two)]}{two}\r\n"
                return text if text.isascii() else ""
        elif count == 3:
            one, two, three = values
            if one.__class__ is str is two.__class__ and three.__class__ is str:
                text = (
                    f"{_heads_of_three[name]}{BEFORE[len(one)]}{one}"
                    f"{BEFORE[len(two)]}{two}{BEFORE[len(three)]}{three}\r\n"
                )
                return text if text.isascii() else ""
        elif count > FEW:
            return _text_of_many(name, values)
        pieces = [_heads[count][name]]
        for arg in values:
            kind = arg.__class__
            if kind is not str:
                if kind is not int and kind is not float:
                    return ""
                arg = repr(arg)
            pieces.append(f"{BEFORE[len(arg)]}{arg}")
        pieces.append("\r\n")
        text = "".join(pieces)
        return text if text.isascii() else ""
    except (KeyError, IndexError, ValueError):
        return ""  # a command seen for the first time, a longer argument, an int with too many digits


def _text_of_many(name: str, values: tuple[Any, ...]) -> str:
    """The same for many arguments: a column after the other takes half of the time."""
    kinds = set(map(type, values))
    texts: Any = values
    if kinds != _TEXT:
        if not kinds <= _WORDED:
            return ""
        texts = [value if value.__class__ is str else repr(value) for value in values]
    if not texts[-1].isascii():  # the first may well be, as it is a key
        return ""
    pieces = [""] * (2 * len(values) + 2)
    pieces[0] = _head(name, len(values))
    pieces[1:-1:2] = [BEFORE[len(text)] for text in texts]
    pieces[2:-1:2] = texts
    pieces[-1] = "\r\n"
    text = "".join(pieces)
    return text if text.isascii() else ""


def pack_many(commands: Iterable[tuple[str, tuple[Value, ...]]]) -> list[Buffer]:
    """Return the buffers of a run of commands, joined as far as sensible. Raises as `pack` does."""
    packer = Packer()
    add = packer.add
    for name, args in commands:
        add(name, args)
    return [buffer for _, buffers in packer.take() for buffer in buffers]


class Packer:
    """Packs commands as they are queued, so that a long pipeline is held as bytes and not as objects.

    `add(name, args)` checks and packs; it raises as `pack` does, and then has changed nothing. `take()` gives what
    was added since the last `take()`, as `(number of commands, buffers)` per chunk: about 64 KiB or 1,024 commands.
    `len()` is the number of commands added and not taken. Values are copied: the caller may change a `bytearray`
    after `add`.

    Who has a command's `ascii_text` may put it into `texts` instead, and calls `settle()` after every 32 of them.
    """

    __slots__ = ("_buffers", "_chunks", "_count", "_length", "_size", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []  # commands, not yet joined
        self._buffers: list[Buffer] = []  # what comes before them in the open chunk
        self._count = 0  # commands in `_buffers`
        self._size = 0  # bytes of `_buffers`
        self._length = 0  # commands in closed chunks
        self._chunks: list[tuple[int, list[Buffer]]] = []

    def __len__(self) -> int:
        return self._length + self._count + len(self.texts)

    def add(self, name: str, args: tuple[Value, ...]) -> None:
        """Queue one command."""
        text = ascii_text(name, args)
        if text:
            self.texts.append(text)
            if len(self.texts) >= _SETTLED or len(text) > _LONG:
                self.settle()
            return
        packed = _pack_mixed(name, args)
        if isinstance(packed, bytes):
            buffers: list[Buffer] = [packed]
        else:
            buffers = [bytes(piece) if isinstance(piece, memoryview) else piece for piece in packed]
        self._join_texts()
        self._buffers += buffers
        self._size += sum(map(len, buffers))
        self._count += 1
        if self._size >= CHUNK_BYTES or self._count >= CHUNK_COMMANDS:
            self._close()

    def settle(self) -> None:
        """Join the texts so far, and close the chunk if it is full."""
        # Not for each command: joining early costs nothing and tells the size.
        self._join_texts()
        if self._size >= CHUNK_BYTES or self._count > CHUNK_COMMANDS - _SETTLED:
            self._close()

    def take(self) -> list[tuple[int, list[Buffer]]]:
        """Give and forget the chunks: each the number of its commands and the buffers to send."""
        self._close()
        chunks = self._chunks
        self._chunks = []
        self._length = 0
        return chunks

    def clear(self) -> None:
        """Forget everything."""
        self.texts.clear()
        self._buffers = []
        self._chunks = []
        self._count = self._size = self._length = 0

    def _join_texts(self) -> None:
        texts = self.texts
        if texts:
            joined = "".join(texts).encode()
            self._count += len(texts)
            texts.clear()
            self._buffers.append(joined)
            self._size += len(joined)

    def _close(self) -> None:
        self._join_texts()
        if self._count:
            self._chunks.append((self._count, _joined(self._buffers)))
            self._length += self._count
            self._buffers = []
            self._count = self._size = 0


def _joined(buffers: list[Buffer]) -> list[Buffer]:
    """The same bytes in as few buffers as can be without copying a big one."""
    if len(buffers) == 1:
        return buffers
    result: list[Buffer] = []
    small: list[Buffer] = []
    for buffer in buffers:
        if len(buffer) < BIG:
            small.append(buffer)
            continue
        if small:
            result.append(b"".join(small))
            small = []
        result.append(buffer)
    if small:
        result.append(b"".join(small))
    return result


def _head(name: str, count: int) -> str:
    """The start of a command, from the cache or put into it."""
    head = _heads[count].get(name) if count < len(_heads) else None
    if head is None:
        words = name.split(" ")
        try:
            sizes = [len(word.encode()) for word in words]
        except UnicodeEncodeError:
            raise ValueError("the command's name holds a lone surrogate, which UTF-8 cannot hold") from None
        head = f"*{len(words) + count}" + "".join(
            f"\r\n${size}\r\n{word}" for size, word in zip(sizes, words, strict=True)
        )
        if len(head) < 128 and count < len(_heads):
            # Names can come from users, argument counts from data: start afresh rather than grow for ever.
            if sum(map(len, _heads)) >= _CACHED_HEADS:
                for heads in _heads:
                    heads.clear()
            _heads[count][name] = head
    return head


def _pack_mixed(name: str, args: tuple[Any, ...]) -> bytes | list[Buffer]:
    """Pack what is not all short ASCII text."""
    # 1. Short `str`, `bytes` and `int`: still at some speed, for these are keys with pickled values and the like.
    pieces: list[Buffer] = [_head(name, len(args)).encode()]
    try:
        for arg in args:
            kind = arg.__class__
            if kind is str:
                if len(arg) >= _TABLED:
                    break  # before a big one is encoded in vain
                arg = arg.encode()
            elif kind is int:
                arg = b"%d" % arg
            elif kind is float:
                arg = repr(arg).encode()
            elif kind is not bytes:
                break
            pieces += (_BEFORE_BYTES[len(arg)], arg)
        else:
            pieces.append(b"\r\n")
            return b"".join(pieces)
    except (IndexError, ValueError):
        pass  # a longer argument, or one to be refused
    # 2. Anything.
    pieces = []
    if _pack_bytes(pieces, name, args):
        return _joined(pieces)
    return b"".join(pieces)


def _pack_bytes(pieces: list[Buffer], name: str, args: tuple[Any, ...]) -> bool:
    """Append the command's pieces, whatever its arguments are. True if there is a big one among them."""
    big = False
    before = _head(name, len(args))
    for position, arg in enumerate(args):
        kind = arg.__class__
        try:
            if kind is str:
                value: Buffer = arg.encode()
            elif kind is bytes:
                value = arg
            else:
                value = _converted(arg)
        except UnicodeEncodeError:
            # Not chained: the original holds the value.
            message = f"{name} argument {position + 1} holds a lone surrogate, which UTF-8 cannot hold"
            raise ValueError(message) from None
        except _Refused as refused:
            raise refused.error(f"{name} argument {position + 1} {refused.why}") from None
        size = len(value)
        pieces += (f"{before}\r\n${size}\r\n".encode(), value)
        before = ""
        if size >= BIG:
            big = True
    pieces.append(f"{before}\r\n".encode())
    return big


class _Refused(Exception):
    """Why an argument cannot be sent, before its command and position are known."""

    def __init__(self, error: type[Exception], why: str) -> None:
        super().__init__(why)
        self.error = error
        self.why = why


def _converted(arg: Any) -> Buffer:
    """The bytes of an argument that is neither exactly `str` nor exactly `bytes`.

    The base classes' own methods are called throughout, because a subclass may word itself otherwise (an IntEnum).
    """
    if isinstance(arg, bool):
        raise _Refused(TypeError, "is a bool; Redis has none: send 1 or 0, or a text of your choice")
    if isinstance(arg, int):
        try:
            return int.__repr__(arg).encode()
        except ValueError:
            raise _Refused(ValueError, "is an int with more digits than the interpreter converts") from None
    if isinstance(arg, float):
        return float.__repr__(arg).encode()
    if isinstance(arg, str):
        return str.encode(arg)
    if isinstance(arg, bytes):
        return memoryview(arg).tobytes()
    if isinstance(arg, bytearray):
        return memoryview(arg) if len(arg) >= BIG else bytes(arg)
    if type(arg) is memoryview:  # it cannot be subclassed
        return _of_view(arg)
    if arg is None:
        raise _Refused(TypeError, "is None; Redis has no null to store: leave it out, or send a text of your choice")
    what = type(arg).__name__
    if isinstance(arg, (list, tuple, set, frozenset, dict)):
        raise _Refused(TypeError, f"is a {what}; pass its elements one by one")
    raise _Refused(TypeError, f"is a {what}; it must be str, bytes, bytearray, memoryview, int or float")


def _of_view(view: memoryview[int]) -> Buffer:
    try:
        if not view.contiguous:
            raise _Refused(ValueError, "is a memoryview that is not contiguous")
        if view.nbytes >= BIG and view.c_contiguous:
            return view.cast("B")
        return view.tobytes(order="A")
    except ValueError as error:
        raise _Refused(ValueError, f"is a memoryview that cannot be read: {error}") from None
