"""What a consumer of a group and its entries are, apart from how they reach the server: for both colours."""

from __future__ import annotations

import os

from .commands.core import Generic, S
from .errors import ConfigurationError, DecodeError
from .flows.streams import Consumer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from .flows.holdings import Holding


class Entry(Generic[S]):
    """The part of an entry that knows no colour."""

    __slots__ = ("_group", "_holding", "fields", "id")

    def __init__(self, group: Any, holding: Holding, id: S, fields: dict[S, S]) -> None:
        self._group = group
        self._holding = holding
        self.id = id
        self.fields = fields

    def __repr__(self) -> str:
        state = "acknowledged" if self.acknowledged else "lost" if self.lost else f"delivery {self.deliveries}"
        return f"<{type(self).__name__} {_text(self._holding.id)}, {state}>"

    def __getitem__(self, field: S) -> S:
        return self.fields[field]

    @property
    def deliveries(self) -> int:
        """How many times it was delivered, this time included."""
        return self._holding.deliveries

    @property
    def acknowledged(self) -> bool:
        """Was it acknowledged, by this object, while it was ours?"""
        return self._holding.acknowledged

    @property
    def lost(self) -> bool:
        """Was it found, when last asked, that another consumer has claimed it, or that it is pending no longer?"""
        return self._holding.lost


class Group(Generic[S]):
    """The part of a consumer that knows no colour."""

    __slots__ = ("__weakref__", "_closed", "_consumer", "_decode", "_ended", "_pid", "_plain", "_unnamed")

    def __init__(
        self, client: Any, name: str | bytes, group: str | bytes, consumer: str | bytes | None, **options: Any
    ) -> None:
        self._decode: bool = client._decode
        # What was sent and not answered must come up here, whatever the client does about it elsewhere.
        self._plain = client.bytes.options(idempotent=False)
        self._unnamed = consumer is None
        own = _own_name() if consumer is None else consumer
        self._consumer = Consumer(name, group, own, prefix=client._prefix, **options)
        self._ended = True
        self._closed = False
        self._pid = os.getpid()

    def __repr__(self) -> str:
        consumer = self._consumer
        state = "closed" if self._closed else f"{len(consumer.held)} in hand, {len(consumer.waiting)} waiting"
        words = (_text(consumer.name), _text(consumer.group), _text(consumer.consumer))
        return f"<{type(self).__name__} {words[0]!r}, group {words[1]!r}, consumer {words[2]!r}, {state}>"

    @property
    def name(self) -> str:
        """The key of the stream."""
        return _text(self._consumer.name)

    @property
    def group(self) -> str:
        """The name of the group."""
        return _text(self._consumer.group)

    @property
    def consumer(self) -> str:
        """The name of this consumer."""
        return _text(self._consumer.consumer)

    @property
    def dead_letter(self) -> str | None:
        """The key of the stream to which goes what was delivered too often; None if nothing does."""
        return _text(self._consumer.dead_letter) if self._consumer.most else None

    def stop(self) -> None:
        """End the loop, within a second if it waits. Also for another thread or task, or a signal handler.

        What was read and not given out is given back: others may have it at once.
        """
        self._consumer.stopped = True

    def _begin(self) -> Self:
        if self._ended and not self._closed:
            self._ended = False
            self._consumer.begin()
        return self

    def _end(self) -> None:
        self._ended = True
        self._consumer.stopped = self._closed

    def _check_process(self) -> None:
        if self._pid != os.getpid():
            raise ConfigurationError("it belongs to the process that this one was forked from: make another one here")

    def _opened(self, holding: Holding) -> tuple[Any, Any]:
        """The id and the fields of an entry as the caller wants them."""
        if not self._decode:
            return holding.id, holding.fields
        try:
            return holding.id.decode(), {field.decode(): value.decode() for field, value in holding.fields.items()}
        except UnicodeDecodeError as exc:
            self._consumer.give_up(holding)
            text = f"the entry {_text(holding.id)} of {self.name} is not UTF-8; client.bytes has it as bytes"
            raise DecodeError(text, command=f"XREADGROUP {self.name}") from exc


def reason_of(error: BaseException) -> str:
    """What a dead letter tells of the last attempt to handle it."""
    return f"{type(error).__name__}: {error}"[:500].rstrip(": ")


def in_another_loop() -> ConfigurationError:
    """The error for a second loop over the same object."""
    return ConfigurationError("a loop over it is running already: make a stream_group() for each")


def _own_name() -> str:
    from socket import gethostname

    return f"{gethostname()}-{os.getpid()}-{os.urandom(4).hex()}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")
