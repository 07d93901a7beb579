"""The end of one call, in both colours: a moment, and the time that connecting may take in addition."""

from __future__ import annotations

from time import monotonic

# Seconds. A connection that was used less long ago is not looked at before it is used again.
FRESH = 0.1


class Deadline:
    """One for each call. Opening connections has time of its own, for all attempts of the call together."""

    __slots__ = ("at", "connect_left")

    def __init__(self, now: float, timeout: float | None, connect_timeout: float) -> None:
        self.at = None if timeout is None else now + timeout
        self.connect_left = connect_timeout

    def left(self) -> float | None:
        """Seconds left, and never quite none, so that it can be waited for; None without end."""
        return None if self.at is None else max(self.at - monotonic(), 0.0001)

    def passes_within(self, seconds: float) -> bool:
        """Will the end have come by then?"""
        return self.at is not None and monotonic() + seconds >= self.at

    def connected(self, spent: float) -> None:
        """Connecting took, or tried for, so many seconds: they are its own and not the call's."""
        self.connect_left -= spent
        if self.at is not None:
            self.at += spent
