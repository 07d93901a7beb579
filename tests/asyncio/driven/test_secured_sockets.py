"""tests/blocking/test_secured_sockets.py, in asyncio."""

from __future__ import annotations

import blocking.test_secured_sockets
import pytest
from support.driven import cases

without = (
    # What TLS has taken of a value, asyncio does not tell: such a call times out in phase "reply".
    "test_a_peer_that_reads_nothing_times_out_while_sending",
    # The blocking colour's connections, and what has no driver.
    "test_patched_sockets_are_what_the_connections_have",
    "test_messages_and_monitored_commands_may_arrive_byte_by_byte",
    "test_a_monitor_waits_no_longer_than_it_is_told_for_the_rest_of_a_record",
)

globals().update(cases(blocking.test_secured_sockets, without=without))


@pytest.fixture
def sockets() -> None:
    """asyncio has one way with all of them."""
