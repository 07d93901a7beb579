"""The asyncio client for test cases that were written for the blocking one: every call is run to its end in a loop.

Between two calls the loop stands still, as in a program that is busy elsewhere: what happens on the network meanwhile
has not been noticed when the next call begins.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
from types import SimpleNamespace
from typing import Any

import plasma.asyncio

_sockets: list[socket.socket] = []
_DRIVEN = (
    plasma.asyncio.RedisClient,
    plasma.asyncio.RedisManager,
    plasma.asyncio.Pipeline,
    plasma.asyncio.PinnedConnection,
)


class Driven:
    """Whatever of the asyncio colour it stands for, without `await`."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._target = target
        self._loop = loop

    def _done(self, result: Any) -> Any:
        if inspect.isawaitable(result):

            async def waited() -> Any:
                return await result

            result = self._loop.run_until_complete(waited())
        return Driven(result, self._loop) if isinstance(result, _DRIVEN) else result

    def __getattr__(self, name: str) -> Any:
        if name == "_pool" and isinstance(self._target, plasma.asyncio.RedisClient):
            return Facts(self._target, self._loop)
        value = getattr(self._target, name)
        if not callable(value):
            return self._done(value)

        def call(*args: Any, **options: Any) -> Any:
            async def called() -> Any:
                result = value(*args, **options)
                return await result if inspect.isawaitable(result) else result

            return self._done(self._loop.run_until_complete(called()))

        return call

    def __enter__(self) -> Any:
        entered = self._done(self._target.__aenter__())
        return self if entered is self._target else entered

    def __exit__(self, *exc_info: Any) -> None:
        self._done(self._target.__aexit__(*exc_info))

    def __len__(self) -> int:
        return len(self._target)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Driven) and other._target is self._target

    def __hash__(self) -> int:
        return id(self._target)

    def __repr__(self) -> str:
        return repr(self._target)


class Facts:
    """What the tests look at in a pool of the blocking colour, told of the pool of a loop."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = client._pool
        self._state = client._pool.here(loop)

    @property
    def _plain(self) -> bool:
        return self._pool.plain

    @property
    def alive(self) -> list[Any]:
        shared = self._state.shared
        return [*self._state.own, *([shared] if shared is not None and not shared.closed else [])]

    @property
    def idle(self) -> list[Any]:
        return [_Idle(conn) for conn in self.alive]

    def __repr__(self) -> str:
        return repr(self._pool)


class _Idle(SimpleNamespace):
    def __init__(self, conn: Any) -> None:
        super().__init__(conn=conn)

    @property
    def sock(self) -> socket.socket:
        """The socket below the transport, for doing to it what asyncio would not."""
        fileno = self.conn._transport.get_extra_info("socket").fileno()
        _sockets.append(socket.socket(fileno=os.dup(fileno)))
        return _sockets[-1]

    @property
    def used(self) -> float:
        return self.conn._heard

    @used.setter
    def used(self, moment: float) -> None:
        self.conn._heard = moment

    def is_clean(self) -> bool:
        return not self.conn.looks_gone()

    @property
    def is_open(self) -> bool:
        return not self.conn.closed


def close_sockets() -> None:
    """Let go of what `sock` gave."""
    while _sockets:
        _sockets.pop().close()


def cases(module: Any, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The test cases of a module and its fixtures, to be put into the namespace of another."""
    found = {
        name: value
        for name, value in vars(module).items()
        if name.startswith("test_") or type(value).__name__ == "FixtureFunctionDefinition"
    }
    missing = set(without) - set(found)
    if missing:
        raise LookupError(f"{module.__name__} has no {', '.join(sorted(missing))}")
    return {name: value for name, value in found.items() if name not in without}
