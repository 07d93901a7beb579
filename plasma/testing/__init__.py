"""Real servers, faulty networks and scripted peers, for the tests of whoever uses Redis.

    with plasma.testing.RedisServer() as server:       a private, real server (`python -m plasma.testing --install`)
        client = plasma.RedisClient(server.url)

Nothing here knows the client: it stands on the standard library alone, so that what tests the client cannot share
its faults. `import plasma` does not import it.
"""

from __future__ import annotations

from . import certificates, steps
from .certificates import Certificate
from .conversation import Answer, PeerConnection, Script
from .errors import CommandFailed, LauncherError, ScriptError, ServerFailed, ServerNotFound
from .faultproxy import FaultProxy
from .find import ServerProgram, find_server, find_servers
from .peer import Peer
from .ports import free_port
from .server import RedisServer
from .tlsproxy import TLSProxy

__all__ = [
    "Answer",
    "Certificate",
    "CommandFailed",
    "FaultProxy",
    "LauncherError",
    "Peer",
    "PeerConnection",
    "RedisServer",
    "Script",
    "ScriptError",
    "ServerFailed",
    "ServerNotFound",
    "ServerProgram",
    "TLSProxy",
    "certificates",
    "find_server",
    "find_servers",
    "free_port",
    "steps",
]
