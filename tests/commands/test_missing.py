"""Which commands of the table have no method: a list that only ever gets shorter."""

from __future__ import annotations

import ast
from pathlib import Path

from plasma.commands import spec
from plasma.commands.table import COMMANDS
from plasma.commands.views import Commands

# Those that shall have none.
WITHOUT = {
    # verbs of the client's own: transaction(), pinned(), subscribe(), pubsub(), monitor()
    *("DISCARD", "EXEC", "MONITOR", "MULTI", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUBSCRIBE"),
    *("SUNSUBSCRIBE", "UNSUBSCRIBE", "UNWATCH", "WATCH"),
    # what servers say to each other
    *("CLUSTER SYNCSLOTS", "PSYNC", "REPLCONF", "RESTORE-ASKING", "SYNC", "XIDMPRECORD"),
    # only Redis 6.2 had it: LCS took its place
    "STRALGO",
}

# Those that have none yet. A command that a new table brings is written down here until it has one.
MISSING: set[str] = set()


def methods() -> dict[str, set[str]]:
    """The methods of all groups, and the names that each gives to `self._run`."""
    found: dict[str, set[str]] = {}
    for path in Path(spec.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and hasattr(Commands, node.name) and node.name != "_run":
                names = {
                    # DEBUG, whose subcommands no server tells, takes them as an argument: f"DEBUG {subcommand}"
                    name.value if isinstance(name := call.args[0], ast.Constant) else "DEBUG"
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "_run"
                }
                found.setdefault(node.name, set()).update(names)
    return found


def test_every_command_has_a_method() -> None:
    sent = set().union(*methods().values())
    wanted = set(COMMANDS) - WITHOUT - (spec.CONTAINERS - {"COMMAND", "DEBUG"})

    assert wanted - sent == MISSING
    assert not WITHOUT & sent


def test_methods_are_called_as_their_commands() -> None:
    def called(command: str) -> str:
        return "delete" if command == "DEL" else command.lower().replace(" ", "_").replace("-", "_")

    assert {name: sent for name, sent in methods().items() if any(called(command) != name for command in sent)} == {}
