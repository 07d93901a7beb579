"""Loops that begin and end, one after another and side by side: each program runs by itself with warnings as errors,
in debug mode, and must have said nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec

import pytest

LOOPS = ["asyncio", "uvloop"] if find_spec("uvloop") else ["asyncio"]

HEAD = """
import asyncio, gc, os, sys, threading, unittest, warnings
import plasma.asyncio
from plasma.asyncio import Redis, RedisClient, RedisManager
URL = sys.argv[1]
client = RedisClient(URL, max_connections=5)  # of the module: it lives in every loop
"""

RUN = {"asyncio": "run = asyncio.run", "uvloop": "import uvloop; run = uvloop.run"}


def program(text: str, url: str, loop: str = "asyncio", *, dev: bool = True) -> str:
    """What the program prints; it must end well, and print nothing else."""
    code = HEAD + RUN[loop] + "\n" + textwrap.dedent(text) + "\ngc.collect()\n"
    # In debug mode uvloop tells of slow callbacks, and so does asyncio where the machine is busy.
    quiet = "import logging; logging.getLogger('asyncio').addFilter(lambda r: not r.getMessage().startswith('Exec'))\n"
    mode = ["-X", "dev"] if dev else []
    done = subprocess.run(
        [sys.executable, *mode, "-W", "error", "-c", quiet + code, url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.strip()


@pytest.fixture(params=LOOPS)
def kind(request):
    return request.param


def test_one_loop_after_another(url, kind):
    text = """
    async def main():
        await client.incr("n")
        await asyncio.gather(client.blpop("nothing", timeout=0.01), client.incr("n"))
        return await client.pipeline().incr("n").exec()

    print(run(main()), run(main()), run(main()))
    """

    assert program(text, url, kind) == "(3,) (6,) (9,)"


def test_two_loops_in_two_threads_at_once(url, kind):
    text = """
    ready = threading.Barrier(3)

    async def main(name):
        for round in range(300):
            values = await asyncio.gather(*(client.echo(f"{name} {n}") for n in range(20)))
            assert values == [f"{name} {n}" for n in range(20)], values
        await client.options(timeout=0.2).ping()

    def thread(name):
        ready.wait()
        run(main(name))
        done.append(name)

    done = []
    threads = [threading.Thread(target=thread, args=(name,)) for name in "abc"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    print(sorted(done))
    """

    assert program(text, url, kind) == "['a', 'b', 'c']"


def test_the_facade_and_a_manager_work_in_one_loop_after_another(url, kind):
    text = """
    manager = RedisManager()
    manager.configure({"connections": {"main": URL}})
    Redis.configure(default="main", connections={"main": URL, "other": URL + "/1"})

    async def main():
        await Redis.connect()
        await Redis.connection("other").set("k", "other")
        return await Redis.incr("n"), await manager.connection("main").incr("n"), Redis.is_connected()

    print(run(main()), run(main()))
    """

    assert program(text, url, kind) == "(1, 2, True) (3, 4, True)"


def test_a_loop_that_ends_in_the_middle_of_calls(url, kind):
    text = """
    async def main():
        calls = [asyncio.create_task(client.blpop("nothing", timeout=0)) for _ in range(10)]
        calls += [asyncio.create_task(client.get("k")) for _ in range(10)]
        for _ in range(turns): await asyncio.sleep(0)
        return "ended"

    for turns in range(30):
        run(main())
    print(run(client.ping()))
    """

    assert program(text, url, kind) == "True"


def test_a_loop_that_ends_while_connecting(url, kind):
    text = """
    import socket
    listener = socket.create_server(("127.0.0.1", 0))  # accepts, and says nothing
    listener.setblocking(False)
    silent = RedisClient(port=listener.getsockname()[1])
    accepted = []

    async def main():
        call = asyncio.create_task(silent.get("k"))
        accepted.append(await asyncio.get_running_loop().sock_accept(listener))

    run(main())
    run(main())
    listener.close()
    for sock, _ in accepted: sock.close()
    print("ended")
    """

    assert program(text, url, kind) == "ended"


def test_a_client_that_is_dropped_closes_what_it_had(url, kind):
    text = """
    async def main():
        mine = RedisClient(URL)
        await asyncio.gather(mine.ping(), mine.blpop("nothing", timeout=0.01))
        before = len(await client.client_list())
        del mine
        while len(await client.client_list()) != before - 2:
            await asyncio.sleep(0.001)
        local = RedisClient(URL)
        return await local.ping()

    print(run(main()))
    """

    assert program(text, url, kind) == "True"


def test_a_client_that_is_dropped_in_another_thread_closes_what_it_had(url, kind):
    text = """
    async def main():
        held = [RedisClient(URL)]
        await held[0].ping()
        before = len(await client.client_list())
        await asyncio.to_thread(held.clear)
        while len(await client.client_list()) != before - 1:
            await asyncio.sleep(0.001)
        return "closed"

    print(run(main()))
    """

    assert program(text, url, kind) == "closed"


def test_disconnect_closes_everything_and_the_next_use_opens_again(url, kind):
    text = """
    async def main():
        async with RedisClient(URL) as mine:
            await asyncio.gather(mine.ping(), mine.blpop("nothing", timeout=0.01))
            before = len(await client.client_list())
            connected = mine.is_connected()
            await mine.disconnect()
            connected = connected, mine.is_connected()
            while len(await client.client_list()) != before - 2:
                await asyncio.sleep(0.001)
            return connected, await mine.ping(), len(asyncio.all_tasks())

    print(run(main()))
    """

    assert program(text, url, kind) == "((True, False), True, 1)"


def test_disconnect_lets_calls_in_flight_end(url, kind):
    text = """
    async def main():
        await client.ping()
        pipeline = client.pipeline()
        for n in range(20_000): pipeline.incr("n")
        calls = pipeline.exec(), client.get("k"), client.blpop("q", timeout=0.1)
        calls = [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await client.disconnect()
        results = await asyncio.gather(*calls)
        return len(results[0]), results[1:], client.is_connected()

    print(run(main()))
    """

    assert program(text, url, kind) == "(20000, [None, None], False)"


def test_disconnect_while_connecting_leaves_nothing_open(url, kind):
    text = """
    async def main():
        for turns in range(15):
            mine = RedisClient(URL)
            call = asyncio.create_task(mine.get("k"))
            for _ in range(turns): await asyncio.sleep(0)
            call.cancel()
            await mine.disconnect()
            assert not mine.is_connected()
            await asyncio.wait([call])
        while len(await client.client_list()) != 1:
            await asyncio.sleep(0.001)
        return "closed"

    print(run(main()))
    """

    assert program(text, url, kind) == "closed"


def test_a_client_of_a_loop_that_was_closed_without_a_word_works_in_the_next(url):
    """Its transport warns: whoever closes a loop so has left it open. Nothing else goes wrong."""
    text = """
    import warnings
    loop = asyncio.SelectorEventLoop()
    call = loop.create_task(client.blpop("nothing", timeout=0))
    async def blocked():
        while not any(one["cmd"] == "blpop" for one in await client.client_list()):
            await asyncio.sleep(0.001)
    loop.run_until_complete(blocked())
    call._log_destroy_pending = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop.close()
        print(run(client.ping()))
        del loop, call
        gc.collect()
    """

    assert program(text, url) == "True"


def test_a_forked_child_starts_afresh_and_the_parent_goes_on(url, kind):
    text = """
    async def main():
        await client.set("k", "parent")
        async with client.pinned() as conn:
            await conn.ping()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # there may be threads
                child = os.fork()
            if not child:
                code = 1
                try:
                    # No loop runs here: the parent's is not ours.
                    asyncio.events._set_running_loop(None)
                    async def inside():
                        try:
                            await conn.ping()
                        except plasma.RedisConnectionError:
                            return await client.get("k"), await client.blpop("q", timeout=0.01)
                    if asyncio.new_event_loop().run_until_complete(inside()) == ("parent", None):
                        code = 0
                finally:
                    os._exit(code)
            status = os.waitpid(child, 0)[1]
            return status, await conn.ping(), await client.get("k"), await client.blpop("q", timeout=0.01)

    print(run(main()))
    """
    if kind == "uvloop":
        pytest.skip("uvloop does not work in a child that was forked while it ran")

    assert program(text, url, kind) == "(0, True, 'parent', None)"


def test_multiprocessing_with_fork(url, kind):
    text = """
    import multiprocessing, warnings

    def work():
        assert run(client.incr("n")) == 2
        run(client.disconnect())

    async def main():
        await client.incr("n")

    run(main())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
    process.join()
    print(process.exitcode, run(client.get("n")))
    """

    assert program(text, url, kind) == "0 2"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="before, unittest closed loops without ending their generators")
def test_runner_and_the_test_cases_of_unittest(url):
    text = """
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self): await client.delete("n")
        async def test_one(self): self.assertEqual(await client.incr("n"), 1)
        async def test_two(self): self.assertEqual(await asyncio.create_task(client.incr("n")), 1)

    with asyncio.Runner() as runner:
        assert runner.run(client.ping()) and runner.run(client.ping())
    result = unittest.TextTestRunner(stream=open(os.devnull, "w")).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Case))
    result.stream = None
    print(result.testsRun, result.failures, result.errors)
    """
    text = text.replace('stream=open(os.devnull, "w")', "stream=__import__('io').StringIO()")

    assert program(text, url) == "2 [] []"


def test_a_loop_for_each_test_as_plugins_make_them(url, kind):
    text = """
    new = uvloop.new_event_loop if "uvloop" in sys.modules else asyncio.new_event_loop
    for n in range(5):
        loop = new()
        asyncio.set_event_loop(loop)
        assert loop.run_until_complete(client.ping())
        assert loop.run_until_complete(client.blpop("nothing", timeout=0.01)) is None
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()
    print(client._pool)
    """

    assert program(text, url, kind).endswith("0 connections open in 0 event loops>")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_tasks_that_begin_eagerly(url):
    """On the standard loop: uvloop does not know them on every Python."""
    text = """
    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        missing = RedisClient(path="/nowhere/redis.sock", max_retries=0)
        for _ in range(2):
            try:
                await missing.ping()
            except plasma.RedisConnectionError as error:
                assert "No such file" in str(error)
        calls = [asyncio.create_task(client.incr("n")) for _ in range(10)]
        blocked = asyncio.create_task(client.blpop("nothing", timeout=0.01))
        return sorted(await asyncio.gather(*calls)), await blocked

    print(run(main()))
    """

    assert program(text, url) == "([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], None)"


def test_nothing_that_lives_on_holds_the_context_of_a_request(url, kind):
    text = """
    import contextvars, weakref
    request = contextvars.ContextVar("request")

    class Request: pass

    async def handle(alive):
        value = Request()
        alive.append(weakref.ref(value))
        request.set(value)
        await asyncio.gather(client.get("k"), client.blpop("nothing", timeout=0.01), client.pipeline().get("k").exec())

    async def main():
        alive = []
        await asyncio.create_task(handle(alive))
        state = client._pool.current
        assert client.is_connected() and state.shared._alarm is not None and state.own
        await asyncio.sleep(0)
        gc.collect()
        return alive[0]()

    print(run(main()))
    """

    assert program(text, url, kind, dev=False) == "None"


def test_calls_are_coroutines_and_fail_plain(url, kind):
    text = """
    import inspect

    async def main():
        Redis.configure(connections={"main": URL})
        await client.set("k", "v")
        for call in (client.get("k"), Redis.get("k"), client.execute("GET", "k"), client.options(timeout=1).get("k")):
            assert inspect.iscoroutine(call)
            assert await asyncio.create_task(call) == "v"
        failed = []
        nowhere = RedisClient(port=1, max_retries=0)
        for call in (client.lpush("k", "v"), client.pipeline().lpush("k", "v").exec(), nowhere.ping()):
            try:
                await call
            except plasma.RedisError as error:
                failed.append(type(error).__name__)
        return failed

    print(run(main()))
    """

    assert program(text, url, kind) == "['WrongTypeError', 'WrongTypeError', 'RedisConnectionError']"


def test_is_connected_may_be_asked_where_no_loop_runs(url):
    assert program("print(client.is_connected())", url) == "False"
