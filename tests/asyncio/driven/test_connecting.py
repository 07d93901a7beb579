"""tests/blocking/test_connecting.py, in asyncio."""

from __future__ import annotations

import blocking.test_connecting
from support.driven import cases

globals().update(cases(blocking.test_connecting))
