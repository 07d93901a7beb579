"""The seeds of the fuzzer, and what it once broke, keep what the fuzz target asks for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "fuzz"
_spec = importlib.util.spec_from_file_location("fuzz_parser", FUZZ / "parser.py")
target = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(target)


@pytest.mark.parametrize("seed", sorted((FUZZ / "corpus").iterdir()), ids=lambda path: path.name)
def test_all_parsers_agree_on_a_seed_of_the_fuzzer(seed):
    target.check(seed.read_bytes())
