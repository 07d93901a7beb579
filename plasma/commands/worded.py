"""Reading what the server words itself: INFO, CLIENT LIST, and the maps of maps that tell of the server.

All of it becomes `str`, also where replies are bytes; lists that RESP3 gives as maps and sets become those on RESP2
too, and only the names of their fields say which they are. Numbers in INFO become numbers, but only where no field
of that name can hold anything else: a hash of digits stays a text.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, pairs_to_dict, text, text_keys, texts

if TYPE_CHECKING:
    from typing import Any

# Fields of INFO that are names, though they may look like numbers or like pairs.
_NAMES = frozenset(("config_file", "executable", "os", "redis_build_id", "redis_git_sha1", "run_id"))
_NAME_ENDS = ("_host", "_name", "_replid", "_replid2", "_version", "_zone")
_INNER_NAMES = frozenset(("address", "bind", "ip", "name"))


def worded(reply: Any) -> Any:
    """A reply of any shape with all its strings as str."""
    if hasattr(reply, "decode"):
        return reply.decode("utf-8", "replace")
    if hasattr(reply, "append"):
        return [worded(item) for item in reply]
    if hasattr(reply, "items"):
        return {text(key): worded(value) for key, value in reply.items()}
    return reply


def worded_map(reply: Any) -> dict[str, Any]:
    """A map with its keys and all strings in its values as str."""
    return {key: worded(value) for key, value in text_keys(reply).items()}


def worded_maps(reply: Any) -> list[dict[str, Any]]:
    return [worded_map(item) for item in reply]


def text_set(reply: Any) -> set[str]:
    """Flags: a set on RESP3."""
    return set(texts(reply))


# --- lines ----------------------------------------------------------------------------------------------------


def client(reply: str | bytes) -> dict[str, str]:
    """One client: "id=3 addr=127.0.0.1:6379 name= ..."."""
    words = [part.partition("=") for part in text(reply).split()]
    return {name: value for name, _, value in words}


def clients(reply: str | bytes) -> list[dict[str, str]]:
    """One client a line."""
    return [client(line) for line in text(reply).splitlines()]


def sections(reply: str | bytes) -> dict[str, Any]:
    """INFO, all sections in one dict."""
    found: dict[str, Any] = {}
    for line in text(reply).splitlines():
        name, colon, value = line.partition(":")
        if not colon or name[:1] == "#":
            continue
        if name in _NAMES or name.endswith(_NAME_ENDS):
            found[name] = value
        elif name == "module":  # the only name that comes more than once: a line for each module
            found.setdefault(name, []).append(_parts(value))
        else:
            found[name] = _parts(value) if "=" in value else _number(value)
    return found


def _parts(value: str) -> dict[str, Any]:
    # A name may come twice: "bind=127.0.0.1,bind=::1".
    found: dict[str, Any] = {}
    for part in value.split(","):
        name, _, inner = part.partition("=")
        if name in found:
            found[name] = f"{found[name]},{inner}"
        else:
            found[name] = inner if name in _INNER_NAMES else _number(inner)
    return found


def _number(value: str) -> int | float | str:
    """A number in its one usual spelling, with no leading zeros and no exponent; anything else as it is."""
    whole, point, fraction = value.removeprefix("-").partition(".")
    if not (whole.isascii() and whole.isdigit()) or (whole[0] == "0" and whole != "0"):
        return value
    if not point:
        return int(value)
    return float(value) if fraction.isascii() and fraction.isdigit() else value


# --- maps of maps ---------------------------------------------------------------------------------------------


def command_docs(reply: Any) -> dict[str, dict[str, Any]]:
    """COMMAND DOCS: for each command what is told of it."""
    return {name: _documented(doc) for name, doc in text_keys(reply).items()}


def _documented(reply: Any) -> dict[str, Any]:
    found = text_keys(reply)
    for name, value in found.items():
        if name == "arguments":
            found[name] = [_documented(argument) for argument in value]
        elif name == "subcommands":
            found[name] = command_docs(value)
        elif name == "history":
            found[name] = [tuple(texts(pair)) for pair in value]
        else:
            found[name] = text_set(value) if name.endswith("flags") else worded(value)
    return found


def command_table(reply: Any) -> dict[str, dict[str, Any]]:
    """COMMAND and COMMAND INFO: an entry a command, null for one that there is not."""
    found: dict[str, dict[str, Any]] = {}
    for entry in reply:
        if entry:
            name, arity, flags, first, last, step, *more = entry
            found[text(name)] = {
                "arity": arity,
                "flags": text_set(flags),
                "first_key": first,
                "last_key": last,
                "step": step,
                "acl_categories": text_set(more[0]) if more else set[str](),
                "tips": texts(more[1]) if len(more) > 1 else [],  # from here on: not before Redis 7
                "key_specifications": [_key_spec(spec) for spec in more[2]] if len(more) > 2 else [],
                "subcommands": command_table(more[3]) if len(more) > 3 else {},
            }
    return found


def _key_spec(reply: Any) -> dict[str, Any]:
    found = text_keys(reply)
    for name, value in found.items():
        if name == "flags":
            found[name] = text_set(value)
        elif name in ("begin_search", "find_keys"):
            part = text_keys(value)
            found[name] = {"type": text(part["type"]), "spec": worded_map(part["spec"])}
        else:
            found[name] = worded(value)
    return found


def keys_with_flags(reply: Any) -> list[tuple[Any, set[str]]]:
    """COMMAND GETKEYSANDFLAGS: keys are the caller's own and keep their type."""
    return [(key, text_set(flags)) for key, flags in reply]


def histograms(reply: Any) -> dict[str, dict[str, Any]]:
    """LATENCY HISTOGRAM."""
    found: dict[str, dict[str, Any]] = {}
    for name, told in text_keys(reply).items():
        calls, buckets = text_keys(told).values()
        found[name] = {"calls": calls, "histogram_usec": pairs_to_dict(buckets)}
    return found


def latest_events(reply: Any) -> dict[str, dict[str, int]]:
    """LATENCY LATEST; newer Valkeys tell the last two as well."""
    names = ("time", "latest", "max", "sum", "count")
    return {text(event): dict(zip(names, told, strict=False)) for event, *told in reply}


def statistics(reply: Any) -> dict[str, Any]:
    """MEMORY STATS: numbers by name, and a map of them for each database. A double is a text on RESP2."""
    found = text_keys(reply)
    for name, value in found.items():
        if hasattr(value, "append") or hasattr(value, "items"):
            found[name] = statistics(value)
        elif not isinstance(value, int):
            found[name] = float(value)
    return found


def slow_commands(reply: Any) -> list[dict[str, Any]]:
    """SLOWLOG GET."""
    return _log(reply, "duration")


def logged_commands(reply: Any) -> list[dict[str, Any]]:
    """COMMANDLOG GET."""
    return _log(reply, "value")


def _log(reply: Any, measure: str) -> list[dict[str, Any]]:
    # The words of a command are what a client sent: they keep their type.
    return [
        {
            "id": number,
            "time": time,
            measure: value,
            "command": command,
            "client_address": text(address),
            "client_name": text(name),
        }
        for number, time, value, command, address, name in reply
    ]


def greeting(reply: Any) -> dict[str, Any]:
    """HELLO."""
    found = text_keys(reply)
    for name, value in found.items():
        found[name] = worded_maps(value) if name == "modules" else worded(value)
    return found


def tracking(reply: Any) -> dict[str, Any]:
    """CLIENT TRACKINGINFO: prefixes are of keys and keep their type."""
    found = text_keys(reply)
    found["flags"] = text_set(found["flags"])
    return found
