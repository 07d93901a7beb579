"""tests/blocking/test_refused.py, in asyncio."""

from __future__ import annotations

import blocking.test_refused
from support.driven import cases

LOOPS = ["asyncio"]

globals().update(cases(blocking.test_refused))
