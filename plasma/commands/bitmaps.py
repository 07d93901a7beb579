"""Commands on the bits of strings: single ones, ranges of them, and integers of any width among them.

Bits are numbered from the first one of the first byte. The operations of a bit field are tuples, worded as Redis words
them: `bitfield("k", ("INCRBY", "u8", 0, 1), ("GET", "i5", "#2"))`.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, none_given

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal, TypeAlias

    from .core import Key, Reply, Value

    # The type is "u8", "i16" ...; the offset is in bits, or "#2": so many times the width of the type.
    BitRead: TypeAlias = tuple[Literal["GET"], str, int | str]
    BitOperation: TypeAlias = (
        BitRead
        | tuple[Literal["SET", "INCRBY"], str, int | str, int]
        | tuple[Literal["OVERFLOW"], Literal["WRAP", "SAT", "FAIL"]]
    )


class BitmapCommands(CommandsCore[S]):
    """The bits of a string."""

    __slots__ = ()

    def bitcount(
        self,
        key: Key,
        start: int | None = None,
        end: int | None = None,
        *,
        unit: Literal["BYTE", "BIT"] | None = None,
    ) -> Reply[int]:
        """Return how many bits are 1.

        Args:
            start, end: Only from and to this byte, both included; -1 is the last one. *start* alone is Valkey's.
            unit: What *start* and *end* count, "BYTE" without it.

        https://redis.io/docs/latest/commands/bitcount/
        """
        return self._run("BITCOUNT", key, *_part("bitcount", start, end, unit))

    def bitfield(self, key: Key, *operations: BitOperation) -> Reply[list[int | None]]:
        """Return the results of reading and writing integers in the string, in order.

        Args:
            operations: Tuples. ("GET", type, offset) gives a value, ("SET", type, offset, value) the value before,
                ("INCRBY", type, offset, increment) the value after. ("OVERFLOW", how) says for those after it what
                becomes of a value that is too large: "WRAP" (so it is without it), "SAT" for the largest possible, or
                "FAIL": None is the result, and nothing is written. A type is "u8" or "i16"; an offset is in bits, or
                "#2" for two times the width of the type.

        https://redis.io/docs/latest/commands/bitfield/
        """
        return self._run("BITFIELD", key, *_flat("bitfield", operations))

    def bitfield_ro(self, key: Key, *operations: BitRead) -> Reply[list[int]]:
        """Return integers in the string, in order: `bitfield` for replicas, with ("GET", type, offset) alone.

        https://redis.io/docs/latest/commands/bitfield_ro/
        """
        return self._run("BITFIELD_RO", key, *_flat("bitfield_ro", operations))

    def bitop(
        self,
        operation: Literal["AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE"],
        destkey: Key,
        *keys: Key,
    ) -> Reply[int]:
        """Return the number of bytes of the result, which replaced *destkey*.

        Args:
            operation: With the first key as X: "NOT" of it alone; "DIFF" has the bits of X that are in no other,
                "DIFF1" those of the others that are not in X, "ANDOR" those of X that are in any other, "ONE" those
                that are in exactly one.

        https://redis.io/docs/latest/commands/bitop/
        """
        if not keys:
            raise none_given("bitop", "key")
        return self._run("BITOP", operation, destkey, *keys)

    def bitpos(
        self,
        key: Key,
        bit: int,
        start: int | None = None,
        end: int | None = None,
        *,
        unit: Literal["BYTE", "BIT"] | None = None,
    ) -> Reply[int]:
        """Return where the first bit that is *bit*, 0 or 1, is; -1 if there is none.

        Without *end*, the string goes on with zeros for ever.

        Args:
            start, end: Only from and to this byte, both included; -1 is the last one.
            unit: What *start* and *end* count, "BYTE" without it. The result is in bits always.

        https://redis.io/docs/latest/commands/bitpos/
        """
        return self._run("BITPOS", key, bit, *_part("bitpos", start, end, unit))

    def getbit(self, key: Key, offset: int) -> Reply[int]:
        """Return the bit at *offset*, 0 beyond the end.

        https://redis.io/docs/latest/commands/getbit/
        """
        return self._run("GETBIT", key, offset)

    def setbit(self, key: Key, offset: int, value: int) -> Reply[int]:
        """Return the bit that was at *offset*, which now is *value*. The string grows if it must.

        https://redis.io/docs/latest/commands/setbit/
        """
        return self._run("SETBIT", key, offset, value)


def _part(method: str, start: int | None, end: int | None, unit: str | None) -> tuple[Value, ...]:
    if start is None and (end is not None or unit is not None):
        raise ValueError(f"{method}(): end and unit need a start")
    if end is None and unit is not None:
        raise ValueError(f"{method}(): unit needs an end")
    given = (start, end, unit)
    return tuple([value for value in given if value is not None])


def _flat(method: str, operations: Iterable[tuple[Any, ...] | str]) -> list[Value]:
    flat: list[Value] = []
    for operation in operations:
        if not isinstance(operation, tuple):
            raise TypeError(f'{method}() takes its operations as tuples: ("GET", "u8", 0), not {operation!r:.40}')
        flat += operation
    if not flat:
        raise none_given(method, "operation")
    return flat
