"""The shared suite: each case is written once and runs on every face of the client.

    @needs("HGETDEL")
    async def test_hgetdel_returns_the_values(r):
        await r.hset("h", {"a": "1"})

        assert await r.hgetdel("h", "a", "b") == r.s(["1", None])

A case is an `async def` with the fixture `r`, a client under test (`support.adapters.Adapter`): await its commands;
`r.s(...)` turns expected text into the text type of the run; `r.raw` is a plain client on the same server, for looking
underneath, where the key "k" is called `r.key("k")`. The faces are listed in `support.faces`, the marks `needs` and
`since` come from `support.servers`. After each case the database is emptied, and on a face with a key prefix it must
have held no key without it. `PLASMA_SERVER=redis-7.0` chooses the server; the newest there is by default.

No plug-in for asyncio is used: the hook below drives a case by its face's adapter. Clients live for the whole session,
a server for each worker of `pytest -n`. A part of the faces: `-k "resp3 and not bytes"`, or PLASMA_FACES=few.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from support.adapters import ADAPTERS, Adapter, BlockingAdapter
from support.faces import Face, faces
from support.servers import ServerFacts


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*commands): run only on servers that have these commands")
    config.addinivalue_line("markers", "since(redis, valkey, redict): run only on servers of these versions or later")


def pytest_collection_finish() -> None:
    # Tens of thousands of cases stay until the end. Tests that look for what was left open collect garbage, and would
    # walk through all of them each time: half of what the suite took.
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "r" in metafunc.fixturenames:
        metafunc.parametrize("r", faces(), ids=str, indirect=True)


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    case = pyfuncitem.obj
    if not inspect.iscoroutinefunction(case):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(case).parameters}
    arguments["r"].drive(case(**arguments))
    return True


class Suite:
    """One server and the clients of all faces on it, made when first asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.raw = {protocol: self._raw(protocol) for protocol in (2, 3)}
        self.keys = BlockingAdapter.make_client(url, decode=False)
        self.adapters: dict[Face, Adapter] = {}

    def _raw(self, protocol: int) -> Adapter:
        client = BlockingAdapter.make_client(self.url, protocol=protocol)
        return BlockingAdapter(client, Face("blocking", protocol, "auto", str), ServerFacts(client))

    def adapter(self, face: Face) -> Adapter:
        if face not in self.adapters:
            kind = ADAPTERS[face.colour]
            options: dict[str, Any] = {"protocol": face.protocol, "parser": face.parser, "key_prefix": face.prefix}
            client = kind.make_client(self.url, decode=face.text is str, **options)
            raw = self.raw[face.protocol]
            self.adapters[face] = kind(client, face, raw.server, raw)
        return self.adapters[face]

    def clean(self, face: Face) -> list[bytes]:
        """Empty the server; the keys that should not have been there."""
        prefix = face.prefix.encode()
        strangers = [key for key in self.keys.execute("KEYS", "*") if not key.startswith(prefix)] if prefix else []
        self.keys.execute("FLUSHALL")
        return strangers

    def close(self) -> None:
        for adapter in (*self.adapters.values(), *self.raw.values()):
            adapter.close()
        self.keys.disconnect()
        for kind in ADAPTERS.values():
            kind.finish()


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    from plasma.testing import RedisServer

    # Blocked clients whose time is up are looked for `hz` times a second.
    with RedisServer(config={"hz": 500, "dynamic-hz": "no"}) as server:
        suite = Suite(server.url)
        yield suite
        suite.close()


@pytest.fixture
def r(request: pytest.FixtureRequest, suite: Suite) -> Iterator[Adapter]:
    adapter = suite.adapter(request.param)
    refusal = adapter.server.refusal(request.node)
    if refusal:
        pytest.skip(refusal)
    yield adapter
    strangers = suite.clean(adapter.face)

    assert not strangers, "keys without the prefix were written"
