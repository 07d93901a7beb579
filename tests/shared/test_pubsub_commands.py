"""Publishing, and asking who listens, on a real server and every face of the client."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from support.servers import needs


@contextmanager
def listening(r, *words: str) -> Iterator[socket.socket]:
    """A plain listener: one SUBSCRIBE command on a socket of its own, confirmed."""
    command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    config = r.client.config
    with socket.create_connection((config.host, config.port), timeout=10) as listener:
        listener.sendall(command.encode())
        received = b""
        while received.count(b":") < len(words) - 1:
            received += listener.recv(4096)
        yield listener


async def test_publish_counts_the_receivers(r):
    assert await r.publish("ch", "message") == 0
    with listening(r, "SUBSCRIBE", "ch") as listener:
        assert await r.publish("ch", "message") == 1
        assert listener.recv(4096) == b"*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$7\r\nmessage\r\n"


async def test_channels_and_listeners_are_told(r):
    with listening(r, "SUBSCRIBE", "news", "weather"):
        assert sorted(await r.pubsub_channels()) == r.s(["news", "weather"])
        assert await r.pubsub_channels("n*") == r.s(["news"])
        assert await r.pubsub_numsub("news", "none") == r.s({"news": 1, "none": 0})
    assert await r.pubsub_numsub() == {}


async def test_patterns_are_counted(r):
    assert await r.pubsub_numpat() == 0
    with listening(r, "PSUBSCRIBE", "n*", "w*"):
        assert await r.pubsub_numpat() == 2


@needs("SPUBLISH")
async def test_sharded_channels_are_apart(r):
    assert await r.spublish("orders", "message") == 0
    with listening(r, "SSUBSCRIBE", "orders"):
        assert await r.spublish("orders", "message") == 1
        assert await r.publish("orders", "message") == 0
        assert await r.pubsub_shardchannels() == r.s(["orders"])
        assert await r.pubsub_shardchannels("x*") == []
        assert await r.pubsub_shardnumsub("orders", "none") == r.s({"orders": 1, "none": 0})


async def test_pubsub_help_is_text_on_every_face(r):
    assert all(type(line) is str for line in await r.pubsub_help())
