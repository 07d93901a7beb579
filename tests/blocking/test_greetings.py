"""An answer to HELLO that is as one before, but for the connection's number, is not read again; any other is."""

from __future__ import annotations

from typing import Any

import pytest

from plasma import AuthenticationError, ProtocolError, ResponseError
from plasma.greeting import Greeting
from plasma.testing import Peer, steps
from plasma.testing.peer import HELLO

COURTESIES = b"+OK\r\n+OK\r\n"


def greeting(number: int = 7) -> bytes:
    """As a real server says it: with the number of the connection."""
    return HELLO.replace(b"%3", b"%4") + b"$2\r\nid\r\n:%d\r\n" % number


SERVE = (steps.expect("GET", "k"), steps.send(b"$1\r\nv\r\n"))


def login(*answer: bytes, db: bool = False) -> list[Any]:
    asked = [steps.expect("HELLO", ...), *[steps.expect("CLIENT", ...)] * 2, *[steps.expect("SELECT", ...)] * db]
    return [*asked, *[steps.send(piece) for piece in answer]]


def read_before(connect: Any, wire: dict[str, Any], answer: bytes, **options: Any) -> None:
    with Peer([*login(answer, db="db" in options), *SERVE]) as peer:
        assert connect(peer.url, **wire, **options).get("k") == "v"


@pytest.fixture
def three(parser: str) -> dict[str, Any]:
    return {"parser": parser, "protocol": 3}


def test_the_next_answer_of_the_same_server_serves_as_well(connect, three):
    read_before(connect, three, greeting(7) + COURTESIES)

    with Peer([*login(greeting(1234) + COURTESIES), *SERVE]) as peer:
        assert connect(peer.url, **three).get("k") == "v"


def test_after_a_known_answer_a_call_with_a_long_reply_works(connect, three):
    read_before(connect, three, greeting(7) + COURTESIES)
    serve = [steps.expect("LRANGE", ...), steps.send(b"*2\r\n$1\r\na\r\n$1\r\nb\r\n")]

    with Peer([*login(greeting(8) + COURTESIES), *serve]) as peer:
        assert connect(peer.url, **three).lrange("k", 0, -1) == ["a", "b"]


def test_an_error_where_a_greeting_was_is_raised(connect, three):
    read_before(connect, three, greeting() + COURTESIES)

    with Peer(login(b"-NOAUTH login\r\n" + COURTESIES)) as peer, pytest.raises(AuthenticationError):
        connect(peer.url, **three).get("k")


def test_a_database_that_is_refused_after_the_same_greeting_is_raised(connect, three):
    read_before(connect, three, greeting() + COURTESIES + b"+OK\r\n", db=2)

    refused = login(greeting() + COURTESIES + b"-ERR DB index is out of range\r\n", db=True)
    with Peer(refused) as peer, pytest.raises(ResponseError, match="out of range"):
        connect(peer.url, db=2, **three).get("k")


def test_a_reply_that_nobody_asked_for_behind_the_same_greeting_breaks_the_protocol(connect, three):
    read_before(connect, three, greeting() + COURTESIES)

    with Peer(login(greeting() + COURTESIES + b"+OK\r\n")) as peer, pytest.raises(ProtocolError):
        connect(peer.url, **three).get("k")


def test_a_greeting_that_comes_in_pieces_is_read(connect, three):
    read_before(connect, three, greeting() + COURTESIES)
    whole = greeting() + COURTESIES
    pieces = [whole[at : at + 30] for at in range(0, len(whole), 30)]

    with Peer([*login(*pieces), *SERVE]) as peer:
        assert connect(peer.url, **three).get("k") == "v"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(greeting() + COURTESIES[:-1], id="cut short"),
        pytest.param(greeting() + COURTESIES + b"+OK\r\n", id="with more behind it"),
        pytest.param(HELLO + COURTESIES, id="without a number"),
        pytest.param(greeting() + b">1\r\n+hi\r\n" + b"+OK\r\n", id="with a push in it"),
        pytest.param(b"%1\r\n$13\r\na\r\n$2\r\nid\r\n:7\r\n+OK\r\n" + COURTESIES, id="with a number inside a string"),
        pytest.param(b"-ERR\r\n$2\r\nid\r\n:7\r\n", id="no map"),
    ],
)
def test_only_a_whole_answer_is_remembered(answer):
    first = Greeting(3)
    first.is_known(answer)
    first.remember()

    assert not Greeting(3).is_known(answer)


def test_a_login_of_another_length_has_answers_of_its_own():
    first = Greeting(3)
    first.is_known(greeting() + COURTESIES)
    first.remember()

    assert not Greeting(4).is_known(greeting() + COURTESIES)
    assert Greeting(3).is_known(greeting(12) + COURTESIES)
