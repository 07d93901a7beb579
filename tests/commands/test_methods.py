"""The methods of all groups look alike: their names, their order and their docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from plasma.commands import core

GROUPS = [
    (path.name, node)
    for path in sorted(Path(core.__file__).parent.glob("*.py"))
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "CommandsCore[S]" for base in node.bases)
]
PAGE = re.compile(r"https://(redis\.io/docs/latest|valkey\.io)/commands/([a-z0-9_.-]+)/")


def methods(group: ast.ClassDef) -> list[ast.FunctionDef]:
    """The public methods, without their overloads."""
    return [
        node
        for node in group.body
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and node.name[0] != "_"
    ]


def sent(method: ast.FunctionDef) -> set[str]:
    """The names of commands that the method runs; of a made-up one (f"DEBUG {subcommand}") what is written out."""
    return {
        str(part.value).strip()
        for call in ast.walk(method)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "self._run"
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.Constant)
    }


METHODS = [pytest.param(method, id=method.name) for _, group in GROUPS for method in methods(group)]


def test_there_are_groups():
    assert len(GROUPS) >= 9


@pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in GROUPS])
def test_methods_stand_in_order(group):
    names = [method.name for method in methods(group)]

    assert names == sorted(names)


@pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in GROUPS])
def test_groups_hold_no_state(group):
    assert "__slots__ = ()" in [ast.unparse(node) for node in group.body]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_named_as_its_command(method):
    wanted = "DEL" if method.name == "delete" else method.name.upper()

    assert {re.sub(r"[ -]", "_", name) for name in sent(method)} == {wanted}


@pytest.mark.parametrize("method", METHODS)
def test_a_docstring_says_what_is_returned_and_ends_with_the_page_of_the_command(method):
    (name,) = {re.sub(r"[ ]", "-", name.lower()) for name in sent(method)}
    lines = (ast.get_docstring(method) or "").splitlines()

    assert lines[0].startswith("Return ")
    assert PAGE.fullmatch(lines[-1]).group(2) == name
