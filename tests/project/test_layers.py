"""Imports point downwards only, and what does no I/O cannot do any. Found by reading the source, not by running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "plasma"

# From the bottom up; a name is a module or folder of plasma. A module imports from its own line or from those above
# it in this list. `commands` is further restricted below.
LAYERS = (
    ("errors",),
    ("frozen", "validation", "url", "config"),
    ("resp",),
    ("commands",),
    ("credentials", "retry", "session"),
    ("batch", "queueing", "flows", "messages", "monitored", "buffer", "runs", "subscriptions"),
    ("deadline", "tls", "secured", "dial", "heap", "large", "connection", "timed", "greeting", "opening"),
    ("pool",),
    (
        *(
            "launch",
            "calls",
            "base",
            "pipeline",
            "pinned",
            "running",
            "scanning",
            "library",
            "lock",
            "locking",
            "script",
            "retention",
            "stream",
            "consuming",
            "stream_group",
            "streaming",
            "transact",
            "client",
        ),
        *("pubsub", "serving", "feed", "inbox", "hub", "monitor"),
    ),
    ("registry", "manager"),
    ("facade",),
)
RANKS = {name: rank for rank, names in enumerate(LAYERS) for name in names}
BELOW_CONNECTION = {name for names in LAYERS[:6] for name in names}
SIDE_EFFECTS = {"_socket", "asyncio", "selectors", "socket", "ssl", "threading", "time"}


def part_of(path: Path) -> str:
    """The layer's name for a file: the folder or module right below plasma."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every import that can happen at run time, as an absolute name, and whether it happens at import."""
    package = ["plasma", *path.relative_to(PACKAGE).parts[:-1]]

    def walk(node: ast.AST, at_import: bool) -> Iterator[tuple[str, bool]]:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            children = node.orelse
        else:
            children = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, at_import
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if node.module and module != "plasma":
                yield module, at_import
            else:
                for alias in node.names:
                    yield f"{module}.{alias.name}", at_import
        inside = at_import and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in children:
            yield from walk(child, inside)

    yield from walk(ast.parse(path.read_text()), True)


def test_every_module_has_its_layer() -> None:
    known = {*RANKS, "__init__", "testing", "asyncio"}

    assert {part_of(path) for path in files()} <= known


def test_imports_point_downwards() -> None:
    upwards: list[str] = []
    for path in files():
        here = part_of(path)
        for name, _ in imports(path) if here in RANKS else ():
            top, _, rest = name.partition(".")
            there = rest.partition(".")[0]
            if top == "plasma" and RANKS.get(there, len(LAYERS)) > RANKS[here]:
                upwards.append(f"{path.relative_to(PACKAGE)} imports {name}")

    assert not upwards


def test_commands_import_errors_and_resp_only() -> None:
    strangers: list[str] = []
    for path in sorted((PACKAGE / "commands").glob("*.py")):
        for name, _ in imports(path):
            top, _, rest = name.partition(".")
            if top == "plasma" and rest.partition(".")[0] not in ("commands", "errors", "resp"):
                strangers.append(f"{path.name} imports {name}")

    assert not strangers


@pytest.mark.parametrize("part", sorted(BELOW_CONNECTION))
def test_what_does_no_io_imports_nothing_that_could(part: str) -> None:
    found = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in files()
        if part_of(path) == part
        for name, _ in imports(path)
        if name.partition(".")[0] in SIDE_EFFECTS
    ]

    assert not found


def test_modules_do_not_import_each_other_in_circles() -> None:
    names = {"plasma." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in files()}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    waits_for = {
        name: {target for target, at_import in imports(path) if at_import and target in names and target != name}
        for name, path in names.items()
    }
    while free := {name for name, others in waits_for.items() if not others}:
        waits_for = {name: others - free for name, others in waits_for.items() if name not in free}

    assert not waits_for


def test_the_client_does_not_import_the_testing_tools_and_they_do_not_import_the_client() -> None:
    for path in files():
        inside = part_of(path) == "testing"
        for name, _ in imports(path):
            top, _, rest = name.partition(".")
            if top == "plasma":
                assert (rest.partition(".")[0] == "testing") == inside, f"{path.relative_to(PACKAGE)} imports {name}"
