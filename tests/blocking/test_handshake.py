"""What a connection says first: in one write, with a fall-back to RESP2."""

from __future__ import annotations

from typing import Any

import pytest

from plasma import (
    ProtocolError,
    RedisConnectionError,
    ResponseError,
)
from plasma.errors import ProtocolVersionError
from plasma.testing import Peer, RedisServer, steps
from plasma.testing.peer import HELLO, NO_HELLO

SECRET = "s3cret-Passw0rd"


def packed(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words)


def test_the_handshake_is_one_write(connect):
    from plasma import __version__

    whole = (
        packed("HELLO", "3", "AUTH", "me", SECRET, "SETNAME", "app")
        + packed("CLIENT", "SETINFO", "LIB-NAME", "plasma-redis")
        + packed("CLIENT", "SETINFO", "LIB-VER", __version__)
        + packed("SELECT", "5")
    )
    # Nothing is answered before all of it is there.
    script = [
        steps.expect_bytes(whole),
        steps.send(HELLO + b"+OK\r\n+OK\r\n+OK\r\n"),
        steps.expect("GET", "k"),
        steps.send(b"$1\r\nv\r\n"),
    ]
    with Peer(script) as peer:
        client = connect(peer.url, username="me", password=SECRET, client_name="app", db=5)

        assert client.get("k") == "v"


def test_without_login_name_and_database_hello_is_short(connect):
    with Peer.answering({"GET": b"$1\r\nv\r\n"}) as peer:
        connect(peer.url).get("k")

        assert peer.commands[0] == [b"HELLO", b"3"]
        assert peer.count("SELECT") == 0


def test_errors_of_setinfo_are_ignored(connect, wire):
    with Peer.answering({"GET": b"$1\r\nv\r\n", "CLIENT": b"-ERR unknown subcommand\r\n"}) as peer:
        assert connect(peer.url, **wire).get("k") == "v"


@pytest.mark.parametrize(
    "refusal",
    [
        NO_HELLO,
        b"-NOPROTO unsupported protocol version\r\n",
        b"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, \r\n",
        b"-ERR unknown command\r\n",
    ],
)
def test_a_server_without_hello_is_spoken_to_in_resp2_on_the_same_connection(connect, parser, refusal):
    with Peer.answering({"GET": b"$1\r\nv\r\n"}, hello=refusal) as peer:
        client = connect(peer.url, parser=parser, username="me", password=SECRET, db=2)

        assert client.get("k") == "v"
        assert peer.connections == 1
        assert [b"AUTH", b"me", SECRET.encode()] in peer.commands
        assert [b"SELECT", b"2"] in peer.commands


def test_a_server_that_refuses_hello_and_hangs_up_is_asked_without_it(connect):
    refusing = [steps.expect("HELLO", ...), steps.send(NO_HELLO), steps.close()]
    serving = Peer.no_hello({"GET": b"$1\r\nv\r\n"})._scripts[0]
    with Peer.each(refusing, serving) as peer:
        assert connect(peer.url).get("k") == "v"
        assert peer.connections == 2


def test_a_server_that_hangs_up_in_mid_handshake_is_tried_again_whatever_it_said_to_setinfo(connect, wire):
    unknown = steps.send(b"-ERR Unknown subcommand or wrong number of arguments for 'SETINFO'\r\n")
    begin = [steps.expect("HELLO", ...), steps.send(HELLO)] if wire["protocol"] == 3 else []
    dying = [*begin, steps.expect("CLIENT", ...), unknown, steps.close()]
    serving = Peer.answering({"GET": b"$1\r\nv\r\n"})._scripts[0]
    with Peer.each(dying, serving) as peer:
        assert connect(peer.url, retry_delay=0.0, **wire).get("k") == "v"


def test_the_fall_back_is_remembered(connect):
    with Peer.no_hello({"GET": b"$1\r\nv\r\n"}) as peer:
        client = connect(peer.url)
        client.get("k")
        client.disconnect()
        client.get("k")

        assert peer.connections == 2
        assert peer.count("HELLO") == 1


def closing_on_hello(*answers: tuple[str, bytes]) -> Any:
    """A script that closes when it meets HELLO."""
    table = dict(answers) | {"GET": b"$1\r\nv\r\n", "AUTH": b"+OK\r\n", "SELECT": b"+OK\r\n", "PING": b"+PONG\r\n"}

    def script(connection: Any) -> None:
        for command in connection:
            name = command[0].decode().upper()
            if name == "HELLO":
                connection.close()
                break
            connection.send(table[name])

    return script


def test_a_peer_that_closes_on_hello_gets_auth_and_select_alone(connect):
    with Peer(closing_on_hello()) as peer:
        client = connect(peer.url, password=SECRET, db=1)

        assert client.get("k") == "v"
        assert peer.connections == 2
        names = [command[0] for command in peer.commands if command[0] != b"CLIENT"]
        assert names == [b"HELLO", b"AUTH", b"SELECT", b"GET"]
        assert peer.count("CLIENT") <= 2  # those behind HELLO, if the peer read them at all


def test_a_peer_that_closes_on_hello_is_remembered(connect):
    with Peer(closing_on_hello()) as peer:
        client = connect(peer.url)
        client.get("k")
        client.disconnect()
        client.get("k")

        assert peer.count("HELLO") == 1
        assert peer.connections == 3


def test_what_failed_altogether_is_not_remembered(connect):
    with Peer.closing() as peer:
        client = connect(peer.url, max_retries=0)
        for _ in range(2):
            with pytest.raises(RedisConnectionError):
                client.get("k")

        assert peer.connections == 4
        assert not client._pool._plain


@pytest.mark.parametrize("hello", [NO_HELLO, b"-NOPROTO no\r\n"])
def test_protocol_3_never_falls_back(connect, hello):
    with Peer.answering({}, hello=hello) as peer:
        with pytest.raises(ProtocolVersionError, match="leave protocol unset"):
            connect(peer.url, protocol=3, password=SECRET).get("k")

        assert peer.connections == 1
        assert peer.count("AUTH") == 0


def test_protocol_3_does_not_fall_back_on_a_closed_connection(connect):
    with Peer(closing_on_hello()) as peer:
        with pytest.raises(RedisConnectionError):
            connect(peer.url, protocol=3, max_retries=0).get("k")

        assert peer.connections == 1


def test_protocol_2_says_no_hello(connect, parser):
    with Peer.answering({"GET": b"$1\r\nv\r\n"}) as peer:
        client = connect(peer.url, protocol=2, parser=parser, password=SECRET, db=4, client_name="n")

        assert client.get("k") == "v"
        assert peer.count("HELLO") == 0
        assert [b"AUTH", SECRET.encode()] in peer.commands
        assert [b"CLIENT", b"SETNAME", b"n"] in peer.commands
        assert [b"SELECT", b"4"] in peer.commands


def test_hello_that_is_answered_by_no_map_breaks_the_protocol(connect):
    with Peer.answering({}, hello=b"+OK\r\n") as peer, pytest.raises(ProtocolError, match="not a map"):
        connect(peer.url).get("k")


def test_a_database_that_is_not_there_raises(connect, url, wire):
    with pytest.raises(ResponseError, match="out of range") as caught:
        connect(url, db=9999, **wire).get("k")

    assert caught.value.command == "SELECT"


@pytest.mark.parametrize("protocol", [None, 2])
@pytest.mark.parametrize("after", [b"", b"-ERR again\r\n"])
def test_a_server_without_room_says_so(connect, protocol, after):
    full = [steps.send(b"-ERR max number of clients reached\r\n" + after), steps.close()]
    with Peer(full) as peer, pytest.raises(RedisConnectionError, match="maxclients"):
        connect(peer.url, max_retries=0, protocol=protocol).get("k")


def test_a_real_server_without_room_says_so(connect):
    with RedisServer(config={"maxclients": 1}) as server, server_client(server) as first:
        first.ping()
        with pytest.raises(RedisConnectionError, match=r"maxclients|closed|broke"):
            connect(server.url, max_retries=0).get("k")


def server_client(server: RedisServer) -> Any:
    from plasma import RedisClient

    return RedisClient(server.url)


def test_a_server_in_protected_mode_says_so(connect):
    denied = [steps.send(b"-DENIED Redis is running in protected mode\r\n"), steps.close()]
    with Peer(denied) as peer, pytest.raises(RedisConnectionError, match="protected mode"):
        connect(peer.url, max_retries=0).get("k")
