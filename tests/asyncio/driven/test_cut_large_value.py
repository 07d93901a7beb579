"""tests/blocking/test_cut_large_value.py, in asyncio."""

from __future__ import annotations

import blocking.test_cut_large_value
from support.driven import cases

globals().update(cases(blocking.test_cut_large_value))
