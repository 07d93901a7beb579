"""A reply of a size that was read before costs no new memory pages: those of the last one are still there."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator

import pytest

from plasma.testing import RedisServer

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this malloc() has rules of its own")

# A process of its own: what others freed before would have taught malloc() already.
PROGRAM = """
import asyncio, resource, sys
from plasma import RedisClient
import plasma.asyncio

url, colour, parser, call = sys.argv[1:]
client = RedisClient(url, parser=parser) if colour == "blocking" else plasma.asyncio.RedisClient(url, parser=parser)

async def once():
    reply = eval(call)
    return await reply if colour == "asyncio" else reply

async def main():
    for _ in range(3):
        await once()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        await once()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    closed = client.disconnect()
    if colour == "asyncio":
        await closed

asyncio.run(main())
"""
PAGE = 4096


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.mark.parametrize("colour", ["blocking", "asyncio"])
@pytest.mark.parametrize("parser", ["hiredis", "python"])
@pytest.mark.parametrize(
    ("call", "size"),
    [
        ("client.get('300 kB')", 300_000),
        ("client.get('3 MB')", 3_000_000),
        ("client.mget(*['10 kB'] * 200)", 2_000_000),
    ],
    ids=["text of 300 kB", "text of 3 MB", "200 texts of 10 kB"],
)
def test_reading_again_what_was_read_before_takes_no_new_pages(
    server: RedisServer, colour: str, parser: str, call: str, size: int
) -> None:
    if parser == "hiredis":
        pytest.importorskip("hiredis", reason="hiredis is not installed")
    for name, length in (("10 kB", 10_000), ("300 kB", 300_000), ("3 MB", 3_000_000)):
        server.execute("SET", name, "x" * length)
    program = [sys.executable, "-c", PROGRAM, server.url, colour, parser, call]
    done = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60)

    assert int(done.stdout) < 20 * (size / PAGE) / 4
