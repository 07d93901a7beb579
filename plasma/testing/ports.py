"""Ports on this machine that nobody listens on."""

from __future__ import annotations

import socket

_v6: list[bool] = []


def has_ipv6() -> bool:
    """Whether `::1` can be listened on here."""
    if not _v6:
        try:
            with socket.socket(socket.AF_INET6) as sock:
                sock.bind(("::1", 0))
            _v6.append(True)
        except OSError:
            _v6.append(False)
    return _v6[0]


def free_port(highest: int = 65535) -> int:
    """Return a port that nobody listens on, on 127.0.0.1 and on ::1: a connection to it is refused.

    *highest* leaves room above it, for a port that a server derives from it. Nothing reserves the port: another
    program may take it a moment later, so whoever listens on it must be ready to lose.
    """
    while True:
        with socket.socket() as v4:
            v4.bind(("127.0.0.1", 0))
            port: int = v4.getsockname()[1]
            if port > highest:
                continue
            if not has_ipv6():
                return port
            try:
                with socket.socket(socket.AF_INET6) as v6:
                    v6.bind(("::1", port))
                return port
            except OSError:  # somebody has it on ::1
                continue
