"""The key prefix, put on what is sent and taken off what comes back: `prefixed`, `unprefixed`, `RETURNS_KEYS`.

It is put on every key that `keyspec` finds, and by hand on what is no key but names keys:
1. patterns of KEYS and SCAN, the prefix escaped; a SCAN without MATCH gets one, or it would show everybody's keys;
2. BY and GET of SORT: those with a "*", which stands for the element. "#" and fixed names stay as they are;
3. CLUSTER KEYSLOT, so that the answer is the slot the key is really in;
4. PREFIX of CLIENT TRACKING, which the server compares with whole keys.

Left alone on purpose: channels; RANDOMKEY, FLUSHDB, DBSIZE and the like, which have nothing to put it on; COMMAND
GETKEYS and ACL DRYRUN, which ask about a command line as it stands; ACL rules and all of the server's own logs.

Values pass through untouched, and so does what can be no key (None, a list): the encoder refuses it by name.
`prefixed` runs for every command of a client with a prefix: one dict look-up finds the function that does it.
"""

from __future__ import annotations

from .keyspec import all_keys, finder_of, first_key, key_positions, no_keys, options, sort_options, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .core import Value
    from .keyspec import Finder

    Args = tuple[Value, ...]
    Prefixer = Callable[[Args, bytes], Args]
    Stripper = Callable[[Any, bytes], Any]

# Seen as Any by checkers: what is narrowed to one of these would hold what they call unknown.
_VIEW: Any = memoryview
_LIST: Any = list
_DICT: Any = dict


def prefixed(name: str, args: Args, prefix: bytes) -> Args:
    """The arguments of command *name* with *prefix* (UTF-8) on every key."""
    return (_prefixers.get(name) or _make(name))(args, prefix)


def unprefixed(name: str, reply: Any, prefix: bytes) -> Any:
    """The raw reply of command *name*, text or bytes, RESP2 or RESP3, with *prefix* off the keys in it.

    A key that does not begin with the prefix is given unchanged, and so is a reply of any other shape.
    """
    stripper = _STRIPPERS.get(name)
    return reply if stripper is None or not prefix else stripper(reply, prefix)


# -- putting it on -----------------------------------------------------------------------------------------------------


def with_prefix(key: Any, prefix: bytes) -> Any:
    """One key with the prefix before it; text stays text.

    A subclass counts as what it holds, as it does when it is sent: `join` and the base classes' own methods see to it.
    """
    if isinstance(key, str):
        return "".join((prefix.decode(), key))
    if isinstance(key, (bytes, bytearray)):
        return b"".join((prefix, key))
    if isinstance(key, _VIEW) and key.contiguous:
        return prefix + key.tobytes(order="A")
    if isinstance(key, float):
        return prefix + float.__repr__(key).encode()
    if isinstance(key, int) and not isinstance(key, bool):
        try:
            return prefix + int.__repr__(key).encode()
        except ValueError:  # past the interpreter's limit of digits
            pass
    return key


def escaped(prefix: bytes) -> bytes:
    """The prefix as a glob pattern that matches nothing but it.

    Outside of [...] the server's matcher knows four characters; a backslash makes each of them an ordinary one.
    """
    for special in (b"\\", b"*", b"?", b"["):
        prefix = prefix.replace(special, b"\\" + special)
    return prefix


def _same(args: Args, _prefix: bytes) -> Args:
    return args


def _on_first(args: Args, prefix: bytes) -> Args:
    if not args:
        return args
    key = args[0]
    if type(key) is str:
        return (prefix.decode() + key, *args[1:])
    return (with_prefix(key, prefix), *args[1:])


def _on_all(args: Args, prefix: bytes) -> Args:
    text = prefix.decode()
    return tuple([text + key if type(key) is str else with_prefix(key, prefix) for key in args])


def _on_some(finder: Finder) -> Prefixer:
    def put(args: Args, prefix: bytes) -> Args:
        return _at(args, finder(args), prefix)

    return put


def _at(args: Args, positions: list[int], prefix: bytes) -> Args:
    changed = list(args)
    for at in positions:
        changed[at] = with_prefix(args[at], prefix)
    return tuple(changed)


def _on_pattern(args: Args, prefix: bytes) -> Args:
    return _on_first(args, escaped(prefix))


def _on_match(args: Args, prefix: bytes) -> Args:
    if not args or not prefix:
        return args
    # Every option of SCAN takes one value.
    matches = [at + 1 for at in range(1, len(args) - 1, 2) if word(args[at]) == "MATCH"]
    pattern = escaped(prefix)
    return _at(args, matches, pattern) if matches else (*args, "MATCH", f"{pattern.decode()}*")


def _on_sort(args: Args, prefix: bytes) -> Args:
    positions = key_positions("SORT", args)
    patterns = [at + 1 for option, at in sort_options(args) if option in ("BY", "GET") and at + 1 < len(args)]
    patterns = [at for at in patterns if _has_star(args[at])]
    if patterns and b"*" in prefix:
        from plasma.errors import ConfigurationError

        # The server puts the element in place of the first "*", and knows no way to escape it.
        raise ConfigurationError('SORT cannot use BY or GET with a key_prefix that has a "*" in it')
    return _at(args, positions + patterns, prefix)


def _has_star(pattern: Value) -> bool:
    if isinstance(pattern, str):
        return "*" in pattern
    return not isinstance(pattern, (int, float)) and b"*" in bytes(pattern)


def _on_tracking(args: Args, prefix: bytes) -> Args:
    found = options(args, 1, {"REDIRECT": 2, "PREFIX": 2})
    return _at(args, [at + 1 for option, at in found if option == "PREFIX" and at + 1 < len(args)], prefix)


_BY_HAND: dict[str, Prefixer] = {
    "CLIENT TRACKING": _on_tracking,
    "CLUSTER KEYSLOT": _on_first,
    "CLUSTERSCAN": _on_match,
    "KEYS": _on_pattern,
    "SCAN": _on_match,
    "SORT": _on_sort,
    "SORT_RO": _on_sort,
}

_prefixers: dict[str, Prefixer] = {}


def _make(name: str) -> Prefixer:
    """Make and keep the function of a command. A name that nobody knows has no keys, and is not kept."""
    finder = finder_of(name)
    if finder is None:
        return _same
    simple: dict[Finder, Prefixer] = {no_keys: _same, first_key: _on_first, all_keys: _on_all}
    _prefixers[name] = prefixer = _BY_HAND.get(name) or simple.get(finder) or _on_some(finder)
    return prefixer


# -- taking it off -----------------------------------------------------------------------------------------------------


def _off(key: Any, prefix: bytes) -> Any:
    if isinstance(key, str):
        return key.removeprefix(prefix.decode())
    return key.removeprefix(prefix) if isinstance(key, bytes) else key


def _off_all(reply: Any, prefix: bytes) -> Any:
    if not isinstance(reply, _LIST):
        return reply
    text = prefix.decode()
    return [key.removeprefix(text) if type(key) is str else _off(key, prefix) for key in reply]


def _off_first(reply: Any, prefix: bytes) -> Any:
    return [_off(reply[0], prefix), *reply[1:]] if reply and isinstance(reply, _LIST) else reply


def _off_scan(reply: Any, prefix: bytes) -> Any:
    return [reply[0], *[_off_all(keys, prefix) for keys in reply[1:]]] if reply and isinstance(reply, _LIST) else reply


def _off_streams(reply: Any, prefix: bytes) -> Any:
    if isinstance(reply, _DICT):
        return {_off(key, prefix): entries for key, entries in reply.items()}
    return [_off_first(pair, prefix) for pair in reply] if isinstance(reply, _LIST) else reply


def _off_hotkeys(reply: Any, prefix: bytes) -> Any:
    # A list of maps, in which "by-cpu-time-us" and "by-net-bytes" have key, figure, key, figure ...
    def ranked(name: Any, told: Any) -> Any:
        return _off_all(told, prefix) if name[:3] in ("by-", b"by-") else told

    if not isinstance(reply, _LIST):
        return reply
    changed: list[Any] = []
    for node in reply:
        if isinstance(node, _DICT):
            changed.append({name: ranked(name, told) for name, told in node.items()})
        elif isinstance(node, _LIST):
            changed.append([ranked(node[at - 1], told) if at % 2 else told for at, told in enumerate(node)])
        else:
            changed.append(node)
    return changed


_STRIPPERS: dict[str, Stripper] = {
    "BLMPOP": _off_first,
    "BLPOP": _off_first,
    "BRPOP": _off_first,
    "BZMPOP": _off_first,
    "BZPOPMAX": _off_first,
    "BZPOPMIN": _off_first,
    "CLUSTER GETKEYSINSLOT": _off_all,
    "CLUSTERSCAN": _off_scan,
    "HOTKEYS GET": _off_hotkeys,
    "KEYS": _off_all,
    "LMPOP": _off_first,
    "RANDOMKEY": _off,
    "SCAN": _off_scan,
    "XREAD": _off_streams,
    "XREADGROUP": _off_streams,
    "ZMPOP": _off_first,
}

# The commands whose replies hold keys.
RETURNS_KEYS = frozenset(_STRIPPERS)
