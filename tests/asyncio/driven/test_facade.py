"""tests/registry/test_facade.py, in asyncio."""

from __future__ import annotations

import registry.test_facade
from support.driven import cases

globals().update(cases(registry.test_facade))
