"""The blocking driver of flows (plasma/flows): it runs their steps on a client."""

from __future__ import annotations

from time import monotonic, sleep

from .flows.steps import Ask, Call, Calls, Items, Now, Pause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .flows.steps import Flow, ItemFlow, T

    # A client, or whatever else has `_run` and `pipeline()`. Not a Protocol: `_run` is nobody's public method.
    Runner = Any


def run(flow: Flow[T], runner: Runner) -> T:
    """Run a conversation to its end and return its result."""
    outcome: Any = None
    try:
        step = next(flow)
        while True:
            try:
                outcome = _done(step, runner)
            except BaseException as exc:
                step = flow.throw(exc)
            else:
                step = flow.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result


def iterate(flow: ItemFlow, runner: Runner) -> Iterator[Any]:
    """Run a conversation that gives items, as far as they are asked for."""
    try:
        step = next(flow)
        while True:
            try:
                outcome: Any = None
                if isinstance(step, Items):
                    yield from step.items
                else:
                    outcome = _done(step, runner)
            except BaseException as exc:
                step = flow.throw(exc)
            else:
                step = flow.send(outcome)
    except StopIteration:
        return


def _done(step: Any, runner: Runner) -> Any:
    if isinstance(step, Call):
        return runner._run(step.name, *step.args, parse=step.parse)
    if isinstance(step, Calls):
        pipeline = runner.pipeline()
        for call in step.calls:
            pipeline._run(call.name, *call.args, parse=call.parse)
        return pipeline.exec(raise_on_error=False)
    if isinstance(step, Pause):
        return sleep(step.seconds)
    if isinstance(step, Ask):
        return called(step.function, *step.args)
    assert isinstance(step, Now)
    return monotonic()


def called(function: Callable[..., Any], *args: Any) -> Any:
    """What the function returns. Raises TypeError if that would have to be awaited."""
    outcome = function(*args)
    if hasattr(outcome, "__await__"):
        if hasattr(outcome, "close"):
            outcome.close()
        raise TypeError("a coroutine function was given where nothing can be awaited: use plasma.asyncio")
    return outcome
