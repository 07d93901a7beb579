"""Commands on scripts and on libraries of functions: running them, loading them, looking at them, stopping them.

Rules: what a script or function returns is the caller's own affair and comes as the server made it of it: a table
is a list, `false` is None, a number is an int. One that speaks RESP3 (`redis.setresp(3)`) may return maps and doubles;
on RESP2 those are flat lists and texts, and no client can tell them apart. Keys go by themselves, so that they get the
key prefix. Sources are the caller's and keep their text type; names and digests are words of the server.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, none_given, ok, text, text_keys, text_or_none, texts
from .options import flush_mode
from .worded import text_set, worded_map

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from .core import Key, Reply, Value


class ScriptingCommands(CommandsCore[S]):
    """Scripts and functions that run in the server."""

    __slots__ = ()

    def eval(self, script: Value, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Reply[Any]:
        """Return what *script* returns.

        Args:
            script: Its source, in Lua if it does not say otherwise.
            keys: Its KEYS: every key that it uses.
            args: Its ARGV.

        https://redis.io/docs/latest/commands/eval/
        """
        return self._run("EVAL", script, *given("eval", keys, args))

    def eval_ro(self, script: Value, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Reply[Any]:
        """Return what *script*, which writes nothing, returns. The arguments are those of `eval`.

        https://redis.io/docs/latest/commands/eval_ro/
        """
        return self._run("EVAL_RO", script, *given("eval_ro", keys, args))

    def evalsha(self, sha1: str | bytes, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Reply[Any]:
        """Return what the script with this digest returns, which the server knows from `eval` or `script_load`.

        Args:
            keys: Its KEYS: every key that it uses.
            args: Its ARGV.

        Raises:
            NoScriptError: The server does not know the script.

        https://redis.io/docs/latest/commands/evalsha/
        """
        return self._run("EVALSHA", sha1, *given("evalsha", keys, args))

    def evalsha_ro(self, sha1: str | bytes, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Reply[Any]:
        """Return what the script with this digest, which writes nothing, returns. The arguments are those of `evalsha`.

        Raises:
            NoScriptError: The server does not know the script.

        https://redis.io/docs/latest/commands/evalsha_ro/
        """
        return self._run("EVALSHA_RO", sha1, *given("evalsha_ro", keys, args))

    def fcall(self, function: Value, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Reply[Any]:
        """Return what *function* of a loaded library returns.

        Args:
            function: Its name, without that of its library.
            keys: Its first argument: every key that it uses.
            args: Its second argument.

        https://redis.io/docs/latest/commands/fcall/
        """
        return self._run("FCALL", function, *given("fcall", keys, args))

    def fcall_ro(self, function: Value, *, keys: Sequence[Key] = (), args: Sequence[Value] = ()) -> Reply[Any]:
        """Return what *function*, which is flagged to write nothing, returns. The arguments are those of `fcall`.

        https://redis.io/docs/latest/commands/fcall_ro/
        """
        return self._run("FCALL_RO", function, *given("fcall_ro", keys, args))

    def function_delete(self, library_name: str) -> Reply[bool]:
        """Return True; the library is gone, and its functions with it.

        https://redis.io/docs/latest/commands/function-delete/
        """
        return self._run("FUNCTION DELETE", library_name, parse=ok)

    def function_dump(self) -> Reply[S]:
        """Return all libraries in a form for `function_restore`.

        It is binary: ask for it by `client.bytes`.

        Raises:
            DecodeError: It was asked for as text.

        https://redis.io/docs/latest/commands/function-dump/
        """
        return self._run("FUNCTION DUMP")

    def function_flush(self, *, asynchronous: bool = False, synchronous: bool = False) -> Reply[bool]:
        """Return True; no library is left.

        Args:
            asynchronous, synchronous: Free the memory in the background, or before the reply. Without either it is
                as the server is set (`lazyfree-lazy-user-flush`).

        https://redis.io/docs/latest/commands/function-flush/
        """
        return self._run("FUNCTION FLUSH", *flush_mode("function_flush", asynchronous, synchronous), parse=ok)

    def function_help(self) -> Reply[list[str]]:
        """Return the server's lines on the FUNCTION commands.

        https://redis.io/docs/latest/commands/function-help/
        """
        return self._run("FUNCTION HELP", parse=texts)

    def function_kill(self) -> Reply[bool]:
        """Return True; the function that ran was stopped.

        Raises:
            NotBusyError: None runs.
            UnkillableError: It has written already.

        https://redis.io/docs/latest/commands/function-kill/
        """
        return self._run("FUNCTION KILL", parse=ok)

    def function_list(self, *, libraryname: Value | None = None, withcode: bool = False) -> Reply[list[dict[str, Any]]]:
        """Return the libraries, each a dict: `library_name`, `engine`, and `functions`, a list of dicts.

        A function has a `name`, a `description` (or None) and `flags`, a set.

        Args:
            libraryname: Only libraries whose names match this glob-style pattern.
            withcode: With their sources, in `library_code`.

        https://redis.io/docs/latest/commands/function-list/
        """
        options: tuple[Value, ...] = () if libraryname is None else ("LIBRARYNAME", libraryname)
        if withcode:
            options += ("WITHCODE",)
        return self._run("FUNCTION LIST", *options, parse=_libraries)

    def function_load(self, function_code: Value, *, replace: bool = False) -> Reply[str]:
        """Return the name of the library that was loaded.

        Args:
            function_code: Its source, which begins with "#!lua name=...".
            replace: Replace the library if it exists; without it that is an error.

        https://redis.io/docs/latest/commands/function-load/
        """
        options = ("REPLACE",) if replace else ()
        return self._run("FUNCTION LOAD", *options, function_code, parse=text)

    def function_restore(
        self, serialized_value: Value, *, policy: Literal["FLUSH", "APPEND", "REPLACE"] | None = None
    ) -> Reply[bool]:
        """Return True; the libraries that `function_dump` gave are loaded.

        Args:
            policy: "FLUSH" deletes all others first, "REPLACE" replaces those of the same names; "APPEND", which it is
                without it, fails if there are any.

        https://redis.io/docs/latest/commands/function-restore/
        """
        return self._run("FUNCTION RESTORE", serialized_value, *(() if policy is None else (policy,)), parse=ok)

    def function_stats(self) -> Reply[dict[str, Any]]:
        """Return which function runs, and how many libraries and functions each engine has.

        `running_script` is None, or has its `name`, the `command` that called it and its `duration_ms`.

        https://redis.io/docs/latest/commands/function-stats/
        """
        return self._run("FUNCTION STATS", parse=_statistics)

    def script_debug(self, mode: Literal["YES", "SYNC", "NO"], engine: str | None = None) -> Reply[bool]:
        """Return True; the next script on this connection is debugged, or is not. A client refuses it.

        Args:
            mode: "YES" runs it in a process of its own and forgets what it wrote, "SYNC" in the server itself.
            engine: Lua, if it is not given (Valkey).

        https://redis.io/docs/latest/commands/script-debug/
        """
        return self._run("SCRIPT DEBUG", mode, *(() if engine is None else (engine,)), parse=ok)

    def script_exists(self, *sha1s: str | bytes) -> Reply[list[bool]]:
        """Return for each of these digests whether the server knows the script.

        https://redis.io/docs/latest/commands/script-exists/
        """
        if not sha1s:
            raise none_given("script_exists", "digest")
        return self._run("SCRIPT EXISTS", *sha1s, parse=_bools)

    def script_flush(self, *, asynchronous: bool = False, synchronous: bool = False) -> Reply[bool]:
        """Return True; the server knows no script any more. The options are those of `function_flush`.

        https://redis.io/docs/latest/commands/script-flush/
        """
        return self._run("SCRIPT FLUSH", *flush_mode("script_flush", asynchronous, synchronous), parse=ok)

    def script_help(self) -> Reply[list[str]]:
        """Return the server's lines on the SCRIPT commands.

        https://redis.io/docs/latest/commands/script-help/
        """
        return self._run("SCRIPT HELP", parse=texts)

    def script_kill(self) -> Reply[bool]:
        """Return True; the script that ran was stopped.

        Raises:
            NotBusyError: None runs.
            UnkillableError: It has written already.

        https://redis.io/docs/latest/commands/script-kill/
        """
        return self._run("SCRIPT KILL", parse=ok)

    def script_load(self, script: Value) -> Reply[str]:
        """Return the digest of *script*, by which `evalsha` runs it from now on.

        https://redis.io/docs/latest/commands/script-load/
        """
        return self._run("SCRIPT LOAD", script, parse=text)

    def script_show(self, sha1: str | bytes) -> Reply[S]:
        """Return the source of the script with this digest.

        Raises:
            NoScriptError: The server does not know the script.

        https://valkey.io/commands/script-show/
        """
        return self._run("SCRIPT SHOW", sha1)


def given(method: str, keys: Sequence[Key], args: Sequence[Value]) -> tuple[Value, ...]:
    """The number of keys, the keys and the arguments. A lone text would be taken to pieces: TypeError."""
    for name, values in (("keys", keys), ("args", args)):
        if isinstance(values, (str, bytes, bytearray, memoryview)) or not hasattr(values, "__len__"):
            raise TypeError(f"{method}() takes its {name} as a list: {name}=[{values!r:.40}]")
    return (len(keys), *keys, *args)


def _bools(reply: Any) -> list[bool]:
    return [known != 0 for known in reply]


def _libraries(reply: Any) -> list[dict[str, Any]]:
    libraries = [text_keys(library) for library in reply]
    for library in libraries:
        library["library_name"] = text(library["library_name"])
        library["engine"] = text(library["engine"])
        functions = library["functions"] = [text_keys(function) for function in library["functions"]]
        for function in functions:
            function["name"] = text(function["name"])
            function["description"] = text_or_none(function["description"])
            function["flags"] = text_set(function["flags"])
    return libraries


def _statistics(reply: Any) -> dict[str, Any]:
    found = text_keys(reply)
    if found["running_script"] is not None:
        running = found["running_script"] = text_keys(found["running_script"])
        running["name"] = text(running["name"])
    found["engines"] = {engine: worded_map(counts) for engine, counts in text_keys(found["engines"]).items()}
    return found
