"""Write `plasma/commands/table.py`, the command table, from what real servers say of their commands.

    python tools/table.py                   write the table
    python tools/table.py --check           fail if the table is not what this tool would write
    python tools/table.py --import FOLDER   take over full dumps (COMMAND and COMMAND DOCS as JSON) from FOLDER
    python tools/table.py --dump HOST:PORT  ask a running server itself

The inputs are `tools/commands/NAME.json`, one server each, trimmed to what is used here, one command a line. The
last two modes write them; they are meant to be read in a diff.

How several servers become one row:
1. A server that tells more wins over one that tells less: within a family (Redis, Valkey) the newest one that has
   the command is asked. Redis 6.2 knows no key specifications and no subcommands; it is asked for the rest only.
2. The families must agree on where the keys are. If they do not, the tool stops: that needs a person.
3. Read-only only if every family says so; write, blocking and the rest if any does: that is the careful way round.
4. A command first came with the lowest version of what the documentation says and of the servers seen to have it.
   Valkey took over all of Redis 7.2: what was there then, Valkey has had from its first release.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ROOT / "tools" / "commands"
OUTPUT = ROOT / "plasma" / "commands" / "table.py"

# Letters of the flags column, in the order they are written.
FLAGS = {"readonly": "r", "write": "w", "blocking": "b", "movablekeys": "m", "admin": "a", "pubsub": "p"}

# Valkey 7.2.5 was the first release of Valkey; it is Redis 7.2.4 renamed.
FORK = (7, 2, 4)
FIRST_VALKEY = "7.2.5"

# What Redis 6.2 lists beside its commands: two traps for HTTP requests that reach its port.
NOT_COMMANDS = {"HOST:", "POST"}

# Commands that went before servers told their documentation.
SINCE = {"STRALGO": "6.0.0"}

HEADER = '''\
"""Every command of Redis and Valkey: written by `tools/table.py` from what servers say. Do not edit.

Data only; `spec.py` and `keyspec.py` read it, and load it when they first need it. Names are upper case, subcommands
two words. Positions count from 0 among the arguments after the name.

COMMANDS   name -> (flags, where the keys are, first Redis version, first Valkey version)
           flags: r read-only, w write, b blocking, m keys that only the arguments tell, a admin, p pub/sub
           a place is (word, begin, last, step, limit):
             ""    the keys are at begin, begin + step ... last (0: only begin, 1: begin + 1, -1: the last argument)
             "#"   begin has the number of keys; the first key is `last` places after it, then every step
             else  the keys follow the word, looked for from begin (backwards if negative); limit 2: half of the rest
CHANNELS   name -> places of what chooses a cluster node as a key does, and is none: sharded channels
POLICIES   name -> (which nodes of a cluster to ask, how to sum up their answers)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Place = tuple[str, int, int, int, int]
    Command = tuple[str, tuple[Place, ...], "str | None", "str | None"]

'''


# -- taking over what servers say ------------------------------------------------------------------------------------


def trimmed(entry: dict[str, Any], docs: dict[str, Any]) -> dict[str, Any]:
    """What is kept of one command of COMMAND, and of COMMAND DOCS: its `since`."""
    kept: dict[str, Any] = {"arity": entry["arity"], "flags": sorted(entry["flags"])}
    if "key_specifications" in entry:
        specs = [place(spec) for spec in entry["key_specifications"]]
        if specs:
            kept["keys"] = specs
    elif entry["first_key"]:
        kept["legacy"] = [entry["first_key"], entry["last_key"], entry["step"]]
    policies = sorted(tip for tip in entry.get("tips", ()) if tip.partition(":")[0].endswith("_policy"))
    if policies:
        kept["tips"] = policies
    if docs.get("since"):
        kept["since"] = docs["since"]
    return kept


def place(spec: dict[str, Any]) -> dict[str, Any]:
    """A key specification in a short form: how the search begins, how the keys are found, and whether they are none."""
    begin, find = spec["begin_search"], spec["find_keys"]
    short: dict[str, Any] = {}
    if begin["type"] == "index":
        short["index"] = begin["spec"]["index"]
    elif begin["type"] == "keyword":
        short["keyword"] = [begin["spec"]["keyword"], begin["spec"]["startfrom"]]
    if find["type"] == "range":
        short["range"] = [find["spec"]["lastkey"], find["spec"]["keystep"], find["spec"]["limit"]]
    elif find["type"] == "keynum":
        short["keynum"] = [find["spec"]["keynumidx"], find["spec"]["firstkey"], find["spec"]["keystep"]]
    if "not_key" in spec["flags"]:
        short["flags"] = ["not_key"]
    return short


def take(dump: dict[str, Any]) -> dict[str, Any]:
    """The trimmed form of a whole dump."""
    nothing: dict[str, Any] = {}
    commands: dict[str, Any] = {}
    all_docs: dict[str, Any] = dump["docs"] or nothing
    docs = {name.upper(): told for name, told in all_docs.items()}
    for name, entry in dump["info"].items():
        told = docs.get(name.upper(), {})
        commands[name.upper()] = trimmed(entry, told)
        sub_docs: dict[str, Any] = told.get("subcommands") or nothing
        sub_entries: dict[str, Any] = entry.get("subcommands") or nothing
        for sub_name, sub_entry in sub_entries.items():
            commands[sub_name.upper().replace("|", " ")] = trimmed(sub_entry, sub_docs.get(sub_name, {}))
    return {
        "server": dump["server"],
        "family": dump["hello"]["server"],
        "version": dump["version"],
        "commands": {name: commands[name] for name in sorted(commands) if name not in NOT_COMMANDS},
    }


def write_input(told: dict[str, Any]) -> Path:
    """Write one input file, a command a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in told["commands"].items()]
    head = [f"{json.dumps(field)}: {json.dumps(told[field])}" for field in ("server", "family", "version")]
    path = INPUTS / f"{told['server']}.json"
    path.write_text("{\n" + ",\n".join(head) + ',\n"commands": {\n' + ",\n".join(lines) + "\n}\n}\n")
    return path


# -- asking a server -------------------------------------------------------------------------------------------------


def ask(stream: Any, *words: str) -> Any:
    """One command and its reply, on a connection that speaks RESP2."""
    parts = [f"${len(word)}\r\n{word}\r\n" for word in words]
    stream.write(f"*{len(words)}\r\n{''.join(parts)}".encode())
    stream.flush()
    return reply(stream)


def reply(stream: Any) -> Any:
    """Read one RESP2 reply."""
    line = stream.readline().decode().rstrip("\r\n")
    kind, rest = line[:1], line[1:]
    if kind == "-":
        return RuntimeError(rest)
    if kind == ":":
        return int(rest)
    if kind == "$":
        return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode()
    if kind == "*":
        return None if rest == "-1" else [reply(stream) for _ in range(int(rest))]
    return rest


def pairs(flat: Any) -> dict[str, Any]:
    """A map as RESP2 has it."""
    try:
        return dict(zip(flat[::2], flat[1::2], strict=True))
    except TypeError:  # a null or an error: the server has none
        return {}


def told_entry(row: list[Any]) -> dict[str, Any]:
    """One entry of COMMAND with its fields named."""
    names = ("name", "arity", "flags", "first_key", "last_key", "step", "acl_categories", "tips")
    entry: dict[str, Any] = dict(zip(names, row, strict=False))
    if len(row) > len(names):
        entry["key_specifications"] = [told_spec(spec) for spec in row[8]]
        entry["subcommands"] = {sub[0]: told_entry(sub) for sub in row[9]}
    return entry


def told_spec(flat: list[Any]) -> dict[str, Any]:
    """One key specification with its fields named."""
    spec = pairs(flat)
    for part in ("begin_search", "find_keys"):
        spec[part] = pairs(spec[part])
        spec[part]["spec"] = pairs(spec[part]["spec"])
    return spec


def told_docs(flat: Any) -> dict[str, Any]:
    """COMMAND DOCS: the version of each command and subcommand."""
    docs: dict[str, Any] = {}
    for name, fields in pairs(flat).items():
        told = pairs(fields)
        docs[name] = {"since": told.get("since"), "subcommands": told_docs(told.get("subcommands"))}
    return docs


def dump_server(address: str) -> dict[str, Any]:
    """A full dump of a running server, in the form that `take` reads."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=10) as sock, sock.makefile("rwb") as stream:
        hello = pairs(ask(stream, "HELLO", "2"))
        docs = ask(stream, "COMMAND", "DOCS")
        info = [told_entry(row) for row in ask(stream, "COMMAND")]
        server_info = ask(stream, "INFO", "server")
    version = hello["version"]
    for line in server_info.splitlines():
        if line.startswith("valkey_version:"):
            version = line.partition(":")[2]
    return {
        "server": f"{hello['server']}-{'.'.join(version.split('.')[:2])}",
        "version": version,
        "hello": hello,
        "info": {entry["name"]: entry for entry in info},
        "docs": told_docs(docs),
    }


# -- several servers, one table --------------------------------------------------------------------------------------


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def load_inputs() -> list[dict[str, Any]]:
    """The input files, oldest version first."""
    told = [json.loads(path.read_text()) for path in INPUTS.glob("*.json")]
    if not told:
        raise SystemExit(f"no input in {INPUTS}: make one with --dump or --import")
    return sorted(told, key=lambda server: (version_of(server["version"]), server["family"]))


def row_places(name: str, row: dict[str, Any], *, channels: bool) -> tuple[tuple[str, int, int, int, int], ...]:
    """Where the keys (or the channels) are, counted among the arguments after the name."""
    words = name.count(" ") + 1
    if "legacy" in row:
        first, last, step = row["legacy"]
        return () if channels else (("", first - words, last if last < 0 else last - first, step, 0),)
    places: list[tuple[str, int, int, int, int]] = []
    for spec in row.get("keys", ()):
        if ("not_key" in spec.get("flags", ())) is not channels:
            continue
        if "index" in spec and "range" in spec:
            last, step, limit = spec["range"]
            places.append(("", spec["index"] - words, last, step, limit))
        elif "index" in spec and "keynum" in spec:
            number, first, step = spec["keynum"]
            places.append(("#", spec["index"] + number - words, first - number, step, 0))
        elif "keyword" in spec and "range" in spec:
            word, start = spec["keyword"]
            last, step, limit = spec["range"]
            places.append((word, start - words if start > 0 else start, last, step, limit))
        # What is left is "unknown": only a reader of the arguments can tell, and keyspec.py has one.
    return tuple(places)


def merge(servers: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One row for each command of any server, by the rules above."""
    table: dict[str, dict[str, Any]] = {}
    for name in sorted({name for server in servers for name in server["commands"]}):
        having = [server for server in servers if name in server["commands"]]
        newest: dict[str, dict[str, Any]] = {}
        for server in having:  # the oldest first, so the newest of a family stays
            newest[server["family"]] = server["commands"][name]
        rows = list(newest.values())
        places = {row_places(name, row, channels=False) for row in rows}
        channels = {row_places(name, row, channels=True) for row in rows}
        if len(places) != 1 or len(channels) != 1:
            raise SystemExit(f"{name}: servers differ in where the keys are: {places | channels}")
        said = [set(row["flags"]) for row in rows]
        flags = [flag for flag in FLAGS if any(flag in one for one in said)]
        if not all("readonly" in one for one in said) and "readonly" in flags:
            flags.remove("readonly")
        policies = {tuple(row.get("tips", ())) for row in rows}
        if len(policies) != 1:
            raise SystemExit(f"{name}: servers differ in how a cluster is asked: {policies}")
        tips = dict(tip.split(":") for tip in policies.pop())
        table[name] = {
            "flags": "".join(FLAGS[flag] for flag in flags),
            "keys": places.pop(),
            "channels": channels.pop(),
            "policies": (tips.get("request_policy", ""), tips.get("response_policy", "")),
            "since": first_versions(name, having),
        }
    return table


def first_versions(name: str, having: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """The first Redis and the first Valkey that has the command."""
    redis = [server for server in having if server["family"] == "redis"]
    valkey = [server for server in having if server["family"] == "valkey"]
    first_redis = lowest(name, redis)
    first_valkey = lowest(name, valkey)
    if first_valkey and version_of(first_valkey) <= FORK:
        first_redis, first_valkey = first_redis or first_valkey, FIRST_VALKEY
    return first_redis, first_valkey


def lowest(name: str, having: list[dict[str, Any]]) -> str | None:
    """The lowest version that is told, by hand, by the documentation or by having the command."""
    if not having:
        return None
    said = [SINCE.get(name), *(server["commands"][name].get("since") for server in having)]
    known = [str(version) for version in said if version]
    return min([*known, *(str(server["version"]) for server in having)], key=version_of)


def render(table: dict[str, dict[str, Any]]) -> str:
    """The text of table.py."""
    lines = [HEADER + "COMMANDS: dict[str, Command] = {"]
    for name, row in table.items():
        redis, valkey = row["since"]
        lines.append(f"    {literal(name)}: {literal((row['flags'], row['keys'], redis, valkey))},")
    lines += ["}", "", "CHANNELS: dict[str, tuple[Place, ...]] = {"]
    lines += [f"    {literal(name)}: {literal(row['channels'])}," for name, row in table.items() if row["channels"]]
    lines += ["}", "", "POLICIES: dict[str, tuple[str, str]] = {"]
    lines += [
        f"    {literal(name)}: {literal(row['policies'])}," for name, row in table.items() if any(row["policies"])
    ]
    lines += ["}", ""]
    return "\n".join(lines)


def literal(value: Any) -> str:
    """Python source of strings, None and tuples, with double quotes."""
    if value.__class__ is tuple:
        inside = [literal(part) for part in value]
        return f"({inside[0]},)" if len(inside) == 1 else f"({', '.join(inside)})"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write plasma/commands/table.py from what servers say.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the table is out of date")
    parser.add_argument("--import", dest="folder", type=Path, metavar="FOLDER", help="take over the dumps in FOLDER")
    parser.add_argument("--dump", metavar="HOST:PORT", help="take over what a running server says")
    options = parser.parse_args(arguments)
    if options.folder:
        for path in sorted(options.folder.glob("*.json")):
            print(write_input(take(json.loads(path.read_text()))))
    if options.dump:
        print(write_input(take(dump_server(options.dump))))
    text = render(merge(load_inputs()))
    if options.check:
        if OUTPUT.exists() and OUTPUT.read_text() == text:
            return 0
        print(f"{OUTPUT} is out of date: run python tools/table.py", file=sys.stderr)
        return 1
    OUTPUT.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
