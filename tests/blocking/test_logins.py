"""Logging in: a wrong password is sent once, and nothing that goes wrong ever shows a secret."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import Any

import pytest

from plasma import AuthenticationError, NoPermissionError, RedisConnectionError, RedisError, RedisTimeoutError
from plasma.testing import Peer, RedisServer, steps
from plasma.testing.peer import NO_HELLO

SECRET = "s3cret-Passw0rd"


@pytest.fixture(scope="module")
def locked():
    users = ["alice on >wonder ~* +@all", "bob on >builder ~bob:* +@all"]
    with RedisServer(password=SECRET, users=users) as server:
        yield f"redis://127.0.0.1:{server.port}"


def test_a_password_logs_in(connect, locked, wire):
    assert connect(locked, password=SECRET, **wire).ping() is True


def test_a_user_name_and_password_log_in(connect, locked, wire):
    assert connect(locked, username="alice", password="wonder", **wire).execute("ACL", "WHOAMI") == "alice"


def test_a_missing_password_raises(connect, locked, wire):
    with pytest.raises(AuthenticationError, match="NOAUTH"):
        connect(locked, **wire).get("k")


def test_a_wrong_password_raises(connect, locked, wire):
    with pytest.raises(AuthenticationError, match="WRONGPASS") as caught:
        connect(locked, password="wrong-one", **wire).get("k")

    assert caught.value.code == "WRONGPASS"


def test_a_key_that_is_forbidden_raises(connect, locked):
    client = connect(locked, username="bob", password="builder", protocol=2)

    with pytest.raises(NoPermissionError):
        client.get("alice:k")


def test_a_user_who_may_not_say_hello_is_told(connect):
    with Peer.answering({}, hello=b"-NOPERM User bob has no permissions to run the 'hello' command\r\n") as peer:
        with pytest.raises(NoPermissionError, match="the user may not run HELLO"):
            connect(peer.url, username="bob", password=SECRET).get("k")

        assert peer.count("AUTH") == 0


@pytest.mark.parametrize("protocol", [None, 2, 3])
def test_a_wrong_password_is_sent_once_a_call(connect, protocol):
    refusal = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
    with Peer.answering({"AUTH": refusal}, hello=refusal) as peer:
        client = connect(peer.url, password=SECRET, protocol=protocol, max_retries=5, retry_delay=0.0)
        for calls in (1, 2):
            with pytest.raises(AuthenticationError):
                client.get("k")

            assert str(peer.commands).count(SECRET) == calls


def test_a_peer_that_closes_on_auth_gets_the_password_once(connect):
    def script(connection: Any) -> None:
        for command in connection:
            if command[0] == b"HELLO":
                connection.send(NO_HELLO)
            elif command[0] == b"AUTH":
                connection.close()
                break
            else:
                connection.send(b"-NOAUTH Authentication required.\r\n")

    with Peer(script) as peer:
        with pytest.raises(RedisConnectionError):
            connect(peer.url, password=SECRET, max_retries=0).get("k")

        assert peer.count("AUTH") == 1


def test_a_password_that_is_asked_for_is_asked_for_at_each_connect(connect, locked):
    asked = []

    def password() -> str:
        asked.append(1)
        return SECRET

    client = connect(locked, password=password)
    client.ping()
    client.ping()

    assert len(asked) == 1
    client.disconnect()
    client.ping()

    assert len(asked) == 2


def test_a_password_that_is_asked_for_may_bring_the_user_name(connect, locked, wire):
    client = connect(locked, password=lambda: ("alice", "wonder"), **wire)

    assert client.execute("ACL", "WHOAMI") == "alice"


def test_what_asking_for_the_password_raises_is_raised_and_leaves_nothing_open(connect, locked):
    def password() -> str:
        raise LookupError("no vault")

    client = connect(locked, password=password, max_connections=1)
    for _ in range(3):
        with pytest.raises(LookupError, match="no vault"):
            client.ping()

    assert not client._pool.alive


# --- nothing of it is ever shown ------------------------------------------------------------------------------------

ECHOES = [
    b"-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '%b' \r\n",
    b"-ERR wrong password '%b'\r\n",
    b"-WRONGPASS '%b' is not it\r\n",
    b"-NOAUTH '%b'\r\n",
    b"-NOPERM '%b'\r\n",
    b"-%b\r\n",
    b"-%b is wrong\r\n",
    b"+%b\r\n",
    b":%b\r\n",
    b"%%%b\r\n",
    b"%b\r\n",
    b"*1\r\n+%b\r\n",
    b"!19\r\n-ERR %b\r\n",
    b"-ERR\r\n-%b\r\n-%b\r\n-%b\r\n-%b\r\n-%b\r\n",
    b"-WRONGPASS no\r\n-ERR %b\r\n-%b twice\r\n:%b\r\n",
]


@pytest.mark.parametrize("hangs_up", [False, True])
@pytest.mark.parametrize("protocol", [None, 2, 3])
@pytest.mark.parametrize("echo", ECHOES)
def test_no_error_or_log_quotes_what_the_server_said_to_a_login(connect, caplog, parser, protocol, echo, hangs_up):
    caplog.set_level(logging.DEBUG)
    said = echo.replace(b"%b", SECRET.encode()).replace(b"%%", b"%")
    answer = [steps.send(said), steps.close()] if hangs_up else said
    with Peer.answering({"AUTH": answer}, hello=NO_HELLO if protocol is None else answer) as peer:
        client = connect(
            peer.url,
            password=SECRET,
            protocol=protocol,
            parser=parser,
            max_retries=1,
            retry_delay=0.0,
            connect_timeout=0.3,
        )

        with pytest.raises(RedisError) as caught:
            client.get("k")

    error: BaseException | None = caught.value
    shown = "".join(traceback.format_exception(caught.value)) + str(pickle.dumps(caught.value)) + caplog.text
    while error is not None:
        shown += str(error) + repr(error) + repr(vars(error))
        error = error.__context__ or error.__cause__

    assert SECRET not in shown
    assert SECRET not in repr(client) + repr(client.config) + repr(client._pool)


def test_a_login_that_is_not_answered_times_out_in_phase_connect(connect):
    with Peer.answering({}, hello=None) as peer, pytest.raises(RedisTimeoutError) as caught:
        connect(peer.url, password=SECRET, connect_timeout=0.2).get("k")

    assert caught.value.phase == "connect"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("word", ["BUSY", "LOADING", "MASTERDOWN"])
def test_a_server_that_is_busy_is_connected_to(connect: Any, word: str) -> None:
    answers: dict[str, Any] = {"PING": f"-{word} it takes a while\r\n".encode(), "SCRIPT": b"+OK\r\n"}
    with Peer.no_hello(answers) as peer:
        reply = connect(peer.url).execute("SCRIPT", "KILL")

        assert reply == "OK"
