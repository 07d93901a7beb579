"""What a server's configuration file says: directives, quoted so that any text arrives as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Word = str | int | float | bool
ConfigValue = Word | tuple[Word, ...] | list[Word | tuple[Word, ...]]


def redis_conf(directives: Mapping[str, ConfigValue], users: Iterable[str] = ()) -> str:
    """Return the text of the file: a tuple is several arguments, a list the directive several times."""
    lines = [
        " ".join([name, *map(_quoted, words if isinstance(words, tuple) else (words,))])
        for name, value in directives.items()
        for words in (value if isinstance(value, list) else [value])
    ]
    return "".join(f"{line}\n" for line in [*lines, *(f"user {line}" for line in users)])


def directive_name(name: str) -> str:
    """A directive's own name; `maxmemory_policy` is accepted for `maxmemory-policy`, but not in a module's `x.y_z`."""
    return name if "." in name else name.replace("_", "-")


def one_word(value: ConfigValue) -> str:
    """A value that is one argument, as the file would have it, unquoted."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _quoted(word: Word) -> str:
    return '"' + "".join(f"\\x{ord(c):02x}" if c < " " or c in '"\\' else c for c in one_word(word)) + '"'
