"""Every Python block of the README and of docs/ runs, in order, against real servers, and says what is true.

The blocks of a page share their names, as a reader would type them one after another. In them

    redis.get("status")          # -> "ok"              the value of the line is exactly that
    redis.get("jobs")            # raises WrongTypeError    the line raises that; what follows in the text is there too

and 6379 and 6380 stand for the ports of two private servers. A block marked ```text or ```console is not run, and one
with `<!-- needs EVAL_RO -->` above it (which readers do not see) only on servers that have that command.
"""

from __future__ import annotations

import ast
import gc
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import plasma
from plasma import Redis, RedisClient
from plasma.testing import RedisServer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^(?:<!-- needs ([A-Z_ ]+) -->\n)?^ *```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"#\s*(->|raises)\s+(.+?)\s*$")


class Claims(ast.NodeTransformer):
    """Turns the lines that a comment makes a claim about into checks of it."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        # Only simple statements: a comment behind `with ...:` or `def` says nothing.
        if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Import | ast.ImportFrom):
            return node
        claim = COMMENT.search(self._lines[(node.end_lineno or node.lineno) - 1])
        if claim is None:
            return node
        kind, text = claim[1], claim[2]
        if kind == "->":
            assert isinstance(node, ast.Expr | ast.Assign), f"nothing to compare: {text}"
            node.value = _call("_equals", node.value, ast.Constant(text))
            return ast.fix_missing_locations(node)
        checked = ast.With(items=[ast.withitem(context_expr=_call("_raises", ast.Constant(text)))], body=[node])
        return ast.fix_missing_locations(ast.copy_location(checked, node))


def _call(function: str, *args: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(func=ast.Name(function, ast.Load()), args=list(args), keywords=[]), args[0])


def blocks(page: Path) -> Iterator[tuple[int, str, str]]:
    """The Python blocks of a page, each with the number of its first line and the command that it needs, if any."""
    text = page.read_text()
    for match in BLOCK.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, textwrap.dedent(match[2]), match[1]


def run(page: Path, ports: tuple[int, int]) -> None:
    names: dict[str, Any] = {"__name__": "__docs__"}

    def equals(value: object, text: str) -> object:
        expected = eval(text, names)

        assert value == expected
        assert type(value) is type(expected)
        return value

    def raises(text: str) -> Any:
        error, _, said = text.partition(":")
        return pytest.raises(eval(error, vars(plasma) | names), match=re.escape(said.strip()) if said else None)

    names |= {"_equals": equals, "_raises": raises}
    try:
        _run_blocks(page, ports, names)
    finally:
        for value in names.values():
            if isinstance(value, RedisClient):
                value.disconnect()
        names.clear()
        gc.collect()  # what the page left open is told here, not in some other test


def _run_blocks(page: Path, ports: tuple[int, int], names: dict[str, Any]) -> None:
    for line, source, needed in blocks(page):
        if needed:
            with RedisClient(port=ports[0]) as client:
                if not client.command_info(needed.lower().replace(" ", "|")):
                    continue
        source = source.replace("6379", str(ports[0])).replace("6380", str(ports[1]))
        tree = Claims(source).visit(ast.parse(source, str(page)))
        ast.increment_lineno(tree, line - 1)
        exec(compile(tree, str(page), "exec"), names)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[RedisServer, RedisServer]]:
    with RedisServer() as one, RedisServer() as two:
        yield one, two


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_the_page_shows_is_true(page: Path, servers: tuple[RedisServer, RedisServer]) -> None:
    for server in servers:
        server.execute("FLUSHALL")
    try:
        run(page, (servers[0].port, servers[1].port))
    finally:
        for name in Redis.names:
            Redis.remove_connection(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_the_page_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    dead = [t for t in targets if "://" not in t and not (page.parent / t).exists()]

    assert not dead


def test_the_readme_leads_to_every_page() -> None:
    readme = PAGES[0].read_text()

    assert [page.name for page in PAGES[1:] if f"(docs/{page.name})" not in readme] == []


def test_a_wrong_claim_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nlen('abc')  # -> 3\nlen('abc')  # -> 4\n```\n")

    with pytest.raises(AssertionError):
        run(page, (0, 0))


def test_an_error_that_does_not_come_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nint('x')  # raises ValueError: invalid literal\nint('3')  # raises ValueError\n```\n")

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        run(page, (0, 0))
