"""A connection of one's own: what changes it runs there, and it is not given to others afterwards."""

from __future__ import annotations

import contextlib

import pytest
from support.waiting import wait_until

from plasma import ConfigurationError, DecodeError, ResponseError
from plasma.errors import AuthenticationError
from plasma.testing import FaultProxy, Peer


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


@pytest.fixture
def client(connect, proxy, wire):
    return connect(proxy.url, **wire)


def test_all_commands_run_on_the_same_connection(client):
    client.ping()
    with client.pinned() as conn:
        assert len({conn.execute("CLIENT", "ID") for _ in range(5)}) == 1


def test_a_connection_that_was_not_changed_is_pooled(client, proxy):
    for _ in range(3):
        with client.pinned() as conn:
            conn.set("k", "v")
            conn.get("k")

    assert proxy.connections == 1


@pytest.mark.parametrize(
    "command",
    [
        ("SELECT", 1),
        ("CLIENT", "SETNAME", "me"),
        ("CLIENT", "NO-EVICT", "ON"),
        ("MULTI",),
        ("WATCH", "k"),
        ("RESET",),
        ("HELLO", 2),
        ("CLIENT", "REPLY", "ON"),
        ("QUIT",),
    ],
    ids=lambda command: " ".join(map(str, command)),
)
def test_a_connection_that_was_changed_is_closed(client, proxy, command):
    with client.pinned() as conn, contextlib.suppress(ResponseError):  # a server that does not know it
        conn.execute(*command)
    wait_until(lambda: proxy.open == 0)

    assert client.get("k") is None
    assert proxy.connections == 2


def test_select_is_for_this_connection_alone(client):
    client.set("k", "in 0")
    with client.pinned() as conn:
        conn.execute("SELECT", 1)

        assert conn.get("k") is None
        assert client.get("k") == "in 0"
    assert client.get("k") == "in 0"


def test_watch_multi_exec_run(client):
    client.set("n", 1)
    with client.pinned() as conn:
        conn.execute("WATCH", "n")

        assert conn.execute("MULTI") == "OK"
        assert conn.incr("n") == "QUEUED"
        assert conn.hgetall("h") == "QUEUED"
        assert conn.execute("EXEC") in ([2, []], [2, {}])


def test_a_watched_key_that_changed_makes_exec_nil(client):
    with client.pinned() as conn:
        conn.execute("WATCH", "n")
        client.incr("n")
        conn.execute("MULTI")
        conn.incr("n")

        assert conn.execute("EXEC") is None


def test_an_open_transaction_is_no_trouble_for_others(client):
    with client.pinned() as conn:
        conn.execute("MULTI")
        conn.set("k", "never")

    assert client.get("k") is None


def test_a_block_left_by_an_exception_is_like_any_other(client, proxy):
    for changed in (False, True):
        with contextlib.suppress(LookupError), client.pinned() as conn:
            if changed:
                conn.execute("SELECT", 2)
            raise LookupError

        assert client.ping() is True
    assert proxy.connections == 2


@pytest.mark.parametrize("parser", ["python", "hiredis"])
def test_pushes_of_client_tracking_do_not_disturb(connect, url, parser):
    if parser == "hiredis":
        pytest.importorskip("hiredis")
    client = connect(url, parser=parser, protocol=3)
    other = connect(url).bytes
    with client.pinned() as conn:
        conn.execute("CLIENT", "TRACKING", "ON", "BCAST")
        for at in range(200):
            other.set(b"\xff binary" if at % 2 else f"key {at}".encode(), b"x" * at)
            other.set("k", str(at))

            assert conn.get("k") == str(at)
        other.set("long", b"y" * 100_000)

        assert conn.get("long") == "y" * 100_000
        other.set("raw", b"\xff")
        with pytest.raises(DecodeError):
            conn.get("raw")
        assert conn.get("k") == "199"
    assert client.get("k") == "199"


@pytest.mark.parametrize("cut", range(1, 38))
@pytest.mark.parametrize("parser", ["python", "hiredis"])
def test_a_push_that_comes_in_two_pieces_is_no_part_of_a_reply(connect, parser, cut):
    if parser == "hiredis":
        pytest.importorskip("hiredis")
    push = b">2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nwrong\r\n"
    answers = {
        "CLIENT": b"+OK\r\n",
        "GET": lambda conn: conn.send(b"$1\r\na\r\n" + push[:cut]),
        "ECHO": lambda conn: conn.send(push[cut:], b"$5\r\nright\r\n"),
    }
    with Peer.answering(answers) as peer, connect(peer.url, parser=parser).pinned() as conn:
        conn.execute("CLIENT", "TRACKING", "ON")

        assert conn.get("k") == "a"
        assert conn.echo("x") == "right"


REFUSED = [
    "SUBSCRIBE c",
    "PSUBSCRIBE c",
    "SSUBSCRIBE c",
    "UNSUBSCRIBE",
    "MONITOR",
    "SYNC",
    "PSYNC ? -1",
    "REPLCONF x y",
]


@pytest.mark.parametrize("command", [*REFUSED, "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "client reply off"])
def test_what_has_no_ordinary_reply_is_refused(client, proxy, command):
    with client.pinned() as conn:
        sent = proxy.count()

        with pytest.raises(ConfigurationError, match="cannot run on a pinned connection"):
            conn.execute(*command.split())

        assert conn.echo("still good") == "still good"
        assert proxy.count() == sent + 1


def test_outside_of_its_block_it_says_what_to_do(client):
    pinned = client.pinned()
    with pytest.raises(ConfigurationError, match="with client"):
        pinned.ping()
    with pinned as conn:
        conn.ping()
        with pytest.raises(ConfigurationError, match="in use already"), pinned:
            pass
    with pytest.raises(ConfigurationError, match="with client"):
        conn.ping()
    with pinned as again:
        assert again.ping() is True


def test_an_auth_that_is_refused_shows_nothing_of_what_was_said(connect):
    echoing = b"-ERR unknown command 'AUTH', with args beginning with: 's3cret' \r\n"
    with Peer.answering({"AUTH": echoing, "HELLO": echoing}) as peer, connect(peer.url, protocol=2).pinned() as conn:
        for command in (("AUTH", "s3cret"), ("AUTH", "me", "s3cret"), ("HELLO", 3, "AUTH", "me", "s3cret")):
            with pytest.raises(ResponseError) as caught:
                conn.execute(*command)

            assert "s3cret" not in str(caught.value) + repr(caught.value) + str(caught.value.command)


def test_auth_runs(connect, url, server):
    server.execute("ACL", "SETUSER", "carol", "on", ">sesame", "~*", "+@all")
    client = connect(url)
    with client.pinned() as conn:
        conn.execute("AUTH", "carol", "sesame")

        assert conn.execute("ACL", "WHOAMI") == "carol"
        with pytest.raises(AuthenticationError):
            conn.execute("AUTH", "carol", "wrong")
    assert client.execute("ACL", "WHOAMI") == "default"


def test_the_views_of_the_client_hold_for_its_pinned_connections(connect, url):
    client = connect(url, key_prefix="app:")
    with client.bytes.pinned() as conn:
        conn.set("k", b"\xff")

        assert conn.get("k") == b"\xff"
        assert conn.keys("*") == [b"k"]
