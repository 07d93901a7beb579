"""Every command method sends a canonical name of the table: prefix, retry and deadlines are looked up by it."""

from __future__ import annotations

import ast
from pathlib import Path

from plasma.commands import spec
from plasma.commands.table import COMMANDS

FILES = sorted(Path(spec.__file__).parent.glob("*.py"))


def sent_names() -> set[str]:
    """The names that are written out in calls of `self._run`."""
    names: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "_run":
                continue
            names |= {first.value for first in node.args[:1] if isinstance(first, ast.Constant)}
    return names


def test_command_methods_send_names_of_the_table() -> None:
    known = {name for name in sent_names() if name.partition(" ")[0] not in ("DEBUG", "SENTINEL")}

    assert known <= set(COMMANDS)


def test_command_methods_send_subcommands_as_a_part_of_the_name() -> None:
    assert not sent_names() & (spec.CONTAINERS - {"COMMAND"})
