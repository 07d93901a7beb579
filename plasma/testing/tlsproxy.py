"""TLS in front of a server that has none.

It ends TLS and passes the bytes on, in both directions, to a TCP port or a unix socket. `RedisServer(tls=True)` puts
one before a server program that was built without TLS.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any

from .address import Target, listen
from .background import BackgroundLoop
from .certificates import Certificate, server_certificate


class TLSProxy:
    """Listens with TLS on a free port of 127.0.0.1 before *target*, a URL; a context manager, or `start` and `stop`.

    *certificate* is what it shows, a valid one for this machine by default; *client_certificates* is how it asks for
    theirs: "no", "optional" (a wrong one is refused) or "yes".
    """

    def __init__(
        self,
        target: str,
        certificate: Certificate | None = None,
        *,
        client_certificates: str = "optional",
        port: int = 0,
    ) -> None:
        self._target = Target(target)
        self.certificate = certificate or server_certificate()
        self.host = "127.0.0.1"
        self.port = port
        self.connections = 0
        self._context = self.certificate.server_context(client_certificates=client_certificates)
        self._loop = BackgroundLoop("TLSProxy")
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The target's URL by way of this proxy, with the scheme rediss."""
        return self._target.through(self.host, self.port, tls=True)

    def start(self) -> TLSProxy:
        """Listen; the port stays the same over a `stop`."""
        listener = listen((self.host, self.port))
        self.port = listener.getsockname()[1]
        self._loop.start()
        self._server = self._loop.run(asyncio.start_server(self._serve, sock=listener, ssl=self._context))
        self._loop.do(lambda: asyncio.get_running_loop().set_exception_handler(_ignore))
        return self

    def stop(self) -> None:
        """Close every connection, and listen no more."""
        if self._server is not None:
            self._loop.do(self._server.close)
            self._server = None
            self._loop.stop()

    def __enter__(self) -> TLSProxy:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        address = self._target.address
        try:
            if isinstance(address, str):
                inner_reader, inner_writer = await asyncio.open_unix_connection(address)
            else:
                inner_reader, inner_writer = await asyncio.open_connection(*address)
        except OSError:
            writer.transport.abort()
            return
        try:
            both = [asyncio.create_task(_pump(reader, inner_writer)), asyncio.create_task(_pump(inner_reader, writer))]
            _, pending = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            inner_writer.close()
            writer.close()
            with suppress(OSError, asyncio.TimeoutError):  # a client need not answer the end of TLS
                await asyncio.wait_for(writer.wait_closed(), 1)
        finally:
            inner_writer.transport.abort()
            writer.transport.abort()


def _ignore(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that does not like our certificate is no error of ours."""


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
