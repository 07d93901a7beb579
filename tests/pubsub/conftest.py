"""What the tests of listening share: a server, a network before it that can fail, and clients of both colours.

`wire` is every protocol with every parser; `r` (the shared suite's) is every face of the client.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from support.conversing import COLOURS, Colour
from support.waiting import wait_until

from plasma.testing import FaultProxy, RedisServer

PARSERS = ["python"] + ["hiredis"] * (find_spec("hiredis") is not None)


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    with RedisServer(config={"hz": 100}) as server:
        yield server


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[FaultProxy]:
    """A way to the server on which the network can be made to fail."""
    with FaultProxy(server.url) as proxy:
        yield proxy


@pytest.fixture(params=sorted(COLOURS))
def colour(request: pytest.FixtureRequest, proxy: FaultProxy) -> Iterator[Colour]:
    # Before the proxy ends, or the clients would go on trying to come back to it.
    colour = COLOURS[request.param]()
    yield colour
    colour.close()


@pytest.fixture(
    params=[(protocol, parser) for protocol in (2, 3) for parser in PARSERS], ids=lambda p: f"{p[0]}-{p[1]}"
)
def wire(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"protocol": request.param[0], "parser": request.param[1]}


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """No thread of ours outlives its test."""
    yield
    wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("plasma.pubsub")])


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_open() -> Iterator[None]:
    """What was not closed warns when it is collected, and a warning is an error."""
    yield
    gc.collect()
