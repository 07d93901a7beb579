"""Every command on scripts and functions, on a real server and every face of the client."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.servers import needs, since

from plasma.errors import (
    ConfigurationError,
    DecodeError,
    NoScriptError,
    NotBusyError,
    ResponseError,
    UnkillableError,
)

LIBRARY = """#!lua name=mylib
redis.register_function{
  function_name='first', callback=function(keys, args) return {keys[1], args[1]} end,
  flags={'no-writes'}, description='gives what it gets'}
redis.register_function('store', function(keys, args) return redis.call('SET', keys[1], args[1]) end)
redis.register_function('forever', function() while true do end end)
"""
SHA_OF_RETURN_1 = hashlib.sha1(b"return 1").hexdigest()


@pytest.fixture
def libraries(r) -> Iterator[None]:
    """Function libraries are none of the keys that the suite deletes."""
    yield
    r.raw.client.execute("FUNCTION", "FLUSH")


@contextmanager
def running(r, *command: str) -> Iterator[list[object]]:
    """While the body runs, another client is inside a script; what came of it, once it is over."""
    client = r.raw.client
    came: list[object] = []
    client.execute("CONFIG", "SET", "lua-time-limit", 1)

    def run() -> None:
        try:
            came.append(client.options(timeout=None).execute(*command))
        except ResponseError as exc:
            came.append(exc)

    with client.pinned() as own:  # a server that is busy lets nobody log in: be there before
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield came
        finally:
            while thread.is_alive():
                try:
                    own.execute("FUNCTION" if command[0] == "FCALL" else "SCRIPT", "KILL")
                except ResponseError:
                    thread.join(0.01)
    client.execute("CONFIG", "SET", "lua-time-limit", 5000)


async def stopped(method, came: list[object]) -> bool:
    """What *method* gives once the script has begun."""
    while not came:
        try:
            return await method()
        except NotBusyError:
            continue
    raise AssertionError("the script was over before it could be stopped")


# --- scripts --------------------------------------------------------------------------------------------------


async def test_eval_gives_keys_and_arguments_to_the_script(r):
    script = "return {KEYS[1], KEYS[2], ARGV[1], #KEYS, #ARGV}"

    assert await r.eval(script, keys=["a", "b"], args=["x", 2]) == r.s([r.key("a"), r.key("b"), "x", 2, 2])
    assert await r.eval("return {#KEYS, #ARGV}") == [0, 0]


async def test_eval_works_on_the_keys_that_it_is_given(r):
    assert await r.eval("return redis.call('SET', KEYS[1], ARGV[1])", keys=["k"], args=["v"]) == r.s("OK")
    assert await r.get("k") == r.s("v")


@pytest.mark.parametrize(
    ("returned", "result"),
    [("3.9", 3), ("'a'", "a"), ("false", None), ("true", 1), ("{1, {'a'}}", [1, ["a"]]), ("{ok='FINE'}", "FINE")],
    ids=str,
)
async def test_eval_gives_what_the_server_makes_of_lua(r, returned, result):
    assert await r.eval(f"return {returned}") == r.s(result)


async def test_an_error_of_a_script_is_raised(r):
    with pytest.raises(ResponseError, match="my own words"):
        await r.eval("return redis.error_reply('MINE my own words')")
    with pytest.raises(ResponseError, match=r"user_script:2"):
        await r.eval("local a = nil\nreturn a.b")


async def test_a_script_may_be_bytes(r):
    assert await r.eval(b"return ARGV[1]", args=[b"v"]) == r.s("v")


@pytest.mark.parametrize("wrong", [{"keys": "k"}, {"args": b"v"}, {"keys": 1}, {"args": None}], ids=str)
async def test_keys_and_arguments_are_lists(r, wrong):
    with pytest.raises(TypeError, match=rf"eval\(\) takes its {next(iter(wrong))} as a list"):
        await r.eval("return 1", **wrong)


async def test_evalsha_runs_a_script_that_was_loaded(r):
    sha1 = await r.script_load("return {KEYS[1], ARGV[1]}")

    assert await r.evalsha(sha1, keys=["k"], args=["v"]) == r.s([r.key("k"), "v"])
    assert await r.evalsha(sha1.encode(), keys=["k"], args=["v"]) == r.s([r.key("k"), "v"])


async def test_evalsha_of_an_unknown_script_raises(r):
    with pytest.raises(NoScriptError):
        await r.evalsha("0" * 40)


@needs("EVAL_RO")
async def test_read_only_scripts_may_not_write(r):
    sha1 = await r.script_load("return redis.call('GET', KEYS[1])")
    await r.set("k", "v")

    assert await r.eval_ro("return redis.call('GET', KEYS[1])", keys=["k"]) == r.s("v")
    assert await r.evalsha_ro(sha1, keys=["k"]) == r.s("v")
    with pytest.raises(ResponseError, match=r"(?i)write commands are not allowed"):
        await r.eval_ro("return redis.call('DEL', KEYS[1])", keys=["k"])


async def test_the_server_keeps_scripts_until_they_are_flushed(r):
    assert await r.script_flush() is True
    assert await r.script_load("return 1") == SHA_OF_RETURN_1
    assert await r.script_exists(SHA_OF_RETURN_1, "0" * 40) == [True, False]
    assert await r.script_flush(synchronous=True) is True
    assert await r.script_exists(SHA_OF_RETURN_1.encode()) == [False]
    assert await r.script_flush(asynchronous=True) is True


async def test_script_commands_refuse_what_cannot_be_meant(r):
    with pytest.raises(ValueError, match="asynchronous and synchronous exclude each other"):
        await r.script_flush(asynchronous=True, synchronous=True)
    with pytest.raises(ValueError, match=r"script_exists\(\) needs at least one digest"):
        await r.script_exists()


@needs("SCRIPT SHOW")
async def test_script_show_gives_the_source(r):
    sha1 = await r.script_load("return 'ünï'")

    assert await r.script_show(sha1) == r.s("return 'ünï'")


async def test_script_kill_stops_the_script_that_runs(r):
    await r.ping()
    with running(r, "EVAL", "while true do end", "0") as came:
        assert await stopped(r.script_kill, came) is True

    assert "killed" in str(came[0]).lower()


async def test_script_kill_without_a_script_is_an_error(r):
    with pytest.raises(NotBusyError):
        await r.script_kill()


async def test_a_script_that_has_written_cannot_be_killed(r):
    await r.ping()
    script = "redis.call('SET', KEYS[1], 'v') for i = 1, 2e7 do end"
    with running(r, "EVAL", script, "1", r.key("k")) as came, pytest.raises(UnkillableError):
        await stopped(r.script_kill, came)


async def test_script_debug_is_for_a_pinned_connection(r):
    with pytest.raises(ConfigurationError, match="pinned"):
        await r.script_debug("NO")
    with r.raw.client.pinned() as pinned:
        assert pinned.script_debug("NO") is True


@since(valkey="9.1")
async def test_script_debug_takes_an_engine(r):
    with r.raw.client.pinned() as pinned:
        assert pinned.script_debug("NO", "lua") is True


async def test_script_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.script_help())


# --- functions ------------------------------------------------------------------------------------------------


@needs("FUNCTION LOAD")
async def test_functions_are_called_by_name(r, libraries):
    assert await r.function_load(LIBRARY) == "mylib"
    assert await r.fcall("store", keys=["k"], args=["v"]) == r.s("OK")
    assert await r.get("k") == r.s("v")
    assert await r.fcall("first", keys=["a"], args=["x"]) == r.s([r.key("a"), "x"])


@needs("FUNCTION LOAD")
async def test_fcall_ro_calls_functions_that_do_not_write(r, libraries):
    await r.function_load(LIBRARY)

    assert await r.fcall_ro("first", keys=["a"], args=["x"]) == r.s([r.key("a"), "x"])
    with pytest.raises(ResponseError, match=r"(?i)write flag"):
        await r.fcall_ro("store", keys=["k"], args=["v"])
    with pytest.raises(TypeError, match=r"fcall_ro\(\) takes its keys as a list"):
        await r.fcall_ro("first", keys="a")


@needs("FUNCTION LOAD")
async def test_function_load_replaces_only_when_asked_to(r, libraries):
    await r.function_load(LIBRARY)

    with pytest.raises(ResponseError, match="already exists"):
        await r.function_load(LIBRARY)
    assert await r.function_load(LIBRARY, replace=True) == "mylib"


@needs("FUNCTION LIST")
async def test_function_list_is_the_same_on_every_face(r, libraries):
    assert await r.function_list() == []
    await r.function_load(LIBRARY)
    (library,) = await r.function_list()

    assert set(library) == {"library_name", "engine", "functions"}
    assert library["library_name"] == "mylib"
    assert library["engine"] == "LUA"
    assert sorted(library["functions"], key=lambda function: function["name"]) == [
        {"name": "first", "description": "gives what it gets", "flags": {"no-writes"}},
        {"name": "forever", "description": None, "flags": set()},
        {"name": "store", "description": None, "flags": set()},
    ]


@needs("FUNCTION LIST")
async def test_function_list_filters_and_gives_sources(r, libraries):
    await r.function_load(LIBRARY)

    assert await r.function_list(libraryname="other*") == []
    (library,) = await r.function_list(libraryname="my*", withcode=True)
    assert library["library_code"] == r.s(LIBRARY)


@needs("FUNCTION DUMP")
async def test_libraries_are_dumped_and_restored(r, libraries):
    await r.function_load(LIBRARY)
    if r.face.text is str:
        with pytest.raises(DecodeError):
            await r.function_dump()
    dump = r.raw.client.bytes.function_dump()

    assert await r.function_delete("mylib") is True
    assert await r.function_list() == []
    assert await r.function_restore(dump) is True
    with pytest.raises(ResponseError, match="already exists"):
        await r.function_restore(dump, policy="APPEND")
    assert await r.function_restore(dump, policy="REPLACE") is True
    assert await r.function_restore(dump, policy="FLUSH") is True
    assert len(await r.function_list()) == 1


@needs("FUNCTION DELETE")
async def test_function_delete_of_an_unknown_library_is_an_error(r):
    with pytest.raises(ResponseError, match="not found"):
        await r.function_delete("nothing")


@needs("FUNCTION FLUSH")
@pytest.mark.parametrize("options", [{}, {"asynchronous": True}, {"synchronous": True}], ids=str)
async def test_function_flush_leaves_no_library(r, libraries, options):
    await r.function_load(LIBRARY)

    assert await r.function_flush(**options) is True
    assert await r.function_list() == []


@needs("FUNCTION STATS")
async def test_function_stats_counts_libraries_and_functions(r, libraries):
    await r.function_load(LIBRARY)

    assert await r.function_stats() == {
        "running_script": None,
        "engines": {"LUA": {"libraries_count": 1, "functions_count": 3}},
    }


@needs("FUNCTION KILL")
async def test_a_function_that_runs_is_told_and_can_be_killed(r, libraries):
    await r.function_load(LIBRARY)
    with running(r, "FCALL", "forever", "0") as came:
        while (stats := await r.function_stats())["running_script"] is None:
            continue
        assert await stopped(r.function_kill, came) is True

    assert stats["running_script"]["name"] == "forever"
    assert stats["running_script"]["command"] == r.s(["FCALL", "forever", "0"])
    assert type(stats["running_script"]["duration_ms"]) is int
    assert "killed" in str(came[0]).lower()


@needs("FUNCTION HELP")
async def test_function_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.function_help())
