"""Threads, cuts and signals all at once (support/storm.py; the storm of a minute is `make soak`)."""

from __future__ import annotations

import pytest
from support.storm import storm


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_in_a_storm_no_value_is_wrong_no_call_hangs_and_nothing_leaks(wire, server, tls):
    report = storm(0.7, threads=12, server=server, tls=tls, **wire)

    assert report.wrong == []
    assert report.unexpected == []
    assert report.hung == 0
    assert report.slowest < 10
    assert (report.places_at_end, report.open_at_end) == (0, 0)
    assert report.calls > 20
