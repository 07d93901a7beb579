"""tests/blocking/test_retry.py, in asyncio."""

from __future__ import annotations

import blocking.test_retry
from support.driven import cases

LOOPS = ["asyncio"]

# These break a socket below its transport, which does not tell whether it has sent anything.
without = (
    "test_a_write_that_was_never_sent_is_sent_again",
    "test_a_pipeline_that_was_never_sent_is_sent_again",
)

globals().update(cases(blocking.test_retry, without=without))
