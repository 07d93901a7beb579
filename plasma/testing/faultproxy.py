"""A TCP proxy before a server on which a test makes the network fail, exactly where it wants.

    with RedisServer() as server, FaultProxy(server.url) as proxy:
        client = RedisClient(proxy.url)
        proxy.cut_at("INCR", "answered")      # the next INCR runs, and its answer is lost
        client.incr("views")

A fault is in force from the call on, for every connection there is and every one to come, until `heal` or until it
is used up; what was cut or lost stays so. When a method returns, it has happened. `wait_until` waits for traffic.
"""

from __future__ import annotations

import asyncio
import math
import random
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Literal

from .address import Target, hang_up, listen
from .background import BackgroundLoop
from .faults import CommandCut, Faults, Moment, RandomCuts, Tally, Way
from .link import Link

Ways = Literal["server", "client", "both"]


class FaultProxy:
    """Listens on a free port of 127.0.0.1 before *target*, a URL; a context manager, or `start` and `stop`.

    A direction is named by where the bytes go: "server" (commands), "client" (replies) or "both".
    """

    def __init__(self, target: str) -> None:
        self._target = Target(target)
        self._address = self._target.address
        self.host = "127.0.0.1"
        self.port: int = 0
        self._loop = BackgroundLoop("FaultProxy")
        self._faults = Faults()
        self._tally = Tally()
        self._links: dict[asyncio.Task[None], Link] = {}
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._failures: list[BaseException] = []

    # Its life

    def start(self) -> FaultProxy:
        """Listen; the port stays the same over a `stop`."""
        self._loop.start()
        self._listener = listen((self.host, self.port))
        self.port = self._listener.getsockname()[1]
        self._loop.do(self._accept)
        return self

    def stop(self) -> None:
        """Close every connection, and listen no more."""
        if self._listener is None:
            return
        self._loop.run(self._cut(reset=False))
        self._loop.stop()
        hang_up(self._listener)
        self._listener = self._accepting = None
        if self._failures:
            raise self._failures.pop(0)

    def __enter__(self) -> FaultProxy:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What passed

    @property
    def url(self) -> str:
        """The target's URL by way of this proxy."""
        return self._target.through(self.host, self.port)

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._tally.connections

    @property
    def open(self) -> int:
        """How many of them are open."""
        return self._tally.open

    @property
    def replies(self) -> int:
        """How many replies the server gave, those that were lost afterwards included."""
        return self._tally.replies

    def count(self, name: str | None = None) -> int:
        """How many commands of this name (in all, without one) came, those that were not passed on included."""
        commands = dict(self._tally.commands)
        return sum(commands.values()) if name is None else commands.get(name.upper(), 0)

    def bytes_passed(self, to: Way) -> int:
        """How many bytes were passed on in this direction."""
        return self._tally.bytes[to]

    def wait_until(self, condition: Callable[[FaultProxy], bool], timeout: float = 10.0) -> None:
        """Wait until a condition on the counts holds; TimeoutError if it does not."""
        with self._tally.changed:
            if not self._tally.changed.wait_for(lambda: condition(self), timeout):
                raise TimeoutError(f"not in {timeout} s; {self!r} has passed {dict(self._tally.commands)}")

    def __repr__(self) -> str:
        return f"<FaultProxy {self.host}:{self.port}, {self.open} of {self.connections} connections open>"

    # Cuts

    def cut(self, *, reset: bool = False) -> None:
        """Close every connection now; with *reset* clients get an RST."""
        self._loop.run(self._cut(reset=reset))

    def cut_at(self, name: str | None, moment: Moment, *, nth: int = 1, reset: bool = False) -> None:
        """Close the connection at the nth command of this name (any, if None) from now on, over all connections.

        "before": the server does not get it. "answered": the server has run it, and its answer is lost.
        "after": the client gets its answer, and then the connection is closed. In each case the client gets the
        answers to what it sent before on that connection, and the server gets nothing of what comes behind.
        """
        cut = CommandCut(name.upper() if name else None, nth, moment, reset)
        self._loop.do(lambda: self._faults.command_cuts.append(cut))

    def cut_after(self, size: int, to: Way, *, reset: bool = False) -> None:
        """Close the connection on which so many more bytes, over all connections, have passed in a direction."""
        self._loop.do(lambda: self._faults.byte_cuts.update({to: (size, reset)}))

    def cut_randomly(self, seed: int, every: float) -> None:
        """Close connections, half of them by an RST, after random numbers of bytes that are *every* on average."""
        cuts = RandomCuts(random.Random(seed), every)
        self._loop.do(lambda: setattr(self._faults, "random_cuts", cuts))

    # Other faults

    def refuse(self) -> None:
        """Refuse new connections, as a port does that nobody listens on."""

        async def refuse() -> None:
            if self._accepting is None or self._listener is None:
                return
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
            self._accepting = None
            hang_up(self._listener)
            # Bound and not listening: nobody else can take the port meanwhile.
            self._listener = socket.socket()
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((self.host, self.port))

        self._loop.run(refuse())

    def accept(self) -> None:
        """Accept new connections again."""
        self._loop.do(self._accept)

    def drop_replies(self, count: int | None = None) -> None:
        """Swallow so many of the replies to come (all, if None); the connections stay open."""
        self._loop.do(lambda: setattr(self._faults, "dropped_replies", math.inf if count is None else count))

    def delay(self, seconds: float, to: Ways = "client") -> None:
        """Let everything in a direction arrive later."""
        self._loop.do(lambda: self._faults.delay.update(dict.fromkeys(_ways(to), seconds)))

    def hold(self, to: Ways = "client") -> None:
        """Let nothing arrive in a direction until `release`; nothing is lost."""
        self._loop.do(lambda: [self._faults.held.setdefault(way, asyncio.Event()) for way in _ways(to)])

    def release(self) -> None:
        """Let arrive what was held, in the order it came."""
        self._loop.do(self._release)

    def swallow(self) -> None:
        """Lose whatever is sent, in both directions, and tell neither end when the other closes (half-open).

        Connections stay so for ever, also after `heal`; new ones are accepted, and are no better until then.
        """

        def swallow() -> None:
            self._faults.swallowing = True
            for link in self._links.values():
                link.lose()

        self._loop.do(swallow)

    def trickle(self, size: int = 1, pause: float = 0.0) -> None:
        """Pass on pieces of so many bytes, each by a write of its own, with a pause (seconds) between two."""

        def trickle() -> None:
            self._faults.piece, self._faults.pause = size, pause

        self._loop.do(trickle)

    def heal(self) -> None:
        """End every fault: let arrive what was held, accept connections again, forget cuts that were to come."""

        def heal() -> None:
            self._release()
            for name, sound in vars(Faults()).items():  # links hold on to the object
                setattr(self._faults, name, sound)
            self._accept()

        self._loop.do(heal)

    # Inside the loop

    def _release(self) -> None:
        held = list(self._faults.held.values())
        self._faults.held.clear()
        for event in held:
            event.set()

    def _accept(self) -> None:
        if self._accepting is None and self._listener is not None:
            self._listener.listen(128)
            self._listener.setblocking(False)
            self._accepting = asyncio.create_task(self._accept_from(self._listener))

    async def _accept_from(self, listener: socket.socket) -> None:
        while True:
            client, _ = await asyncio.get_running_loop().sock_accept(listener)
            link = Link(client, self._address, self._faults, self._tally)
            task = link.start()
            self._links[task] = link
            task.add_done_callback(self._ended)
            self._tally.connections += 1
            self._tally.open += 1
            self._tally.notify()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._links.pop(task).close()
        self._tally.open -= 1
        self._tally.notify()
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failures.append(failure)

    async def _cut(self, *, reset: bool) -> None:
        for link in list(self._links.values()):
            await link.cut(reset=reset)


def _ways(to: Ways) -> list[Way]:
    return ["server", "client"] if to == "both" else [to]
