"""Commands on connections: this one, and those of other clients.

Many of them change the connection they run on (`auth`, `select`, `client_setname` ...). A client, whose connections
are anybody's, refuses those; `client.pinned()` is a connection on which they run.
"""

from __future__ import annotations

from .core import (
    TYPE_CHECKING,
    CommandsCore,
    S,
    at_most_one,
    none_given,
    ok,
    overload,
    text_or_none,
    texts,
    to_bool,
)
from .core import milliseconds as whole_milliseconds
from .worded import client, clients, greeting, tracking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, TypedDict

    from typing_extensions import Unpack

    from .core import Duration, Reply, Value

    class ClientFilters(TypedDict, total=False):
        """Which clients: those that meet all of it. Redis knows type, user, addr, laddr, skipme and maxage, and id;
        the rest is Valkey's."""

        type: Literal["NORMAL", "MASTER", "PRIMARY", "REPLICA", "PUBSUB"]
        user: str
        addr: str
        laddr: str
        skipme: bool
        maxage: int
        name: str
        idle: int
        flags: str
        lib_name: str
        lib_ver: str
        db: int
        capa: str
        ip: str
        not_type: Literal["NORMAL", "MASTER", "PRIMARY", "REPLICA", "PUBSUB"]
        not_id: int | Sequence[int]
        not_user: str
        not_addr: str
        not_laddr: str
        not_name: str
        not_flags: str
        not_lib_name: str
        not_lib_ver: str
        not_db: int
        not_capa: str
        not_ip: str


class ConnectionCommands(CommandsCore[S]):
    """This connection, and those of other clients."""

    __slots__ = ()

    @overload
    def auth(self, password: str, /) -> Reply[bool]: ...
    @overload
    def auth(self, username: str, password: str, /) -> Reply[bool]: ...
    def auth(self, *credentials: str) -> Reply[bool]:
        """Return True; the connection is logged in. On a client: give it `username=` and `password=`.

        Raises:
            AuthenticationError: The password is wrong, or there is no such user.

        https://redis.io/docs/latest/commands/auth/
        """
        return self._run("AUTH", *credentials, parse=ok)

    def client_caching(self, yes: bool) -> Reply[bool]:
        """Return True; the keys of the next command are tracked, or are not, where tracking is opted in to, or out of.

        https://redis.io/docs/latest/commands/client-caching/
        """
        return self._run("CLIENT CACHING", "YES" if yes else "NO", parse=ok)

    def client_capa(self, *capabilities: str) -> Reply[bool]:
        """Return True; the server knows that this client can do these things ("redirect").

        https://valkey.io/commands/client-capa/
        """
        if not capabilities:
            raise none_given("client_capa", "capability")
        return self._run("CLIENT CAPA", *capabilities, parse=ok)

    def client_getname(self) -> Reply[str | None]:
        """Return the name of the connection, or None if it has none.

        https://redis.io/docs/latest/commands/client-getname/
        """
        return self._run("CLIENT GETNAME", parse=text_or_none)

    def client_getredir(self) -> Reply[int]:
        """Return the id of the client that gets the invalidations of tracked keys; 0 is this one, -1 no tracking.

        https://redis.io/docs/latest/commands/client-getredir/
        """
        return self._run("CLIENT GETREDIR")

    def client_help(self) -> Reply[list[str]]:
        """Return the server's lines on the CLIENT commands.

        https://redis.io/docs/latest/commands/client-help/
        """
        return self._run("CLIENT HELP", parse=texts)

    def client_id(self) -> Reply[int]:
        """Return the number of the connection, which no other one of this server ever has.

        https://redis.io/docs/latest/commands/client-id/
        """
        return self._run("CLIENT ID")

    def client_import_source(self, on: bool) -> Reply[bool]:
        """Return True; the connection is one that data is imported by (what it writes does not expire), or is not.

        https://valkey.io/commands/client-import-source/
        """
        return self._run("CLIENT IMPORT-SOURCE", _switch(on), parse=ok)

    def client_info(self) -> Reply[dict[str, str]]:
        """Return what the server knows of the connection, as it words it.

        https://redis.io/docs/latest/commands/client-info/
        """
        return self._run("CLIENT INFO", parse=client)

    def client_kill(self, *, id: int | Sequence[int] | None = None, **filters: Unpack[ClientFilters]) -> Reply[int]:
        """Return how many connections were closed: those that meet all the filters.

        Args:
            id: The number of the connection; several where the server knows that (Valkey).
            addr, laddr: The other side's "address:port", the server's own.
            skipme: Close this connection, too, if False. It is spared without that.
            maxage: Seconds that the connection is old at least.

        https://redis.io/docs/latest/commands/client-kill/
        """
        options = _filters("client_kill", filters)
        if id is not None:
            options += "ID", *_numbers(id)
        if not options:
            raise none_given("client_kill", "filter")
        return self._run("CLIENT KILL", *options)

    def client_list(
        self, *, id: int | Sequence[int] | None = None, **filters: Unpack[ClientFilters]
    ) -> Reply[list[dict[str, str]]]:
        """Return what the server knows of its clients, as it words it: of all, or of those that meet all the filters.

        Redis knows the filters *id* and *type*; the others are Valkey's.

        https://redis.io/docs/latest/commands/client-list/
        """
        options = _filters("client_list", filters)
        if id is not None:
            options += "ID", *_numbers(id)
        return self._run("CLIENT LIST", *options, parse=clients)

    def client_no_evict(self, on: bool) -> Reply[bool]:
        """Return True; the connection is spared, or is not, when the server closes some to save memory.

        https://redis.io/docs/latest/commands/client-no-evict/
        """
        return self._run("CLIENT NO-EVICT", _switch(on), parse=ok)

    def client_no_touch(self, on: bool) -> Reply[bool]:
        """Return True; what the connection reads does not count as used, or does.

        https://redis.io/docs/latest/commands/client-no-touch/
        """
        return self._run("CLIENT NO-TOUCH", _switch(on), parse=ok)

    def client_pause(self, timeout: Duration, *, mode: Literal["WRITE", "ALL"] | None = None) -> Reply[bool]:
        """Return True; for *timeout* milliseconds no client is served, or none that writes.

        https://redis.io/docs/latest/commands/client-pause/
        """
        milliseconds = whole_milliseconds("timeout", timeout)
        return self._run("CLIENT PAUSE", milliseconds, *(() if mode is None else (mode,)), parse=ok)

    def client_reply(self, mode: Literal["ON", "OFF", "SKIP"]) -> Reply[bool]:
        """Return True; the connection gets replies. "OFF" and "SKIP" are refused: their caller would wait for ever.

        https://redis.io/docs/latest/commands/client-reply/
        """
        return self._run("CLIENT REPLY", mode, parse=ok)

    def client_setinfo(self, attribute: Literal["LIB-NAME", "LIB-VER"], value: str) -> Reply[bool]:
        """Return True; the server knows the name, or the version, of the library.

        https://redis.io/docs/latest/commands/client-setinfo/
        """
        return self._run("CLIENT SETINFO", attribute, value, parse=ok)

    def client_setname(self, connection_name: str) -> Reply[bool]:
        """Return True; the connection has a name; "" takes it away. On a client: give it `client_name=`.

        https://redis.io/docs/latest/commands/client-setname/
        """
        return self._run("CLIENT SETNAME", connection_name, parse=ok)

    def client_tracking(
        self,
        on: bool,
        *,
        redirect: int | None = None,
        prefixes: Sequence[Value] = (),
        bcast: bool = False,
        optin: bool = False,
        optout: bool = False,
        noloop: bool = False,
    ) -> Reply[bool]:
        """Return True; the server tells of changes to keys that the connection has read, or does not.

        Args:
            redirect: The number of the connection to tell.
            prefixes: With *bcast*: tell of keys that begin with one of these.
            bcast: Tell of all keys, read or not.
            optin, optout: Track only, or do not track, the keys of a command that `client_caching` precedes.
            noloop: Do not tell of changes that the connection makes itself.

        https://redis.io/docs/latest/commands/client-tracking/
        """
        at_most_one("client_tracking", optin=optin, optout=optout)
        at_most_one("client_tracking", bcast=bcast, optin=optin)
        at_most_one("client_tracking", bcast=bcast, optout=optout)
        options: list[Value] = []
        if redirect is not None:
            options += "REDIRECT", redirect
        for prefix in prefixes:
            options += "PREFIX", prefix
        words = {"BCAST": bcast, "OPTIN": optin, "OPTOUT": optout, "NOLOOP": noloop}
        options += [word for word, given in words.items() if given]
        return self._run("CLIENT TRACKING", _switch(on), *options, parse=ok)

    def client_trackinginfo(self) -> Reply[dict[str, Any]]:
        """Return how the connection tracks keys: its flags, the number of the connection told, and prefixes of keys.

        https://redis.io/docs/latest/commands/client-trackinginfo/
        """
        return self._run("CLIENT TRACKINGINFO", parse=tracking)

    def client_unblock(self, client_id: int, *, reason: Literal["TIMEOUT", "ERROR"] | None = None) -> Reply[bool]:
        """Return whether the client of this number was waiting in a blocking command, which has now ended.

        Args:
            reason: How it ends: as if its time were up (which is usual), or with an error.

        https://redis.io/docs/latest/commands/client-unblock/
        """
        return self._run("CLIENT UNBLOCK", client_id, *(() if reason is None else (reason,)), parse=to_bool)

    def client_unpause(self) -> Reply[bool]:
        """Return True; all clients are served again.

        https://redis.io/docs/latest/commands/client-unpause/
        """
        return self._run("CLIENT UNPAUSE", parse=ok)

    def echo(self, message: Value) -> Reply[S]:
        """Return *message*.

        https://redis.io/docs/latest/commands/echo/
        """
        return self._run("ECHO", message)

    def hello(
        self, protover: int | None = None, *, auth: tuple[str, str] | None = None, setname: str | None = None
    ) -> Reply[dict[str, Any]]:
        """Return what the server is: its name, version, role and modules, and what the connection is.

        Args:
            protover: Speak this version of the protocol from now on. On a client: give it `protocol=`.
            auth: User name and password.

        https://redis.io/docs/latest/commands/hello/
        """
        if protover is None:
            if auth is not None or setname is not None:
                raise ValueError("hello(): auth and setname need protover")
            return self._run("HELLO", parse=greeting)
        options: list[Value] = [protover]
        if auth is not None:
            options += "AUTH", *auth
        if setname is not None:
            options += "SETNAME", setname
        return self._run("HELLO", *options, parse=greeting)

    @overload
    def ping(self) -> Reply[bool]: ...
    @overload
    def ping(self, message: Value) -> Reply[S]: ...
    def ping(self, message: Value | None = None) -> Reply[Any]:
        """Return True, or *message*: the server is there.

        https://redis.io/docs/latest/commands/ping/
        """
        return self._run("PING", parse=ok) if message is None else self._run("PING", message)

    def quit(self) -> Reply[bool]:
        """Return True; the server closes the connection. On a client: `disconnect()`.

        https://redis.io/docs/latest/commands/quit/
        """
        return self._run("QUIT", parse=ok)

    def reset(self) -> Reply[bool]:
        """Return True; the connection is as if it were new, on RESP2 and logged out.

        https://redis.io/docs/latest/commands/reset/
        """
        return self._run("RESET", parse=ok)

    def select(self, index: int) -> Reply[bool]:
        """Return True; the connection uses another database. On a client: give it `db=`.

        https://redis.io/docs/latest/commands/select/
        """
        return self._run("SELECT", index, parse=ok)


# The names of ClientFilters, which exist for checkers only.
_NEGATABLE = ("addr", "capa", "db", "flags", "id", "ip", "laddr", "lib_name", "lib_ver", "name", "type", "user")
_FILTERS = frozenset(("idle", "maxage", "skipme", *_NEGATABLE, *[f"not_{name}" for name in _NEGATABLE]))


def _filters(method: str, filters: Mapping[str, Any]) -> list[Value]:
    options: list[Value] = []
    for name, value in filters.items():
        if name not in _FILTERS:
            raise TypeError(f"{method}() got an unexpected keyword argument {name!r}")
        if value is None:
            continue
        options.append(name.upper().replace("_", "-"))
        if name == "skipme":
            options.append("YES" if value else "NO")
        else:
            options += _numbers(value) if name == "not_id" else (value,)
    return options


def _numbers(ids: int | Sequence[int]) -> Sequence[int]:
    return (ids,) if isinstance(ids, int) else ids


def _switch(on: bool) -> str:
    return "ON" if on else "OFF"
