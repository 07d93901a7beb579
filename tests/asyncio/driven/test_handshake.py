"""tests/blocking/test_handshake.py, in asyncio."""

from __future__ import annotations

import blocking.test_handshake
from support.driven import cases

LOOPS = ["asyncio"]  # nothing here depends on the loop

globals().update(cases(blocking.test_handshake))
