"""tests/blocking/test_deadlines.py, in asyncio."""

from __future__ import annotations

import blocking.test_deadlines
from support.driven import cases

# Ordinary commands wait for no connection here: test_own_connections.py has those that do.
without = (
    "test_waiting_for_a_connection_times_out_in_phase_pool_also_under_signals",
    "test_waiting_for_a_connection_and_for_the_reply_share_one_deadline",
)

globals().update(cases(blocking.test_deadlines, without=without))
