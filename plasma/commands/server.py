"""Commands on the server as a whole: its data, its settings, what it tells of itself, its logs and its replicas.

What the server words comes as `str`, whatever the text type; maps come as dicts, whatever the protocol. A key prefix
does not confine any of these.
"""

from __future__ import annotations

from .core import (
    TYPE_CHECKING,
    CommandsCore,
    S,
    at_most_one,
    none_given,
    ok,
    text,
    text_dict,
    texts,
)
from .core import milliseconds as whole_milliseconds
from .options import flush_mode
from .worded import (
    command_docs,
    command_table,
    histograms,
    keys_with_flags,
    latest_events,
    logged_commands,
    sections,
    slow_commands,
    statistics,
    worded,
    worded_maps,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    from .core import Duration, K, Key, Reply, Value


class ServerCommands(CommandsCore[S]):
    """The server: data, settings, logs, replicas."""

    __slots__ = ()

    def bgrewriteaof(self) -> Reply[str]:
        """Return the server's word that it rewrites its append-only file in the background.

        https://redis.io/docs/latest/commands/bgrewriteaof/
        """
        return self._run("BGREWRITEAOF", parse=text)

    def bgsave(self, *, schedule: bool = False, cancel: bool = False) -> Reply[str]:
        """Return the server's word that it saves its data in the background.

        Args:
            schedule: Do it as soon as a rewrite of the append-only file is over; without it that is an error.
            cancel: Give up a save that runs or waits. Valkey only.

        https://redis.io/docs/latest/commands/bgsave/
        """
        at_most_one("bgsave", schedule=schedule, cancel=cancel)
        options = ("SCHEDULE",) if schedule else ("CANCEL",) if cancel else ()
        return self._run("BGSAVE", *options, parse=text)

    def command(self) -> Reply[dict[str, dict[str, Any]]]:
        """Return the server's commands: for each name its arity, flags, positions of keys, categories ...

        https://redis.io/docs/latest/commands/command/
        """
        return self._run("COMMAND", parse=command_table)

    def command_count(self) -> Reply[int]:
        """Return how many commands the server has.

        https://redis.io/docs/latest/commands/command-count/
        """
        return self._run("COMMAND COUNT")

    def command_docs(self, *command_names: str) -> Reply[dict[str, dict[str, Any]]]:
        """Return what the server tells of these commands, or of all: a summary, arguments, history ...

        https://redis.io/docs/latest/commands/command-docs/
        """
        return self._run("COMMAND DOCS", *command_names, parse=command_docs)

    def command_getkeys(self, command: str, *args: Value) -> Reply[list[S]]:
        """Return which of the arguments of a whole command are keys.

        https://redis.io/docs/latest/commands/command-getkeys/
        """
        return self._run("COMMAND GETKEYS", command, *args)

    def command_getkeysandflags(self, command: str, *args: Value) -> Reply[list[tuple[S, set[str]]]]:
        """Return which of the arguments of a whole command are keys, and how it uses each.

        https://redis.io/docs/latest/commands/command-getkeysandflags/
        """
        return self._run("COMMAND GETKEYSANDFLAGS", command, *args, parse=keys_with_flags)

    def command_help(self) -> Reply[list[str]]:
        """Return the server's lines on the COMMAND commands.

        https://redis.io/docs/latest/commands/command-help/
        """
        return self._run("COMMAND HELP", parse=texts)

    def command_info(self, *command_names: str) -> Reply[dict[str, dict[str, Any]]]:
        """Return the entries of these commands as `command` gives them; names that there are not are left out.

        https://redis.io/docs/latest/commands/command-info/
        """
        return self._run("COMMAND INFO", *command_names, parse=command_table)

    def command_list(
        self, *, module: str | None = None, aclcat: str | None = None, pattern: str | None = None
    ) -> Reply[list[str]]:
        """Return the names of the commands: all, those of a module, of an ACL category, or of a glob-style pattern.

        https://redis.io/docs/latest/commands/command-list/
        """
        at_most_one("command_list", module=module, aclcat=aclcat, pattern=pattern)
        options: tuple[Value, ...] = ()
        if module is not None:
            options = ("FILTERBY", "MODULE", module)
        elif aclcat is not None:
            options = ("FILTERBY", "ACLCAT", aclcat)
        elif pattern is not None:
            options = ("FILTERBY", "PATTERN", pattern)
        return self._run("COMMAND LIST", *options, parse=texts)

    def commandlog_get(
        self, count: int, type: Literal["SLOW", "LARGE-REQUEST", "LARGE-REPLY"]
    ) -> Reply[list[dict[str, Any]]]:
        """Return the newest entries of a log, at most *count*; -1 is all. `value` is in microseconds or bytes.

        https://valkey.io/commands/commandlog-get/
        """
        return self._run("COMMANDLOG GET", count, type, parse=logged_commands)

    def commandlog_help(self) -> Reply[list[str]]:
        """Return the server's lines on the COMMANDLOG commands.

        https://valkey.io/commands/commandlog-help/
        """
        return self._run("COMMANDLOG HELP", parse=texts)

    def commandlog_len(self, type: Literal["SLOW", "LARGE-REQUEST", "LARGE-REPLY"]) -> Reply[int]:
        """Return how many entries a log has.

        https://valkey.io/commands/commandlog-len/
        """
        return self._run("COMMANDLOG LEN", type)

    def commandlog_reset(self, type: Literal["SLOW", "LARGE-REQUEST", "LARGE-REPLY"]) -> Reply[bool]:
        """Return True; a log is empty now.

        https://valkey.io/commands/commandlog-reset/
        """
        return self._run("COMMANDLOG RESET", type, parse=ok)

    def config_get(self, *parameters: str) -> Reply[dict[str, str]]:
        """Return the settings of these names, or glob-style patterns of names.

        https://redis.io/docs/latest/commands/config-get/
        """
        if not parameters:
            raise none_given("config_get", "parameter")
        return self._run("CONFIG GET", *parameters, parse=text_dict)

    def config_help(self) -> Reply[list[str]]:
        """Return the server's lines on the CONFIG commands.

        https://redis.io/docs/latest/commands/config-help/
        """
        return self._run("CONFIG HELP", parse=texts)

    def config_resetstat(self) -> Reply[bool]:
        """Return True; the counters of `info` start from 0.

        https://redis.io/docs/latest/commands/config-resetstat/
        """
        return self._run("CONFIG RESETSTAT", parse=ok)

    def config_rewrite(self) -> Reply[bool]:
        """Return True; the server's settings are in its configuration file.

        https://redis.io/docs/latest/commands/config-rewrite/
        """
        return self._run("CONFIG REWRITE", parse=ok)

    def config_set(self, parameter: str | Mapping[K, Value], value: Value | None = None) -> Reply[bool]:
        """Return True; one setting, or all of a mapping at once, have new values.

        Raises:
            ResponseError: There is no such setting, or it cannot have this value. None of them has changed.

        https://redis.io/docs/latest/commands/config-set/
        """
        if isinstance(parameter, str):
            if value is None:
                raise ValueError("config_set() needs a value beside the parameter, or a mapping")
            return self._run("CONFIG SET", parameter, value, parse=ok)
        if value is not None:
            raise ValueError("config_set() takes a mapping, or a parameter and its value")
        if not parameter:
            raise none_given("config_set", "parameter")
        return self._run("CONFIG SET", *[part for pair in parameter.items() for part in pair], parse=ok)

    def dbsize(self) -> Reply[int]:
        """Return how many keys the database holds, whatever the key prefix.

        https://redis.io/docs/latest/commands/dbsize/
        """
        return self._run("DBSIZE")

    def debug(self, subcommand: str, *args: Value) -> Reply[Any]:
        """Return what a DEBUG command gives, its strings as `str`. Servers refuse it, unless they are set not to.

        https://redis.io/docs/latest/commands/debug/
        """
        return self._run(f"DEBUG {subcommand.upper()}", *args, parse=worded)

    def failover(
        self,
        *,
        host: str | None = None,
        port: int | None = None,
        force: bool = False,
        abort: bool = False,
        timeout: Duration | None = None,
    ) -> Reply[bool]:
        """Return True; the server hands over to a replica, to any or to that of *host* and *port*.

        Args:
            force: Hand over even if the replica has not caught up by the *timeout*.
            abort: Give up a hand-over that runs.
            timeout: Milliseconds to wait for the replica.

        https://redis.io/docs/latest/commands/failover/
        """
        if (host is None) is not (port is None):
            raise ValueError("failover(): host and port go together")
        if force and (host is None or timeout is None):
            raise ValueError("failover(): force needs host, port and timeout")
        options: list[Value] = []
        if host is not None and port is not None:
            options += "TO", host, port
        if force:
            options.append("FORCE")
        if abort:
            options.append("ABORT")
        if timeout is not None:
            options += "TIMEOUT", whole_milliseconds("timeout", timeout)
        return self._run("FAILOVER", *options, parse=ok)

    def flushall(self, *, asynchronous: bool = False, synchronous: bool = False) -> Reply[bool]:
        """Return True; all databases are empty, whatever the key prefix.

        Args:
            asynchronous, synchronous: Free the memory in the background, or before the reply. Without either it is
                as the server is set (`lazyfree-lazy-user-flush`).

        https://redis.io/docs/latest/commands/flushall/
        """
        return self._run("FLUSHALL", *flush_mode("flushall", asynchronous, synchronous), parse=ok)

    def flushdb(self, *, asynchronous: bool = False, synchronous: bool = False) -> Reply[bool]:
        """Return True; the database is empty, whatever the key prefix. The options are those of `flushall`.

        https://redis.io/docs/latest/commands/flushdb/
        """
        return self._run("FLUSHDB", *flush_mode("flushdb", asynchronous, synchronous), parse=ok)

    def info(self, *names: str) -> Reply[dict[str, Any]]:
        """Return what the server tells of itself, in these sections or in the usual ones, as one dict.

        Numbers are numbers, and fields with several parts are dicts: `info()["db0"]["keys"]`. Several sections at once
        need Redis 7.

        https://redis.io/docs/latest/commands/info/
        """
        return self._run("INFO", *names, parse=sections)

    def lastsave(self) -> Reply[int]:
        """Return the Unix time in seconds of the last save that succeeded.

        https://redis.io/docs/latest/commands/lastsave/
        """
        return self._run("LASTSAVE")

    def latency_doctor(self) -> Reply[str]:
        """Return the server's report on what it was slow at.

        https://redis.io/docs/latest/commands/latency-doctor/
        """
        return self._run("LATENCY DOCTOR", parse=text)

    def latency_graph(self, event: str) -> Reply[str]:
        """Return the latencies of *event*, drawn in text.

        https://redis.io/docs/latest/commands/latency-graph/
        """
        return self._run("LATENCY GRAPH", event, parse=text)

    def latency_help(self) -> Reply[list[str]]:
        """Return the server's lines on the LATENCY commands.

        https://redis.io/docs/latest/commands/latency-help/
        """
        return self._run("LATENCY HELP", parse=texts)

    def latency_histogram(self, *commands: str) -> Reply[dict[str, dict[str, Any]]]:
        """Return the calls of each of these commands, or of all, and how many took at most so many microseconds.

        https://redis.io/docs/latest/commands/latency-histogram/
        """
        return self._run("LATENCY HISTOGRAM", *commands, parse=histograms)

    def latency_history(self, event: str) -> Reply[list[tuple[int, int]]]:
        """Return the latencies of *event*: pairs of a Unix time in seconds and milliseconds.

        https://redis.io/docs/latest/commands/latency-history/
        """
        return self._run("LATENCY HISTORY", event, parse=_pairs)

    def latency_latest(self) -> Reply[dict[str, dict[str, int]]]:
        """Return for each event the Unix time of its latest latency, that latency, and the longest, in milliseconds.

        https://redis.io/docs/latest/commands/latency-latest/
        """
        return self._run("LATENCY LATEST", parse=latest_events)

    def latency_reset(self, *events: str) -> Reply[int]:
        """Return of how many events, of these or of all, the latencies were forgotten.

        https://redis.io/docs/latest/commands/latency-reset/
        """
        return self._run("LATENCY RESET", *events)

    def lolwut(self, *args: int, version: int | None = None) -> Reply[str]:
        """Return a piece of art, and the server's version.

        Args:
            args: What the piece asks for, by its *version*.

        https://redis.io/docs/latest/commands/lolwut/
        """
        options = () if version is None else ("VERSION", version)
        return self._run("LOLWUT", *options, *args, parse=text)

    def memory_doctor(self) -> Reply[str]:
        """Return the server's report on its memory.

        https://redis.io/docs/latest/commands/memory-doctor/
        """
        return self._run("MEMORY DOCTOR", parse=text)

    def memory_help(self) -> Reply[list[str]]:
        """Return the server's lines on the MEMORY commands.

        https://redis.io/docs/latest/commands/memory-help/
        """
        return self._run("MEMORY HELP", parse=texts)

    def memory_malloc_stats(self) -> Reply[str]:
        """Return the report of the server's memory allocator.

        https://redis.io/docs/latest/commands/memory-malloc-stats/
        """
        return self._run("MEMORY MALLOC-STATS", parse=text)

    def memory_purge(self) -> Reply[bool]:
        """Return True; the allocator was asked to give memory back.

        https://redis.io/docs/latest/commands/memory-purge/
        """
        return self._run("MEMORY PURGE", parse=ok)

    def memory_stats(self) -> Reply[dict[str, Any]]:
        """Return what the server's memory is used for: numbers by name, and a dict of them for each database.

        https://redis.io/docs/latest/commands/memory-stats/
        """
        return self._run("MEMORY STATS", parse=statistics)

    def memory_usage(self, key: Key, *, samples: int | None = None) -> Reply[int | None]:
        """Return the bytes that *key* and its value take up, or None if it does not exist.

        Args:
            samples: Look at so many elements of a collection; 0 is all.

        https://redis.io/docs/latest/commands/memory-usage/
        """
        return self._run("MEMORY USAGE", key, *(() if samples is None else ("SAMPLES", samples)))

    def module_help(self) -> Reply[list[str]]:
        """Return the server's lines on the MODULE commands.

        https://redis.io/docs/latest/commands/module-help/
        """
        return self._run("MODULE HELP", parse=texts)

    def module_list(self) -> Reply[list[dict[str, Any]]]:
        """Return the modules that are loaded: for each its name, version, path and arguments.

        https://redis.io/docs/latest/commands/module-list/
        """
        return self._run("MODULE LIST", parse=worded_maps)

    def module_load(self, path: str, *args: Value) -> Reply[bool]:
        """Return True; the module at *path* is loaded.

        https://redis.io/docs/latest/commands/module-load/
        """
        return self._run("MODULE LOAD", path, *args, parse=ok)

    def module_loadex(
        self, path: str, *, config: Mapping[str, Value] | None = None, args: tuple[Value, ...] = ()
    ) -> Reply[bool]:
        """Return True; the module at *path* is loaded with settings of its own.

        https://redis.io/docs/latest/commands/module-loadex/
        """
        options: list[Value] = []
        for name, value in (config or {}).items():
            options += "CONFIG", name, value
        if args:
            options += "ARGS", *args
        return self._run("MODULE LOADEX", path, *options, parse=ok)

    def module_unload(self, name: str) -> Reply[bool]:
        """Return True; the module is gone.

        https://redis.io/docs/latest/commands/module-unload/
        """
        return self._run("MODULE UNLOAD", name, parse=ok)

    def replicaof(self, host: str | None = None, port: int | None = None) -> Reply[bool]:
        """Return True; the server is a replica of another one, or, without arguments, of none.

        https://redis.io/docs/latest/commands/replicaof/
        """
        return self._run("REPLICAOF", *_master("replicaof", host, port), parse=ok)

    def role(self) -> Reply[list[Any]]:
        """Return what the server is: "master", "slave" or "sentinel", and what belongs to that.

        https://redis.io/docs/latest/commands/role/
        """
        return self._run("ROLE", parse=worded)

    def save(self) -> Reply[bool]:
        """Return True once all data is on disk. Nobody else is served meanwhile.

        https://redis.io/docs/latest/commands/save/
        """
        return self._run("SAVE", parse=ok)

    def shutdown(
        self,
        *,
        nosave: bool = False,
        save: bool = False,
        now: bool = False,
        force: bool = False,
        safe: bool = False,
        failover: bool = False,
        abort: bool = False,
    ) -> Reply[bool]:
        """Return True; the server is gone, or, with *abort*, stays.

        Args:
            nosave, save: Do not save, or save, whatever the settings say.
            now: Do not wait for replicas that lag behind.
            force: Go even if saving fails.
            safe, failover: Refuse to lose data in a cluster; hand over first. Valkey only.
            abort: Give up a shutdown that waits for replicas.

        https://redis.io/docs/latest/commands/shutdown/
        """
        at_most_one("shutdown", nosave=nosave, save=save)
        for name, given in {"save": save, "nosave": nosave, "now": now, "force": force}.items():
            at_most_one("shutdown", **{name: given, "abort": abort})
        words = {
            "NOSAVE": nosave,
            "SAVE": save,
            "NOW": now,
            "FORCE": force,
            "SAFE": safe,
            "FAILOVER": failover,
            "ABORT": abort,
        }
        return self._run("SHUTDOWN", *[word for word, given in words.items() if given], parse=ok)

    def slaveof(self, host: str | None = None, port: int | None = None) -> Reply[bool]:
        """Return True; the server is a replica of another one, or of none: the older name of `replicaof`.

        https://redis.io/docs/latest/commands/slaveof/
        """
        return self._run("SLAVEOF", *_master("slaveof", host, port), parse=ok)

    def slowlog_get(self, count: int | None = None) -> Reply[list[dict[str, Any]]]:
        """Return the newest entries of the slow log, 10 or at most *count*; -1 is all. Durations are in microseconds.

        https://redis.io/docs/latest/commands/slowlog-get/
        """
        return self._run("SLOWLOG GET", *(() if count is None else (count,)), parse=slow_commands)

    def slowlog_help(self) -> Reply[list[str]]:
        """Return the server's lines on the SLOWLOG commands.

        https://redis.io/docs/latest/commands/slowlog-help/
        """
        return self._run("SLOWLOG HELP", parse=texts)

    def slowlog_len(self) -> Reply[int]:
        """Return how many entries the slow log has.

        https://redis.io/docs/latest/commands/slowlog-len/
        """
        return self._run("SLOWLOG LEN")

    def slowlog_reset(self) -> Reply[bool]:
        """Return True; the slow log is empty.

        https://redis.io/docs/latest/commands/slowlog-reset/
        """
        return self._run("SLOWLOG RESET", parse=ok)

    def swapdb(self, index1: int, index2: int) -> Reply[bool]:
        """Return True; each of two databases holds what the other held, whatever the key prefix.

        https://redis.io/docs/latest/commands/swapdb/
        """
        return self._run("SWAPDB", index1, index2, parse=ok)

    def time(self) -> Reply[tuple[int, int]]:
        """Return the server's clock: Unix time in seconds, and the microseconds beyond them.

        https://redis.io/docs/latest/commands/time/
        """
        return self._run("TIME", parse=_clock)


def _clock(reply: Any) -> tuple[int, int]:
    seconds, microseconds = reply
    return int(seconds), int(microseconds)


def _master(method: str, host: str | None, port: int | None) -> tuple[Value, ...]:
    if host is None and port is None:
        return "NO", "ONE"
    if host is None or port is None:
        raise ValueError(f"{method}(): host and port go together")
    return host, port


def _pairs(reply: Any) -> list[tuple[int, int]]:
    return [(time, latency) for time, latency in reply]
