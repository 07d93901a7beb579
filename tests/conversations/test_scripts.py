"""Scripts and function libraries on real servers, in both colours: what is sent, what comes back, what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.conversing import Colour, got
from support.servers import ServerFacts, needs

from plasma import (
    NoScriptError,
    RedisClient,
    RedisConnectionError,
    ResponseError,
    WrongTypeError,
)
from plasma.testing import FaultProxy, RedisServer

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
LIBRARY = """#!lua name=mylib
redis.register_function('add', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
redis.register_function{
    function_name='peek', callback=function(keys, args) return redis.call('GET', keys[1]) end, flags={'no-writes'}}
"""


@pytest.fixture(autouse=True)
def _no_library_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """What empties the database after a case leaves the libraries."""
    r = request.getfixturevalue("r") if "r" in request.fixturenames else None
    yield
    if r is not None and r.server.has("FCALL"):
        r.raw.client.function_flush()


async def test_a_script_runs_with_its_keys_and_arguments(r: Any) -> None:
    script = r.client.script(ADD)

    assert await got(script(keys=["n"], args=[5])) == 5
    assert await got(script(keys=["n"], args=[2])) == 7
    assert await r.get("n") == r.s("7")


async def test_a_script_runs_on_a_server_that_forgot_it(r: Any) -> None:
    script = r.client.script(ADD)
    await got(script(keys=["n"], args=[5]))
    await r.script_flush()

    assert await got(script(keys=["n"], args=[2])) == 7


async def test_a_script_gives_text_as_the_client_does(r: Any) -> None:
    script = r.client.script("return {KEYS[1], 'x', 3, false}")

    assert await got(script(keys=["k"])) == [*r.s([r.key("k"), "x"]), 3, None]


async def test_a_script_gives_what_parse_makes_of_it(r: Any) -> None:
    script = r.client.script("return '17'", parse=int)

    assert await got(script()) == 17


@needs("EVALSHA_RO")
async def test_a_read_only_script_cannot_write(r: Any) -> None:
    await r.set("n", 3)

    assert await got(r.client.script("return redis.call('GET', KEYS[1])", read_only=True)(keys=["n"])) == r.s("3")
    with pytest.raises(ResponseError, match="Write commands are not allowed"):
        await got(r.client.script(ADD, read_only=True)(keys=["n"], args=[1]))


async def test_what_an_old_server_lacks_is_told_with_the_version_that_has_it(r: Any) -> None:
    if r.server.has("EVALSHA_RO"):
        pytest.skip("this server has it")
    script = r.client.script("return ARGV[1]", read_only=True)
    pipe = r.client.pipeline()
    script.queue(pipe, args=["a secret"])
    told = []
    for call in (lambda: script(args=["a secret"]), pipe.exec):
        with pytest.raises(ResponseError) as caught:
            await got(call())
        told.append(str(caught.value))

    assert all("EVALSHA_RO`: it came with Redis 7.0.0 and Valkey" in text for text in told)
    assert not any("secret" in text for text in told)


async def test_the_error_of_a_script_tells_the_line(r: Any) -> None:
    with pytest.raises(ResponseError, match="user_script:2: attempt to perform arithmetic on local 'x'"):
        await got(r.client.script("local x = nil\nreturn x + 1")())


async def test_the_error_of_a_command_in_a_script_has_its_type(r: Any) -> None:
    await r.set("text", "x")
    script = r.client.script("\nreturn redis.call('LPUSH', KEYS[1], 'x')")

    for _ in range(2):
        with pytest.raises(WrongTypeError, match="user_script:2"):
            await got(script(keys=["text"]))


async def test_a_script_that_says_noscript_itself_runs_once(r: Any) -> None:
    script = r.client.script("redis.call('INCR', KEYS[1]); return redis.error_reply('NOSCRIPT of my own')")
    with pytest.raises(NoScriptError, match="of my own"):
        await got(script(keys=["n"]))

    assert await r.get("n") == r.s("1")


async def test_keys_that_are_no_list_are_refused(r: Any) -> None:
    with pytest.raises(TypeError, match=r"keys=\["):
        await got(r.client.script(ADD)(keys="n"))


@pytest.mark.parametrize("kind", ["pipeline", "transaction"])
async def test_a_script_runs_in_a_pipeline_whatever_the_server_knows(r: Any, kind: str) -> None:
    await r.script_flush()
    script = r.client.script(f"{ADD} -- {r.face} {kind}")
    for n in (1, 2):
        pipe = getattr(r.client, kind)()
        pipe.set("other", n)
        script.queue(pipe, keys=["n"], args=[1])
        pipe.get("other")

        assert await got(pipe.exec()) == (True, n, r.s(str(n)))


async def test_a_script_is_queued_in_an_optimistic_transaction(r: Any) -> None:
    await r.script_flush()
    script = r.client.script(f"{ADD} -- {r.face} transact")

    def function(tx: Any) -> None:
        script.queue(tx, keys=["n"], args=[2])
        tx.get("n")

    assert await got(r.client.transact(function, "n")) == (2, r.s("2"))
    assert await got(r.client.transact(function, "n")) == (4, r.s("4"))


def test_a_call_sends_the_digest_alone_once_the_server_knows_the_script(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    server.execute("SCRIPT", "FLUSH")
    client = colour.client(proxy.url)
    script = client.script(ADD)

    async def case() -> None:
        for _ in range(5):
            await got(script(keys=["n"], args=[1]))

    colour.run(case())

    assert (proxy.count("EVALSHA"), proxy.count("EVAL")) == (5, 1)


@pytest.mark.parametrize("kind", ["pipeline", "transaction"])
def test_a_pipeline_sends_the_source_once_for_each_connection(colour: Colour, proxy: FaultProxy, kind: str) -> None:
    client = colour.client(proxy.url)
    script = client.script(ADD)

    async def case() -> Any:
        for _ in range(5):
            pipe = getattr(client, kind)()
            script.queue(pipe, keys=["n"], args=[1])
            script.queue(pipe, keys=["n"], args=[1])
            results = await got(pipe.exec())
        return results

    assert colour.run(case()) == (9, 10)
    assert proxy.count("SCRIPT") == 1


def test_a_new_server_is_given_the_source_again(colour: Colour) -> None:
    with RedisServer() as server:
        client = colour.client(server.url)
        script = client.script(ADD)

        async def case() -> Any:
            pipe = client.transaction()
            script.queue(pipe, keys=["n"], args=[1])
            return await got(pipe.exec())

        colour.run(case())
        server.restart()
        colour.run(got(client.ping()))  # finds the old connection dead, however little time has passed

        assert colour.run(case()) == (1,)


def test_after_scripts_were_flushed_a_pipeline_fails_once_and_tells_it(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    client = colour.client(proxy.url)
    script = client.script(ADD)

    async def case() -> Any:
        pipe = client.pipeline().set("a", 1)
        script.queue(pipe, keys=["n"], args=[1])
        return await got(pipe.exec())

    colour.run(case())
    server.execute("SCRIPT", "FLUSH")
    with pytest.raises(NoScriptError) as caught:
        colour.run(case())

    assert caught.value.index == 1
    assert colour.run(case()) == (True, 2)


def test_a_script_whose_answer_is_lost_does_not_run_twice(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    client = colour.client(proxy.url)
    script = client.script(ADD)
    server.execute("SCRIPT", "LOAD", ADD)
    proxy.cut_at("EVALSHA", "answered")
    with pytest.raises(RedisConnectionError) as caught:
        colour.run(got(script(keys=["n"], args=[1])))

    assert caught.value.maybe_executed is True
    assert server.execute("GET", "n") == "1"


def test_a_read_only_script_whose_answer_is_lost_is_sent_again(
    colour: Colour, proxy: FaultProxy, server: RedisServer
) -> None:
    with RedisClient(server.url) as looking:
        if not ServerFacts(looking).has("EVALSHA_RO"):
            pytest.skip("this server knows no read-only scripts")
    client = colour.client(proxy.url)
    server.execute("SET", "n", 3)
    script = client.script("return redis.call('GET', KEYS[1])", read_only=True)

    async def case() -> Any:
        await got(script(keys=["n"]))
        proxy.cut_at("EVALSHA_RO", "answered")
        return await got(script(keys=["n"]))

    assert colour.run(case()) == "3"


def test_a_script_that_does_not_compile_says_so_also_in_a_pipeline(colour: Colour, server: RedisServer) -> None:
    client = colour.client(server.url)
    pipe = client.pipeline()
    client.script("retrun 1").queue(pipe)
    with pytest.raises(NoScriptError) as caught:
        colour.run(got(pipe.exec()))

    assert "compiling" in str(caught.value.__cause__)


def test_a_source_that_is_no_text_is_refused(colour: Colour, server: RedisServer) -> None:
    client = colour.client(server.url)
    with pytest.raises(TypeError, match="must be a str, not bytes"):
        client.script(b"return 1")
    with pytest.raises(TypeError, match="must be a str, not NoneType"):
        client.library(None)


# --- libraries --------------------------------------------------------------------------------------------------------


@needs("FCALL")
async def test_a_function_is_called_by_its_name(r: Any) -> None:
    library = r.client.library(LIBRARY)

    assert library.name == "mylib"
    assert await got(library.call("add", keys=["n"], args=[5])) == 5
    assert await got(library.call("peek", keys=["n"], read_only=True)) == r.s("5")


@needs("FCALL")
async def test_a_library_of_another_version_is_replaced(r: Any) -> None:
    await got(r.client.library(LIBRARY.replace("INCRBY", "DECRBY")).load())

    assert await got(r.client.library(LIBRARY).call("add", keys=["n"], args=[5])) == 5


@needs("FCALL")
async def test_a_library_that_the_server_lost_is_loaded_again(r: Any) -> None:
    library = r.client.library(LIBRARY)
    await got(library.load())
    await r.function_flush()

    assert await got(library.call("add", keys=["n"], args=[5])) == 5


async def test_a_library_on_an_old_server_is_told_with_the_version_that_has_them(r: Any) -> None:
    if r.server.has("FCALL"):
        pytest.skip("this server has them")
    with pytest.raises(ResponseError, match=r"FUNCTION`: it came with Redis 7\.0\.0"):
        await got(r.client.library(LIBRARY).call("add", keys=["n"], args=[5]))


@needs("FCALL")
async def test_a_function_that_is_in_no_library_is_an_error(r: Any) -> None:
    with pytest.raises(ResponseError, match="Function not found"):
        await got(r.client.library(LIBRARY).call("no_such"))


@needs("FCALL")
@pytest.mark.parametrize("kind", ["pipeline", "transaction"])
async def test_a_function_runs_in_a_pipeline(r: Any, kind: str) -> None:
    library = r.client.library(f"{LIBRARY} -- not the one that was flushed: {r.face} {kind}")
    pipe = getattr(r.client, kind)()
    library.queue(pipe, "add", keys=["n"], args=[5])
    library.queue(pipe, "peek", keys=["n"], read_only=True)

    assert await got(pipe.exec()) == (5, r.s("5"))


@needs("FCALL")
async def test_a_library_is_loaded_once(r: Any) -> None:
    library = r.client.library(LIBRARY)
    await got(library.call("add", keys=["n"], args=[1]))
    await r.raw.config_resetstat()
    await got(library.call("add", keys=["n"], args=[1]))

    counts = r.raw.client.info("commandstats")
    assert "cmdstat_fcall" in counts
    assert not [name for name in counts if name.startswith("cmdstat_function")]


def test_a_source_that_names_no_library_is_refused(colour: Colour, server: RedisServer) -> None:
    with pytest.raises(ValueError, match="#!lua name=mylib"):
        colour.client(server.url).library("return 1")
