"""TLS on a plain socket: to those who use it, a socket.

The `ssl` module's own sockets take two system calls for a record, a look at the clock and a `poll` besides if there is
a time-out, and know nothing of SO_RCVTIMEO. Here what is encrypted passes through memory, and the socket below stays a
plain one, with plain time-outs. The rules:

1. `send` encrypts one record at a time. If the socket does not take all of it, this raises as the socket did, and the
   same data has to be given again. So what `send` has not counted is at most a part of a record, which nobody can read.
2. `recv` gives all that can be decrypted, so nothing readable is ever held back from a selector, but for what did not
   fit into a `recv_into` (see `pending`). Of a record that has come in part, it says what a socket says that has
   nothing: BlockingIOError, whatever its time-out is.
"""

from __future__ import annotations

import socket
import ssl
from time import monotonic

_RECORD = 1 << 14  # bytes: the most that TLS puts into one
_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0)
_PEEK = getattr(socket, "MSG_PEEK", 0)


class SecuredSocket:
    """A connected socket with TLS on it, once `do_handshake` has returned; it owns the socket."""

    __slots__ = (
        "_arrived",
        "_counted",
        "_decrypt",
        "_encrypt",
        "_encrypted",
        "_failure",
        "_held",
        "_incoming",
        "_receive",
        "_rest",
        "_send",
        "_tls",
        "close",
        "fileno",
        "getpeername",
        "getsockname",
        "gettimeout",
        "setblocking",
        "setsockopt",
        "settimeout",
        "shutdown",
        "sock",
    )

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, name: str) -> None:
        self._incoming = ssl.MemoryBIO()
        outgoing = ssl.MemoryBIO()
        self._tls = tls = context.wrap_bio(self._incoming, outgoing, server_hostname=name)
        self._encrypt = tls.write
        self._encrypted = outgoing.read
        self._arrived = self._incoming.write
        self._decrypt = tls.read
        self._send = sock.send
        self._receive = sock.recv
        self._rest = memoryview(b"")  # encrypted, and not yet taken by the socket
        self._counted = 0  # bytes of the caller's that are in it
        self._held = b""  # decrypted, and not yet given
        self._failure: Exception | None = None  # to be raised once all before it was given
        self.sock = sock
        self.close = sock.close
        self.fileno = sock.fileno
        self.getpeername = sock.getpeername
        self.getsockname = sock.getsockname
        self.gettimeout = sock.gettimeout
        self.setblocking = sock.setblocking
        self.setsockopt = sock.setsockopt
        self.settimeout = sock.settimeout
        self.shutdown = sock.shutdown

    def do_handshake(self, ends: float) -> None:
        """Agree with the server, before this moment. Raises what the `ssl` module and the socket raise."""
        while True:
            self.sock.settimeout(max(ends - monotonic(), 0.001))
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                try:
                    self.sock.sendall(self._encrypted())  # the server is told what is wrong
                except OSError:
                    pass
                raise
            self.sock.sendall(self._encrypted())
            self._take(self._receive(_RECORD))
        self.sock.sendall(self._encrypted())

    def send(self, data: bytes | memoryview, flags: int = 0) -> int:
        """Send a record with as much of *data* as it holds, and return how much that was."""
        if self._rest:
            return self._send_rest(flags)
        if len(data) > _RECORD:
            data = memoryview(data)[:_RECORD]
        self._encrypt(data)
        rest = self._encrypted()
        sent = 0
        try:
            sent = self._send(rest, flags)
        except (BlockingIOError, TimeoutError):
            pass
        except OSError:
            self._hear_why()
            raise
        if sent == len(rest):
            return len(data)
        self._counted = len(data)
        self._rest = memoryview(rest)[sent:]
        return self._send_rest(flags)

    def _send_rest(self, flags: int) -> int:
        try:
            while self._rest:
                self._rest = self._rest[self._send(self._rest, flags) :]
        except (BlockingIOError, TimeoutError):
            raise
        except OSError:
            self._hear_why()
            raise
        return self._counted

    def sendall(self, data: bytes) -> None:
        """Send all of it. If this raises, the connection is of no more use."""
        view = memoryview(data)
        while view:
            view = view[self.send(view) :]

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive once, and return all that this made readable, be it more than *size*; b"" at the end.

        With MSG_PEEK: something, if anything at all has come, and nothing of it is taken.
        """
        if flags & _PEEK:
            return b"?" if self._held or self._failure or self._incoming.pending else self._receive(1, flags)
        if self._held or self._failure is not None:
            return self._give()
        self._take(self._receive(size, flags))
        # A record's content is never longer than a record.
        try:
            data = self._decrypt(_RECORD)
            if not self._incoming.pending:
                return data
            parts = [data]
        except ssl.SSLWantReadError:
            raise BlockingIOError from None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        try:
            while True:
                parts.append(self._decrypt(_RECORD))
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as exc:
            self._failure = exc
        return b"".join(parts)

    def recv_into(self, buffer: memoryview) -> int:
        """The same, into *buffer*; what does not fit is kept for the next time."""
        data = self._held or self.recv(len(buffer))
        count = min(len(data), len(buffer))
        buffer[:count] = data[:count]
        self._held = data[count:]
        return count

    def pending(self) -> int:
        """How many bytes can be received that no selector sees."""
        return len(self._held) + (self._failure is not None)

    def _give(self) -> bytes:
        """What was kept."""
        data, self._held = self._held, b""
        if not data and self._failure is not None:
            failure, self._failure = self._failure, None
            if isinstance(failure, (ssl.SSLZeroReturnError, ssl.SSLEOFError)):
                self._failure = failure  # as a socket that is at its end says so for ever
                return b""
            raise failure
        return data

    def _take(self, data: bytes) -> None:
        if data:
            self._arrived(data)
        else:
            self._incoming.write_eof()

    def _hear_why(self) -> None:
        """TLS tells why it hangs up, and what it told may lie unread: raise that, in place of a broken pipe."""
        try:
            self._take(self._receive(_RECORD, _AT_ONCE))
            while True:
                self._decrypt(_RECORD)
        except OSError as exc:
            if isinstance(exc, ssl.SSLError) and not isinstance(exc, (ssl.SSLWantReadError, ssl.SSLEOFError)):
                raise
