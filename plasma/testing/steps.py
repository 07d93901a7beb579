"""What a scripted peer does, as values to make lists of.

    Peer([steps.expect("PING"), steps.send(b"+PONG\r\n"), steps.close()])

A step is a function of the peer's connection; one of your own goes into the list like these.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import EllipsisType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conversation import PeerConnection

Step = Callable[["PeerConnection"], object]


def expect(*words: str | bytes | int | float | EllipsisType) -> Step:
    """The next command is this one; a last `...` stands for any arguments, also none."""
    return lambda connection: connection.expect(*words)


def expect_bytes(data: bytes) -> Step:
    """The next bytes are exactly these."""
    return lambda connection: connection.expect_bytes(data)


def send(*data: bytes) -> Step:
    """Send these bytes, each piece by a write of its own."""
    return lambda connection: connection.send(*data)


def wait(event: threading.Event) -> Step:
    """Do nothing until the test sets the event."""
    return lambda connection: connection.wait(event)


def close() -> Step:
    """Close the connection."""
    return lambda connection: connection.close()


def reset() -> Step:
    """Close the connection with an RST: the client's next read or write fails."""
    return lambda connection: connection.reset()
