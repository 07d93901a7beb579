"""Processes that fight for one lock and are killed; and random operations of several holders against a model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from support.lock_storm import storm
from support.waiting import wait_until

from plasma import LockError, LockLost, RedisClient
from plasma.testing import RedisServer

HOLDERS = st.integers(0, 2)


def test_processes_that_are_killed_never_share_the_lock_and_lose_no_section(server: RedisServer) -> None:
    server.execute("FLUSHALL")

    storm(server.url, processes=4, sections=120, kills=4, seed=7)


class Holders(RuleBasedStateMachine):
    """Three lock objects on one name, and whoever deletes or takes the key by other means.

    The model: whose token the key holds (None: nobody's), who thinks that he holds it, whose time is up by his own
    clock, and to whom the server said that he has lost it.
    """

    def __init__(self, client: RedisClient[str]) -> None:
        super().__init__()
        client.flushall()
        self.client = client
        self.locks = [client.lock("a", ttl=1000, wait=0) for _ in range(3)]
        self.owner: int | str | None = None
        self.claims: set[int] = set()
        self.late: set[int] = set()
        self.told: set[int] = set()
        self.fence = 0

    @rule(at=HOLDERS)
    def acquire(self, at: int) -> None:
        if at in self.claims:
            with pytest.raises(LockError, match="not re-entrant"):
                self.locks[at].acquire()
            return
        took = self.locks[at].acquire()

        assert took is (self.owner is None)
        if took:
            self.owner = at
            self.claims.add(at)
            self.told.discard(at)
            assert self.locks[at].fence > self.fence
            self.fence = self.locks[at].fence

    @rule(at=HOLDERS)
    def release(self, at: int) -> None:
        if at not in self.claims:
            with pytest.raises(LockError, match="not held"):
                self.locks[at].release()
        elif self.owner == at:
            self.locks[at].release()
            self.owner = None
        else:
            with pytest.raises(LockLost):
                self.locks[at].release()
            self.told.add(at)
        self.claims.discard(at)
        self.late.discard(at)

    @rule(at=HOLDERS, seconds=st.sampled_from([0.5, 10, 2000]))
    def extend(self, at: int, seconds: float) -> None:
        if at in self.claims and self.owner == at:
            before = self.client.pttl("lock:a")
            self.locks[at].extend(seconds)
            assert self.client.pttl("lock:a") >= max(before, seconds * 1000) - 900
            self.late.discard(at)
        else:
            with pytest.raises(LockError):
                self.locks[at].extend(seconds)
            self.told |= {at} & self.claims

    @rule(at=HOLDERS)
    def be_late(self, at: int) -> None:
        if at in self.claims:
            self.locks[at]._claim.ends = 0.0
            self.late.add(at)

    @rule()
    def expire(self) -> None:
        self.client.pexpire("lock:a", 1)
        wait_until(lambda: not self.client.exists("lock:a"))
        self.owner = None

    @rule()
    def delete(self) -> None:
        self.client.delete("lock:a")
        self.owner = None

    @rule()
    def take_by_other_means(self) -> None:
        self.client.set("lock:a", "a stranger", px=1000000)
        self.owner = "a stranger"

    @invariant()
    def only_the_owner_owns(self) -> None:
        assert [lock.owned() for lock in self.locks] == [self.owner == at for at in range(3)]

    @invariant()
    def who_may_have_lost_it_knows(self) -> None:
        lost = [lock.lost.is_set() for lock in self.locks]

        assert lost == [at in self.told or at in self.late for at in range(3)]

    @invariant()
    def the_key_expires(self) -> None:
        assert (self.client.pttl("lock:a") > 0) is (self.owner is not None)


def test_locks_do_what_the_model_says(server: RedisServer) -> None:
    with RedisClient(server.url) as client:
        limits: Any = settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(lambda: Holders(client), settings=limits)
