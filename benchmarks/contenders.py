"""Who takes part: each client opened as its users open it, with text replies where it has them.

Nothing of a client is imported before its own process asks for it. Clients come as an `Opened`: the client itself,
and the few things that each of them words differently. The floors are the bare socket and the bare asyncio protocol.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TIMEOUT = 60  # seconds; nothing here is about time-outs


@dataclass(frozen=True)
class Place:
    """Where the private server listens."""

    host: str
    port: int
    path: str
    tls_port: int
    ca: str

    def url(self, via: str = "tcp") -> str:
        """The address by this way: tcp, unix or tls."""
        if via == "unix":
            return f"unix://{self.path}"
        return f"rediss://{self.host}:{self.tls_port}" if via == "tls" else f"redis://{self.host}:{self.port}"


@dataclass(frozen=True)
class Opened:
    """A client, and how it makes a pipeline, sends one, and is closed (for asyncio the last two are awaited)."""

    client: Any
    close: Callable[[], Any]
    queue: Callable[[], Any] = lambda: None
    send: Callable[[Any], Any] = lambda queue: None


@dataclass(frozen=True)
class Contender:
    """A client with a parser. `open` is a coroutine function for asyncio clients."""

    label: str
    packages: tuple[str, ...]
    open: Callable[..., Any]
    hiredis: bool = True  # False: it is kept from seeing hiredis
    native: bool = False  # has threads of its own, which are not pinned
    is_async: bool = False


@dataclass(frozen=True)
class Bench:
    """What a piece of work is given."""

    contender: Contender
    place: Place

    def open(self, **options: Any) -> Any:
        """The client, opened: an `Opened`, or a coroutine that gives one."""
        return self.contender.open(self.place, **options)


def hide_hiredis() -> None:
    """Let every later `import hiredis` fail, as it does where it is not installed."""
    modules: dict[str, Any] = sys.modules  # None, which its type does not have, is what stops an import
    modules["hiredis"] = None


# --- the bare socket ----------------------------------------------------------------------------------------------


def bare_socket(place: Place, via: str = "tcp") -> Opened:
    if via == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(place.path)
    else:
        sock = socket.create_connection((place.host, place.tls_port if via == "tls" else place.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if via == "tls":
        import ssl

        sock = ssl.create_default_context(cafile=place.ca).wrap_socket(sock, server_hostname=place.host)
    return Opened(sock, sock.close)


class BareProtocol(asyncio.BufferedProtocol):
    """The least that an asyncio client can do: a future for each command, one write for each turn of the loop.

    It knows how long each reply is, and does not look at them. With one task alone it writes at once.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._out: list[bytes] = []
        self._last = 0  # how many were written the last time
        self._buffer = bytearray(65536)
        self._rest = 0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, payload: bytes, length: int) -> None:
        """Send this and wait for a reply of so many bytes."""
        future = self._loop.create_future()
        self._length = length
        alone = not self._waiting and self._last < 2
        self._waiting.append(future)
        if not self._out and not alone:
            self._loop.call_soon(self._flush)
        self._out.append(payload)
        if alone:
            self._flush()
        await future

    def _flush(self) -> None:
        assert self._transport is not None
        self._last = len(self._out)
        self._transport.write(b"".join(self._out))
        self._out.clear()

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        count, self._rest = divmod(self._rest + nbytes, self._length)
        for _ in range(count):
            self._waiting.popleft().set_result(None)

    def close(self) -> None:
        """Close the transport."""
        assert self._transport is not None
        self._transport.close()


async def bare_protocol(place: Place) -> Opened:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(BareProtocol, place.host, place.port)

    async def close() -> None:
        protocol.close()

    return Opened(protocol, close)


# --- Plasma -------------------------------------------------------------------------------------------------------


def plasma_options(place: Place, via: str, parser: str, decode: bool) -> tuple[str, dict[str, Any]]:
    options: dict[str, Any] = {"parser": parser, "command_timeout": TIMEOUT, "decode": decode}
    if via == "tls":
        from plasma import TLSOptions

        options["tls"] = TLSOptions(ca=place.ca)
    return place.url(via), options


def plasma(parser: str) -> Callable[..., Opened]:
    def open(place: Place, via: str = "tcp", decode: bool = True) -> Opened:
        from plasma import RedisClient

        url, options = plasma_options(place, via, parser, decode)
        client = RedisClient(url, **options)
        return Opened(client, client.disconnect, client.pipeline, lambda queue: queue.exec())

    return open


def plasma_asyncio(parser: str) -> Callable[..., Any]:
    async def open(place: Place, via: str = "tcp", decode: bool = True) -> Opened:
        from plasma.asyncio import RedisClient

        url, options = plasma_options(place, via, parser, decode)
        client = RedisClient(url, **options)
        return Opened(client, client.disconnect, client.pipeline, lambda queue: queue.exec())

    return open


# --- the peers ----------------------------------------------------------------------------------------------------


def redis_options(place: Place, via: str, decode: bool) -> dict[str, Any]:
    options: dict[str, Any] = {
        "decode_responses": decode,
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
    }
    return options | {"ssl_ca_certs": place.ca} if via == "tls" else options


def redis_py(place: Place, via: str = "tcp", decode: bool = True) -> Opened:
    import redis

    client = redis.Redis.from_url(place.url(via), **redis_options(place, via, decode))
    return Opened(client, client.close, lambda: client.pipeline(transaction=False), lambda queue: queue.execute())


async def redis_py_asyncio(place: Place, via: str = "tcp", decode: bool = True) -> Opened:
    import redis.asyncio

    options = redis_options(place, via, decode) | {"max_connections": 100_000}
    client = redis.asyncio.Redis.from_url(place.url(via), **options)
    return Opened(client, client.aclose, lambda: client.pipeline(transaction=False), lambda queue: queue.execute())


async def coredis(place: Place) -> Opened:
    import coredis

    client = coredis.Redis(place.host, place.port, decode_responses=True)
    await client.__aenter__()

    async def close() -> None:
        await client.__aexit__(None, None, None)

    return Opened(client, close)


def _glide_configuration(module: Any, place: Place) -> Any:
    address = module.NodeAddress(place.host, place.port)
    more = {} if module.__name__ == "glide_sync" else {"inflight_requests_limit": 20_000}
    return module.GlideClientConfiguration([address], request_timeout=TIMEOUT * 1000, **more)


def glide_sync(place: Place) -> Opened:
    import glide_sync

    client = glide_sync.GlideClient.create(_glide_configuration(glide_sync, place))
    return Opened(
        client, client.close, lambda: glide_sync.Batch(is_atomic=False), lambda queue: client.exec(queue, True)
    )


async def glide(place: Place) -> Opened:
    import glide

    client = await glide.GlideClient.create(_glide_configuration(glide, place))
    return Opened(client, client.close, lambda: glide.Batch(is_atomic=False), lambda queue: client.exec(queue, True))


CONTENDERS: dict[str, Contender] = {
    "floor": Contender("bare socket", (), bare_socket),
    "floor-h": Contender("bare socket + hiredis", ("hiredis",), bare_socket),
    "floor-p": Contender("bare socket + split", (), bare_socket, hiredis=False),
    "plasma-h": Contender("Plasma + hiredis", ("plasma-redis", "hiredis"), plasma("hiredis")),
    "plasma-p": Contender("Plasma pure", ("plasma-redis",), plasma("python"), hiredis=False),
    "redis-h": Contender("redis-py + hiredis", ("redis", "hiredis"), redis_py),
    "redis-p": Contender("redis-py pure", ("redis",), redis_py, hiredis=False),
    "glide": Contender("valkey-glide", ("valkey-glide-sync",), glide_sync, native=True),
    "afloor": Contender("bare protocol", (), bare_protocol, is_async=True),
    "aplasma-h": Contender("Plasma + hiredis", ("plasma-redis", "hiredis"), plasma_asyncio("hiredis"), is_async=True),
    "aplasma-p": Contender("Plasma pure", ("plasma-redis",), plasma_asyncio("python"), hiredis=False, is_async=True),
    "aredis-h": Contender("redis-py + hiredis", ("redis", "hiredis"), redis_py_asyncio, is_async=True),
    "aredis-p": Contender("redis-py pure", ("redis",), redis_py_asyncio, hiredis=False, is_async=True),
    "coredis": Contender("coredis", ("coredis",), coredis, is_async=True),
    "aglide": Contender("valkey-glide", ("valkey-glide",), glide, native=True, is_async=True),
}
