"""tests/blocking/test_tls.py, in asyncio."""

from __future__ import annotations

import blocking.test_tls
from support.driven import cases

# What TLS has taken of a value, asyncio does not tell: such a call times out in phase "reply".
without = ("test_a_peer_that_reads_nothing_times_out_while_sending",)

globals().update(cases(blocking.test_tls, without=without))
