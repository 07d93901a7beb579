"""Connections that are lost at every interesting moment: whoever listens is told, and goes on."""

from __future__ import annotations

from typing import Any

import pytest
from support.conversing import Colour, got
from support.listening import eventually, inside, taken

from plasma import (
    Message,
    NoPermissionError,
    Reconnected,
    RedisClient,
    RedisConnectionError,
    RedisError,
    RedisTimeoutError,
)
from plasma.testing import FaultProxy, Peer, RedisServer

FAST = {"retry_delay": 0.001}


async def next_event(inbox: Any) -> Any:
    return (await taken(inbox, 1))[0]


def test_after_a_cut_everything_is_subscribed_again_and_the_loop_is_told(
    colour: Colour, proxy: FaultProxy, server: RedisServer, wire: dict[str, Any]
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST, **wire)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a", "b"))
            await got(inbox.psubscribe("c*"))
            proxy.cut()
            event = await next_event(inbox)
            for channel in ("a", "b", "c1"):
                server.execute("PUBLISH", channel, "x")

            assert isinstance(event, Reconnected)
            assert 0 <= event.lost_for < 10
            assert [event.channel for event in await taken(inbox, 3)] == ["a", "b", "c1"]
            assert inbox.reconnects == 1

    colour.run(case())


def test_callbacks_are_told_of_a_gap_each_by_its_on_reconnect(
    colour: Colour, proxy: FaultProxy, server: RedisServer, wire: dict[str, Any]
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST, **wire)
        told: list[Any] = []
        calls: list[Any] = []
        await got(client.subscribe("a", lambda *call: calls.append(call), on_reconnect=told.append))
        await got(client.subscribe("b", lambda *call: calls.append(call), on_reconnect=told.append))
        proxy.cut(reset=True)
        await eventually(client, lambda: len(told) == 2)
        server.execute("PUBLISH", "a", "x")
        await eventually(client, lambda: calls)

        assert all(isinstance(event, Reconnected) for event in told)
        assert calls == [("x", "a")]

    colour.run(case())


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_a_cut_around_the_first_subscribe_leaves_it_subscribed(
    colour: Colour, proxy: FaultProxy, server: RedisServer, wire: dict[str, Any], moment: Any
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST, **wire)
        proxy.cut_at("SUBSCRIBE", moment)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            event = None
            while event is None or isinstance(event, Reconnected):  # what the lost connection got is lost
                server.execute("PUBLISH", "a", "x")
                event = await got(inbox.get(timeout=0.05))

            assert event == Message("message", "a", "x")

    colour.run(case())


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
def test_a_cut_around_unsubscribe_leaves_it_unsubscribed_and_the_others_subscribed(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a", "b"))
            proxy.cut_at("UNSUBSCRIBE", moment)
            await got(inbox.unsubscribe("a"))
            await eventually(client, lambda: server.execute("PUBSUB", "NUMSUB", "a", "b")[1::2] == [0, 1])

            assert isinstance(await next_event(inbox), Reconnected)

    colour.run(case())


@pytest.mark.parametrize("moment", ["before", "answered", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_cut_while_it_subscribes_again_is_one_gap_and_nothing_is_missing_behind_it(
    colour: Colour, proxy: FaultProxy, server: RedisServer, moment: Any, nth: int
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a", "b", "c"))
            proxy.cut_at("SUBSCRIBE", moment, nth=nth)
            proxy.cut()
            gaps = 2 if (moment, nth) == ("after", 3) else 1  # there all was confirmed before this cut
            await eventually(client, lambda: inbox.reconnects == gaps)
            for channel in "abc":
                server.execute("PUBLISH", channel, "x")
            events = await taken(inbox, 4)

            assert isinstance(events[0], Reconnected)  # two with nothing between them are one
            assert [event.channel for event in events[1:]] == ["a", "b", "c"]

    colour.run(case())


def test_a_cut_in_the_middle_of_a_message_loses_that_and_says_so(
    colour: Colour, proxy: FaultProxy, server: RedisServer, wire: dict[str, Any]
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST, **wire)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            proxy.cut_after(20, "client")
            server.execute("PUBLISH", "a", "x" * 100)
            event = await next_event(inbox)
            server.execute("PUBLISH", "a", "next")

            assert isinstance(event, Reconnected)
            assert await next_event(inbox) == Message("message", "a", "next")

    colour.run(case())


def test_messages_behind_the_word_of_a_gap_come_on_the_new_connection(
    colour: Colour, server: RedisServer, wire: dict[str, Any]
) -> None:
    """The first channel is confirmed again and has a message already, the second is not: the word goes before both."""

    def confirm(kind: str, channel: str, count: int) -> bytes:
        start = b">" if wire["protocol"] == 3 else b"*"
        return start + f"3\r\n${len(kind)}\r\n{kind}\r\n${len(channel)}\r\n{channel}\r\n:{count}\r\n".encode()

    message = (b">" if wire["protocol"] == 3 else b"*") + b"3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"

    def script(connection: Any) -> None:
        subscribed = 0
        for command in connection:
            if command[0] == b"HELLO":
                connection.send(b"%1\r\n$5\r\nproto\r\n:3\r\n")
            elif command[0] == b"SUBSCRIBE":
                subscribed += 1
                again = connection.number > 0
                connection.send(confirm("subscribe", command[1].decode(), subscribed))
                if again and subscribed == 1:
                    connection.send(message)
                if not again and subscribed == 2:
                    connection.close()
                    return
            else:
                connection.send(b"+PONG\r\n" if command[0] == b"PING" else b"+OK\r\n")

    async def case() -> None:
        with Peer(script) as peer:
            client = colour.client(peer.url, **FAST, **wire)
            async with inside(client.pubsub()) as inbox:
                await got(inbox.subscribe("a", "b"))
                events = await taken(inbox, 2)
                await got(inbox.close())
            await got(client.disconnect())

        assert isinstance(events[0], Reconnected)
        assert events[1] == Message("message", "a", "x")

    colour.run(case())


def test_a_half_open_connection_is_noticed_by_ping_and_replaced(
    colour: Colour, proxy: FaultProxy, server: RedisServer, wire: dict[str, Any]
) -> None:
    """Within twice `keepalive` seconds, as test_keepalive.py shows without a machine that may be slow."""

    async def case() -> None:
        client = colour.client(proxy.url, **FAST, **wire, keepalive=1.0, connect_timeout=0.2)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            proxy.swallow()
            proxy.heal()  # for new connections; this one stays as it is
            event = await next_event(inbox)

            assert isinstance(event, Reconnected)
            assert event.lost_for >= 1.5

    colour.run(case())


def test_a_quiet_connection_is_kept_by_pings(colour: Colour, proxy: FaultProxy, wire: dict[str, Any]) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **wire, keepalive=1.0)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            before = proxy.count("PING")
            await eventually(client, lambda: proxy.count("PING") >= before + 2)

            assert await got(inbox.get(timeout=0.05)) is None
            assert inbox.reconnects == 0

    colour.run(case())


def test_a_server_that_was_gone_for_a_while_is_found_again(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            proxy.refuse()
            proxy.cut()
            await eventually(client, lambda: server.execute("PUBSUB", "NUMSUB", "a")[1] == 0)
            assert await got(inbox.get(timeout=0.05)) is None
            proxy.accept()

            assert isinstance(await next_event(inbox), Reconnected)
            server.execute("PUBLISH", "a", "x")
            assert await next_event(inbox) == Message("message", "a", "x")

    colour.run(case())


def test_a_server_that_was_restarted_is_subscribed_again(colour: Colour) -> None:
    with RedisServer() as own:

        async def case() -> None:
            client = colour.client(own.url, **FAST)
            told: list[Any] = []
            calls: list[str] = []
            await got(client.subscribe("a", lambda message, _: calls.append(message), on_reconnect=told.append))
            own.restart()
            await eventually(client, lambda: told)
            own.execute("PUBLISH", "a", "x")
            await eventually(client, lambda: calls)
            await got(client.disconnect())

            assert calls == ["x"]
            assert len(told) == 1

        colour.run(case())


def test_a_server_that_has_no_room_for_a_while_is_asked_again(colour: Colour) -> None:
    with RedisServer() as own, RedisClient(own.url) as other:

        async def case() -> None:
            client = colour.client(own.url, **FAST)
            async with inside(client.pubsub()) as inbox:
                await got(inbox.subscribe("a"))
                other.config_set({"maxclients": 1})
                other.client_kill(type="pubsub")
                assert await got(inbox.get(timeout=0.05)) is None
                other.config_set({"maxclients": 100})

                assert isinstance(await next_event(inbox), Reconnected)
            await got(client.disconnect())

        colour.run(case())


def test_who_subscribes_while_there_is_no_server_is_told_in_time_and_nothing_is_left(colour: Colour) -> None:
    async def case() -> None:
        with Peer.closing() as peer:
            client = colour.client(peer.url, max_retries=1, **FAST)
            with pytest.raises(RedisConnectionError):
                await got(client.subscribe("a", print))
            async with inside(client.pubsub()) as inbox:
                with pytest.raises(RedisConnectionError):
                    await got(inbox.subscribe("a"))

    colour.run(case())


def test_a_subscribe_that_is_not_answered_times_out_and_is_taken_back(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, command_timeout=0.2, **FAST)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            proxy.hold("client")
            with pytest.raises(RedisTimeoutError, match="did not confirm in time"):
                await got(inbox.subscribe("b"))
            proxy.release()
            await eventually(client, lambda: server.execute("PUBSUB", "NUMSUB", "a", "b")[1::2] == [1, 0])

    colour.run(case())


def test_a_channel_that_may_not_be_subscribed_again_is_told_and_the_others_go_on(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    async def case() -> None:
        server.execute("ACL", "SETUSER", "u", "on", ">pw", "+@all", "~*", "allchannels")
        client = colour.client(proxy.url, username="u", password="pw", **FAST)
        errors: list[Exception] = []
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a", "b"))
            lost = await got(client.subscribe("a", print, on_error=errors.append))
            server.execute("ACL", "SETUSER", "u", "resetchannels", "&b")
            server.execute("CLIENT", "KILL", "TYPE", "pubsub")  # newer servers have done so
            seen: list[Any] = []
            while Message("message", "b", "x") not in seen:
                server.execute("PUBLISH", "b", "x")
                try:
                    seen.append(await got(inbox.get(timeout=0.05)))
                except NoPermissionError as error:
                    seen.append(error)
            await eventually(client, lambda: errors)

            assert {NoPermissionError, Reconnected} <= {type(event) for event in seen}
            assert isinstance(errors[0], NoPermissionError)
            assert lost.closed
        await got(client.disconnect())
        server.execute("ACL", "DELUSER", "u")

    colour.run(case())


def test_a_login_that_is_refused_later_ends_it_and_says_so(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    async def case() -> None:
        server.execute("ACL", "SETUSER", "u", "on", ">pw", "+@all", "~*", "allchannels")
        client = colour.client(proxy.url, username="u", password="pw", **FAST)
        errors: list[Exception] = []
        subscription = await got(client.subscribe("a", print, on_error=errors.append))
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            server.execute("ACL", "DELUSER", "u")
            with pytest.raises(RedisError, match="WRONGPASS"):
                await next_event(inbox)
            with pytest.raises(RedisError, match="WRONGPASS"):
                await got(inbox.subscribe("b"))
        await eventually(client, lambda: errors)

        assert "WRONGPASS" in str(errors[0])
        assert subscription.closed

    colour.run(case())


def test_what_breaks_the_protocol_is_replaced(colour: Colour, wire: dict[str, Any]) -> None:
    def script(connection: Any) -> None:
        for command in connection:
            if command[0] == b"HELLO":
                connection.send(b"%1\r\n$5\r\nproto\r\n:3\r\n")
            elif command[0] == b"SUBSCRIBE":
                connection.send(b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
                if connection.number == 0:
                    connection.send(b":1\r\n")
            else:
                connection.send(b"+PONG\r\n" if command[0] == b"PING" else b"+OK\r\n")

    async def case() -> None:
        with Peer(script) as peer:
            client = colour.client(peer.url, **FAST, **wire)
            async with inside(client.pubsub()) as inbox:
                await got(inbox.subscribe("a"))

                assert isinstance(await next_event(inbox), Reconnected)
            await got(client.disconnect())

    colour.run(case())


def test_random_cuts_leave_no_listener_silent(colour: Colour, proxy: FaultProxy, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(proxy.url, **FAST)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            proxy.cut_randomly(7, 2000)
            expected = 0
            gap = False
            for number in range(400):
                server.execute("PUBLISH", "a", number)
                while (event := await got(inbox.get(timeout=0.001))) is not None:
                    if isinstance(event, Reconnected):
                        gap = True
                    else:
                        # Without a word of a gap, each message follows the one before it.
                        assert gap or int(event.data) == expected
                        gap = False
                        expected = int(event.data) + 1
            proxy.heal()
            while True:
                server.execute("PUBLISH", "a", 1000)
                event = await got(inbox.get(timeout=1))
                if event is not None and event.data is not None and int(event.data) >= 1000:
                    break

            assert inbox.reconnects > 0

    colour.run(case())
