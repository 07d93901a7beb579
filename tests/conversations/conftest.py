"""What the tests of conversations share: a server, and clients of both colours for tests that are not the suite's.

`c` is one such client in each colour (`support.conversing.Colour`); faces beyond that are the shared suite's `r`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.conversing import COLOURS, Colour

from plasma.testing import FaultProxy, RedisServer


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    with RedisServer(config={"hz": 100}) as server:
        yield server


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[FaultProxy]:
    """A way to the empty server on which the network can be made to fail."""
    server.execute("FLUSHALL")
    with FaultProxy(server.url) as proxy:
        yield proxy


@pytest.fixture(params=sorted(COLOURS))
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = COLOURS[request.param]()
    yield colour
    colour.close()
