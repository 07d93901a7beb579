"""After a fork the child starts afresh, and leaves its parent's connections alone."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from support.waiting import Background, wait_until

from plasma import RedisConnectionError
from plasma.testing import FaultProxy

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def in_child(call: Callable[[], Any]) -> Any:
    """Run it in a forked child and return what it returns there, or raise what it raises."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from Python 3.12 on, where there are threads
        child = os.fork()
    if not child:
        try:
            try:
                answer = (call(), None)
            except BaseException:
                answer = (None, traceback.format_exc())
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(answer, pipe)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    result, error = pickle.loads(data)

    assert error is None, f"in the child:\n{error}"
    return result


@pytest.fixture
def proxy(url):
    with FaultProxy(url) as proxy:
        yield proxy


def test_the_child_opens_connections_of_its_own(connect, transport, wire):
    client = connect(**transport, **wire)
    client.set("k", "v")
    mine = client.execute("CLIENT", "ID")

    theirs = in_child(lambda: client.execute("CLIENT", "ID"))

    assert theirs != mine
    assert client.execute("CLIENT", "ID") == mine
    assert client.get("k") == "v"


def test_parent_and_child_never_mix_replies(connect, url, wire):
    client = connect(url, **wire)
    client.ping()

    def ask(name: str) -> bool:
        return all(client.echo(f"{name}:{at}") == f"{name}:{at}" for at in range(300))

    parent = Background(ask, "parent")
    for number in range(3):
        assert in_child(lambda number=number: ask(f"child {number}"))
    assert parent.result()


def test_a_fork_while_other_threads_are_in_the_middle_of_calls_disturbs_neither(connect, proxy):
    client = connect(proxy.url, max_connections=3, command_timeout=20)
    with client.pinned(), client.pinned(), client.pinned():
        pass
    proxy.hold("client")
    calls = [Background(client.echo, f"call {at}") for at in range(3)]
    waiters = [Background(client.echo, "waits for a connection")]
    wait_until(lambda: proxy.count("ECHO") == 3 and client._pool.waiting)

    def look() -> tuple[int, int, int]:
        return len(client._pool.alive), len(client._pool.idle), len(client._pool.waiting)

    assert in_child(look) == (0, 0, 0)
    proxy.release()
    assert in_child(lambda: client.echo("in the child")) == "in the child"
    assert [call.result() for call in calls] == ["call 0", "call 1", "call 2"]
    assert waiters[0].result() == "waits for a connection"


def test_a_pinned_connection_is_lost_in_the_child_and_goes_on_in_the_parent(connect, url):
    client = connect(url)
    with client.pinned() as conn:
        conn.set("k", "v")

        def use() -> str:
            try:
                conn.get("k")
            except RedisConnectionError as error:
                return str(error)
            return "it worked"

        assert "was lost" in in_child(use)
        assert conn.get("k") == "v"


def test_a_pinned_block_that_ends_in_the_child_leaves_the_pool_right(connect, url):
    client = connect(url, max_connections=1)

    def run() -> Any:
        conn.__exit__(None, None, None)
        return client.echo("child"), len(client._pool.alive)

    with client.pinned() as conn:
        conn.ping()

        assert in_child(run) == ("child", 1)
        assert conn.ping() is True
    assert client.ping() is True


def test_a_queued_pipeline_may_be_sent_by_both(connect, url):
    client = connect(url)
    pipe = client.pipeline().incr("n").incr("n")

    assert in_child(pipe.exec) == (1, 2)
    assert pipe.exec() == (3, 4)


def test_the_child_says_nothing_on_the_parents_connections(connect, proxy):
    client = connect(proxy.url)
    client.ping()
    before = proxy.bytes_passed("server")

    in_child(lambda: client.disconnect())

    assert proxy.bytes_passed("server") == before
    assert proxy.open == 1
    assert client.ping() is True
    assert proxy.connections == 1


def test_a_child_that_ends_leaves_the_parents_tls_connection_alone(connect, server):
    client = connect(port=server.tls_port, tls={"ca": server.ca})
    client.ping()
    mine = client.execute("CLIENT", "ID")

    assert in_child(lambda: client.ping()) is True
    assert client.execute("CLIENT", "ID") == mine


def test_a_child_of_a_child_starts_afresh_too(connect, url):
    client = connect(url)
    mine = client.execute("CLIENT", "ID")

    def child() -> tuple[int, int]:
        return client.execute("CLIENT", "ID"), in_child(lambda: client.execute("CLIENT", "ID"))

    ids = {mine, *in_child(child)}

    assert len(ids) == 3


def test_forks_in_many_threads_at_once_hang_nobody(connect, url):
    client = connect(url, max_connections=2, command_timeout=30)
    done = threading.Event()

    def work(name: str) -> None:
        while not done.is_set():
            assert client.echo(name) == name

    calls = [Background(work, f"t{at}") for at in range(4)]
    try:
        for at in range(10):
            assert in_child(lambda at=at: client.echo(f"child {at}")) == f"child {at}"
    finally:
        done.set()
    for call in calls:
        call.result()


def test_multiprocessing_by_fork_works(url):
    """As a worker of a web server does it: the client is made before, and used after."""
    script = """
import multiprocessing, sys
from plasma import RedisClient
client = RedisClient(sys.argv[1])
client.set("k", "v")
def work(at):
    return client.get("k"), client.echo(at)
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, map(str, range(50))) == [("v", str(at)) for at in range(50)]
    assert client.get("k") == "v"
    client.disconnect()
"""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", script, url],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
