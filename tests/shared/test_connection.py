"""Every command on connections, on a real server and every face of the client.

Those that change a connection run on a pinned one; that a client refuses them is shown for each.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from support.servers import needs, since

from plasma import RedisClient
from plasma.errors import AuthenticationError, ConfigurationError, RedisConnectionError
from plasma.testing import RedisServer


class Calls:
    """The commands of a pinned connection, to be awaited whatever the colour."""

    def __init__(self, r: Any, conn: Any) -> None:
        self._r, self._conn = r, conn

    def __getattr__(self, name: str) -> Any:
        async def command(*args: Any, **options: Any) -> Any:
            return await self._r._call(getattr(self._conn, name), args, options)

        return command


@asynccontextmanager
async def pinned(r) -> AsyncIterator[Calls]:
    block = r.client.pinned()
    if hasattr(block, "__aenter__"):
        async with block as conn:
            yield Calls(r, conn)
    else:
        with block as conn:
            yield Calls(r, conn)


# --- asking ---------------------------------------------------------------------------------------------------


async def test_ping_is_true_or_the_message(r):
    assert await r.ping() is True
    assert await r.ping("hello") == r.s("hello")
    assert await r.ping("") == r.s("")


async def test_echo_gives_the_message(r):
    assert await r.echo("größer") == r.s("größer")


async def test_client_id_is_a_number(r):
    assert await r.client_id() > 0


async def test_client_info_is_text_on_every_face(r):
    info = await r.client_info()

    assert int(info["id"]) > 0
    assert info["db"] == "0"
    assert all(type(part) is str for pair in info.items() for part in pair)


async def test_client_list_is_text_on_every_face(r):
    clients = await r.client_list()

    assert all(int(client["id"]) > 0 for client in clients)
    assert await r.client_list(type="PUBSUB") == []
    assert len(await r.client_list(type="NORMAL")) >= 1


async def test_client_list_finds_by_number(r):
    async with pinned(r) as one, pinned(r) as two:
        ids = [await one.client_id(), await two.client_id()]

        assert {client["id"] for client in await r.client_list(id=ids)} == {str(number) for number in ids}
        assert [client["id"] for client in await r.client_list(id=ids[0])] == [str(ids[0])]


@since("99", valkey="9.0")
async def test_client_list_takes_the_filters_of_valkey(r):
    async with pinned(r) as conn:
        number = await conn.client_id()
        await conn.client_setname("somebody")
        found = await r.client_list(name="somebody", db=0, not_id=[number + 1], not_addr="1.2.3.4:5", skipme=True)

        assert [client["id"] for client in found] == [str(number)]
        assert await r.client_list(name="somebody", not_db=0) == []
        assert await r.client_list(not_id=number, name="somebody") == []


@pytest.mark.parametrize("method", ["client_list", "client_kill"])
async def test_an_unknown_filter_is_refused_by_name(r, method):
    with pytest.raises(TypeError, match=rf"{method}\(\) got an unexpected keyword argument 'nane'"):
        await getattr(r, method)(nane="x")


async def test_client_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.client_help())


# --- other clients --------------------------------------------------------------------------------------------


async def test_client_kill_counts_whom_it_closed(r):
    async with pinned(r) as conn:
        number = await conn.client_id()

        assert await r.client_kill(id=number) == 1
        assert await r.client_kill(id=number) == 0
        with pytest.raises(RedisConnectionError):
            await conn.client_id()


async def test_client_kill_takes_several_filters(r):
    async with pinned(r) as conn:
        address = (await conn.client_info())["addr"]

        assert await r.client_kill(addr=address, type="PUBSUB") == 0
        assert await r.client_kill(addr=address, laddr="127.0.0.1:1") == 0
        assert await r.client_kill(addr=address, type="NORMAL", skipme=True) == 1
        # Notice the end of it here: the next case would, if it took this connection from the pool.
        with pytest.raises(RedisConnectionError):
            await conn.client_id()


async def test_client_kill_of_nobody_in_particular_is_refused(r):
    with pytest.raises(ValueError, match=r"client_kill\(\) needs at least one filter"):
        await r.client_kill()


async def test_client_pause_and_unpause(r):
    # Short ones: Redis 6.2 never makes a pause shorter, not even by UNPAUSE.
    assert await r.client_pause(1) is True
    assert await r.client_pause(timedelta(milliseconds=1), mode="WRITE") is True
    assert await r.client_unpause() is True
    assert await r.set("k", "v") is True


async def test_client_unblock_says_whether_somebody_waited(r):
    assert await r.client_unblock(10**12) is False
    assert await r.client_unblock(10**12, reason="ERROR") is False


# --- this connection ------------------------------------------------------------------------------------------


async def test_a_pinned_connection_has_a_name_of_its_own(r):
    async with pinned(r) as conn:
        assert await conn.client_setname("worker") is True
        assert await conn.client_getname() == "worker"
        assert (await conn.client_info())["name"] == "worker"
        assert await conn.client_setname("") is True
        assert await conn.client_getname() is None


async def test_the_name_does_not_come_back_to_the_client(r):
    async with pinned(r) as conn:
        await conn.client_setname("worker")

    assert await r.client_getname() is None


async def test_select_uses_another_database(r):
    await r.set("k", "v")
    async with pinned(r) as conn:
        assert await conn.select(1) is True
        assert await conn.get("k") is None
        assert await conn.select(0) is True
        assert await conn.get("k") == r.s("v")


@pytest.fixture
def guest(r) -> Iterator[str]:
    """The name of a user that there is for the case; the password is "secret"."""
    r.raw.client.execute("ACL", "SETUSER", "guest", "on", ">secret", "~*", "+@all")
    yield "guest"
    r.raw.client.execute("ACL", "DELUSER", "guest")


async def test_auth_logs_in(r, guest):
    async with pinned(r) as conn:
        assert await conn.auth(guest, "secret") is True
        assert (await conn.client_info())["user"] == guest
        with pytest.raises(AuthenticationError):
            await conn.auth(guest, "wrong")


def test_auth_with_a_password_alone_is_the_default_user():
    with (
        RedisServer(server=os.environ.get("PLASMA_SERVER"), password="secret") as server,
        RedisClient(server.url, password="secret") as client,
        client.pinned() as conn,
    ):
        assert conn.auth("secret") is True
        with pytest.raises(AuthenticationError):
            conn.auth("wrong")


async def test_hello_tells_of_the_server(r):
    async with pinned(r) as conn:
        greeting = await conn.hello()

        assert greeting["proto"] == r.face.protocol
        assert greeting["role"] == "master"
        assert type(greeting["version"]) is str
        assert type(greeting["modules"]) is list
        assert all(type(module["name"]) is str for module in greeting["modules"])


async def test_hello_takes_everything_at_once(r, guest):
    async with pinned(r) as conn:
        greeting = await conn.hello(r.face.protocol, auth=(guest, "secret"), setname="worker")

        assert greeting["proto"] == r.face.protocol
        assert await conn.client_getname() == "worker"


async def test_hello_needs_a_version_for_the_rest(r):
    async with pinned(r) as conn:
        with pytest.raises(ValueError, match="auth and setname need protover"):
            await conn.hello(setname="worker")


async def test_tracking_is_switched_and_told(r):
    async with pinned(r) as conn:
        other = r.raw.client.client_id()

        assert await conn.client_getredir() == -1
        assert await conn.client_tracking(True, redirect=other, optin=True, noloop=True) is True
        assert await conn.client_caching(True) is True
        told = await conn.client_trackinginfo()
        assert told["flags"] >= {"on", "optin", "noloop"}
        assert told["redirect"] == other
        assert told["prefixes"] == []
        assert await conn.client_getredir() == other
        assert await conn.client_tracking(False) is True
        assert (await conn.client_trackinginfo())["flags"] == {"off"}


async def test_tracking_takes_prefixes(r):
    async with pinned(r) as conn:
        other = r.raw.client.client_id()

        assert await conn.client_tracking(True, redirect=other, bcast=True, prefixes=["user:", "order:"]) is True
        told = await conn.client_trackinginfo()
        assert told["flags"] == {"on", "bcast"}
        assert set(told["prefixes"]) == r.s({r.key("user:"), r.key("order:")})


async def test_tracking_options_exclude_each_other(r):
    async with pinned(r) as conn:
        for first, second in (("optin", "optout"), ("bcast", "optin"), ("bcast", "optout")):
            with pytest.raises(ValueError, match=f"{first} and {second} exclude each other"):
                await conn.client_tracking(True, **{first: True, second: True})


@needs("CLIENT NO-EVICT")
async def test_client_no_evict_switches(r):
    async with pinned(r) as conn:
        assert await conn.client_no_evict(True) is True
        assert "e" in (await conn.client_info())["flags"]
        assert await conn.client_no_evict(False) is True


@needs("CLIENT NO-TOUCH")
async def test_client_no_touch_switches(r):
    async with pinned(r) as conn:
        assert await conn.client_no_touch(True) is True
        assert "T" in (await conn.client_info())["flags"]
        assert await conn.client_no_touch(False) is True


@needs("CLIENT SETINFO")
async def test_client_setinfo_names_the_library(r):
    async with pinned(r) as conn:
        assert await conn.client_setinfo("LIB-NAME", "mine") is True
        assert await conn.client_setinfo("LIB-VER", "1.2") is True
        info = await conn.client_info()
        assert (info["lib-name"], info["lib-ver"]) == ("mine", "1.2")


@needs("CLIENT CAPA")
async def test_client_capa_tells_what_the_client_can(r):
    async with pinned(r) as conn:
        assert await conn.client_capa("redirect") is True
        with pytest.raises(ValueError, match=r"client_capa\(\) needs at least one capability"):
            await conn.client_capa()


@needs("CLIENT IMPORT-SOURCE")
async def test_client_import_source_switches(r):
    await r.config_set("import-mode", "yes")
    try:
        async with pinned(r) as conn:
            assert await conn.client_import_source(True) is True
            assert await conn.client_import_source(False) is True
    finally:
        await r.config_set("import-mode", "no")


async def test_client_reply_on_is_a_reply(r):
    async with pinned(r) as conn:
        assert await conn.client_reply("ON") is True
        with pytest.raises(ConfigurationError):
            await conn.client_reply("OFF")


async def test_reset_begins_anew(r):
    async with pinned(r) as conn:
        await conn.client_setname("worker")

        assert await conn.reset() is True


async def test_quit_says_farewell(r):
    async with pinned(r) as conn:
        assert await conn.quit() is True


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("auth", ["secret"]),
        ("client_caching", [True]),
        ("client_capa", ["redirect"]),
        ("client_import_source", [True]),
        ("client_no_evict", [True]),
        ("client_no_touch", [True]),
        ("client_reply", ["ON"]),
        ("client_setname", ["x"]),
        ("client_tracking", [True]),
        ("hello", [3]),
        ("quit", []),
        ("reset", []),
        ("select", [1]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_client_refuses_what_changes_a_connection(r, method, arguments):
    with pytest.raises(ConfigurationError):
        await getattr(r, method)(*arguments)
