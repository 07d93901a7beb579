"""A private, real server for the length of a block.

    with RedisServer() as server:
        client = RedisClient(server.url)

It listens on a free port of the loopback addresses and on a unix socket, keeps its files in a folder of its own, and
saves nothing. However the block or this process ends (an exception, `sys.exit`, SIGKILL), the server's process and
its folder go with it: see `guard.py`. A forked child leaves its parent's servers alone.

Stopping is SIGKILL, as there is nothing to save; `restart` asks politely, so what the configuration persists is kept.
"""

from __future__ import annotations

import atexit
import os
import re
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from . import guard
from .certificates import Certificate, client_certificate, server_certificate
from .configuration import ConfigValue, directive_name, one_word, redis_conf
from .errors import CommandFailed, LauncherError, ServerFailed
from .find import ServerProgram, find_server
from .ports import free_port, has_ipv6
from .process import SOCKET, ServerProcess, read_log
from .tlsproxy import TLSProxy
from .wire import ReplyError, ask, text

_HIGHEST_PORT = 55535  # a node of a cluster also listens 10,000 ports higher


class RedisServer:
    """A private server process; a context manager, or `start` and `stop`.

    Args:
        server: Which program: a name of `find_servers()` such as "redis-7.0", a family, or a path. Without it,
            PLASMA_SERVER names one; else the newest Redis there is.
        unix: Listen on the unix socket alone; `url` names it and `port` is 0.
        tls: Listen with TLS as well, on `tls_port`, and let `url` name that. True shows a valid certificate of this
            machine; a `Certificate` shows that one. Clients may show a certificate of the same authority, such as
            `cert` and `key`; they must with config={"tls-auth-clients": "yes"}. Before a program without TLS stands
            a `TLSProxy`, which knows no other of the server's tls options.
        password: What the default user must give.
        users: Lines of the access list, as the `user` directive has them: "alice on >secret ~* +@all".
        config: More directives of redis.conf; `_` in a name stands for `-`. A text is one argument, a tuple several,
            a list is the directive several times: {"maxmemory": "1mb", "save": ("900", "1")}.
        start_timeout: How long, in seconds, the server may take to answer.
    """

    def __init__(
        self,
        *,
        server: str | None = None,
        unix: bool = False,
        tls: bool | Certificate = False,
        password: str | None = None,
        users: Sequence[str] = (),
        config: Mapping[str, ConfigValue] | None = None,
        start_timeout: float = 20.0,
    ) -> None:
        self.program: ServerProgram = find_server(server)
        self.password = password
        self.host = "127.0.0.1"
        self.port = 0
        self.tls_port = 0
        self._unix = unix
        self._certificate = (tls if isinstance(tls, Certificate) else server_certificate()) if tls else None
        self._tls_proxy: TLSProxy | None = None
        self._users = list(users)
        self._config = {directive_name(name): value for name, value in (config or {}).items()}
        self._start_timeout = start_timeout
        self._owner = os.getpid()
        self._folder = ""
        self._folder_key = 0
        self._process: ServerProcess | None = None
        self._old_log = ""

    # What it is

    @property
    def name(self) -> str:
        """Family and version, such as "redis-7.0"."""
        return self.program.name

    @property
    def family(self) -> str:
        """What the program calls itself: redis, valkey or redict."""
        return self.program.family

    @property
    def version(self) -> str:
        """The program's whole version, such as "8.6.3"."""
        return self.program.version

    @property
    def version_info(self) -> tuple[int, ...]:
        """The version as numbers, such as (8, 6, 3). Valkey counts its own."""
        return self.program.version_info

    # Where it is

    @property
    def url(self) -> str:
        """The address to give to a client, with the password if there is one."""
        login = f":{quote(self.password, safe='')}@" if self.password else ""
        if self._certificate:
            return f"rediss://{login}{self.host}:{self.tls_port}"
        return f"unix://{login}{self.path}" if self._unix else f"redis://{login}{self.host}:{self.port}"

    @property
    def path(self) -> str:
        """The unix socket. Every server has one."""
        return os.path.join(self.folder, SOCKET)

    @property
    def ca(self) -> str:
        """The certificate of the authority that signed the server's, as a path."""
        return self._tls().ca

    @property
    def cert(self) -> str:
        """A certificate for a client to show, as a path."""
        self._tls()
        return client_certificate().cert

    @property
    def key(self) -> str:
        """The key of `cert`, as a path."""
        self._tls()
        return client_certificate().key

    def _tls(self) -> Certificate:
        if self._certificate is None:
            raise LauncherError("this server was started without tls=True")
        return self._certificate

    @property
    def folder(self) -> str:
        """The server's private folder."""
        if not self._folder:
            raise LauncherError("the server is not started")
        return self._folder

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the process is there (also if it is paused)."""
        return self._process is not None and self._process.is_running

    @property
    def log(self) -> str:
        """What the server printed so far (the end of it); after `stop`, what it had printed by then."""
        if self._folder:
            with suppress(FileNotFoundError):
                return read_log(self._folder)
        return self._old_log

    def __repr__(self) -> str:
        where = (self.path if self._unix else f"{self.host}:{self.port}") if self.is_running else "not running"
        return f"<RedisServer {self.name} {where}>"

    # Its life

    def start(self) -> RedisServer:
        """Start the server, and return it once it answers. After `kill` it comes back where it was."""
        if self.is_running:
            return self
        self._owner = os.getpid()
        try:
            self.kill()  # what ended by itself is still to be collected
            new_life = not self._folder
            if new_life:
                self._folder, self._folder_key = guard.private_folder()
                with _lock:
                    _started.add(self)
            for _ in range(20):
                if not self.port and not self._unix:
                    self.port = free_port(_HIGHEST_PORT)
                if self._certificate and not self.tls_port:
                    self.tls_port = free_port(_HIGHEST_PORT)
                if self._launch():
                    return self
                if new_life:
                    self.port = self.tls_port = 0  # one of them is somebody else's now
                else:
                    time.sleep(0.05)  # somebody's outgoing connection may sit on it for a moment
            raise ServerFailed(f"{self.name} found no port to listen on; its log:\n{self.log}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Kill the server and remove its folder. Nothing happens if that is done, or in a forked child."""
        if self._owner != os.getpid():
            return
        self.kill()
        if self._tls_proxy is not None:
            self._tls_proxy.stop()
            self._tls_proxy = None
        if self._folder:
            self._old_log = self.log
            guard.remove(self._folder, self._folder_key)
            self._folder = ""
        with _lock:
            _started.discard(self)

    def kill(self) -> None:
        """Kill the server now (SIGKILL); its port and folder are kept for `start`."""
        if self._owner == os.getpid() and self._process is not None:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """End the server as a SIGTERM ends it, and start it again on the same port and folder."""
        if self._owner == os.getpid() and self._process is not None:
            self._process.terminate(5)
        self.start()

    def pause(self) -> None:
        """Stop the process without ending it (SIGSTOP): connections stay, and nothing answers."""
        self._running().pause()

    def resume(self) -> None:
        """Let a paused server go on."""
        self._running().resume()

    def execute(self, *args: str | bytes | int | float, decode: bool = True) -> Any:
        """Run one command on a connection of its own and return the plain RESP2 reply; raise `CommandFailed`.

        Strings come as text, or as bytes with *decode* False. No client takes part.
        """
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(30)
            sock.connect(self.path)
            if self.password:
                _checked(ask(sock, "AUTH", self.password))
            reply = _checked(ask(sock, *args))
        return text(reply) if decode else reply

    def __enter__(self) -> RedisServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # How it is done

    def _launch(self) -> bool:
        """Start the process and wait until it answers; False if another program has its port."""
        own_tls = self._certificate is not None and self.program.path not in _without_tls
        said = self._run(own_tls)
        if said and own_tls and re.search("Bad directive|unknown option|Failed to configure TLS", said, re.IGNORECASE):
            own_tls = False
            said_plain = self._run(own_tls)
            if not said_plain:
                _without_tls.add(self.program.path)
            said = said and said_plain
        if "Address already in use" in said:
            return False
        if said:
            raise ServerFailed(f"{self.name} ended as it started; it said:\n{said}")
        if self._certificate and not own_tls:
            return self._start_proxy(self._certificate)
        return True

    def _run(self, own_tls: bool) -> str:
        """Start the process; return "" once it answers, or what it said if it ended instead."""
        configuration = redis_conf(self._directives(own_tls), self._users)
        self._process = ServerProcess(self.program.path, self._folder, configuration)
        said = self._process.run(self._start_timeout)
        if said:
            self.kill()
        return said

    def _start_proxy(self, certificate: Certificate) -> bool:
        if self._tls_proxy is not None:
            return True
        asked = one_word(self._config.get("tls-auth-clients", "optional"))
        proxy = TLSProxy(f"unix://{self.path}", certificate, client_certificates=asked, port=self.tls_port)
        try:
            self._tls_proxy = proxy.start()
        except OSError:  # the port is somebody else's now
            self.kill()
            return False
        return True

    def _directives(self, own_tls: bool) -> dict[str, ConfigValue]:
        ours: dict[str, ConfigValue] = {
            "bind": ("127.0.0.1", "-::1") if has_ipv6() else "127.0.0.1",
            "port": self.port,
            "unixsocket": self.path,
            "dir": self._folder,
            "save": "",
            "appendonly": False,
        }
        if self.version_info >= (7, 0):
            ours["enable-debug-command"] = True
        if self.password:
            ours["requirepass"] = self.password
        if not own_tls or self._certificate is None:
            return ours | {name: value for name, value in self._config.items() if not name.startswith("tls-")}
        ours["tls-port"] = self.tls_port
        ours["tls-auth-clients"] = "optional"
        ours["tls-ca-cert-file"] = self._certificate.ca
        ours["tls-cert-file"] = self._certificate.cert
        ours["tls-key-file"] = self._certificate.key
        if self._certificate.key_password:
            ours["tls-key-file-pass"] = self._certificate.key_password
        return ours | self._config

    def _running(self) -> ServerProcess:
        if self._process is None:
            raise LauncherError("the server is not running")
        return self._process


def _checked(reply: Any) -> Any:
    if isinstance(reply, ReplyError):
        raise CommandFailed(str(reply))
    return reply


_without_tls: set[Path] = set()  # programs found to have no TLS
_lock = threading.Lock()
_started: set[RedisServer] = set()


@atexit.register
def _stop_all() -> None:
    for server in list(_started):
        server.stop()
