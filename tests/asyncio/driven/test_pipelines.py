"""tests/blocking/test_pipelines.py, in asyncio."""

from __future__ import annotations

import blocking.test_pipelines
import pytest
from support.driven import cases

LOOPS = ["asyncio"]

WITHOUT = (
    # Threads; for tasks there is the storm.
    "test_pipelines_of_many_threads_do_not_mix",
    # Of no colour.
    "test_commands_of_many_arguments_go_in_chunks_of_bounded_size",
    # Its pipeline is answered before it is sent, which is no reply to anything here; its call is below.
    "test_a_peer_that_reads_nothing_until_its_output_is_read_does_not_deadlock",
)

globals().update(cases(blocking.test_pipelines, without=WITHOUT))


@pytest.mark.parametrize("tls", [False, True])
def test_a_peer_that_reads_nothing_until_its_output_is_read_does_not_deadlock(connect, wire, tls):
    case = blocking.test_pipelines.test_a_peer_that_reads_nothing_until_its_output_is_read_does_not_deadlock
    case(connect, wire, tls, "call")
