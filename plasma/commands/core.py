"""What every command group stands on: one abstract `_run`, and the few helpers that several groups need.

A group is a mixin of plain methods: each builds the arguments, calls `self._run` once and says with `parse=` how
the reply becomes the result. Who carries it out (a blocking client, an asyncio client, a pipeline ...) is the face
that the mixin is put into: each face brings its own `_run` and nothing else.

Rules: no I/O, no state, no clock. A parser here gets the reply as RESP2 or RESP3 gave it, as text or as bytes,
never an error, and gives the same result for all four. What users stored keeps its type `S`; what the server
words itself becomes `str`. Durations and times become whole numbers exactly, or raise `ValueError`.
Nothing here knows key prefixes, connections or the command table.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from typing import Any, TypeAlias
    from typing import Generic as Generic
    from typing import overload as overload

    from typing_extensions import TypeVar, TypeVarTuple
    from typing_extensions import Unpack as Unpack

    # The text type: what users stored comes back as str or as bytes.
    S = TypeVar("S", bound="str | bytes", default=str)
    # The result of one command.
    T = TypeVar("T")
    # The results of what a pipeline has queued; where nobody follows them, any number of anything.
    Ts = TypeVarTuple("Ts", default=Unpack[tuple[Any, ...]])

    # What may be sent. bool is refused when the command is packed, though checkers take it for an int.
    Value: TypeAlias = str | bytes | bytearray | memoryview | int | float
    Key: TypeAlias = Value
    # The keys of a mapping: `Mapping[K, Value]` takes a dict[str, str], which a `Mapping[Key, Value]` does not.
    K = TypeVar("K", bound=Key, default=str)
    # Whole units of the command (seconds or milliseconds), or a timedelta.
    Duration: TypeAlias = int | timedelta
    # Unix time in units of the command, or a datetime; a naive one is local time.
    Moment: TypeAlias = int | datetime
    # Seconds to wait in a blocking command; 0 is for ever.
    Timeout: TypeAlias = int | float | timedelta

    class Reply(Generic[T]):
        """What a command gives back, whatever the face: `T`, an awaitable `T`, or the pipeline itself."""

    class _Base(Generic[S]):
        pass
else:

    class _Base:
        # Stands in for typing.Generic, which costs more to import than all of the groups: `CommandsCore[S]` and
        # `RedisClient[bytes]` are the class itself.
        __slots__ = ()

        def __class_getitem__(cls, item):
            return cls

    S = T = Ts = K = Reply = None
    Generic = Unpack = _Base

    def overload(function):
        return function


# The `parse` of a reply that is wanted as it came; in a name of its own so that type checkers know it gives Any.
AS_IT_IS: Callable[[Any], Any] | None = None


class CommandsCore(_Base[S]):
    """The root of all command groups. A face overrides `_run`."""

    __slots__ = ()

    def _run(self, name: str, *args: Value, parse: Callable[[Any], T] | None = None) -> Reply[T]:
        """Carry out one command.

        *name* is upper case, "GET" or "CONFIG GET". *parse* turns the reply into the result; None keeps the reply.
        It never sees an error reply.
        """
        raise NotImplementedError


# --- replies to results ---------------------------------------------------------------------------------------


def ok(reply: object) -> bool:
    """True for "OK" (and for "PONG", "QUEUED" ...), False for a null: a condition was not met."""
    return reply is not None


to_bool: Callable[[object], bool] = bool  # a yes/no reply: 1 or 0, or a RESP3 boolean


def text(reply: str | bytes) -> str:
    """What the server worded itself, as str also where replies are bytes."""
    return reply if isinstance(reply, str) else reply.decode("utf-8", "replace")


def text_or_none(reply: str | bytes | None) -> str | None:
    return None if reply is None else text(reply)


def texts(reply: list[str | bytes] | set[str | bytes]) -> list[str]:
    return [text(item) for item in reply]


def float_or_none(reply: str | bytes | float | None) -> float | None:
    """A double: text on RESP2, a float on RESP3."""
    return None if reply is None else float(reply)


def pairs_to_dict(reply: Any) -> dict[Any, Any]:
    """A map: a flat list on RESP2, a dict on RESP3."""
    return reply if reply.__class__ is dict else dict(zip(reply[::2], reply[1::2], strict=True))


def text_keys(reply: Any) -> dict[str, Any]:
    """A map whose keys are field names of the server's; the values stay as they are."""
    return {text(key): value for key, value in pairs_to_dict(reply).items()}


def text_dict(reply: Any) -> dict[str, str]:
    """A map in which the server worded both keys and values."""
    return {text(key): text(value) for key, value in pairs_to_dict(reply).items()}


def as_set(reply: Any) -> set[Any]:
    """A set: a list on RESP2."""
    return reply if hasattr(reply, "add") else set(reply)


# --- arguments ------------------------------------------------------------------------------------------------


def none_given(method: str, what: str) -> ValueError:
    """The error for a variadic call without anything: `raise none_given("delete", "key")`."""
    return ValueError(f"{method}() needs at least one {what}; nothing was sent")


def at_most_one(method: str, /, **options: object) -> None:
    """Raise ValueError if more than one of *options* is given. None and False are not given; 0 is."""
    given = [name for name, value in options.items() if value is not None and value is not False]
    if len(given) > 1:
        raise ValueError(f"{method}(): {given[0]} and {given[1]} exclude each other")


def seconds(option: str, value: Duration, finer: str) -> int:
    """A duration in whole seconds. *option* and *finer* (the one in milliseconds) are for the error's text."""
    return value if type(value) is int else _whole(option, value, 1_000_000, f"seconds; use {finer}")


def milliseconds(option: str, value: Duration) -> int:
    """A duration in whole milliseconds."""
    return value if type(value) is int else _whole(option, value, 1_000, "milliseconds, and Redis knows nothing finer")


def unix_seconds(value: Moment) -> int:
    """A time in Unix seconds. Fractions of a datetime are cut off: nothing lives longer than asked for."""
    return value if type(value) is int else _since_epoch(value, 1_000_000)


def unix_milliseconds(value: Moment) -> int:
    """A time in Unix milliseconds, cut off likewise."""
    return value if type(value) is int else _since_epoch(value, 1_000)


def wait_seconds(value: Timeout) -> int | float:
    """The timeout of a blocking command, in seconds with fractions."""
    if type(value) is int or type(value) is float:
        return value
    from datetime import timedelta

    return value.total_seconds() if isinstance(value, timedelta) else value


def _whole(option: str, value: Duration, unit: int, unit_name: str) -> int:
    from datetime import timedelta

    if not isinstance(value, timedelta):
        return value  # not a type of ours: packing it says what is wrong, or the server does
    count, rest = divmod(value, timedelta(microseconds=unit))
    if rest:
        raise ValueError(f"{option}: {value} is not a whole number of {unit_name}")
    return count


def _since_epoch(value: Moment, unit: int) -> int:
    from datetime import datetime, timedelta, timezone

    if not isinstance(value, datetime):
        return value
    # Whole-number arithmetic: timestamp() is a float and would lose microseconds. astimezone() takes a naive
    # datetime for local time.
    return (value.astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=unit)
