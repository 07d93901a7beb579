"""What the testing tools raise. They stand beside `plasma.errors`, not in it: no client is involved.

LauncherError
├── ServerNotFound       no server program here; the text says what to install
├── ServerFailed         the program did not come up, or died; the text holds its own words
└── CommandFailed        the server answered `RedisServer.execute` with an error
ScriptError              (AssertionError) a peer was not sent what its script expects
"""

from __future__ import annotations


class LauncherError(Exception):
    """The root of what a launcher of servers raises."""


class ServerNotFound(LauncherError):
    """There is no server program to start; the text says what to install."""


class ServerFailed(LauncherError):
    """A server program did not come up, or died while it did; the text ends with its log."""


class CommandFailed(LauncherError):
    """A server's error reply to `RedisServer.execute`; the text is the server's."""


class ScriptError(AssertionError):
    """A scripted peer was sent something else than its script expects."""
