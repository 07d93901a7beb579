"""tests/blocking/test_pinned.py, in asyncio."""

from __future__ import annotations

import blocking.test_pinned
from support.driven import cases

LOOPS = ["asyncio"]

globals().update(cases(blocking.test_pinned))
