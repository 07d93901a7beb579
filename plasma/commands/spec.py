"""What is known about every command, apart from how to call it: the one place that others ask.

All functions take a command's canonical name (upper case, a subcommand as the second word: "CONFIG GET") and the
arguments after it, as they would be sent. Where the keys are is `keyspec`'s to say, the key prefix `prefix`'s; the
versions and the flags come from `table`, which is generated and loaded when it is first needed.

Rules:
1. Nothing here refuses bad input: what can be told is told, the server says the rest.
2. What may be sent twice is decided by allow-list (`is_read_only`), and so is what errors and logs show (`described`).
3. SPECIAL and CONTAINERS are written out, so that asking `name in SPECIAL` loads nothing; tests hold them against
   the table.
"""

from __future__ import annotations

from .keyspec import key_positions, row_of, stream_options, word
from .prefix import RETURNS_KEYS, prefixed, unprefixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .core import Value

    Args = tuple[Value, ...]

__all__ = [
    "CONTAINERS",
    "RETURNS_KEYS",
    "SPECIAL",
    "blocking_seconds",
    "canonical",
    "changes_connection",
    "described",
    "explain",
    "is_read_only",
    "key_positions",
    "prefixed",
    "refusal",
    "refused_on_pinned",
    "since",
    "unprefixed",
]

# Commands whose first argument is a subcommand. No server tells DEBUG's; SENTINEL is told by sentinels only.
CONTAINERS = frozenset(
    {
        "ACL",
        "CLIENT",
        "CLUSTER",
        "COMMAND",
        "COMMANDLOG",
        "CONFIG",
        "DEBUG",
        "FUNCTION",
        "HOTKEYS",
        "LATENCY",
        "MEMORY",
        "MODULE",
        "OBJECT",
        "PUBSUB",
        "SCRIPT",
        "SENTINEL",
        "SLOWLOG",
        "XGROUP",
        "XINFO",
    }
)


def canonical(args: Sequence[Value]) -> tuple[str, Args]:
    """The canonical name and the arguments of what was given to `execute`.

    ("config", "get", "x"), (b"CONFIG", "GET", "x") and ("config get", "x") are all ("CONFIG GET", ("x",)). A name that
    nobody knows is kept, in upper case.

    Raises:
        TypeError: the name is not text.
        ValueError: the name is empty, or holds arguments.
    """
    if not args:
        raise TypeError("execute() needs a command name")
    first, rest = args[0], tuple(args[1:])
    if isinstance(first, (bytes, bytearray, memoryview)):
        first = bytes(first).decode("latin-1")
    if not isinstance(first, str):
        raise TypeError(f"a command name is text, not {type(first).__name__}")
    name = first.upper()
    if not name.isalnum():  # a subcommand with it, white space around it, or a module's name with a dot
        words = name.split()
        if not words:
            raise ValueError("a command name must not be empty")
        name = words[0]
        if len(words) == 2 and name in CONTAINERS:
            return f"{name} {words[1]}", rest
        if len(words) > 1:
            raise ValueError(f'{name}: give each argument by itself: execute("{name}", ...)')
    if rest and name in CONTAINERS:
        word = rest[0]
        if isinstance(word, (bytes, bytearray)):
            word = word.decode("latin-1")
        # What is no single word would not be sent as it is if it were joined to the name: the server may refuse it.
        if isinstance(word, str) and len(word.split()) == 1 and word.strip() == word:
            return f"{name} {word.upper()}", rest[1:]
    return name, rest


# -- commands that change a connection --------------------------------------------------------------------------------

_PINNED = "client.pinned() gives you a connection of your own to run it on"
_SHARED = f"it is about one connection, and a client shares many; {_PINNED}"
_SUBSCRIBE = "a client shares its connections: use subscribe() or pubsub(), which keep one of their own"
_TRANSACTION = "it is about one connection, and a client shares many: use transaction() or pinned()"
_REPLICA = "it turns the connection into that of a replica"

# name -> why a client does not run it, and what does. All of these leave a connection other than they found it.
_CHANGING = {
    "ASKING": _SHARED,
    "AUTH": f"give username= and password= when you make the client; {_PINNED}",
    "CLIENT CACHING": _SHARED,
    "CLIENT CAPA": _SHARED,
    "CLIENT IMPORT-SOURCE": _SHARED,
    "CLIENT NO-EVICT": _SHARED,
    "CLIENT NO-TOUCH": _SHARED,
    "CLIENT REPLY": "it needs the reply to every command: use pipeline() to save round trips",
    "CLIENT SETINFO": f"it says which library it is when it connects; {_PINNED}",
    "CLIENT SETNAME": f"give client_name= when you make the client; {_PINNED}",
    "CLIENT TRACKING": _SHARED,
    "CLUSTER SYNCSLOTS": _REPLICA,
    "DISCARD": _TRANSACTION,
    "EXEC": _TRANSACTION,
    "HELLO": f"give protocol=, username=, password= or client_name= when you make the client; {_PINNED}",
    "MONITOR": "a client shares its connections: use monitor(), which keeps one of its own",
    "MULTI": _TRANSACTION,
    "PSUBSCRIBE": _SUBSCRIBE,
    "PSYNC": _REPLICA,
    "PUNSUBSCRIBE": _SUBSCRIBE,
    "QUIT": "use disconnect() to close its connections",
    "READONLY": _SHARED,
    "READWRITE": _SHARED,
    "REPLCONF": _REPLICA,
    "RESET": _SHARED,
    "SCRIPT DEBUG": _SHARED,
    "SELECT": f"give db= when you make the client, one client for each database; {_PINNED}",
    "SSUBSCRIBE": _SUBSCRIBE,
    "SUBSCRIBE": _SUBSCRIBE,
    "SUNSUBSCRIBE": _SUBSCRIBE,
    "SYNC": _REPLICA,
    "UNSUBSCRIBE": _SUBSCRIBE,
    "UNWATCH": _TRANSACTION,
    "WATCH": "it is about one connection, and a client shares many: use transact() or pinned()",
}

# Those that have no ordinary reply: one connection of one's own is no place for them either.
_UNANSWERED = frozenset(
    {
        "CLUSTER SYNCSLOTS",
        "MONITOR",
        "PSUBSCRIBE",
        "PSYNC",
        "PUNSUBSCRIBE",
        "REPLCONF",
        "SSUBSCRIBE",
        "SUBSCRIBE",
        "SUNSUBSCRIBE",
        "SYNC",
        "UNSUBSCRIBE",
    }
)


def refusal(name: str, args: Args) -> str | None:
    """Why a client, which shares its connections, does not run the command, and what to do; None if it does."""
    why = _CHANGING.get(name)
    return None if why is None else f"{name} cannot run on a client: {why}"


def refused_on_pinned(name: str, args: Args) -> str | None:
    """Why not even a connection of one's own (`pinned()`) runs the command; None if it does."""
    if name in _UNANSWERED:
        return f"{name} cannot run on a pinned connection, it has no ordinary reply: {_CHANGING[name]}"
    if name == "CLIENT REPLY" and not (args and word(args[0]) == "ON"):
        return f"{name} cannot run on a pinned connection: {_CHANGING[name]}"
    return None


def changes_connection(name: str, args: Args) -> bool:
    """Whether a connection that ran the command is no longer like the others: it is closed, not pooled."""
    return name in _CHANGING


# -- blocking ----------------------------------------------------------------------------------------------------------

# name -> the index of the timeout, and how many of its units make a second.
_BLOCKING = {
    "BLMOVE": (4, 1),
    "BLMPOP": (0, 1),
    "BLPOP": (-1, 1),
    "BRPOP": (-1, 1),
    "BRPOPLPUSH": (2, 1),
    "BZMPOP": (0, 1),
    "BZPOPMAX": (-1, 1),
    "BZPOPMIN": (-1, 1),
    "WAIT": (1, 1000),
    "WAITAOF": (2, 1000),
}

# Longer than that is for ever: the clocks of operating systems take no more than about this.
_FOR_EVER = 1e8

# What an executor must look at before it sends: all that blocks, all that is refused.
SPECIAL = frozenset(_BLOCKING) | frozenset(_CHANGING) | {"XREAD", "XREADGROUP"}


def blocking_seconds(name: str, args: Args) -> float | None:
    """How long the server may take to answer, of the command's own wish: its timeout in seconds, 0.0 for ever.

    None for a call that does not block, and for a timeout that is none: the server will say so at once.
    """
    found = _BLOCKING.get(name)
    if found is not None:
        at, unit = found
        return _seconds(args[at], unit) if -len(args) <= at < len(args) else None
    if name in ("XREAD", "XREADGROUP"):
        for option, at in stream_options(args):
            if option == "BLOCK" and at + 1 < len(args):
                return _seconds(args[at + 1], 1000)
    return None


def _seconds(timeout: Value, unit: int) -> float | None:
    if isinstance(timeout, bool):
        return None
    try:
        seconds = float(bytes(timeout) if isinstance(timeout, memoryview) else timeout) / unit
    except (TypeError, ValueError, OverflowError):
        return None
    if 0 <= seconds < float("inf"):
        return seconds if seconds < _FOR_EVER else 0.0
    return None  # negative, infinite, not a number


# -- what may be sent twice --------------------------------------------------------------------------------------------


def is_read_only(name: str, args: Args) -> bool:
    """Whether the command may be sent again after it may have run already.

    True if every server that knows it calls it read-only, or if it only looks at the server itself.
    """
    row = row_of(name)
    if row is not None and "r" in row[0]:
        return True
    from .harmless import HARMLESS

    return name in HARMLESS and not (name == "ACL LOG" and args and word(args[0]) == "RESET")


# -- for people --------------------------------------------------------------------------------------------------------


def explain(name: str, error: Exception) -> None:
    """Add to a server's word that it does not know the command which versions do."""
    said = str(error.args[0]) if error.args else ""
    if said.startswith("ERR unknown command") and any(known := since(name)):
        came = [f"{family} {version}" for family, version in zip(("Redis", "Valkey"), known, strict=True) if version]
        error.args = (f"{said}: it came with {' and '.join(came)}",)


_SHOWN = 64
_VIEW: Any = memoryview  # as Any, for a view that is narrowed down has elements that checkers call unknown


def described(name: str, args: Args) -> str:
    """The name and the first key, for errors and logs: "SET user:1". Never a value, never a secret.

    A long key is cut, what cannot be printed in it is escaped.
    """
    positions = key_positions(name, args)
    key = _readable(args[positions[0]]) if positions else ""
    return f"{_readable(name)} {key}" if key else _readable(name)


def _readable(key: Any) -> str:
    if isinstance(key, str):
        text = key
    elif isinstance(key, (bytes, bytearray)) or (isinstance(key, _VIEW) and key.contiguous):
        # Enough to see whether there is more than is shown: UTF-8 takes up to four bytes for a character.
        text = bytes(key[: 4 * (_SHOWN + 1)]).decode("utf-8", "backslashreplace")
    elif isinstance(key, (int, float)) and abs(key) < 1e60:
        text = repr(key)
    else:
        return ""  # nothing that can be sent
    shown = text[:_SHOWN]
    if not shown.isprintable():
        shown = "".join([sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown])
    return shown if len(text) <= _SHOWN else f"{shown}…"


def since(name: str) -> tuple[str | None, str | None]:
    """The first Redis and the first Valkey that has the command; None where there is none, or none is known."""
    row = row_of(name)
    return (None, None) if row is None else (row[2], row[3])
