"""Addresses as the proxies and peers take and give them: URLs, so that they fit where a server's URL fits."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

Address = tuple[str, int] | str


@dataclass(frozen=True)
class Target:
    """What a proxy connects to: a URL such as `RedisServer.url`."""

    url: str

    @property
    def parts(self) -> SplitResult:
        """The parts of the URL."""
        return urlsplit(self.url)

    @property
    def address(self) -> Address:
        """(host, port), or the path of a unix socket."""
        parts = self.parts
        if parts.scheme == "unix":
            return parts.path
        if parts.port is None:
            raise ValueError(f"a URL with a port is wanted, not {parts.scheme}://{parts.hostname}")
        return parts.hostname or "127.0.0.1", parts.port

    def through(self, host: str, port: int, *, tls: bool | None = None) -> str:
        """The same URL, the login kept, by way of another TCP port."""
        parts = self.parts
        secure = parts.scheme in ("rediss", "valkeys") if tls is None else tls
        login, at, _ = parts.netloc.rpartition("@")
        path = "" if parts.scheme == "unix" else parts.path
        return SplitResult("rediss" if secure else "redis", f"{login}{at}{host}:{port}", path, parts.query, "").geturl()


def listen(address: Address) -> socket.socket:
    """Return a listening socket."""
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
    else:
        sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(128)
    except BaseException:
        sock.close()
        raise
    return sock


def hang_up(sock: socket.socket, *, reset: bool = False) -> None:
    """Close a socket, also for a forked child that has it too; with *reset* the other end gets an RST."""
    raw = socket.socket  # a TLS socket's own methods would talk TLS
    with suppress(OSError):
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            raw.shutdown(sock, socket.SHUT_RDWR)
            raw.setblocking(sock, False)
            for _ in range(64):  # what lies unread would turn the close into a reset
                if not raw.recv(sock, 65536):
                    break
    raw.close(sock)
