"""A scripted peer: a server that does exactly what a test says, also what no real one would.

    with Peer([steps.expect("PING"), steps.send(b"+PO"), steps.close()]) as peer:
        client = RedisClient(peer.url)

A script is a list of steps or a function of the connection, run in a thread for each connection that comes. When it
ends without `close` or `reset`, the connection stays open and silent until the client closes it or the block ends.
At the end of the block every connection is closed, and the first error of a script is raised there (an
`AssertionError` for what was expected and did not come); no thread outlives it.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType

from .address import Address, hang_up, listen
from .certificates import Certificate
from .conversation import Answer, Journal, PeerConnection, Script
from .errors import ScriptError
from .guard import private_folder, remove

NO_HELLO = b"-ERR unknown command 'HELLO'\r\n"
HELLO = b"%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.0\r\n$5\r\nproto\r\n:3\r\n"


def unknown_command(connection: PeerConnection) -> None:
    """Answer the last command as a server does that does not know it."""
    name = connection.command[0] if connection.command else b""
    connection.send(b"-ERR unknown command '%b'\r\n" % name)


# What a client may say before its first command of interest.
_COURTESIES: dict[str, Answer] = {
    "AUTH": b"+OK\r\n",
    "CLIENT": b"+OK\r\n",
    "PING": b"+PONG\r\n",
    "SELECT": b"+OK\r\n",
}


class Peer:
    """A scripted server on a free port of 127.0.0.1, or on a unix socket; a context manager, or `start` and `stop`.

    `connections` counts. `timeout` is how long a script waits for anything it expects. With `tls` it shows that
    certificate, and the script sees the plain bytes.
    """

    def __init__(
        self, script: Script, *, unix: bool = False, tls: Certificate | None = None, timeout: float = 10.0
    ) -> None:
        self.connections = 0
        self.host = "127.0.0.1"
        self.port: int = 0
        self.path = ""
        self._scripts: tuple[Script, ...] = (script,)
        self._unix = unix
        self._context = tls.server_context() if tls else None
        self._journal = Journal(timeout)
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._open: list[PeerConnection] = []
        self._errors: list[BaseException] = []
        self._folder: tuple[str, int] | None = None

    # Handy peers

    @classmethod
    def silent(cls, *, unix: bool = False, tls: Certificate | None = None) -> Peer:
        """Accepts, reads, and says nothing."""
        return cls(_read_all, unix=unix, tls=tls)

    @classmethod
    def closing(cls, *, reset: bool = False) -> Peer:
        """Accepts and closes at once."""
        return cls([PeerConnection.reset if reset else PeerConnection.close])

    @classmethod
    def garbage(cls, data: bytes) -> Peer:
        """Answers every command with these bytes."""
        return cls.answering({}, hello=data, default=data, polite=False)

    @classmethod
    def answering(
        cls,
        answers: Mapping[str, Answer],
        *,
        hello: Answer = HELLO,
        default: Answer = unknown_command,
        polite: bool = True,
        unix: bool = False,
        tls: Certificate | None = None,
    ) -> Peer:
        """Answers each command by its name ("GET", or "CONFIG GET"): with bytes, by a step or several, or (None) not.

        HELLO is answered with *hello*; with *polite*, AUTH, SELECT, CLIENT and PING are answered as by a server,
        unless *answers* says otherwise. Anything else gets *default*.
        """
        table = {"HELLO": hello, **{name.upper(): answer for name, answer in answers.items()}}
        if polite:
            table = {**_COURTESIES, **table}

        def script(connection: PeerConnection) -> None:
            for command in connection:
                words = [word.decode(errors="replace").upper() for word in command[:2]]
                name = next((name for name in (" ".join(words), *words[:1]) if name in table), None)
                connection.answer(default if name is None else table[name])

        return cls(script, unix=unix, tls=tls)

    @classmethod
    def no_hello(cls, answers: Mapping[str, Answer] | None = None) -> Peer:
        """A server, or a proxy, too old to know HELLO."""
        return cls.answering(answers or {}, hello=NO_HELLO)

    @classmethod
    def each(cls, *scripts: Script, unix: bool = False, tls: Certificate | None = None) -> Peer:
        """The first connection gets the first script, and so on; the last script serves all that follow."""
        peer = cls(scripts[0], unix=unix, tls=tls)
        peer._scripts = scripts
        return peer

    # What happened

    @property
    def commands(self) -> list[list[bytes]]:
        """The commands that the scripts received, in the order they came."""
        return list(self._journal.commands)

    @property
    def url(self) -> str:
        """The address to give to a client."""
        if self._unix:
            return f"unix://{self.path}"
        return f"{'rediss' if self._context else 'redis'}://{self.host}:{self.port}"

    def count(self, name: str) -> int:
        """How many commands of this name were received ("INCR", or two words)."""
        words = [word.encode() for word in name.upper().split()]
        return sum([word.upper() for word in command[: len(words)]] == words for command in self.commands)

    def wait_for(self, name: str, count: int = 1, timeout: float = 10.0) -> None:
        """Wait until so many commands of this name were received; TimeoutError if they do not come."""
        self.wait_until(lambda: self.count(name) >= count, timeout)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait until a condition on what was received holds; TimeoutError if it does not."""
        changed = self._journal.changed
        with changed:
            if not changed.wait_for(condition, timeout):
                raise TimeoutError(f"not in {timeout} s; received: {self.commands}")

    # Its life

    def start(self) -> Peer:
        """Listen."""
        address: Address = (self.host, self.port)
        if self._unix:
            self._folder = private_folder()
            address = self.path = f"{self._folder[0]}/peer.sock"
        self._listener = listen(address)
        if not self._unix:
            self.port = self._listener.getsockname()[1]
        self._journal.ending.clear()
        woken, self._wake = socket.socketpair()
        self._spawn(self._accept, self._listener, woken)
        return self

    def stop(self) -> None:
        """Close everything, wait for the scripts, and raise the first error that one of them raised."""
        if self._listener is None:
            return
        self._journal.ending.set()
        self._wake.close()
        self._threads[0].join()
        hang_up(self._listener)
        self._listener = None
        for connection in self._open:  # what the client has sent can still be read
            connection.end(socket.SHUT_RD)
        for thread in self._threads[1:]:
            thread.join(2)
        for connection in self._open:  # for a script that sends to a client which does not read
            connection.end(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(2)
        stuck = [thread.name for thread in self._threads if thread.is_alive()]
        self._threads.clear()
        self._open.clear()
        if self._folder:
            remove(*self._folder)
        if self._errors:
            raise self._errors.pop(0)
        if stuck:
            raise ScriptError(f"the script of {', '.join(stuck)} does not end")

    def __enter__(self) -> Peer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except Exception as failure:
            if error is None:
                raise
            if note := getattr(error, "add_note", None):  # the test's own error goes first; from Python 3.11 on
                note(f"and the script of the peer failed: {failure!r}")

    def _accept(self, listener: socket.socket, woken: socket.socket) -> None:
        """Accept until the other end of *woken* is closed, and then what has come by then."""
        listener.setblocking(False)
        with woken, selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            ending = False
            while not ending:
                selector.select()
                ending = self._journal.ending.is_set()
                with suppress(BlockingIOError):
                    while True:
                        self._welcome(listener.accept()[0])

    def _welcome(self, sock: socket.socket) -> None:
        if not self._unix:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = PeerConnection(self._journal, sock, self.connections)
        self._open.append(connection)
        with self._journal.changed:
            self.connections += 1
            self._journal.changed.notify_all()
        self._spawn(self._serve, connection)

    def _serve(self, connection: PeerConnection) -> None:
        try:
            connection.run(self._scripts[min(connection.number, len(self._scripts) - 1)], self._context)
        except BaseException as error:
            self._errors.append(error)

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=f"peer {len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()


def _read_all(connection: PeerConnection) -> None:
    for _ in connection:
        pass
