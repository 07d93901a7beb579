"""TLS on a plain socket: to those who use it, a socket.

The `ssl` module's own sockets take two system calls for a record, a look at the clock and a `poll` besides if there is
a time-out, and know nothing of SO_RCVTIMEO. Here what is encrypted passes through memory, and the socket below stays a
plain one, with plain time-outs. The rules:

1. `send` encrypts one record after the other. If the socket does not take all of the first, this raises as the socket
   did, and the same data has to be given again; if it is a later one, the records before it are counted. So what was
   not counted is at most a part of a record, which nobody can read.
2. `recv` gives all that can be decrypted, so nothing readable is ever held back from a selector, but for what did not
   fit into a `recv_into` (see `pending`). Of a record that has come in part, it says what a socket says that has
   nothing: BlockingIOError, whatever its time-out is.
"""

from __future__ import annotations

import socket
import ssl
from time import monotonic

_RECORD = 1 << 14  # bytes: the most that TLS puts into one
_READ_SIZE = (1 << 17) - 64  # bytes, as in plasma/connection.py
_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0)


class SecuredSocket:
    """A connected socket with TLS on it, once `do_handshake` has returned; it owns the socket."""

    __slots__ = (
        "_arrived",
        "_counted",
        "_decrypt",
        "_encrypt",
        "_encrypted",
        "_failure",
        "_has_more",
        "_held",
        "_incoming",
        "_receive",
        "_rest",
        "_send",
        "_tls",
        "close",
        "fileno",
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
        self._has_more = False  # is there either of the two?
        self.sock = sock
        self.close = sock.close
        self.fileno = sock.fileno
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
            if data := self._receive(_RECORD):
                self._arrived(data)
            else:
                self._incoming.write_eof()
        self.sock.sendall(self._encrypted())

    def send(self, data: bytes | memoryview, flags: int = 0) -> int:
        """Send *data*, or a part of it, and return how much that was."""
        count = len(data)
        if self._counted or count > _RECORD:
            return self._send_records(memoryview(data), flags)
        try:
            self._encrypt(data)
        except ssl.SSLWantReadError:  # first the server's new keys are to be agreed on
            self._answer()
            raise BlockingIOError from None
        record = self._encrypted()
        try:
            sent = self._send(record, flags)
        except OSError as exc:
            sent = self._not_sent(exc)
        return count if sent == len(record) else self._send_rest(count, memoryview(record)[sent:], flags)

    def _send_records(self, data: memoryview, flags: int) -> int:
        done = self._send_rest(self._counted, self._rest, flags) if self._counted else 0
        try:
            while done < len(data):
                done += self.send(data[done : done + _RECORD], flags)
        except OSError:
            if not done:
                raise
        return done

    def _send_rest(self, count: int, rest: memoryview, flags: int) -> int:
        """Send the rest of a record that holds so many bytes of the caller's; if it does not go, it is kept."""
        self._counted = count
        self._rest = rest
        while self._rest:
            try:
                self._rest = self._rest[self._send(self._rest, flags) :]
            except OSError as exc:
                self._not_sent(exc)
                raise
        self._counted = 0
        return count

    def _not_sent(self, exc: OSError) -> int:
        """Return 0 if there only was no room. Else TLS may have told why it hangs up: raise what lies unread."""
        if isinstance(exc, (BlockingIOError, TimeoutError)):
            return 0
        try:
            self._arrived(self._receive(_RECORD, _AT_ONCE))
            while True:
                self._decrypt(_RECORD)
        except OSError as why:
            if isinstance(why, ssl.SSLError) and not isinstance(why, (ssl.SSLWantReadError, ssl.SSLEOFError)):
                raise
        raise exc

    def sendall(self, data: bytes) -> None:
        """Send all of it. If this raises, the connection is of no more use."""
        view = memoryview(data)
        while view:
            view = view[self.send(view) :]

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive once, and return all that this made readable, be it more than *size*; b"" at the end.

        With flags, which can only be a MSG_PEEK: something, if anything at all has come, and nothing of it is taken.
        """
        if flags or self._has_more:
            return self._peek(flags) if flags else self._give()
        data = self._receive(size)
        if data:
            self._arrived(data)
        else:
            self._incoming.write_eof()
        try:
            data = self._decrypt(_RECORD)  # one record; none holds more
        except ssl.SSLWantReadError:
            self._answer()
            raise BlockingIOError from None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        return self._with_more(data) if self._incoming.pending else data

    def _answer(self) -> None:
        """Say what TLS has to say for itself, as when the server wants new keys; else it goes with the next record."""
        if not self._counted and (record := self._encrypted()):
            self.sock.sendall(record)

    def _with_more(self, data: bytes) -> bytes:
        parts = [data]
        try:
            while True:
                parts.append(self._decrypt(_RECORD))
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as exc:
            self._failure = exc.with_traceback(None)  # or this frame, which is in it, would hold what holds it
            self._has_more = True
        return b"".join(parts)

    def recv_into(self, buffer: memoryview) -> int:
        """The same, into *buffer*; what does not fit is kept for the next time."""
        data = self.recv(_READ_SIZE)
        count = min(len(data), len(buffer))
        buffer[:count] = data[:count]
        if count < len(data):
            self._held = data[count:]
            self._has_more = True
        return count

    def pending(self) -> bool:
        """Is there anything to be received that no selector sees?"""
        return self._has_more

    def _peek(self, flags: int) -> bytes:
        return b"?" if self._has_more or self._incoming.pending else self._receive(1, flags)

    def _give(self) -> bytes:
        """What was kept."""
        data, self._held = self._held, b""
        self._has_more = self._failure is not None
        if data or self._failure is None:
            return data
        if isinstance(self._failure, (ssl.SSLZeroReturnError, ssl.SSLEOFError)):
            return b""
        raise self._failure
