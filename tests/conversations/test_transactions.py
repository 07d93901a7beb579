"""Transactions on real servers, in both colours: results, refusals, conflicts, and connections cut in the middle."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import pytest
from support.conversing import Colour, got

from plasma import (
    ConfigurationError,
    DecodeError,
    ExecAbortError,
    NoPermissionError,
    RedisClient,
    RedisConnectionError,
    RedisTimeoutError,
    WatchError,
    WrongTypeError,
)
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import FaultProxy, RedisServer

# --- transaction() ----------------------------------------------------------------------------------------------------


async def test_a_transaction_gives_every_result(r: Any) -> None:
    pipe = r.client.transaction()
    pipe.set("a", 1, ex=60).incr("a").hset("h", {"f": "v"}).hgetall("h").get("a").ping()

    assert await got(pipe.exec()) == (True, 2, 1, r.s({"f": "v"}), r.s("2"), True)


async def test_a_transaction_with_nothing_in_it_is_not_sent(r: Any) -> None:
    assert await got(r.client.transaction().exec()) == ()


async def test_a_value_that_is_no_text_costs_no_other_result(r: Any) -> None:
    await r.set("binary", b"\xff\xfe")
    await r.set("text", "x")
    pipe = r.client.transaction().get("text").get("binary").incr("n")
    results = await got(pipe.exec(raise_on_error=False))

    assert results[0] == r.s("x")
    assert results[2] == 1
    if r.face.text is str:
        assert type(results[1]) is DecodeError
        assert (results[1].index, results[1].command) == (1, "GET")
    else:
        assert results[1] == b"\xff\xfe"


async def test_an_error_in_a_transaction_tells_where_and_stops_no_other(r: Any) -> None:
    await r.set("text", "x")
    pipe = r.client.transaction().incr("n").lpush("text", "y").incr("n")
    with pytest.raises(WrongTypeError) as caught:
        await got(pipe.exec())

    assert caught.value.index == 1
    assert await r.get("n") == r.s("2")


async def test_a_refused_command_aborts_the_transaction_and_is_its_cause(r: Any) -> None:
    pipe = r.client.transaction().set("a", "1").execute("NO-SUCH-COMMAND", "x").set("b", "2")
    with pytest.raises(ExecAbortError) as caught:
        await got(pipe.exec())

    assert caught.value.index == 1
    assert "NO-SUCH-COMMAND" in str(caught.value.__cause__)
    assert await r.exists("a", "b") == 0


async def test_a_long_transaction_runs_as_one(r: Any) -> None:
    pipe = r.client.transaction()
    for _ in range(3000):
        pipe.incr("n")
    results = await got(pipe.exec())

    assert results == tuple(range(1, 3001))


def test_where_multi_is_not_allowed_its_refusal_is_raised(colour: Colour, server: RedisServer) -> None:
    server.execute("ACL", "SETUSER", "nomulti", "on", ">pw", "~*", "+@all", "-multi")
    client = colour.client(f"redis://nomulti:pw@127.0.0.1:{server.port}")
    with pytest.raises(NoPermissionError, match=r"(?i)multi"):
        colour.run(got(client.transaction().incr("n").exec()))


@pytest.mark.parametrize("moment", ["before", "answered"])
@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize("command", ["INCR", "GET"])
def test_a_transaction_cut_after_exec_was_sent_is_not_sent_again(
    colour: Colour, proxy: FaultProxy, server: Any, command: str, idempotent: bool, moment: Any
) -> None:
    client = colour.client(proxy.url).options(idempotent=idempotent)
    proxy.cut_at("EXEC", moment)
    with pytest.raises(RedisConnectionError) as caught:
        colour.run(got(client.transaction().execute(command, "n").exec()))

    assert caught.value.maybe_executed is True
    assert proxy.count("EXEC") == 1
    assert server.execute("GET", "n") == ("1" if (command, moment) == ("INCR", "answered") else None)


def test_a_transaction_whose_answer_does_not_come_is_not_sent_again(colour: Colour, proxy: FaultProxy) -> None:
    client = colour.client(proxy.url, command_timeout=0.1)

    async def case() -> None:
        await got(client.ping())
        proxy.hold("client")
        with pytest.raises(RedisTimeoutError) as caught:
            await got(client.transaction().incr("n").exec())
        proxy.release()

        assert caught.value.maybe_executed is True
        assert await got(client.get("n")) == "1"

    colour.run(case())


@pytest.mark.parametrize("moment", ["before", "answered"])
def test_a_transaction_cut_between_multi_and_exec_is_sent_again_and_runs_once(
    colour: Colour, proxy: FaultProxy, server: Any, moment: Any
) -> None:
    """It is longer than what is sent at once, so that EXEC is not yet on its way."""
    client = colour.client(proxy.url)
    proxy.cut_at("INCR", moment, nth=500)
    pipe = client.transaction()
    for _ in range(20_000):
        pipe.incr("n")

    assert colour.run(got(pipe.exec())) == tuple(range(1, 20_001))
    assert server.execute("GET", "n") == "20000"


# --- transact() -------------------------------------------------------------------------------------------------------


async def decremented(r: Any, key: str, **options: Any) -> Any:
    """Take one from a stock, unless there is none: the same in both colours."""

    def plain(tx: Any) -> None:
        if int(tx.now.get(key)) > 0:
            tx.decr(key)

    async def awaiting(tx: Any) -> None:
        if int(await tx.now.get(key)) > 0:
            tx.decr(key)

    client = getattr(r, "client", r)
    function = awaiting if isinstance(client, AsyncRedisClient) else plain
    return await got(client.transact(function, key, **options))


async def test_transact_runs_what_the_function_queued(r: Any) -> None:
    await r.set("stock", 3)

    assert await decremented(r, "stock") == (2,)
    assert await r.get("stock") == r.s("2")


async def test_transact_gives_nothing_where_nothing_was_queued(r: Any) -> None:
    await r.set("stock", 0)

    assert await decremented(r, "stock") == ()


async def test_transact_begins_again_when_a_watched_key_changes(r: Any) -> None:
    calls: list[int] = []

    def function(tx: Any) -> None:
        calls.append(1)
        if len(calls) < 3:
            r.raw.client.set(r.key("watched"), len(calls))
        tx.incr("n")

    results = await got(r.client.transact(function, "watched"))

    assert results == (1,)
    assert len(calls) == 3


async def test_transact_raises_when_the_attempts_are_used_up(r: Any) -> None:
    calls: list[int] = []

    def function(tx: Any) -> None:
        calls.append(1)
        r.raw.client.set(r.key("watched"), len(calls))
        tx.incr("n")

    with pytest.raises(WatchError, match="2 attempts"):
        await got(r.client.transact(function, "watched", attempts=2))

    assert len(calls) == 2
    assert await r.get("n") is None


async def test_what_is_read_holds_also_where_nothing_is_queued(r: Any) -> None:
    calls: list[int] = []

    def function(tx: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            r.raw.client.set(r.key("watched"), "x")

    assert await got(r.client.transact(function, "watched")) == ()
    assert len(calls) == 2


async def test_what_the_function_raises_comes_out_and_nothing_stays_watched(r: Any) -> None:
    def function(tx: Any) -> None:
        tx.set("n", 1)
        raise KeyError("no stock")

    with pytest.raises(KeyError, match="no stock"):
        await got(r.client.transact(function, "watched"))

    assert await r.get("n") is None
    for entry in r.raw.client.client_list():
        assert entry.get("watch", "0") == "0"


async def test_a_watch_error_of_the_functions_own_is_no_conflict(r: Any) -> None:
    calls: list[int] = []

    def function(tx: Any) -> None:
        calls.append(1)
        raise WatchError("mine")

    with pytest.raises(WatchError, match="mine"):
        await got(r.client.transact(function, "watched"))

    assert len(calls) == 1


async def test_an_error_among_the_results_is_raised(r: Any) -> None:
    await r.set("text", "x")

    with pytest.raises(WrongTypeError) as caught:
        await got(r.client.transact(lambda tx: tx.incr("n").lpush("text", "y"), "text"))

    assert caught.value.index == 1


async def test_commands_that_are_transacts_own_are_refused(r: Any) -> None:
    for name in ("MULTI", "EXEC", "DISCARD", "UNWATCH"):

        def now(tx: Any, name: str = name) -> Any:
            return tx.now.execute(name)

        with pytest.raises(ConfigurationError, match=name):
            await got(r.client.transact(now, "k"))

    with pytest.raises(ConfigurationError, match="EXEC itself"):
        await got(r.client.transact(lambda tx: tx.exec(), "k"))


async def test_what_cannot_work_is_refused_at_once(r: Any) -> None:
    with pytest.raises(TypeError, match="takes a function"):
        await got(r.client.transact("k", print))
    with pytest.raises(ValueError, match="at least one key"):
        await got(r.client.transact(print))
    with pytest.raises(ValueError, match="attempts"):
        await got(r.client.transact(print, "k", attempts=0))


async def test_now_is_over_when_the_function_has_returned(r: Any) -> None:
    kept: list[Any] = []
    await got(r.client.transact(kept.append, "k"))

    with pytest.raises(ConfigurationError, match="inside the function"):
        await got(kept[0].now.get("k"))


def test_the_connection_is_used_again(colour: Colour, proxy: FaultProxy) -> None:
    client = colour.client(proxy.url)

    async def case() -> None:
        await got(client.set("stock", 100))
        for _ in range(20):
            await decremented(client, "stock")

    colour.run(case())

    assert proxy.connections <= 2  # asyncio: the one that all share, and one of its own


def test_a_connection_changed_by_now_is_not_used_again(colour: Colour, proxy: FaultProxy, server: RedisServer) -> None:
    client = colour.client(proxy.url)

    async def case() -> Any:
        await got(client.transact(lambda tx: tx.now.execute("SELECT", 3), "k"))
        await got(client.transact(lambda tx: tx.set("where", "here"), "k"))

    colour.run(case())

    assert server.execute("GET", "where") == "here"


@pytest.mark.parametrize("command", ["WATCH", "GET"])
@pytest.mark.parametrize("moment", ["before", "answered"])
def test_a_connection_cut_before_exec_begins_it_again(
    colour: Colour, proxy: FaultProxy, server: Any, command: str, moment: Any
) -> None:
    client = colour.client(proxy.url)
    server.execute("SET", "stock", 5)
    proxy.cut_at(command, moment)

    assert colour.run(decremented(client, "stock")) == (4,)
    assert server.execute("GET", "stock") == "4"


@pytest.mark.parametrize(("moment", "left"), [("before", "5"), ("answered", "4")])
def test_after_exec_was_sent_nothing_is_sent_again(
    colour: Colour, proxy: FaultProxy, server: Any, moment: Any, left: str
) -> None:
    client = colour.client(proxy.url).options(idempotent=True)
    server.execute("SET", "stock", 5)
    proxy.cut_at("EXEC", moment)
    with pytest.raises(RedisConnectionError) as caught:
        colour.run(decremented(client, "stock"))

    assert caught.value.maybe_executed is True
    assert server.execute("GET", "stock") == left


def test_what_the_function_wrote_at_once_is_not_written_twice(colour: Colour, proxy: FaultProxy, server: Any) -> None:
    client = colour.client(proxy.url)
    proxy.cut_at("INCR", "answered")
    with pytest.raises(RedisConnectionError) as caught:
        colour.run(got(client.transact(lambda tx: tx.now.incr("n"), "k")))

    assert caught.value.maybe_executed is True
    assert server.execute("GET", "n") == "1"


def test_an_error_of_another_client_in_the_function_is_the_functions(colour: Colour, proxy: FaultProxy) -> None:
    client = colour.client(proxy.url)
    calls: list[int] = []

    def function(tx: Any) -> None:
        calls.append(1)
        RedisClient("redis://127.0.0.1:1", max_retries=0).get("x")

    with pytest.raises(RedisConnectionError, match=r"127\.0\.0\.1:1"):
        colour.run(got(client.transact(function, "k")))

    assert len(calls) == 1


def test_threads_that_collide_all_succeed(proxy: FaultProxy, server: RedisServer) -> None:
    server.execute("SET", "stock", 200)
    with RedisClient(server.url) as client:

        def work() -> None:
            for _ in range(25):
                client.transact(lambda tx: int(tx.now.get("stock") or 0) and tx.decr("stock"), "stock", attempts=100)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert client.get("stock") == "0"


def test_a_coroutine_function_is_refused_by_the_blocking_client(server: RedisServer) -> None:
    async def function(tx: Any) -> None: ...

    with RedisClient(server.url) as client, pytest.raises(TypeError, match=r"plasma\.asyncio"):
        client.transact(function, "k")


def test_a_task_cancelled_in_the_function_leaves_nothing_watched(server: RedisServer) -> None:
    async def main() -> None:
        reached = asyncio.Event()

        async def function(tx: Any) -> None:
            await tx.now.get("k")
            reached.set()
            await asyncio.Event().wait()

        async with AsyncRedisClient(server.url, max_connections=1) as client:
            for _ in range(3):
                reached.clear()
                task = asyncio.create_task(client.transact(function, "k"))
                await reached.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert await client.transact(lambda tx: tx.set("k", 1), "k") == (True,)
            assert [entry for entry in await client.client_list() if entry.get("watch", "0") != "0"] == []

    asyncio.run(main())


def test_an_interrupt_in_the_function_leaves_nothing_watched(server: RedisServer) -> None:
    def function(tx: Any) -> None:
        tx.now.get("k")
        raise KeyboardInterrupt

    with RedisClient(server.url, max_connections=1) as client:
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                client.transact(function, "k")

        assert client.transact(lambda tx: tx.set("k", 1), "k") == (True,)


def test_what_the_function_raised_is_let_go_of_when_it_is_dropped(server: RedisServer) -> None:
    class Mine(Exception): ...

    def function(tx: Any) -> None:
        raise Mine

    gone: Any = None
    gc.disable()
    try:
        with RedisClient(server.url) as client:
            try:
                client.transact(function, "k")
            except Mine as exc:
                gone = weakref.ref(exc)

            assert gone() is None
    finally:
        gc.enable()
