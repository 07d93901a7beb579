"""Where subscriptions live and how they end: in callbacks, threads, pools, processes and event loops."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import warnings
from typing import Any

import pytest
from support.conversing import Colour, got
from support.listening import eventually, inside, taken
from support.waiting import Background, wait_until

from plasma import Message, Reconnected, Redis, RedisClient, RedisConnectionError, RedisTimeoutError
from plasma.asyncio import Redis as AsyncRedis
from plasma.asyncio import RedisClient as AsyncRedisClient
from plasma.testing import FaultProxy, RedisServer


def test_a_callback_may_subscribe_unsubscribe_and_close_in_the_blocking_colour(server: RedisServer) -> None:
    with RedisClient(server.url) as client:
        done: list[Any] = []

        def callback(message: str, channel: str) -> None:
            inner = client.subscribe("inner", lambda *call: done.append(call))
            client.publish("inner", "x")
            client.unsubscribe("other")
            outer.close()
            done.append(inner)

        outer = client.subscribe("outer", callback)
        client.subscribe("other", print)
        client.publish("outer", "go")
        wait_until(lambda: len(done) == 2)

        assert done[1] == ("x", "inner")
        assert outer.closed
        assert client.pubsub_channels() == ["inner"]


def test_a_callback_may_subscribe_while_the_queue_is_full(server: RedisServer) -> None:
    with RedisClient(server.url) as client:
        done: list[str] = []

        def callback(message: str, channel: str) -> None:
            if message == "0":
                client.subscribe("inner", print, capacity=2)
            done.append(message)

        client.subscribe("outer", callback, capacity=2)
        pipe = client.pipeline()
        for number in range(2000):
            pipe.publish("outer", number)
        pipe.exec()
        wait_until(lambda: len(done) == 2000)

        assert done == [str(number) for number in range(2000)]


def test_a_callback_may_disconnect_the_client(server: RedisServer) -> None:
    client = RedisClient(server.url)
    client.subscribe("a", lambda *_: client.disconnect())
    client.publish("a", "x")
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("plasma.pubsub")])

    assert client.pubsub_numsub("a") == {"a": 0}
    client.disconnect()


def test_a_coroutine_function_is_told_that_the_blocking_colour_awaits_nothing(server: RedisServer) -> None:
    async def callback(message: str, channel: str) -> None: ...

    with RedisClient(server.url) as client:
        errors: list[Exception] = []
        client.subscribe("a", callback, on_error=errors.append)
        client.publish("a", "x")
        wait_until(lambda: errors)

    assert isinstance(errors[0], TypeError)
    assert "plasma.asyncio" in str(errors[0])


def test_an_asyncio_callback_may_disconnect_the_client(server: RedisServer) -> None:
    async def main() -> None:
        client = AsyncRedisClient(server.url)
        done: list[bool] = []

        async def callback(message: str, channel: str) -> None:
            await client.disconnect()
            done.append(subscription.closed)

        subscription = await client.subscribe("a", callback)
        await client.publish("a", "x")
        await eventually(client, lambda: done)

        assert done == [True]
        assert await client.pubsub_numsub("a") == {"a": 0}
        await client.disconnect()

    asyncio.run(main())


def test_an_asyncio_callback_may_subscribe_unsubscribe_and_close(server: RedisServer) -> None:
    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            done: list[Any] = []

            async def callback(message: str, channel: str) -> None:
                inner = await client.subscribe("inner", lambda *call: done.append(call))
                await client.publish("inner", "x")
                await client.unsubscribe("other")
                await outer.close()
                done.append(inner)

            outer = await client.subscribe("outer", callback)
            await client.subscribe("other", print)
            await client.publish("outer", "go")
            await eventually(client, lambda: len(done) == 2)

            assert ("x", "inner") in done
            assert await client.pubsub_channels() == ["inner"]

    asyncio.run(main())


def test_coroutine_callbacks_of_one_subscription_run_in_order_and_do_not_hold_up_another(server: RedisServer) -> None:
    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            slow: list[str] = []
            quick: list[str] = []
            go_on = asyncio.Event()

            async def callback(message: str, channel: str) -> None:
                await go_on.wait()
                slow.append(message)

            await client.subscribe("a", callback)
            await client.subscribe("a", lambda message, _: quick.append(message))
            for number in range(20):
                await client.publish("a", number)
            await eventually(client, lambda: len(quick) == 20)
            assert slow == []
            go_on.set()
            await eventually(client, lambda: len(slow) == 20)

            assert slow == quick == [str(number) for number in range(20)]

    asyncio.run(main())


def test_a_callback_whose_awaiting_was_cancelled_is_called_for_the_next_message(server: RedisServer) -> None:
    async def main() -> None:
        async with AsyncRedisClient(server.url) as client:
            calls: list[str] = []

            async def callback(message: str, channel: str) -> None:
                calls.append(message)
                if message == "0":
                    raise asyncio.CancelledError

            await client.subscribe("a", callback)
            for number in range(3):
                await client.publish("a", number)
            await eventually(client, lambda: len(calls) == 3)

    asyncio.run(main())


def test_a_get_that_is_cancelled_takes_no_message(server: RedisServer) -> None:
    async def main() -> None:
        async with AsyncRedisClient(server.url) as client, client.pubsub() as inbox:
            await inbox.subscribe("a")
            one, two = (asyncio.ensure_future(inbox.get()) for _ in range(2))
            await asyncio.sleep(0)
            one.cancel()
            await client.publish("a", "x")

            assert await asyncio.wait_for(two, 10) == Message("message", "a", "x")

    asyncio.run(main())


def test_a_loop_that_ends_with_subscriptions_open_says_nothing_and_the_next_one_works(
    server: RedisServer, recwarn: pytest.WarningsRecorder
) -> None:
    client = AsyncRedisClient(server.url)

    async def main() -> Any:
        calls: list[Any] = []
        await client.subscribe("a", lambda *call: calls.append(call))
        inbox = client.pubsub()
        await inbox.subscribe("a")
        monitor = await client.monitor().__aenter__()
        await client.publish("a", "x")
        await eventually(client, lambda: calls)
        return inbox, monitor

    for _ in range(2):
        inbox, _ = asyncio.run(main())
        with pytest.raises(RedisConnectionError):
            asyncio.run(inbox.get())
    wait_until(lambda: server.execute("PUBSUB", "NUMSUB", "a")[1] == 0)
    gc.collect()

    assert not recwarn.list


def test_a_loop_that_ends_while_a_connection_is_replaced_says_nothing(
    proxy: FaultProxy, recwarn: pytest.WarningsRecorder
) -> None:
    async def main() -> None:
        client = AsyncRedisClient(proxy.url)
        inbox = client.pubsub()
        await inbox.subscribe("a")
        proxy.refuse()
        proxy.cut()
        assert await inbox.get(timeout=0.05) is None

    asyncio.run(main())
    gc.collect()

    assert not recwarn.list


def test_an_inbox_that_is_dropped_ends(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url)
        inbox = client.pubsub()
        await got(inbox.subscribe("dropped"))
        del inbox
        gc.collect()
        await eventually(client, lambda: server.execute("PUBSUB", "NUMSUB", "dropped")[1] == 0)

    colour.run(case())


def test_a_thread_that_waits_in_a_loop_is_let_go_by_close(server: RedisServer) -> None:
    with RedisClient(server.url) as client:
        inbox = client.pubsub()
        inbox.subscribe("a")
        seen: list[Any] = []
        waiting = Background(lambda: [seen.append(event) for event in inbox])
        client.publish("a", "x")
        wait_until(lambda: seen)
        inbox.close()
        waiting.result()

        assert seen == [Message("message", "a", "x")]


def test_subscriptions_count_as_connections_of_the_pool(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url, max_connections=1, command_timeout=0.1)
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))
            async with inside(client.pubsub()) as other:
                with pytest.raises(RedisTimeoutError, match="max_connections"):
                    await got(other.subscribe("a"))
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe("a"))

    colour.run(case())


def test_views_give_their_own_text_type(colour: Colour, server: RedisServer) -> None:
    async def case() -> None:
        client = colour.client(server.url)
        calls: list[Any] = []
        await got(client.subscribe("a", lambda *call: calls.append(call)))
        await got(client.bytes.subscribe("a", lambda *call: calls.append(call)))
        server.execute("PUBLISH", "a", "x")
        await eventually(client, lambda: len(calls) == 2)

        assert sorted(calls, key=str) == [("x", "a"), (b"x", b"a")]

    colour.run(case())


def test_it_works_on_a_server_that_knows_no_hello(colour: Colour) -> None:
    with RedisServer(config={"rename-command": ("HELLO", "")}) as old:

        async def case() -> None:
            client = colour.client(old.url, retry_delay=0.001)
            async with inside(client.pubsub()) as inbox:
                await got(inbox.subscribe("a"))
                await got(inbox.psubscribe("b*"))
                old.execute("PUBLISH", "b1", "x")
                message = (await taken(inbox, 1))[0]
                old.execute("CLIENT", "KILL", "TYPE", "pubsub")
                gap = (await taken(inbox, 1))[0]
                old.execute("PUBLISH", "a", "y")

                assert message == Message("pmessage", "b1", "x", "b*")
                assert isinstance(gap, Reconnected)
                assert (await taken(inbox, 1))[0] == Message("message", "a", "y")
            await got(client.disconnect())

        colour.run(case())


def test_many_channels_are_subscribed_and_unsubscribed_in_few_round_trips(colour: Colour, proxy: FaultProxy) -> None:
    async def case() -> None:
        client = colour.client(proxy.url)
        names = [f"channel:{number}" for number in range(3000)]
        async with inside(client.pubsub()) as inbox:
            await got(inbox.subscribe(*names))
            await got(inbox.unsubscribe())

            assert "0 active" in repr(inbox)
        for name in names[:300]:
            await got(client.subscribe(name, print))
        await got(client.unsubscribe())

        assert await got(client.pubsub_channels()) == []

    colour.run(case())


def test_it_works_over_tls(colour: Colour) -> None:
    with RedisServer(tls=True) as secure:

        async def case() -> None:
            client = colour.client(f"rediss://127.0.0.1:{secure.tls_port}", tls={"ca": secure.ca})
            async with inside(client.pubsub()) as inbox:
                await got(inbox.subscribe("a"))
                for size in (1, 1000, 100_000):
                    secure.execute("PUBLISH", "a", "x" * size)

                assert [len(event.data) for event in await taken(inbox, 3)] == [1, 1000, 100_000]
            await got(client.disconnect())

        colour.run(case())


def test_the_facade_has_it_all(server: RedisServer) -> None:
    Redis.configure(connections={"default": server.url})
    calls: list[Any] = []
    try:
        with Redis.subscribe("events", lambda *call: calls.append(call)), Redis.pubsub() as inbox:
            inbox.subscribe("events")
            Redis.publish("events", "workflow:done")

            assert inbox.get(timeout=10) == Message("message", "events", "workflow:done")
            wait_until(lambda: calls)
            Redis.unsubscribe("events")
    finally:
        Redis.remove_connection("default")

    assert calls == [("workflow:done", "events")]


def test_the_asyncio_facade_has_it_all(server: RedisServer) -> None:
    async def main() -> None:
        AsyncRedis.configure(connections={"default": server.url})
        calls: list[Any] = []
        async with await AsyncRedis.subscribe("events", lambda *call: calls.append(call)):
            await AsyncRedis.publish("events", "x")
            await eventually(AsyncRedis.connection(), lambda: calls)
        await AsyncRedis.disconnect_all()
        AsyncRedis.remove_connection("default")

        assert calls == [("x", "events")]

    asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_is_told_may_subscribe_anew_and_leaves_the_parent_alone(server: RedisServer) -> None:
    with RedisClient(server.url) as client:
        calls: list[str] = []
        client.subscribe("a", lambda message, _: calls.append(message))
        with client.pubsub() as inbox:
            inbox.subscribe("a")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on: there are threads
                child = os.fork()
            if not child:
                code = 1
                try:
                    try:
                        inbox.get(timeout=10)
                    except RedisConnectionError as error:
                        code = 2 if "forked" not in str(error) else 0
                    own: list[str] = []
                    client.subscribe("b", lambda message, _: own.append(message))
                    client.publish("b", "x")
                    wait_until(lambda: own == ["x"])
                    client.disconnect()
                finally:
                    os._exit(code)
            _, status = os.waitpid(child, 0)
            client.publish("a", "x")

            assert os.waitstatus_to_exitcode(status) == 0
            assert inbox.get(timeout=10) == Message("message", "a", "x")
            wait_until(lambda: calls == ["x"])


def test_an_interpreter_that_ends_with_subscriptions_open_ends_quietly(server: RedisServer) -> None:
    code = f"""
from plasma import RedisClient
client = RedisClient({server.url!r})
client.subscribe("a", print)
inbox = client.pubsub()
inbox.subscribe("a")
"""
    done = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, timeout=30)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
