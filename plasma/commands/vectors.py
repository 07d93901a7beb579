"""Commands on vector sets: elements, each with a vector, found by how much alike their vectors are. Redis only.

A vector is a sequence of numbers, or bytes: 32-bit floats, the lowest byte first. Attributes of an element are a text
in JSON. What is asked for beside an element comes in a tuple with it: (element, score, attributes).
"""

from __future__ import annotations

from .core import (
    TYPE_CHECKING,
    CommandsCore,
    S,
    at_most_one,
    overload,
    text,
    text_keys,
    to_bool,
)
from .worded import worded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal, TypeAlias

    from .core import Key, Reply, Value

    Vector: TypeAlias = Sequence[float] | bytes | bytearray | memoryview


class VectorCommands(CommandsCore[S]):
    """Vector sets: elements with vectors, under one key."""

    __slots__ = ()

    def vadd(
        self,
        key: Key,
        vector: Vector,
        element: Value,
        *,
        reduce: int | None = None,
        cas: bool = False,
        noquant: bool = False,
        q8: bool = False,
        bin: bool = False,
        ef: int | None = None,
        setattr: Value | None = None,
        m: int | None = None,
    ) -> Reply[bool]:
        """Return whether the element is new. One that is there gets the new vector.

        Args:
            reduce: Reduce vectors to so many dimensions, by a random projection.
            cas: Look for its neighbours in the background. Safe, and the server has time for others meanwhile.
            noquant, q8, bin: Keep vectors as they are, in 8 bits a dimension (so it is without any of them), or in one.
                The first element decides.
            ef: How hard to look for neighbours; 200 without it.
            setattr: Attributes, a text in JSON.
            m: How many neighbours an element is linked to; 16 without it. The first element decides.

        https://redis.io/docs/latest/commands/vadd/
        """
        at_most_one("vadd", noquant=noquant, q8=q8, bin=bin)
        options: list[Value] = [
            word for word, given in (("CAS", cas), ("NOQUANT", noquant), ("Q8", q8), ("BIN", bin)) if given
        ]
        for word, value in (("EF", ef), ("SETATTR", setattr), ("M", m)):
            if value is not None:
                options += word, value
        first = () if reduce is None else ("REDUCE", reduce)
        return self._run("VADD", key, *first, *_vector("vadd", vector), element, *options, parse=to_bool)

    def vcard(self, key: Key) -> Reply[int]:
        """Return the number of elements.

        https://redis.io/docs/latest/commands/vcard/
        """
        return self._run("VCARD", key)

    def vdim(self, key: Key) -> Reply[int]:
        """Return how many dimensions the vectors have.

        Raises:
            ResponseError: The key does not exist.

        https://redis.io/docs/latest/commands/vdim/
        """
        return self._run("VDIM", key)

    @overload
    def vemb(self, key: Key, element: Value, *, raw: Literal[False] = False) -> Reply[list[float] | None]: ...
    @overload
    def vemb(
        self, key: Key, element: Value, *, raw: Literal[True]
    ) -> Reply[tuple[str, S, float, float | None] | None]: ...
    def vemb(self, key: Key, element: Value, *, raw: bool = False) -> Reply[Any]:
        """Return the vector of *element*, about as it was given; None if it is not there.

        Args:
            raw: Return what is stored: (kind, data, length of the vector before it was normalised, range of an 8-bit
                one or None). The data are binary: ask for them by `client.bytes`.

        https://redis.io/docs/latest/commands/vemb/
        """
        if raw:
            return self._run("VEMB", key, element, "RAW", parse=_stored)
        return self._run("VEMB", key, element, parse=_floats)

    def vgetattr(self, key: Key, element: Value) -> Reply[S | None]:
        """Return the attributes of *element*; None if it has none or is not there.

        https://redis.io/docs/latest/commands/vgetattr/
        """
        return self._run("VGETATTR", key, element)

    def vinfo(self, key: Key) -> Reply[dict[str, Any] | None]:
        """Return what the server tells of a vector set, `quant-type`, `vector-dim`, `size` ...; None if there is none.

        https://redis.io/docs/latest/commands/vinfo/
        """
        return self._run("VINFO", key, parse=_told)

    def vismember(self, key: Key, element: Value) -> Reply[bool]:
        """Return whether the element is there.

        https://redis.io/docs/latest/commands/vismember/
        """
        return self._run("VISMEMBER", key, element, parse=to_bool)

    @overload
    def vlinks(
        self, key: Key, element: Value, *, withscores: Literal[False] = False
    ) -> Reply[list[list[S]] | None]: ...
    @overload
    def vlinks(
        self, key: Key, element: Value, *, withscores: Literal[True]
    ) -> Reply[list[list[tuple[S, float]]] | None]: ...
    def vlinks(self, key: Key, element: Value, *, withscores: bool = False) -> Reply[Any]:
        """Return the neighbours of *element*, a list for each layer, the highest first; None if it is not there.

        Args:
            withscores: Give (neighbour, how much alike it is) pairs.

        https://redis.io/docs/latest/commands/vlinks/
        """
        if withscores:
            return self._run("VLINKS", key, element, "WITHSCORES", parse=_layers)
        return self._run("VLINKS", key, element)

    @overload
    def vrandmember(self, key: Key) -> Reply[S | None]: ...
    @overload
    def vrandmember(self, key: Key, count: int) -> Reply[list[S]]: ...
    def vrandmember(self, key: Key, count: int | None = None) -> Reply[Any]:
        """Return a random element, or None; with *count* a list of them.

        Args:
            count: At most so many different elements; below 0 just so many, and an element may come more than once.

        https://redis.io/docs/latest/commands/vrandmember/
        """
        return self._run("VRANDMEMBER", key, *(() if count is None else (count,)))

    def vrange(self, key: Key, start: Value, end: Value, count: int | None = None) -> Reply[list[S]]:
        """Return the elements between *start* and *end* in the order of their bytes, at most *count*.

        Args:
            start, end: "[a" with a, "(a" without it; "-" and "+" are the ends.

        https://redis.io/docs/latest/commands/vrange/
        """
        return self._run("VRANGE", key, start, end, *(() if count is None else (count,)))

    def vrem(self, key: Key, element: Value) -> Reply[bool]:
        """Return whether the element was there; it is gone.

        https://redis.io/docs/latest/commands/vrem/
        """
        return self._run("VREM", key, element, parse=to_bool)

    def vsetattr(self, key: Key, element: Value, attributes: Value) -> Reply[bool]:
        """Return whether the element is there; it has these attributes, a text in JSON. "" takes them away.

        https://redis.io/docs/latest/commands/vsetattr/
        """
        return self._run("VSETATTR", key, element, attributes, parse=to_bool)

    @overload
    def vsim(
        self,
        key: Key,
        vector: Vector | None = None,
        *,
        element: Value | None = None,
        withscores: Literal[False] = False,
        withattribs: Literal[False] = False,
        count: int | None = None,
        epsilon: float | None = None,
        ef: int | None = None,
        filter: Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        nothread: bool = False,
    ) -> Reply[list[S]]: ...
    @overload
    def vsim(
        self,
        key: Key,
        vector: Vector | None = None,
        *,
        element: Value | None = None,
        withscores: Literal[True],
        withattribs: Literal[False] = False,
        count: int | None = None,
        epsilon: float | None = None,
        ef: int | None = None,
        filter: Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        nothread: bool = False,
    ) -> Reply[list[tuple[S, float]]]: ...
    @overload
    def vsim(
        self,
        key: Key,
        vector: Vector | None = None,
        *,
        element: Value | None = None,
        withscores: Literal[False] = False,
        withattribs: Literal[True],
        count: int | None = None,
        epsilon: float | None = None,
        ef: int | None = None,
        filter: Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        nothread: bool = False,
    ) -> Reply[list[tuple[S, S | None]]]: ...
    @overload
    def vsim(
        self,
        key: Key,
        vector: Vector | None = None,
        *,
        element: Value | None = None,
        withscores: Literal[True],
        withattribs: Literal[True],
        count: int | None = None,
        epsilon: float | None = None,
        ef: int | None = None,
        filter: Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        nothread: bool = False,
    ) -> Reply[list[tuple[S, float, S | None]]]: ...
    def vsim(
        self,
        key: Key,
        vector: Vector | None = None,
        *,
        element: Value | None = None,
        withscores: bool = False,
        withattribs: bool = False,
        count: int | None = None,
        epsilon: float | None = None,
        ef: int | None = None,
        filter: Value | None = None,
        filter_ef: int | None = None,
        truth: bool = False,
        nothread: bool = False,
    ) -> Reply[Any]:
        """Return the elements that are most like *vector*, or like the vector of *element*, the most alike first.

        Args:
            withscores: With how much alike they are: 1 the same, 0 the opposite.
            withattribs: With their attributes, or None.
            count: At most so many; 10 without it.
            epsilon: Only those that differ by less, of 0 to 1.
            ef: How hard to look.
            filter: Only those whose attributes meet this expression: ".year > 1980".
            filter_ef: How many to look at for the filter; 0 is as many as it takes.
            truth: Look at all, one by one.
            nothread: Do it at once, and serve nobody else meanwhile.

        https://redis.io/docs/latest/commands/vsim/
        """
        if (vector is None) is (element is None):
            raise ValueError("vsim() needs either a vector or an element")
        options: list[Value] = ["ELE", element] if element is not None else list(_vector("vsim", vector or ()))
        if withscores:
            options.append("WITHSCORES")
        if withattribs:
            options.append("WITHATTRIBS")
        words = (("COUNT", count), ("EPSILON", epsilon), ("EF", ef), ("FILTER", filter), ("FILTER-EF", filter_ef))
        for word, value in words:
            if value is not None:
                options += word, value
        if truth:
            options.append("TRUTH")
        if nothread:
            options.append("NOTHREAD")
        parse = (_alike if withattribs else _scored) if withscores else _attributed if withattribs else None
        return self._run("VSIM", key, *options, parse=parse)


def _vector(method: str, vector: Vector | str) -> tuple[Value, ...]:
    given: Any = vector  # narrowed down, a view would have elements that checkers call unknown
    if isinstance(vector, (bytes, bytearray, memoryview)):
        return "FP32", given
    if isinstance(vector, str) or not hasattr(vector, "__len__"):
        raise TypeError(f"{method}() takes a vector as a list of numbers, or as bytes, not as {vector!r:.40}")
    return "VALUES", len(vector), *vector


# --- replies --------------------------------------------------------------------------------------------------


def _floats(reply: Any) -> list[float] | None:
    return None if reply is None else list(map(float, reply))


def _stored(reply: Any) -> tuple[str, Any, float, float | None] | None:
    if reply is None:
        return None
    kind, data, length, *more = reply
    return text(kind), data, float(length), float(more[0]) if more else None


def _told(reply: Any) -> dict[str, Any] | None:
    return None if reply is None else {name: worded(value) for name, value in text_keys(reply).items()}


def _scored(reply: Any) -> list[tuple[Any, float]]:
    """A flat list with texts on RESP2, a map with doubles on RESP3."""
    if hasattr(reply, "items"):
        return list(reply.items())
    return list(zip(reply[::2], map(float, reply[1::2]), strict=True))


def _attributed(reply: Any) -> list[tuple[Any, Any]]:
    return list(reply.items()) if hasattr(reply, "items") else list(zip(reply[::2], reply[1::2], strict=True))


def _alike(reply: Any) -> list[tuple[Any, float, Any]]:
    if hasattr(reply, "items"):
        return [(element, score, attributes) for element, (score, attributes) in reply.items()]
    return list(zip(reply[::3], map(float, reply[1::3]), reply[2::3], strict=True))


def _layers(reply: Any) -> list[list[tuple[Any, float]]] | None:
    return None if reply is None else list(map(_scored, reply))
