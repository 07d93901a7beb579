"""What never leaves the client: commands that change a connection, values that are none. And SHUTDOWN, which does."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from plasma import ConfigurationError, RedisConnectionError, RedisTimeoutError
from plasma.errors import AskError, MovedError, ResponseError, server_error
from plasma.testing import FaultProxy, Peer, RedisServer, steps


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


CHANGING = """
SELECT 1|AUTH secret|HELLO 3|RESET|QUIT|MULTI|EXEC|DISCARD|WATCH k|UNWATCH|CLIENT REPLY OFF|CLIENT TRACKING ON
CLIENT SETNAME n|CLIENT SETINFO LIB-NAME x|CLIENT NO-EVICT ON|CLIENT NO-TOUCH ON|CLIENT CAPA redirect
CLIENT IMPORT-SOURCE ON|CLIENT CACHING YES|ASKING|READONLY|READWRITE|SCRIPT DEBUG YES|MONITOR|SUBSCRIBE c|PSUBSCRIBE c
SSUBSCRIBE c|UNSUBSCRIBE|PUNSUBSCRIBE|SUNSUBSCRIBE|SYNC|PSYNC ? -1|select 1|client reply off|Multi
"""


@pytest.mark.parametrize(
    "command", [command for line in CHANGING.split("\n") for command in line.split("|") if command]
)
def test_what_changes_a_connection_is_refused_and_not_sent(connect, proxy, command):
    client = connect(proxy.url)
    client.ping()
    sent = proxy.count()
    words = command.split()
    for run in (client.execute, client.pipeline().execute, client.transaction().execute):
        for given in (words, [word.encode() for word in words]):
            with pytest.raises(ConfigurationError, match="cannot run on a client") as caught:
                run(*given)

            assert "secret" not in str(caught.value)

    assert proxy.count() == sent
    assert client.execute("CLIENT", "GETNAME") in (None, "")
    assert proxy.connections == 1


@pytest.mark.parametrize(
    "wrong",
    [None, True, False, ["a"], {"a": 1}, {"a"}, 1j, object()],
    ids=lambda wrong: type(wrong).__name__,  # the same in every worker, which the repr of an object is not
)
@pytest.mark.parametrize(
    "call",
    [
        lambda client, wrong: client.set("k", wrong),
        lambda client, wrong: client.get(wrong),
        lambda client, wrong: client.rpush("k", "fine", wrong),
        lambda client, wrong: client.execute("SET", "k", wrong),
        lambda client, wrong: client.pipeline().set("k", wrong),
        lambda client, wrong: client.transaction().set("k", wrong),
        lambda client, wrong: client.bytes.set("k", wrong),
    ],
    ids=["set", "get", "rpush", "execute", "pipeline", "transaction", "bytes"],
)
def test_what_is_no_value_is_refused_by_name_and_not_sent(connect, proxy, call, wrong):
    client = connect(proxy.url)
    client.ping()
    sent = proxy.count()

    with pytest.raises(TypeError, match=r"SET|GET|RPUSH"):
        call(client, wrong)

    assert proxy.count() == sent
    assert client.ping() is True
    assert len(client._pool.idle) == 1


def test_text_that_utf8_cannot_hold_is_refused(connect, proxy):
    client = connect(proxy.url)

    with pytest.raises(ValueError, match="SET"):
        client.set("k", "\ud800")

    assert proxy.connections == 0


@pytest.mark.parametrize("how", ["execute", "idempotent", "pinned", "bytes"])
def test_shutdown_succeeds_when_the_server_closes(connect, how):
    with RedisServer() as server:
        client = connect(server.url, max_retries=2, retry_delay=0.0)
        client.ping()
        if how == "pinned":
            with client.pinned() as conn:
                assert conn.execute("SHUTDOWN", "NOSAVE") == "OK"
        elif how == "bytes":
            assert client.bytes.execute("SHUTDOWN", "NOSAVE") == b"OK"
        else:
            view = client.options(idempotent=True) if how == "idempotent" else client
            assert view.execute("SHUTDOWN", "NOSAVE") == "OK"
        with pytest.raises(RedisConnectionError):
            client.ping()


def test_shutdown_that_reached_nobody_raises(connect):
    with Peer.closing() as peer, pytest.raises(RedisConnectionError):
        connect(peer.url, max_retries=0).execute("SHUTDOWN", "NOSAVE")


def test_shutdown_that_the_server_refuses_raises(connect):
    refusal = b"-ERR Errors trying to SHUTDOWN. Check logs.\r\n"
    with Peer.answering({"SHUTDOWN": refusal}) as peer, pytest.raises(ResponseError, match="Check logs"):
        connect(peer.url).execute("SHUTDOWN")


def test_shutdown_is_sent_once_also_when_all_may_be_repeated(connect):
    with Peer.answering({"SHUTDOWN": steps.close()}) as peer:
        connect(peer.url, retry_delay=0.0).options(idempotent=True).execute("SHUTDOWN")

        assert peer.count("SHUTDOWN") == 1


# --- errors -----------------------------------------------------------------------------------------------------------


def copied(error: Any) -> Any:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(error, protocol))

        assert type(copy) is type(error)
        assert str(copy) == str(error)
        assert vars(copy) == vars(error)
    return copy


def test_an_error_of_the_network_pickles_with_all_it_says(connect):
    with Peer.answering({"SET": steps.close(), "GET": b"$1\r\nv\r\n"}) as peer:
        client = connect(peer.url, max_retries=0)
        with pytest.raises(RedisConnectionError) as caught:
            client.set("key", "a secret value")
        copy = copied(caught.value)

        assert (copy.command, copy.address, copy.maybe_executed) == ("SET key", f"127.0.0.1:{peer.port}", True)
        with pytest.raises(RedisConnectionError) as caught:
            client.pipeline().get("key").set("key", "v").exec()
        assert copied(caught.value).results == ("v",)


def test_a_time_out_pickles_with_its_phase(connect):
    with Peer.answering({"GET": None}) as peer, pytest.raises(RedisTimeoutError) as caught:
        connect(peer.url, command_timeout=0.05).get("k")

    assert copied(caught.value).phase == "reply"


def test_an_error_of_the_server_pickles_with_its_command(connect, url):
    client = connect(url)
    client.set("k", "a secret value")

    with pytest.raises(ResponseError) as caught:
        client.incr("k")

    copy = copied(caught.value)
    assert (copy.code, copy.command, copy.address) == ("ERR", "INCR k", client.config.address)
    with pytest.raises(ResponseError) as caught:
        client.pipeline().get("k").incr("k").exec()
    assert copied(caught.value).index == 1


def test_redirections_tell_where_to():
    for text, kind in (("MOVED 866 10.0.0.1:7001", MovedError), ("ASK 866 ::1:7001", AskError)):
        error = copied(server_error(text))

        assert isinstance(error, kind)
        assert (error.slot, error.port) == (866, 7001)


@pytest.mark.parametrize(
    "command",
    [
        ("SET", "key", "a-secret"),
        ("HSET", "key", "a-secret", "a-secret"),
        ("CONFIG", "SET", "requirepass", "a-secret"),
        ("ACL", "SETUSER", "me", ">a-secret"),
        ("MIGRATE", "host", 1, "key", 0, 1, "AUTH", "a-secret"),
        ("PUBLISH", "channel", "a-secret"),
        ("EVAL", "a-secret", 0, "a-secret"),
        ("NO-SUCH-COMMAND", "a-secret"),
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)
def test_errors_name_the_command_and_its_key_and_no_more(connect, command):
    with Peer.answering({}, default=steps.close()) as peer:
        client = connect(peer.url, max_retries=0)

        with pytest.raises(RedisConnectionError) as caught:
            client.execute(*command)

        assert caught.value.command.startswith(command[0])
        assert "a-secret" not in str(caught.value) + repr(caught.value) + str(vars(caught.value))
