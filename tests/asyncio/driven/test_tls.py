"""tests/blocking/test_tls.py, in asyncio."""

from __future__ import annotations

import blocking.test_tls
from support.driven import cases

globals().update(cases(blocking.test_tls))
