"""The storm in asyncio: tasks read their own keys through a network that cuts, are cancelled and timed out.

Each value tells whose it is, so a reply that reaches the wrong call is seen. What may be: errors of the network and of
time, and cancellations that were asked for. What may not: a wrong value, a call that does not come back, a connection
or a task that is left, an exception that the loop was told of.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from plasma import RedisConnectionError, RedisTimeoutError
from plasma.asyncio import RedisClient
from plasma.testing import FaultProxy

SIZES = (0, 10, 100, 300, 1_000, 5_000, 70_000, 200_000)


@dataclass
class Report:
    calls: int = 0
    right: int = 0
    cancelled: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    slowest: float = 0.0
    hung: int = 0
    connections: int = 0
    tasks_at_end: int = -1
    own_at_end: int = -1
    open_at_end: int = -1

    def __str__(self) -> str:
        return (
            f"{self.calls} calls, {self.right} right, {len(self.wrong)} wrong values, {self.cancelled} cancelled, "
            f"errors {dict(self.errors)}, {self.hung} hung, slowest {self.slowest:.2f} s; {self.connections} "
            f"connections were made, {self.open_at_end} and {self.tasks_at_end} tasks are left"
        )


class Storm:
    """200 tasks on one client; `run` in a loop."""

    def __init__(self, proxy: FaultProxy, seed: int, tasks: int, cancel: float, **options: Any) -> None:
        own: dict[str, Any] = {
            "command_timeout": 1.0,
            "connect_timeout": 2.0,
            "retry_delay": 0.001,
            "max_connections": 8,
        }
        self.proxy = proxy
        self.client = RedisClient(proxy.url, **own | options)
        self.dice = random.Random(seed)
        self.tables = {
            f"t{at}": {f"t{at}:{n}": f"t{at}:{n}:" + "x" * size for n, size in enumerate(SIZES)} for at in range(tasks)
        }
        self.cancel = cancel
        self.report = Report()

    async def run(self, seconds: float) -> None:
        report = self.report
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: report.unexpected.append(f"the loop was told: {context}"))
        async with self.client as client:
            for table in self.tables.values():
                await client.mset(table)
            self.proxy.cut_randomly(self.dice.randrange(1 << 30), 4_000_000)
            until = time.monotonic() + seconds
            workers = [asyncio.create_task(self._work_until(until, name)) for name in self.tables]
            _, hung = await asyncio.wait(workers, timeout=seconds + 20)
            report.hung = len(hung)
            for task in hung:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self.proxy.heal()
            for name, table in self.tables.items():
                if await client.mget(*table) != list(table.values()):
                    report.wrong.append(f"{name} at the end")
            # Every place among the own connections can still be had.
            await asyncio.gather(*(client.blpop("nothing", timeout=0.01) for _ in range(30)))
            state = client._pool.here(loop)
            report.own_at_end = len(state.own) - len(state.idle)
        ends = time.monotonic() + 10
        while (self.proxy.open or len(asyncio.all_tasks()) > 1) and time.monotonic() < ends:  # noqa: ASYNC110 - a thread is waited for
            await asyncio.sleep(0.01)
        gc.collect()
        await asyncio.sleep(0)
        report.tasks_at_end = len(asyncio.all_tasks()) - 1
        report.open_at_end = self.proxy.open
        report.connections = self.proxy.connections

    async def _work_until(self, until: float, name: str) -> None:
        report, dice = self.report, self.dice
        while time.monotonic() < until:
            report.calls += 1
            began = time.monotonic()
            call = asyncio.create_task(self._call(name))
            if dice.random() < self.cancel:
                await asyncio.wait([call], timeout=dice.choice((0.0, 0.0001, 0.001, 0.01)) * dice.random())
                call.cancel()
            try:
                await call
                report.right += 1
            except asyncio.CancelledError:
                report.cancelled += 1
            except (RedisConnectionError, RedisTimeoutError) as error:
                report.errors[f"{type(error).__name__} {getattr(error, 'phase', '')}".strip()] += 1
            except Exception as error:
                report.unexpected.append(repr(error))
            report.slowest = max(report.slowest, time.monotonic() - began)

    async def _call(self, name: str) -> None:
        """One call of a kind that the dice choose; its value is checked."""
        dice, table = self.dice, self.tables[name]
        client = self.client
        if dice.random() < 0.1:
            client = client.options(timeout=dice.choice((0.0005, 0.005, 0.05)))
        usual = list(table)[:-2]
        keys = [dice.choice(usual if dice.random() < 0.95 else list(table)) for _ in range(dice.randint(1, 6))]
        kind = dice.random()
        got: Any
        if kind < 0.6:
            keys = keys[:1]
            got = [await client.get(keys[0])]
        elif kind < 0.7:
            got = [value.decode() for value in await client.bytes.mget(*keys) if value is not None]
        elif kind < 0.8:
            pipeline = client.pipeline()
            for key in keys:
                pipeline.get(key)
            got = list(await pipeline.exec())
        elif kind < 0.9:
            transaction = client.transaction()
            for key in keys:
                transaction.get(key)
            got = list(await transaction.exec())
        elif kind < 0.95:
            async with client.pinned() as conn:
                got = [await conn.get(key) for key in keys]
        else:
            results = await client.pipeline().get(keys[0]).blpop(f"{name}:nothing", timeout=0.01).exec()
            keys, got = keys[:1], [results[0]]
            if results[1] is not None:
                self.report.wrong.append(f"{name} got {results[1]!r} from a list that nobody fills")
        if got != [table[key] for key in keys]:
            self.report.wrong.append(f"{name} asked for {keys} and got {str(got)[:200]}")


def storm(
    url: str,
    seconds: float,
    *,
    run: Any = asyncio.run,
    seed: int = 1,
    tasks: int = 200,
    cancel: float = 0.3,
    **options: Any,
) -> Report:
    """Run one for so many seconds on the server of this URL."""
    with FaultProxy(url) as proxy:
        storm = Storm(proxy, seed, tasks, cancel, **options)
        run(storm.run(seconds))
    return storm.report
