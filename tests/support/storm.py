"""A storm: threads read their own keys through a network that cuts, under signals that raise, and check every value.

`storm` runs it and reports; the tests ask for a few seconds of it, `python tests/support/storm.py 60` (with the
package on the path) for as long as one likes. In it every value tells whose it is, so a reply that reaches the wrong
call is seen. What may be: errors of the network and of time. What may not: a wrong value, a call that does not come
back, a connection or a place in the pool that nobody has.
"""

from __future__ import annotations

import gc
import random
import signal
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from support.waiting import wait_until

from plasma import RedisClient, RedisConnectionError, RedisError, RedisTimeoutError
from plasma.testing import FaultProxy, RedisServer


class Struck(Exception):
    """Raised out of the signal handler."""


@dataclass
class Report:
    calls: int = 0
    wrong: list[str] = field(default_factory=list)
    unexpected: list[BaseException] = field(default_factory=list)
    slowest: float = 0.0
    hung: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    struck: int = 0
    struck_in_finalizer: int = 0
    open_at_end: int = -1
    places_at_end: int = -1

    def __str__(self) -> str:
        return (
            f"{self.calls} calls, {len(self.wrong)} wrong values, {self.hung} hung, slowest {self.slowest:.2f} s, "
            f"{self.struck} struck, errors {dict(self.errors)}, {self.places_at_end} places left, "
            f"{self.open_at_end} connections left"
        )


def _values(name: str) -> dict[str, str]:
    """Keys of one thread: values from short to longer than one read."""
    sizes = (0, 10, 300, 5_000, 70_000, 200_000)
    return {f"{name}:{at}": f"{name}:{at}:" + "x" * size for at, size in enumerate(sizes)}


def _work(client: RedisClient[str], name: str, own: dict[str, str], dice: random.Random, report: Report) -> None:
    """One call of a kind that the dice choose; its value is checked."""
    keys = [dice.choice(list(own)[:-2] if dice.random() < 0.9 else list(own)) for _ in range(dice.randint(1, 6))]
    kind = dice.random()
    got: Any
    if kind < 0.6:
        keys = keys[:1]
        got = (client.get(keys[0]),)
    elif kind < 0.8:
        pipe = client.pipeline()
        for key in keys:
            pipe.get(key)
        got = pipe.exec()
    elif kind < 0.9:
        got = tuple(client.mget(*keys))
    else:
        with client.pinned() as conn:
            got = tuple(conn.get(key) for key in keys)
    if got != tuple(own[key] for key in keys):
        report.wrong.append(f"{name} asked for {keys} and got {str(got)[:200]}")


def storm(
    seconds: float,
    *,
    threads: int = 8,
    seed: int = 1,
    every: float = 50_000,
    strike_each: float = 0.005,
    tls: bool = False,
    server: RedisServer | None = None,
    **options: Any,
) -> Report:
    """Run it for so many seconds; the main thread, which signals interrupt, takes part (if called there)."""
    if server is None:
        with RedisServer(tls=True) as server:
            given = {"threads": threads, "seed": seed, "every": every, "strike_each": strike_each, "tls": tls}
            return storm(seconds, server=server, **given, **options)
    report = Report()
    names = [f"t{at}" for at in range(threads + 1)]
    tables = {name: _values(name) for name in names}
    with RedisClient(f"redis://{server.host}:{server.port}") as plain:
        for table in tables.values():
            plain.mset(table)
    own: dict[str, Any] = {"command_timeout": 1.0, "connect_timeout": 2.0, "retry_delay": 0.001, "max_connections": 6}
    if tls:
        own["tls"] = {"ca": server.ca}
    target = f"redis://{server.host}:{server.tls_port if tls else server.port}"
    with FaultProxy(target) as proxy, RedisClient(proxy.url, **own | options) as client:
        proxy.cut_randomly(seed, every)
        until = time.monotonic() + seconds

        def run(name: str) -> None:
            dice = random.Random(f"{seed}{name}")
            while time.monotonic() < until:
                began = time.monotonic()
                report.calls += 1
                try:
                    _work(client, name, tables[name], dice, report)
                except (RedisConnectionError, RedisTimeoutError) as error:
                    report.errors[type(error).__name__ + getattr(error, "phase", "")] += 1
                except Struck:
                    report.struck += 1
                except RedisError as error:
                    report.unexpected.append(error)
                except BaseException as error:
                    report.unexpected.append(error)
                    raise
                report.slowest = max(report.slowest, time.monotonic() - began)

        workers = [threading.Thread(target=run, args=(name,), daemon=True) for name in names[1:]]
        for worker in workers:
            worker.start()
        if threading.current_thread() is threading.main_thread():
            _run_under_strikes(run, names[0], strike_each, until, report)
        for worker in workers:
            worker.join(max(until - time.monotonic(), 0) + 15)
        report.hung = sum(worker.is_alive() for worker in workers)
        proxy.heal()
        # The pool is as good as new: every place can be had, every value is right.
        for name in names:
            if (got := client.mget(*tables[name])) != list(tables[name].values()):
                report.wrong.append(f"{name} got {str(got)[:200]} at the end")
        client.disconnect()
        gc.collect()
        report.places_at_end = len(client._pool.alive)
        try:
            wait_until(lambda: proxy.open == 0, 5)
        except TimeoutError:
            pass
        report.open_at_end = proxy.open
    return report


def _run_under_strikes(run: Any, name: str, each: float, until: float, report: Report) -> None:
    """Call in the main thread while a timer strikes: each time a random short moment later."""
    dice = random.Random(name)
    armed = True

    def strike(*_: object) -> None:
        if armed:
            signal.setitimer(signal.ITIMER_REAL, dice.uniform(0.0002, each * 2))
            raise Struck

    def ignore_strikes(unraisable: Any) -> None:
        # In a `__del__`, or between the making of a socket and its first name: nothing can raise, or close, there.
        if unraisable.exc_type in (Struck, ResourceWarning):
            report.struck_in_finalizer += 1
        else:
            report.unexpected.append(unraisable.exc_value)

    before = signal.signal(signal.SIGALRM, strike)
    hook, sys.unraisablehook = sys.unraisablehook, ignore_strikes
    try:
        signal.setitimer(signal.ITIMER_REAL, each)
        while time.monotonic() < until:
            try:
                run(name)
            except Struck:  # outside of a call
                report.struck += 1
                signal.setitimer(signal.ITIMER_REAL, each)
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gc.collect()
        sys.unraisablehook = hook


if __name__ == "__main__":
    for tls in (False, True):
        print(storm(float(sys.argv[1]) / 2 if len(sys.argv) > 1 else 30.0, threads=16, tls=tls))
