"""tests/blocking/test_restart.py, in asyncio."""

from __future__ import annotations

import blocking.test_restart
from support.driven import cases

# Looks into the pool of the blocking colour.
without = ("test_a_dead_connection_takes_along_the_older_ones_and_spares_the_newer",)

globals().update(cases(blocking.test_restart, without=without))
