"""Monitors: every command that the server runs, on every face of the client; and the reading of their lines."""

from __future__ import annotations

from typing import Any

import pytest
from support.conversing import Colour, first, got, listed
from support.listening import inside
from support.waiting import Background, wait_until

from plasma import (
    ConfigurationError,
    DecodeError,
    MonitoredCommand,
    ProtocolError,
    RedisClient,
    RedisConnectionError,
)
from plasma.monitored import monitored_command
from plasma.testing import FaultProxy, RedisServer


async def test_a_monitor_sees_commands(r: Any) -> None:
    async with inside(r.client.monitor()) as feed:
        await r.raw.echo('a "b" \\ \n\x00é')
        command = await first(feed)
        while command.args[0] != r.s("ECHO"):
            command = await first(feed)

        assert command.args == r.s(("ECHO", 'a "b" \\ \n\x00é'))
        assert command.db == 0
        assert command.time > 1e9


async def test_a_monitor_gives_none_when_nothing_happens(r: Any) -> None:
    async with inside(r.client.monitor()) as feed:
        event = await got(feed.get(timeout=0.01))
        while event is not None:  # what other clients of the suite did
            event = await got(feed.get(timeout=0.01))

        assert event is None


async def test_a_monitor_works_inside_its_block_only(r: Any) -> None:
    monitor = r.client.monitor()
    with pytest.raises(RedisConnectionError, match="block only"):
        await got(monitor.get())
    async with inside(monitor):
        with pytest.raises(ConfigurationError, match="in use already"):
            async with inside(monitor):
                pass


async def test_words_of_any_size_and_content_come_whole(r: Any) -> None:
    big = "é\x00\"\\\r\n' " * 30_000
    async with inside(r.client.monitor()) as feed:
        await r.raw.echo(big)
        command = await first(feed)
        while command.args[0] != r.s("ECHO"):
            command = await first(feed)

    assert command.args == r.s(("ECHO", big))


async def test_a_loop_over_a_monitor_that_was_closed_ends(r: Any) -> None:
    async with inside(r.client.monitor()) as feed:
        ended = feed.close()
        assert ended is None

        assert await listed(feed) == []


def test_a_thread_that_waits_for_the_next_command_is_let_go_by_close(server: RedisServer) -> None:
    with RedisClient(server.url) as client, client.monitor() as feed:
        seen: list[Any] = []
        waiting = Background(lambda: seen.extend(command.args for command in feed))
        client.echo("x")
        wait_until(lambda: len(feed._lines) == 0 and waiting.is_running)
        feed.close()
        waiting.result()

    assert all(args[0] != "MONITOR" for args in seen)


async def all_of(feed: Any) -> None:
    while True:
        await got(feed.get(timeout=10))


def test_a_monitor_that_loses_its_connection_says_so(colour: Colour, proxy: FaultProxy) -> None:
    async def case() -> None:
        client = colour.client(proxy.url)
        async with inside(client.monitor()) as feed:
            proxy.cut()
            with pytest.raises(RedisConnectionError):
                await all_of(feed)

    colour.run(case())


LINES = {
    b'1.5 [0 127.0.0.1:1] "PING"': MonitoredCommand(1.5, 0, "127.0.0.1:1", ("PING",)),
    b'1.5 [3 [::1]:6379] "SET" "a b" ""': MonitoredCommand(1.5, 3, "[::1]:6379", ("SET", "a b", "")),
    b'1.5 [0 lua] "GET" "x\\"y\\\\z\\n"': MonitoredCommand(1.5, 0, "lua", ("GET", 'x"y\\z\n')),
    b'1.5 [0 unix:/a b.sock] "SET" "\\\\x41\\x41" "\\xc3\\xa9"': MonitoredCommand(
        1.5, 0, "unix:/a b.sock", ("SET", "\\x41A", "é")
    ),
    b'1.5 [0 x] "a\\" \\"b" "\\a\\b\\t\\r"': MonitoredCommand(1.5, 0, "x", ('a" "b', "\a\b\t\r")),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_read(line: bytes) -> None:
    assert monitored_command(line, True) == LINES[line]


def test_a_line_that_is_not_text_is_bytes_where_those_are_wanted() -> None:
    line = b'1.5 [0 x] "\\xff"'

    assert monitored_command(line, False).args == (b"\xff",)
    with pytest.raises(DecodeError):
        monitored_command(line, True)


@pytest.mark.parametrize("line", [b"", b"OK", b'1.5 [0 x] "GET', b'x [0 x] "GET"', 5, None])
def test_what_is_no_line_breaks_the_protocol(line: Any) -> None:
    with pytest.raises(ProtocolError):
        monitored_command(line, True)
