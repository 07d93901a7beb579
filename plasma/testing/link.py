"""One client's connection through a `FaultProxy`, and the proxy's own to the server.

Bytes pass in whole commands and whole replies, so that a fault can be put exactly between two of them. A stream that
is not RESP (TLS above all) passes as it comes; cuts at commands and dropped replies do not apply to it. Replies are
matched to commands by their number; of the pushes of RESP3 those that answer SUBSCRIBE and its like are counted.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from . import wire
from .address import Address, hang_up
from .faults import CommandCut, Cut, Faults, Tally, Way


class Link:
    """Passes bytes between a client and the server until either closes, or a fault cuts it."""

    def __init__(self, client: socket.socket, target: Address, faults: Faults, tally: Tally) -> None:
        self._client = client
        self._server = socket.socket(socket.AF_UNIX if isinstance(target, str) else _family(target))
        self._target = target
        self._faults = faults
        self._tally = tally
        self._commands: wire.Frames | None = wire.Frames(inline=True)
        self._replies: wire.Frames | None = wire.Frames()
        self._owed = 0  # replies that the server still owes
        self._ending: CommandCut | None = None  # nothing more goes to the server; the cut comes with the last reply
        self._dead = False  # half-open for ever: bytes were lost
        self._reset = False  # how the client is told of the end
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin to pass bytes."""
        self._task = asyncio.create_task(self._run())
        return self._task

    async def cut(self, *, reset: bool) -> None:
        """End the link now."""
        self._reset = reset
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def close(self) -> None:
        """Close both sockets; also for a task that was cancelled before it ran."""
        hang_up(self._client, reset=self._reset)
        hang_up(self._server)

    def lose(self) -> None:
        """From now on nothing arrives, in either direction, and neither end is told of the other's."""
        self._dead = True

    async def _run(self) -> None:
        pumps: list[asyncio.Task[None]] = []
        try:
            self._server.setblocking(False)
            await asyncio.get_running_loop().sock_connect(self._server, self._target)
            for sock in (self._client, self._server):
                with suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pumps = [asyncio.create_task(self._to_server()), asyncio.create_task(self._to_client())]
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                pump.result()
        except Cut as cut:
            self._reset = cut.reset
        except OSError:  # the server is not there, or one of the two is gone
            pass
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.close()

    async def _to_server(self) -> None:
        while data := await self._receive(self._client):
            for frame, name in self._split_commands(data):
                cut = None
                if name is not None:
                    self._tally.commands[name] += 1
                    self._tally.notify()
                    cut = self._faults.cut_at(name)
                if cut is None or cut.moment != "before":
                    self._owed += name is not None
                    await self._pass("server", self._server, frame)
                if cut is not None:
                    self._ending = cut
                    self._cut_if_answered()
                    await asyncio.Event().wait()  # the cut comes from the other direction

    async def _to_client(self) -> None:
        while data := await self._receive(self._server):
            for frame, counts in self._split_replies(data):
                if counts:
                    self._owed -= 1
                    self._tally.replies += 1
                    self._tally.notify()
                last = self._ending if not self._owed else None
                if last is not None and last.moment == "answered":
                    raise Cut(reset=last.reset)
                if counts and self._faults.dropped_replies > 0:
                    self._faults.dropped_replies -= 1
                else:
                    await self._pass("client", self._client, frame)
                self._cut_if_answered()

    def _cut_if_answered(self) -> None:
        if self._ending is not None and not self._owed:
            raise Cut(reset=self._ending.reset)

    async def _receive(self, sock: socket.socket) -> bytes:
        data = await asyncio.get_running_loop().sock_recv(sock, 65536)
        if not data and (self._dead or self._faults.swallowing):
            await asyncio.Event().wait()  # the other end is not told
        return data

    async def _pass(self, way: Way, sock: socket.socket, data: bytes) -> None:
        faults, loop = self._faults, asyncio.get_running_loop()
        if faults.delay[way]:
            await asyncio.sleep(faults.delay[way])
        while way in faults.held:
            await faults.held[way].wait()
        if self._dead or faults.swallowing:
            self._dead = True
            return
        cut = faults.cut_within(way, len(data))
        if cut is not None:
            data = data[: cut[0]]
        size = faults.piece or len(data) or 1
        for at in range(0, len(data), size):
            if at and faults.piece:
                await asyncio.sleep(faults.pause)
            piece = data[at : at + size]
            self._tally.bytes[way] += len(piece)
            await loop.sock_sendall(sock, piece)
            self._tally.notify()
        if cut is not None:
            raise Cut(reset=cut[1])

    def _split_commands(self, data: bytes) -> list[tuple[bytes, str | None]]:
        """Whole commands with their names; a stream that cannot be followed comes in pieces without a name."""
        if self._commands is None:
            return [(data, None)]
        pieces: list[tuple[bytes, str | None]] = []
        try:
            if data[0] < 0x20 and not len(self._commands):
                raise ValueError("TLS begins so, RESP does not")
            self._commands.feed(data)
            while (frame := self._commands.next()) is not None:
                pieces.append((frame, _name(frame)))
        except ValueError:
            pieces.append((self._commands.take() or data, None))
            self._commands = self._replies = None
        return pieces

    def _split_replies(self, data: bytes) -> list[tuple[bytes, bool]]:
        """Whole replies, and whether each answers a command."""
        if self._replies is None:
            return [(data, False)]
        pieces: list[tuple[bytes, bool]] = []
        try:
            self._replies.feed(data)
            while (frame := self._replies.next()) is not None:
                pieces.append((frame, _is_answer(frame)))
        except ValueError:
            pieces.append((self._replies.take(), False))
            self._replies = None
        return pieces


def _name(frame: bytes) -> str | None:
    """The name of a command; None for an empty line, which gets no reply."""
    words = wire.command(frame)
    return words[0].decode(errors="replace").upper() if words else None


def _is_answer(frame: bytes) -> bool:
    """Whether a frame answers a command: any but a push, and a push if it confirms a subscription or its end."""
    return frame[:1] != b">" or frame.split(b"\r\n", 3)[2].endswith(b"subscribe")


def _family(target: tuple[str, int]) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in target[0] else socket.AF_INET
