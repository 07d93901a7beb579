"""When a silent connection is asked whether it is alive, and when it is given up, on a clock of our own."""

from __future__ import annotations

import pytest

from plasma.subscriptions import KeepAlive

TICK = 0.001  # a real clock never stands still


def run(alive: KeepAlive, until: float, answers: bool) -> tuple[list[float], float | None]:
    """When it was pinged, and when it was found dead, if it is looked at whenever it asks for that."""
    now, pings = 0.0, []
    while now < until:
        if alive.is_dead(now):
            return pings, now
        if alive.wants_ping(now):
            pings.append(now)
            if answers:
                alive.hear(now)
        wait = alive.wait(now)
        assert wait is not None
        now += wait + TICK
    return pings, None


@pytest.mark.parametrize("interval", [0.5, 1.0, 30.0])
def test_a_silent_connection_is_given_up_within_twice_the_interval(interval: float) -> None:
    pings, dead = run(KeepAlive(interval, 0.0), 10 * interval, answers=False)

    assert pings == [pytest.approx(interval, abs=2 * TICK)]
    assert dead is not None
    assert interval < dead <= 2 * interval


def test_one_that_answers_is_pinged_once_in_each_interval() -> None:
    pings, dead = run(KeepAlive(10.0, 0.0), 45.0, answers=True)

    assert pings == pytest.approx([10.0, 20.0, 30.0, 40.0], abs=10 * TICK)
    assert dead is None


def test_what_comes_in_between_puts_the_ping_off() -> None:
    alive = KeepAlive(10.0, 0.0)
    alive.hear(7.0)

    assert not alive.wants_ping(10.0)
    assert alive.wait(10.0) == 7.0
    assert alive.wants_ping(17.0)


def test_without_an_interval_it_is_never_asked() -> None:
    alive = KeepAlive(None, 0.0)

    assert alive.wait(0.0) is None
    assert not alive.wants_ping(1e9)
    assert not alive.is_dead(1e9)
