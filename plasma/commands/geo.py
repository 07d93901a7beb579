"""Commands on places: members of a sorted set, each with a longitude and a latitude.

Positions are pairs (longitude, latitude), in this order, as Redis has them. A search gives members; asked for more, it
gives tuples of the member and what was asked for, in this order: the distance from the centre, in the unit of the
search; the 52-bit integer that the place is stored as; the position.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, at_most_one, float_or_none, none_given, overload, text_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Literal, TypeAlias, TypedDict

    from typing_extensions import Unpack

    from .core import K, Key, Reply, Value

    Position: TypeAlias = tuple[float, float]
    Place: TypeAlias = Mapping[K, Position] | tuple[float, float, Value]
    LengthUnit: TypeAlias = Literal["m", "km", "ft", "mi"]

    class GeoOrder(TypedDict, total=False):
        """How many, and in what order."""

        sort: Literal["ASC", "DESC"] | None
        count: int | None
        any: bool

    class GeoArea(GeoOrder, total=False):
        """Where to look."""

        frommember: Value | None
        fromlonlat: Position | None
        byradius: float | None
        bybox: Position | None
        bypolygon: Sequence[Position] | None
        unit: LengthUnit


class GeoCommands(CommandsCore[S]):
    """Places on the earth."""

    __slots__ = ()

    def geoadd(self, key: Key, *members: Place[K], nx: bool = False, xx: bool = False, ch: bool = False) -> Reply[int]:
        """Return how many members were added.

        Args:
            members: A mapping {member: (longitude, latitude)}, or tuples (longitude, latitude, member).
            nx: Only add, never move.
            xx: Only move, never add.
            ch: Count the moved members too.

        https://redis.io/docs/latest/commands/geoadd/
        """
        at_most_one("geoadd", nx=nx, xx=xx)
        flags = [name for name, given in (("NX", nx), ("XX", xx), ("CH", ch)) if given]
        return self._run("GEOADD", key, *flags, *_places(members))

    def geodist(self, key: Key, member1: Value, member2: Value, unit: LengthUnit = "m") -> Reply[float | None]:
        """Return how far two members are from each other, or None if one of them is not there.

        https://redis.io/docs/latest/commands/geodist/
        """
        return self._run("GEODIST", key, member1, member2, unit, parse=float_or_none)

    def geohash(self, key: Key, *members: Value) -> Reply[list[str | None]]:
        """Return the geohash of each of *members*, 11 characters; None for one that is not there.

        https://redis.io/docs/latest/commands/geohash/
        """
        if not members:
            raise none_given("geohash", "member")
        return self._run("GEOHASH", key, *members, parse=_hashes)

    def geopos(self, key: Key, *members: Value) -> Reply[list[Position | None]]:
        """Return the (longitude, latitude) of each of *members*; None for one that is not there.

        https://redis.io/docs/latest/commands/geopos/
        """
        if not members:
            raise none_given("geopos", "member")
        return self._run("GEOPOS", key, *members, parse=_positions)

    @overload
    def georadius(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        **order: Unpack[GeoOrder],
    ) -> Reply[list[S]]: ...
    @overload
    def georadius(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        *,
        store: Key,
        **order: Unpack[GeoOrder],
    ) -> Reply[int]: ...
    @overload
    def georadius(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        *,
        storedist: Key,
        **order: Unpack[GeoOrder],
    ) -> Reply[int]: ...
    @overload
    def georadius(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        **order: Unpack[GeoOrder],
    ) -> Reply[list[Any]]: ...
    def georadius(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        count: int | None = None,
        any: bool = False,
        sort: Literal["ASC", "DESC"] | None = None,
        store: Key | None = None,
        storedist: Key | None = None,
    ) -> Reply[Any]:
        """Return the members around a position; with *store* or *storedist* how many were stored there.

        `geosearch` and `geosearchstore` do the same, and more. The options are theirs.

        Args:
            store: Store them there, with their positions.
            storedist: Store them there, with their distances as scores.

        https://redis.io/docs/latest/commands/georadius/
        """
        parts = _parts(withcoord, withdist, withhash)
        options = _order("georadius", sort, count, any) + parts + _stores("georadius", parts, store, storedist)
        return self._run("GEORADIUS", key, longitude, latitude, radius, unit, *options, parse=_found if parts else None)

    @overload
    def georadius_ro(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        **order: Unpack[GeoOrder],
    ) -> Reply[list[S]]: ...
    @overload
    def georadius_ro(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        **order: Unpack[GeoOrder],
    ) -> Reply[list[Any]]: ...
    def georadius_ro(
        self,
        key: Key,
        longitude: float,
        latitude: float,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        count: int | None = None,
        any: bool = False,
        sort: Literal["ASC", "DESC"] | None = None,
    ) -> Reply[Any]:
        """Return the members around a position: `georadius` for replicas, which stores nothing.

        https://redis.io/docs/latest/commands/georadius_ro/
        """
        options = _order("georadius_ro", sort, count, any) + _parts(withcoord, withdist, withhash)
        parse = _found if withcoord or withdist or withhash else None
        return self._run("GEORADIUS_RO", key, longitude, latitude, radius, unit, *options, parse=parse)

    @overload
    def georadiusbymember(
        self, key: Key, member: Value, radius: float, unit: LengthUnit = "m", **order: Unpack[GeoOrder]
    ) -> Reply[list[S]]: ...
    @overload
    def georadiusbymember(
        self,
        key: Key,
        member: Value,
        radius: float,
        unit: LengthUnit = "m",
        *,
        store: Key,
        **order: Unpack[GeoOrder],
    ) -> Reply[int]: ...
    @overload
    def georadiusbymember(
        self,
        key: Key,
        member: Value,
        radius: float,
        unit: LengthUnit = "m",
        *,
        storedist: Key,
        **order: Unpack[GeoOrder],
    ) -> Reply[int]: ...
    @overload
    def georadiusbymember(
        self,
        key: Key,
        member: Value,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        **order: Unpack[GeoOrder],
    ) -> Reply[list[Any]]: ...
    def georadiusbymember(
        self,
        key: Key,
        member: Value,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        count: int | None = None,
        any: bool = False,
        sort: Literal["ASC", "DESC"] | None = None,
        store: Key | None = None,
        storedist: Key | None = None,
    ) -> Reply[Any]:
        """Return the members around a member; with *store* or *storedist* how many were stored there.

        `geosearch` and `geosearchstore` do the same, and more. The options are those of `georadius`.

        https://redis.io/docs/latest/commands/georadiusbymember/
        """
        parts = _parts(withcoord, withdist, withhash)
        stores = _stores("georadiusbymember", parts, store, storedist)
        options = _order("georadiusbymember", sort, count, any) + parts + stores
        parse = _found if withcoord or withdist or withhash else None
        return self._run("GEORADIUSBYMEMBER", key, member, radius, unit, *options, parse=parse)

    @overload
    def georadiusbymember_ro(
        self, key: Key, member: Value, radius: float, unit: LengthUnit = "m", **order: Unpack[GeoOrder]
    ) -> Reply[list[S]]: ...
    @overload
    def georadiusbymember_ro(
        self,
        key: Key,
        member: Value,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        **order: Unpack[GeoOrder],
    ) -> Reply[list[Any]]: ...
    def georadiusbymember_ro(
        self,
        key: Key,
        member: Value,
        radius: float,
        unit: LengthUnit = "m",
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        count: int | None = None,
        any: bool = False,
        sort: Literal["ASC", "DESC"] | None = None,
    ) -> Reply[Any]:
        """Return the members around a member: `georadiusbymember` for replicas, which stores nothing.

        https://redis.io/docs/latest/commands/georadiusbymember_ro/
        """
        options = _order("georadiusbymember_ro", sort, count, any) + _parts(withcoord, withdist, withhash)
        parse = _found if withcoord or withdist or withhash else None
        return self._run("GEORADIUSBYMEMBER_RO", key, member, radius, unit, *options, parse=parse)

    @overload
    def geosearch(self, key: Key, **area: Unpack[GeoArea]) -> Reply[list[S]]: ...
    @overload
    def geosearch(
        self, key: Key, *, withdist: Literal[True], **area: Unpack[GeoArea]
    ) -> Reply[list[tuple[S, float]]]: ...
    @overload
    def geosearch(
        self, key: Key, *, withcoord: Literal[True], **area: Unpack[GeoArea]
    ) -> Reply[list[tuple[S, Position]]]: ...
    @overload
    def geosearch(
        self, key: Key, *, withcoord: Literal[True], withdist: Literal[True], **area: Unpack[GeoArea]
    ) -> Reply[list[tuple[S, float, Position]]]: ...
    @overload
    def geosearch(
        self,
        key: Key,
        *,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        **area: Unpack[GeoArea],
    ) -> Reply[list[Any]]: ...
    def geosearch(
        self,
        key: Key,
        *,
        frommember: Value | None = None,
        fromlonlat: Position | None = None,
        byradius: float | None = None,
        bybox: Position | None = None,
        bypolygon: Sequence[Position] | None = None,
        unit: LengthUnit = "m",
        sort: Literal["ASC", "DESC"] | None = None,
        count: int | None = None,
        any: bool = False,
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
    ) -> Reply[Any]:
        """Return the members in an area, or tuples (member, ...) with what is asked for beside it.

        Args:
            frommember, fromlonlat: The centre: a member, or a (longitude, latitude).
            byradius: The area is a circle.
            bybox: The area is a box with this (width, height).
            bypolygon: The area has these corners, (longitude, latitude) each, and no centre is given. Valkey only.
            unit: Of all lengths, also of those in the result.
            sort: "ASC": what is nearest to the centre comes first.
            count: At most so many, the nearest ones.
            any: Not the nearest ones, but the first that are found. Faster.
            withdist: With the distance from the centre.
            withhash: With the integer that the place is stored as.
            withcoord: With the (longitude, latitude).

        https://redis.io/docs/latest/commands/geosearch/
        """
        area = _area("geosearch", frommember, fromlonlat, byradius, bybox, bypolygon, unit)
        options = _order("geosearch", sort, count, any) + _parts(withcoord, withdist, withhash)
        parse = _found if withcoord or withdist or withhash else None
        return self._run("GEOSEARCH", key, *area, *options, parse=parse)

    def geosearchstore(
        self,
        destination: Key,
        source: Key,
        *,
        frommember: Value | None = None,
        fromlonlat: Position | None = None,
        byradius: float | None = None,
        bybox: Position | None = None,
        bypolygon: Sequence[Position] | None = None,
        unit: LengthUnit = "m",
        sort: Literal["ASC", "DESC"] | None = None,
        count: int | None = None,
        any: bool = False,
        storedist: bool = False,
    ) -> Reply[int]:
        """Return how many members are in an area; they replaced *destination*. The options are those of `geosearch`.

        Args:
            storedist: Store their distances from the centre as scores, not their positions.

        https://redis.io/docs/latest/commands/geosearchstore/
        """
        area = _area("geosearchstore", frommember, fromlonlat, byradius, bybox, bypolygon, unit)
        options = _order("geosearchstore", sort, count, any)
        if storedist:
            options.append("STOREDIST")
        return self._run("GEOSEARCHSTORE", destination, source, *area, *options)


# --- arguments ------------------------------------------------------------------------------------------------


def _places(members: Iterable[Mapping[Any, Any] | tuple[Any, ...]]) -> list[Value]:
    """Longitude, latitude, member, longitude ..."""
    forms = 'geoadd(key, {"Rome": (12.5, 41.9)}) or geoadd(key, (12.5, 41.9, "Rome"))'
    flat: list[Value] = []
    for given in members:
        if isinstance(given, tuple):
            if len(given) != 3:
                raise TypeError(f"geoadd() takes a longitude, a latitude and a member: {forms}")
            flat += given
        elif hasattr(given, "items"):
            for member, (longitude, latitude) in given.items():
                flat += (longitude, latitude, member)
        else:
            raise TypeError(f"geoadd() takes {forms}, not a {type(given).__name__}")
    if not flat:
        raise none_given("geoadd", "member")
    return flat


def _area(
    method: str,
    frommember: Value | None,
    fromlonlat: Position | None,
    byradius: float | None,
    bybox: Position | None,
    bypolygon: Sequence[Position] | None,
    unit: str,
) -> list[Value]:
    at_most_one(method, byradius=byradius, bybox=bybox, bypolygon=bypolygon)
    if bypolygon is not None:
        at_most_one(method, bypolygon=bypolygon, frommember=frommember, fromlonlat=fromlonlat)
        return ["BYPOLYGON", len(bypolygon), *[part for corner in bypolygon for part in corner]]
    at_most_one(method, frommember=frommember, fromlonlat=fromlonlat)
    options: list[Value] = []
    if frommember is not None:
        options += "FROMMEMBER", frommember
    elif fromlonlat is not None:
        options += "FROMLONLAT", *fromlonlat
    else:
        raise ValueError(f"{method}() needs frommember or fromlonlat, or bypolygon")
    if byradius is not None:
        options += "BYRADIUS", byradius, unit
    elif bybox is not None:
        options += "BYBOX", *bybox, unit
    else:
        raise ValueError(f"{method}() needs byradius or bybox")
    return options


def _order(method: str, sort: str | None, count: int | None, first_found: bool) -> list[Value]:
    if first_found and count is None:
        raise ValueError(f"{method}(): any needs a count")
    options: list[Value] = [] if sort is None else [sort]
    if count is not None:
        options += "COUNT", count
    if first_found:
        options.append("ANY")
    return options


def _parts(withcoord: bool, withdist: bool, withhash: bool) -> list[Value]:
    words = (("WITHCOORD", withcoord), ("WITHDIST", withdist), ("WITHHASH", withhash))
    return [word for word, given in words if given]


def _stores(method: str, parts: list[Value], store: Key | None, storedist: Key | None) -> list[Value]:
    at_most_one(method, store=store, storedist=storedist)
    options: list[Value] = []
    if store is not None:
        options += "STORE", store
    if storedist is not None:
        options += "STOREDIST", storedist
    if options and parts:
        raise ValueError(f"{method}(): what is stored is not given as well: no withcoord, withdist or withhash")
    return options


# --- replies --------------------------------------------------------------------------------------------------


def _hashes(reply: Any) -> list[str | None]:
    return list(map(text_or_none, reply))


def _position(reply: Any) -> tuple[float, float] | None:
    return None if reply is None else (float(reply[0]), float(reply[1]))


def _positions(reply: Any) -> list[tuple[float, float] | None]:
    return list(map(_position, reply))


def _found(reply: Any) -> list[tuple[Any, ...]]:
    """Members with what was asked for: a list is a position, an int the stored one, anything else a distance."""
    return [(member, *map(_part, parts)) for member, *parts in reply]


def _part(reply: Any) -> Any:
    if isinstance(reply, int):
        return reply
    return _position(reply) if hasattr(reply, "append") else float(reply)
