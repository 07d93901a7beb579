"""Every command on users and their rights, on a real server and every face of the client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.servers import needs, since

from plasma import RedisClient
from plasma.errors import AuthenticationError, ResponseError
from plasma.testing import RedisServer


@pytest.fixture
def bob(r) -> Iterator[str]:
    """The name of a user that the case may make."""
    yield "bob"
    r.raw.client.execute("ACL", "DELUSER", "bob")


async def test_users_come_and_go(r, bob):
    assert await r.acl_setuser(bob) is True
    assert sorted(await r.acl_users()) == ["bob", "default"]
    assert await r.acl_deluser(bob, "nobody") == 1
    assert await r.acl_users() == ["default"]
    with pytest.raises(ValueError, match=r"acl_deluser\(\) needs at least one user"):
        await r.acl_deluser()


async def test_acl_getuser_is_the_same_on_every_face(r, bob):
    assert await r.acl_getuser(bob) is None
    await r.acl_setuser(bob, "on", ">secret", "~a*", "+get")
    user = await r.acl_getuser(bob)

    assert user["flags"] >= {"on"}
    assert [len(password) for password in user["passwords"]] == [64]
    assert user["commands"] == "-@all +get"
    assert user["keys"] in ("~a*", ["a*"])  # a list before Redis 7


@since("7.0")
async def test_acl_getuser_tells_of_selectors(r, bob):
    await r.acl_setuser(bob, "&ch*", "(+set ~b*)")
    user = await r.acl_getuser(bob)
    (selector,) = user["selectors"]

    assert user["channels"] == "&ch*"
    assert (selector["commands"], selector["keys"]) == ("-@all +set", "~b*")


async def test_acl_setuser_refuses_what_is_no_rule(r, bob):
    with pytest.raises(ResponseError, match="nonsense"):
        await r.acl_setuser(bob, "nonsense")


async def test_acl_list_is_lines_of_text(r, bob):
    await r.acl_setuser(bob, "~a*", "+get")
    (line,) = [line for line in await r.acl_list() if line.startswith("user bob ")]

    assert "~a*" in line
    assert line.endswith("+get")


async def test_acl_cat_gives_categories_and_commands(r):
    assert set(await r.acl_cat()) >= {"read", "write", "string", "dangerous"}
    assert set(await r.acl_cat("string")) >= {"get", "set", "append"}


async def test_acl_genpass_gives_hexadecimal_text(r):
    assert len(await r.acl_genpass()) == 64
    assert 0 <= int(await r.acl_genpass(8), 16) < 256


async def test_acl_whoami_is_text(r):
    assert await r.acl_whoami() == "default"


@needs("ACL DRYRUN")
async def test_acl_dryrun_tells_without_doing(r, bob):
    await r.acl_setuser(bob, "~a*", "+set")

    assert await r.acl_dryrun(bob, "SET", "abc", 1) == "OK"
    assert "no permissions" in await r.acl_dryrun(bob, "GET", "abc")
    assert await r.exists("abc") == 0


async def test_acl_log_tells_who_was_refused(r, bob):
    await r.acl_log(reset=True)
    with (
        RedisClient(r.raw.client.config, username="bob", password="wrong") as client,
        pytest.raises(AuthenticationError),
    ):
        client.ping()
    (entry,) = await r.acl_log()

    assert (entry["count"], entry["reason"], entry["username"]) == (1, "auth", "bob")
    assert 0 <= entry["age-seconds"] < 60
    assert type(entry["age-seconds"]) is float
    assert "addr" in entry["client-info"]
    assert len(await r.acl_log(1)) == 1
    assert await r.acl_log(reset=True) is True
    assert await r.acl_log() == []
    with pytest.raises(ValueError, match="count and reset exclude each other"):
        await r.acl_log(1, reset=True)


def test_users_are_saved_and_loaded(tmp_path: Path):
    file = tmp_path / "users.acl"
    file.write_text("user default on nopass ~* &* +@all\n")
    with (
        RedisServer(server=os.environ.get("PLASMA_SERVER"), config={"aclfile": str(file)}) as server,
        RedisClient(server.url) as client,
    ):
        client.acl_setuser("bob", "on", "+get")

        assert client.acl_save() is True
        assert "user bob" in file.read_text()
        client.acl_deluser("bob")
        assert client.acl_load() is True
        assert client.acl_users() == ["bob", "default"]


async def test_acl_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.acl_help())
