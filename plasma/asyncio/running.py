"""The asyncio driver of flows (plasma/flows): it runs their steps on a client."""

from __future__ import annotations

import asyncio
from time import monotonic

from ..flows.steps import Ask, Call, Calls, Items, Now, Pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from ..flows.steps import Flow, ItemFlow, T
    from ..running import Runner


async def run(flow: Flow[T], runner: Runner) -> T:
    """Run a conversation to its end and return its result."""
    outcome: Any = None
    try:
        step = next(flow)
        while True:
            try:
                outcome = await _done(step, runner)
            except BaseException as exc:
                step = flow.throw(exc)
            else:
                step = flow.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result


async def iterate(flow: ItemFlow, runner: Runner) -> AsyncIterator[Any]:
    """Run a conversation that gives items, as far as they are asked for."""
    try:
        step = next(flow)
        while True:
            try:
                outcome: Any = None
                if isinstance(step, Items):
                    for item in step.items:
                        yield item
                else:
                    outcome = await _done(step, runner)
            except BaseException as exc:
                step = flow.throw(exc)
            else:
                step = flow.send(outcome)
    except StopIteration:
        return


async def _done(step: Any, runner: Runner) -> Any:
    if isinstance(step, Call):
        return await runner._run(step.name, *step.args, parse=step.parse)
    if isinstance(step, Calls):
        pipeline = runner.pipeline()
        for call in step.calls:
            pipeline._run(call.name, *call.args, parse=call.parse)
        return await pipeline.exec(raise_on_error=False)
    if isinstance(step, Pause):
        return await asyncio.sleep(step.seconds)
    if isinstance(step, Ask):
        outcome = step.function(*step.args)
        return await outcome if hasattr(outcome, "__await__") else outcome
    assert isinstance(step, Now)
    return monotonic()
