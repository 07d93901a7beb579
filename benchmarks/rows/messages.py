"""Messages received in a loop over a subscription. Who publishes is one more process, of which nothing is counted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ..contenders import Bench, Place
from ..model import CPU, WALL, Row, cases, times_better

Run = Callable[[int], Any]

MESSAGES = 100_000

PUBLISHER = """
import socket, sys
host, port, channel = sys.argv[1:]
sock = socket.create_connection((host, int(port)))
for line in sys.stdin:
    numbers = range(int(line))
    for begin in range(0, len(numbers), 1000):
        texts = [f"message number {n}".encode() for n in numbers[begin : begin + 1000]]
        head = b"*3\\r\\n$7\\r\\nPUBLISH\\r\\n$%d\\r\\n%b\\r\\n" % (len(channel), channel.encode())
        sock.sendall(b"".join([head + b"$%d\\r\\n%b\\r\\n" % (len(text), text) for text in texts]))
        left = len(b":1\\r\\n") * len(texts)
        while left:
            left -= len(sock.recv(65536))
"""


def publisher(place: Place, channel: str) -> Callable[[int], object]:
    """A process that, told a number, publishes so many messages."""
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", PUBLISHER, place.host, str(place.port), channel], stdin=subprocess.PIPE
    )
    assert process.stdin is not None
    stdin = process.stdin

    def publish(count: int) -> None:
        stdin.write(b"%d\n" % count)
        stdin.flush()

    return publish


def receive(bench: Bench) -> Run:
    client = bench.open().client
    channel = f"many:{os.getpid()}"
    subscription = client.pubsub()
    subscription.subscribe(channel)
    if bench.contender.label.startswith("redis-py"):
        messages = subscription.listen()
        next(messages)  # the server's word that it has subscribed
    else:
        messages = iter(subscription)
    publish = publisher(bench.place, channel)

    def run(times: int, keep: Any = client) -> None:  # redis-py's client closes everything when it is collected
        publish(times)
        for number, _ in enumerate(messages, 1):
            if number == times:
                break

    return run


ROWS = (
    Row(
        "pubsub",
        "pub/sub, 100,000 messages",
        cases(receive, "plasma-h plasma-p redis-h redis-p"),
        MESSAGES,
        (
            *times_better("plasma-h", "redis-h", 4, CPU),
            *times_better("plasma-p", "redis-h", 2, CPU),
            *times_better("plasma-h", "redis-h", 1.3, WALL),
            *times_better("plasma-p", "redis-h", 1.3, WALL),
        ),
        rounds=7,
        unit="message",
    ),
)
