"""What the tours print with: each call as one would write it, its result beside it, and whether that was expected.

`shown("redis", client)` is the client in every respect, type checkers included; each of its methods also prints how it
was called and what came back, or, where that is awaited, what came of it. `expect(result, wanted)` says so where the
two differ, and the exit status tells it too.
"""

from __future__ import annotations

import os
import sys
from typing import Any, TypeVar, cast

C = TypeVar("C")

WIDTH = 70  # of a call, when its result stands beside it
LONGEST = 100  # a longer call is shown over several lines
BRACKETS: dict[type, tuple[str, str]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ

calls = 0
differences = 0


def shown(name: str, target: C) -> C:
    """*target*, printing under *name* what is called on it."""
    return cast(C, _Shown(name, target))  # a stand-in that answers as the target does


def section(title: str, *lines: str) -> None:
    """Begin a part of the tour."""
    print(f"\n{_styled('1', title)}")
    for line in lines:
        print(_styled("2", line))


def expect(result: object, wanted: object) -> None:
    """Hold the result of the call above against what it should be."""
    global differences
    if result != wanted:
        differences += 1
        print(_styled("31", f"  ! expected {wanted!r}, not {result!r}"))


def outcome() -> int:
    """Say how it went; the exit status."""
    if differences:
        print(_styled("31", f"\n{calls} calls, {differences} of the results not as expected."))
        return 1
    print(f"\n{calls} calls, every result as expected.")
    return 0


class _Shown:
    def __init__(self, name: str, target: Any) -> None:
        self._name = name
        self._target = target

    def __getattr__(self, attribute: str) -> Any:
        method = getattr(self._target, attribute)
        if not callable(method):
            return method

        def call(*args: Any, **options: Any) -> Any:
            result = method(*args, **options)
            text = _call_text(f"{self._name}.{attribute}", args, options)
            if hasattr(result, "__await__"):
                return _awaited(text, result)
            _tell(text, result)
            return self if result is self._target else result

        return call


async def _awaited(text: str, result: Any) -> Any:
    value = await result
    _tell(f"await {text}", value)
    return value


def _call_text(function: str, args: tuple[Any, ...], options: dict[str, Any]) -> str:
    given = [_literal(value) for value in args] + [f"{name}={_literal(value)}" for name, value in options.items()]
    line = f"{function}({', '.join(given)})"
    if len(line) <= LONGEST:
        return line
    given = [_literal(value, LONGEST) for value in args]
    given += [f"{name}={_literal(value, LONGEST - len(name))}" for name, value in options.items()]
    return _over_lines(f"{function}(", given, ")")


def _literal(value: Any, room: int | None = None) -> str:
    """*value* as one writes it in a program; over several lines where it is a dict wider than *room*."""
    if isinstance(value, str):
        text = repr(value)
        return text if '"' in text or "\\" in text else f'"{text[1:-1]}"'
    if hasattr(value, "items"):
        line = "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
        if room is None or len(line) <= room:
            return line
        return _over_lines("{", [f"{_literal(key)}: {_literal(item, room - 4)}" for key, item in value.items()], "}")
    if value and type(value) in BRACKETS:
        members = [_literal(item) for item in value]
        left, right = BRACKETS[type(value)]
        return left + ", ".join(sorted(members) if left == "{" else members) + right
    return repr(value)


def _over_lines(begin: str, parts: list[str], end: str) -> str:
    return "\n".join([begin, *("    " + part.replace("\n", "\n    ") + "," for part in parts), end])


def _tell(call: str, result: object) -> None:
    global calls
    calls += 1
    *above, last = call.split("\n")
    for line in above:
        print(f"  {line}")
    print(f"  {last:<{WIDTH}} {_styled('2', '->')} {_literal(result)}")


def _styled(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text
