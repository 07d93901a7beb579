"""The part of a pipeline that knows no colour: commands go from its methods to a batch.

`_run` is the hot path of all pipelines; whatever is seldom leaves it for `Batch.add`.
"""

from __future__ import annotations

from .commands.spec import SPECIAL, canonical
from .resp import ascii_text
from .resp.encoder import BEFORE, FEW, heads_of_one, heads_of_two

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Self

    from .batch import Batch, Parse
    from .commands.core import Value


class Queue:
    """The part of a pipeline that knows no colour: it holds the batch that its commands are queued on."""

    __slots__ = ("_address", "_batch", "_fresh")

    def __init__(self, fresh: Callable[[], Batch], address: str) -> None:
        self._fresh = fresh
        self._batch = fresh()
        self._address = address

    def __len__(self) -> int:
        return len(self._batch)

    def __bool__(self) -> bool:
        return True  # an empty one is still a pipeline

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} commands to {self._address}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.discard()

    def discard(self) -> None:
        """Forget what is queued; nothing was sent."""
        self._batch = self._fresh()

    def _take_batch(self) -> Batch:
        """What is queued, to be sent; the queue is empty then."""
        batch = self._batch
        self._batch = self._fresh()
        return batch

    def _add(self, args: tuple[Value, ...]) -> None:
        """Queue what was given to `execute`."""
        if not args:
            raise TypeError("execute() queues a command and needs its name: did you mean exec()?")
        name, rest = canonical(args)
        self._batch.add(name, rest, None)

    def _run(self, name: str, *args: Value, parse: Parse = None) -> Any:
        batch = self._batch
        one: Any
        two: Any
        text = ""
        if batch.is_plain and name not in SPECIAL:
            # What needs no more than to be packed is queued here, and the shortest forms are packed here too, as
            # `ascii_text` would: a further call costs a tenth of the whole.
            try:
                if len(args) == 1:
                    (one,) = args
                    if one.__class__ is str:
                        text = f"{heads_of_one[name]}{BEFORE[len(one)]}{one}\r\n"
                elif len(args) == 2:
                    one, two = args
                    if two.__class__ is int:
                        two = repr(two)
                    if one.__class__ is str is two.__class__:
                        text = f"{heads_of_two[name]}{BEFORE[len(one)]}{one}{BEFORE[len(two)]}{two}\r\n"
                elif len(args) <= FEW:  # others are the packer's, which looks at lengths
                    text = ascii_text(name, args)
            except (KeyError, IndexError, ValueError):
                pass
        if text and text.isascii():
            texts = batch.texts
            texts.append(text)
            batch.names.append(name)
            batch.parses.append(parse)
            if len(texts) > 31:
                batch.settle()
        else:
            batch.add(name, args, parse)
        return self
