"""One connection of a scripted peer, as the script sees it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import EllipsisType

from . import wire
from .address import hang_up
from .errors import ScriptError
from .steps import Step

Script = Callable[["PeerConnection"], object] | Sequence[Step]
Answer = bytes | Step | Sequence[Step] | None


class Journal:
    """What all connections of a peer share: the commands received, and the end of the block."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.commands: list[list[bytes]] = []
        self.changed = threading.Condition()
        self.ending = threading.Event()

    def record(self, command: list[bytes]) -> None:
        """Note a command that a script has received."""
        with self.changed:
            self.commands.append(command)
            self.changed.notify_all()


class PeerConnection:
    """One connection to a peer, as its script sees it. `number` counts from 0; `command` is the last one received."""

    def __init__(self, journal: Journal, sock: socket.socket, number: int) -> None:
        self.number = number
        self.command: list[bytes] = []
        self._journal = journal
        self._socket = sock
        self._frames = wire.Frames(inline=True)
        self._closed = False

    def receive(self, timeout: float | None = None) -> list[bytes] | None:
        """Return the next command, or None at the end of the connection; ScriptError if it takes too long."""
        while (frame := self._frames.next()) is None:
            if not self._more(timeout):
                return None
        self.command = wire.command(frame)
        self._journal.record(self.command)
        return self.command

    def __iter__(self) -> Iterator[list[bytes]]:
        """Every command until the end of the connection."""
        while (command := self.receive()) is not None:
            yield command

    def expect(self, *words: str | bytes | int | float | EllipsisType) -> list[bytes]:
        """Receive this command, or raise ScriptError. The name in any case; a last `...` is any arguments."""
        open_end = bool(words) and words[-1] is ...
        wanted = [_word(word) for word in words if not isinstance(word, EllipsisType)]
        got = self.receive(self._journal.timeout)
        if got is None:
            raise ScriptError(f"expected {_shown(wanted)}, but the connection ended")
        given = got[: len(wanted)] if open_end else got
        if [word.upper() for word in given[:1]] + given[1:] != [word.upper() for word in wanted[:1]] + wanted[1:]:
            raise ScriptError(f"expected {_shown(wanted)}, not {_shown(got)}")
        return got

    def expect_bytes(self, data: bytes) -> None:
        """Receive exactly these bytes, or raise ScriptError. Whole commands among them are recorded."""
        while len(self._frames) < len(data):
            if not self._more(self._journal.timeout):
                raise ScriptError(f"expected {data!r}, but the connection ended after {self._frames.take()!r}")
        got = self._frames.take(len(data))
        if got != data:
            raise ScriptError(f"expected {data!r}, not {got!r}")
        frames = wire.Frames(inline=True)
        frames.feed(got)
        with suppress(ValueError):
            while (frame := frames.next()) is not None:
                self._journal.record(wire.command(frame))

    def send(self, *data: bytes) -> None:
        """Send bytes, each piece by a write of its own."""
        self._socket.settimeout(self._journal.timeout)
        for piece in data:
            self._socket.sendall(piece)

    def answer(self, answer: Answer) -> None:
        """Do what an entry of `Peer.answering` says: send bytes, run a step or several, or (None) say nothing."""
        if isinstance(answer, bytes):
            self.send(answer)
        elif callable(answer):
            answer(self)
        else:
            for step in answer or ():
                step(self)

    def wait(self, event: threading.Event) -> None:
        """Wait until the test sets an event, or its block ends; ScriptError if it takes too long."""
        deadline = self._journal.timeout
        while not event.wait(0.02) and not self._journal.ending.is_set():
            deadline -= 0.02
            if deadline < 0:
                raise ScriptError(f"waited {self._journal.timeout} s for an event of the test")

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        hang_up(self._socket)

    def reset(self) -> None:
        """Close the connection with an RST."""
        self._closed = True
        hang_up(self._socket, reset=True)

    def _more(self, timeout: float | None) -> bool:
        if self._closed:
            return False
        try:
            self._socket.settimeout(timeout)
            data = self._socket.recv(65536)
        except TimeoutError:
            raise ScriptError(f"nothing came in {timeout} s; so far: {_shown(self.command)}") from None
        except OSError:  # reset by the client, or closed by `Peer.stop`
            return False
        self._frames.feed(data)
        return bool(data)

    def run(self, script: Script, context: ssl.SSLContext | None) -> None:
        """Run a script to its end, and then wait for the end of the connection."""
        try:
            self._socket.settimeout(self._journal.timeout)
            if context is not None:
                self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
                self._socket.do_handshake()
            if callable(script):
                script(self)
            else:
                for step in script:
                    step(self)
            while self._more(None):
                pass
        except OSError:  # the client went away; a script that minds uses `expect`
            pass
        finally:
            if not self._closed:
                self.close()

    def end(self, how: int) -> None:
        """Shut the socket down from another thread: the script reads what is there, and then the end."""
        with suppress(OSError):
            socket.socket.shutdown(self._socket, how)  # a TLS socket's own would take its TLS from under the script


def _word(word: str | bytes | int | float) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()


def _shown(words: Sequence[bytes]) -> str:
    return " ".join(word.decode(errors="backslashreplace") for word in words) or "nothing"
