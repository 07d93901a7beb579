"""Where the keys are among a command's arguments: `key_positions`.

Most commands say it in the table: a place, a count, a word. A finder is made for a command when it is first asked
for, and kept; names that the table does not have (anybody can send any name) have no keys, and nothing is kept of
them. Five kinds of commands are read by hand, in the way the server reads them itself:
1. SORT, SORT_RO: STORE may be anywhere, and the last one counts;
2. XREAD, XREADGROUP: a group may be called "streams";
3. MIGRATE: KEYS count only beside an empty key, and a password may be "keys";
4. STRALGO, which Redis 6.2 had and says nothing of;
5. DEBUG, of whose subcommands no server tells.

Bad input is the server's to refuse: what can be told is given, and nothing is ever raised. Arguments may be text or
bytes of any kind, or numbers; words are compared without regard to case.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .core import Value
    from .table import Command, Place

    Args = tuple[Value, ...]
    Finder = Callable[[Args], list[int]]


def word(value: Value) -> str:
    """An option word in upper case; "" for what cannot be one."""
    if isinstance(value, str):
        return value.upper()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value[:32]).decode("ascii", "replace").upper()
    return ""


def number(value: Value) -> int:
    """A count; 0 for what is none."""
    if isinstance(value, memoryview):
        value = bytes(value[:32])
    if isinstance(value, float):
        return 0
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return 0


def key_positions(name: str, args: Args) -> list[int]:
    """The indices into *args* of the keys of command *name* (upper case, a subcommand as the second word).

    Movable keys are found too; channels are no keys.
    """
    return (_finders.get(name) or finder_of(name) or no_keys)(args)


_table: dict[str, Command] = {}


def row_of(name: str) -> Command | None:
    """The table's row of a command; None for a name that it does not have. Loads the table when first asked."""
    global _table
    if not _table:
        from .table import COMMANDS

        _table = COMMANDS
    return _table.get(name)


# -- finders ----------------------------------------------------------------------------------------------------------


def no_keys(_args: Args) -> list[int]:
    """The finder of commands without keys."""
    return []


def first_key(args: Args) -> list[int]:
    """The finder of most commands."""
    return [0] if args else []


def all_keys(args: Args) -> list[int]:
    """The finder of MGET, DEL and the like."""
    return list(range(len(args)))


def _range(begin: int, last: int, step: int) -> Finder:
    def find(args: Args) -> list[int]:
        size = len(args)
        end = begin + last if last >= 0 else size + last
        return list(range(begin, min(end + 1, size), step))

    return find


def _counted(at: int, first: int, step: int) -> Finder:
    def find(args: Args) -> list[int]:
        count = number(args[at]) if at < len(args) else 0
        begin = at + first
        return list(range(begin, min(begin + count * step, len(args)), step))

    return find


def _after(keyword: str, begin: int) -> Finder:
    def find(args: Args) -> list[int]:
        found: list[int] = []
        at = begin
        while at + 1 < len(args):
            if word(args[at]) == keyword:
                at += 1
                found.append(at)
            at += 1
        return found

    return find


def _joined(finders: list[Finder]) -> Finder:
    def find(args: Args) -> list[int]:
        return [at for finder in finders for at in finder(args)]

    return find


# -- by hand ----------------------------------------------------------------------------------------------------------

# How many arguments an option takes up, itself included.
_SORT_OPTIONS = {"LIMIT": 3, "BY": 2, "GET": 2, "STORE": 2}
_STREAM_OPTIONS = {"GROUP": 3, "COUNT": 2, "BLOCK": 2, "CLAIM": 2}
_MIGRATE_OPTIONS = {"AUTH": 2, "AUTH2": 3}


def options(args: Args, begin: int, sizes: dict[str, int]) -> list[tuple[str, int]]:
    """The option words of *args* from *begin*, each with its index; what belongs to an option is skipped."""
    found: list[tuple[str, int]] = []
    while begin < len(args):
        option = word(args[begin])
        found.append((option, begin))
        begin += sizes.get(option, 1)
    return found


def sort_options(args: Args) -> list[tuple[str, int]]:
    """The options of SORT."""
    return options(args, 1, _SORT_OPTIONS)


def stream_options(args: Args) -> list[tuple[str, int]]:
    """The options of XREAD and XREADGROUP, STREAMS the last."""
    found = options(args, 0, _STREAM_OPTIONS)
    for index, (option, _) in enumerate(found):
        if option == "STREAMS":
            return found[: index + 1]
    return found


def _sort(args: Args) -> list[int]:
    stores = [at + 1 for option, at in sort_options(args) if option == "STORE" and at + 1 < len(args)]
    return first_key(args) + stores[-1:]


def _streams(args: Args) -> list[int]:
    for option, at in stream_options(args)[-1:]:
        if option == "STREAMS":
            return list(range(at + 1, at + 1 + (len(args) - at - 1) // 2))
    return []


def _migrate(args: Args) -> list[int]:
    if len(args) < 3:
        return []
    if not isinstance(args[2], (int, float)) and len(args[2]) == 0:
        for option, at in options(args, 5, _MIGRATE_OPTIONS):
            if option == "KEYS":
                return list(range(at + 1, len(args)))
    return [2]


def _stralgo(args: Args) -> list[int]:
    for option, at in options(args, 1, {"MINMATCHLEN": 2, "STRINGS": 3}):
        if option == "KEYS":
            return list(range(at + 1, min(at + 3, len(args))))
    return []


BY_HAND: dict[str, Finder] = {
    "SORT": _sort,
    "SORT_RO": _sort,
    "XREAD": _streams,
    "XREADGROUP": _streams,
    "MIGRATE": _migrate,
    "STRALGO": _stralgo,
    "DEBUG DIGEST-VALUE": all_keys,
    "DEBUG HTSTATS-KEY": first_key,
    "DEBUG LISTPACK": first_key,
    "DEBUG OBJECT": first_key,
    "DEBUG QUICKLIST": first_key,
    "DEBUG SDSLEN": first_key,
    "DEBUG ZIPLIST": first_key,
}

_finders: dict[str, Finder] = {}


def finder_of(name: str) -> Finder | None:
    """The finder of a command, made when it is first asked for; None for a name that nobody knows."""
    finder = _finders.get(name) or BY_HAND.get(name)
    if finder is None:
        row = row_of(name)
        if row is None:
            return None
        finders = [_of_place(place) for place in row[1]]
        finder = no_keys if not finders else finders[0] if len(finders) == 1 else _joined(finders)
    _finders[name] = finder
    return finder


def _of_place(place: Place) -> Finder:
    keyword, begin, last, step, _ = place
    if keyword == "#":
        return _counted(begin, last, step)
    if keyword:
        return _after(keyword, begin)
    if place == ("", 0, 0, 1, 0):
        return first_key
    if place == ("", 0, -1, 1, 0):
        return all_keys
    return _range(begin, last, step)
