"""Puts the tables into the documents, between markers: `<!-- benchmarks: NAME -->` and `<!-- end -->`.

What stands between them is generated, and a test compares it; the rest is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..rows import ROWS
from . import tables

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs" / "performance.md", ROOT / "README.md")

PARTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "environment": tables.environment,
    "targets": lambda results: tables.targets(results, ROWS),
    "figures": lambda results: tables.figures(results, ROWS),
    "anatomy": tables.anatomy,
    "summary": tables.summary,
}
MARKED = re.compile(r"(<!-- benchmarks: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def generated(text: str, results: Mapping[str, Any]) -> str:
    """The page with its marked parts made from these results."""
    return MARKED.sub(lambda match: f"{match[1]}\n{PARTS[match[2]](results)}\n\n{match[3]}", text)


def write(results: Mapping[str, Any]) -> None:
    """Make the marked parts of both pages anew."""
    for page in PAGES:
        page.write_text(generated(page.read_text(), results))
