"""Every command on places, on a real server and every face of the client."""

from __future__ import annotations

import pytest
from support.servers import since

from plasma.errors import ResponseError

SICILY = {"Palermo": (13.361389, 38.115556), "Catania": (15.087269, 37.502669)}
CENTRE = (15.0, 37.0)


def near(position: tuple[float, float], expected: tuple[float, float]) -> bool:
    """Is it the place, as well as 52 bits can tell?"""
    assert [type(part) for part in position] == [float, float]
    return all(abs(given - wanted) < 1e-5 for given, wanted in zip(position, expected, strict=True))


async def test_geoadd_takes_a_mapping_or_tuples(r):
    assert await r.geoadd("g", SICILY) == 2
    assert await r.geoadd("g", (12.5, 41.9, "Rome"), (9, 45, b"Milan")) == 2
    assert await r.zcard("g") == 4


async def test_geoadd_conditions(r):
    await r.geoadd("g", {"a": (1.0, 1.0)})

    assert await r.geoadd("g", {"a": (2.0, 2.0), "b": (1.0, 1.0)}, nx=True) == 1
    assert await r.geoadd("g", {"a": (3.0, 3.0), "c": (1.0, 1.0)}, xx=True, ch=True) == 1
    assert near((await r.geopos("g", "a"))[0], (3.0, 3.0))
    with pytest.raises(ValueError, match="nx and xx exclude each other"):
        await r.geoadd("g", {"a": (1.0, 1.0)}, nx=True, xx=True)


async def test_geoadd_refuses_what_is_no_place(r):
    with pytest.raises(ValueError, match=r"geoadd\(\) needs at least one member"):
        await r.geoadd("g", {})
    with pytest.raises(TypeError, match="takes a longitude, a latitude and a member"):
        await r.geoadd("g", (1.0, 2.0))
    with pytest.raises(TypeError, match=r"geoadd\(\) takes .* not a float"):
        await r.geoadd("g", 1.0, 2.0, "a")
    with pytest.raises(ResponseError, match="invalid longitude,latitude"):
        await r.geoadd("g", {"a": (190.0, 1.0)})


async def test_geodist_is_a_float(r):
    await r.geoadd("g", SICILY)

    assert await r.geodist("g", "Palermo", "Catania") == 166274.1516
    assert await r.geodist("g", "Palermo", "Catania", "km") == 166.2742
    assert await r.geodist("g", "Palermo", "Atlantis") is None


async def test_geohash_is_text_on_every_face(r):
    await r.geoadd("g", SICILY)

    assert await r.geohash("g", "Palermo", "Atlantis") == ["sqc8b49rny0", None]
    with pytest.raises(ValueError, match=r"geohash\(\) needs at least one member"):
        await r.geohash("g")


async def test_geopos_gives_pairs_of_floats(r):
    await r.geoadd("g", SICILY)
    palermo, nothing = await r.geopos("g", "Palermo", "Atlantis")

    assert near(palermo, SICILY["Palermo"])
    assert nothing is None
    with pytest.raises(ValueError, match=r"geopos\(\) needs at least one member"):
        await r.geopos("g")


# --- searching ------------------------------------------------------------------------------------------------


async def test_geosearch_gives_members(r):
    await r.geoadd("g", SICILY)

    assert await r.geosearch("g", fromlonlat=CENTRE, byradius=200, unit="km", sort="ASC") == r.s(["Catania", "Palermo"])
    assert await r.geosearch("g", fromlonlat=CENTRE, byradius=200_000, sort="DESC") == r.s(["Palermo", "Catania"])
    assert await r.geosearch("g", fromlonlat=CENTRE, bybox=(200, 200), unit="km") == r.s(["Catania"])
    assert await r.geosearch("g", frommember="Palermo", byradius=1) == r.s(["Palermo"])
    assert await r.geosearch("nothing", fromlonlat=CENTRE, byradius=1) == []


async def test_geosearch_gives_so_many(r):
    await r.geoadd("g", SICILY)
    area = {"fromlonlat": CENTRE, "byradius": 200, "unit": "km"}

    assert await r.geosearch("g", **area, count=1) == r.s(["Catania"])
    assert len(await r.geosearch("g", **area, count=1, any=True)) == 1
    with pytest.raises(ValueError, match="any needs a count"):
        await r.geosearch("g", **area, any=True)


async def test_geosearch_gives_what_it_is_asked_for(r):
    await r.geoadd("g", {"Catania": SICILY["Catania"]})
    area = {"fromlonlat": CENTRE, "byradius": 200, "unit": "km"}

    assert await r.geosearch("g", **area, withdist=True) == [(r.s("Catania"), 56.4413)]
    assert await r.geosearch("g", **area, withhash=True) == [(r.s("Catania"), 3479447370796909)]
    ((member, position),) = await r.geosearch("g", **area, withcoord=True)
    assert (member, near(position, SICILY["Catania"])) == (r.s("Catania"), True)
    ((*found, position),) = await r.geosearch("g", **area, withcoord=True, withdist=True, withhash=True)
    assert found == [r.s("Catania"), 56.4413, 3479447370796909]
    assert near(position, SICILY["Catania"])


@since(valkey="9.0")
async def test_geosearch_looks_in_a_polygon(r):
    await r.geoadd("g", SICILY)
    corners = [(14.0, 37.0), (16.0, 37.0), (16.0, 39.0), (14.0, 39.0)]

    assert await r.geosearch("g", bypolygon=corners) == r.s(["Catania"])
    assert await r.geosearchstore("dest", "g", bypolygon=corners) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"byradius": 1}, "needs frommember or fromlonlat"),
        ({"frommember": "a"}, "needs byradius or bybox"),
        ({"frommember": "a", "fromlonlat": CENTRE, "byradius": 1}, "frommember and fromlonlat exclude each other"),
        ({"frommember": "a", "byradius": 1, "bybox": (1, 1)}, "byradius and bybox exclude each other"),
        ({"frommember": "a", "bypolygon": [CENTRE]}, "bypolygon and frommember exclude each other"),
    ],
    ids=str,
)
async def test_areas_that_cannot_be_meant_are_refused(r, options, message):
    with pytest.raises(ValueError, match=message):
        await r.geosearch("g", **options)
    with pytest.raises(ValueError, match=message):
        await r.geosearchstore("dest", "g", **options)


async def test_geosearchstore_replaces_the_destination(r):
    await r.geoadd("g", SICILY)
    await r.set("dest", "text")

    assert await r.geosearchstore("dest", "g", fromlonlat=CENTRE, bybox=(400, 400), unit="km") == 2
    assert await r.geodist("dest", "Palermo", "Catania", "km") == 166.2742
    assert (
        await r.geosearchstore(
            "dest", "g", frommember="Catania", byradius=9, count=1, any=True, sort="ASC", storedist=True
        )
        == 1
    )
    assert await r.zrange("dest", 0, -1, withscores=True) == [(r.s("Catania"), 0.0)]


# --- the older commands ---------------------------------------------------------------------------------------

ROUNDS = [("georadius", CENTRE), ("georadius_ro", CENTRE), ("georadiusbymember", ("Catania",)),
          ("georadiusbymember_ro", ("Catania",))]  # fmt: skip


@pytest.mark.parametrize(("method", "centre"), ROUNDS)
async def test_searching_around_a_centre(r, method, centre):
    await r.geoadd("g", SICILY)
    search = getattr(r, method)

    assert await search("g", *centre, 200, "km", sort="ASC") == r.s(["Catania", "Palermo"])
    assert await search("g", *centre, 100_000) == r.s(["Catania"])
    assert await search("g", *centre, 200, "km", count=1) == r.s(["Catania"])
    assert len(await search("g", *centre, 200, "km", count=1, any=True)) == 1
    with pytest.raises(ValueError, match="any needs a count"):
        await search("g", *centre, 200, any=True)


@pytest.mark.parametrize(("method", "centre"), ROUNDS)
async def test_searching_around_a_centre_gives_what_it_is_asked_for(r, method, centre):
    await r.geoadd("g", SICILY)
    options = {"withcoord": True, "withdist": True, "withhash": True, "count": 1}
    ((member, distance, stored, position),) = await getattr(r, method)("g", *centre, 100, "km", **options)

    assert (member, stored) == (r.s("Catania"), 3479447370796909)
    assert distance == (0.0 if "member" in method else 56.4413)
    assert near(position, SICILY["Catania"])


@pytest.mark.parametrize(("method", "centre"), [ROUNDS[0], ROUNDS[2]])
async def test_searching_around_a_centre_stores(r, method, centre):
    await r.geoadd("g", SICILY)
    search = getattr(r, method)

    assert await search("g", *centre, 100, "km", store="dest") == 1
    assert await r.geohash("dest", "Catania") == await r.geohash("g", "Catania")
    assert await search("g", *centre, 100, "km", storedist="dest") == 1
    assert await r.zscore("dest", "Catania") < 100
    with pytest.raises(ValueError, match="store and storedist exclude each other"):
        await search("g", *centre, 100, store="a", storedist="b")
    with pytest.raises(ValueError, match="what is stored is not given as well"):
        await search("g", *centre, 100, store="a", withdist=True)
