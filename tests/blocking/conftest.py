"""What the tests of connections, pools, retries and deadlines share: one real server, and clients that are put away.

`server` is one server for all of them, on TCP, TLS and a unix socket; a test that kills, pauses or configures one
starts its own. `connect` makes clients and disconnects them when the test is over.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from plasma import RedisClient
from plasma.testing import RedisServer

PARSERS = ["python"] + ["hiredis"] * (find_spec("hiredis") is not None)


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    with RedisServer(tls=True) as server:
        yield server


@pytest.fixture
def url(server: RedisServer) -> str:
    """The server by TCP, without TLS, and empty."""
    server.execute("FLUSHALL")
    return f"redis://127.0.0.1:{server.port}"


@pytest.fixture
def connect() -> Iterator[Callable[..., RedisClient[Any]]]:
    """Makes a client as RedisClient does."""
    clients: list[RedisClient[Any]] = []

    def make(*args: Any, **options: Any) -> RedisClient[Any]:
        clients.append(RedisClient(*args, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.disconnect()


@pytest.fixture(params=["tcp", "tls", "unix"])
def transport(request: pytest.FixtureRequest, server: RedisServer) -> dict[str, Any]:
    """The options that reach the server, in each way there is."""
    server.execute("FLUSHALL")
    if request.param == "tls":
        return {"port": server.tls_port, "tls": {"ca": server.ca}}
    return {"path": server.path} if request.param == "unix" else {"port": server.port}


@pytest.fixture(
    params=[(parser, protocol) for parser in PARSERS for protocol in (2, 3)], ids=lambda p: f"{p[0]}-{p[1]}"
)
def wire(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options for each parser and each protocol."""
    return {"parser": request.param[0], "protocol": request.param[1]}


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_open() -> Iterator[None]:
    """What was not closed warns when it is collected, and a warning is an error."""
    yield
    gc.collect()
