"""What a connection says before it serves, and what it may be told unasked: the protocol's rules without any I/O.

The handshake is data. `handshake` is a generator: it yields a batch of commands, which its driver sends in one
write, and is sent the list of their replies (errors are values). What it returns is the protocol version spoken.
Both colours drive the same one. The rules it keeps:

1. One write: HELLO 3 with AUTH and SETNAME, CLIENT SETINFO, SELECT. Errors of SETINFO are ignored.
2. Only NOPROTO and "unknown command" to HELLO mean that the server speaks RESP2 alone. AUTH and SELECT then follow on
   the same connection. Every other error to HELLO is raised, and the password is not sent a second time.
3. What a server answers to HELLO or AUTH is never quoted: an unknown HELLO is told with its arguments, password
   included.
"""

from __future__ import annotations

from .errors import (
    AuthenticationError,
    BusyScriptError,
    LoadingError,
    MasterDownError,
    NoPermissionError,
    ProtocolError,
    ProtocolVersionError,
    RedisConnectionError,
    ResponseError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from .config import RedisConfig

    Command = tuple[str, tuple[Any, ...]]
    Handshake = Generator[list[Command], list[Any], int]

LIBRARY_NAME = "plasma-redis"
LIBRARY_VERSION = "0.1.0"

_NO_ROOM = "ERR max number of clients reached"
_LOGIN_COMMANDS = frozenset({"HELLO", "AUTH"})


def handshake(config: RedisConfig, username: str | None, password: str | None, *, plain: bool) -> Handshake:
    """Log in, name the connection and choose its database; return the protocol version (2 or 3).

    `plain` says that HELLO is not to be tried: the address is known not to take it, or `protocol=2` was asked for.
    """
    if plain or config.protocol == 2:
        yield from _log_in_plain(config, username, password, named=config.protocol == 2)
        return 2
    replies = yield _log_in(config, username, password)
    greeting = replies[0]
    if not isinstance(greeting, ResponseError):
        if not isinstance(greeting, dict):
            raise ProtocolError("HELLO was answered with something that is not a map")
        if config.db:
            _expect_ok("SELECT", replies[-1])
        return 3
    if config.protocol is None and _knows_no_hello(greeting):
        yield from _log_in_plain(config, username, password, named=True)
        return 2
    raise masked("HELLO", greeting)


def _log_in(config: RedisConfig, username: str | None, password: str | None) -> list[Command]:
    if password is None and config.client_name is None and not config.db:
        return ANONYMOUS
    hello: list[Any] = [3]
    if password is not None:
        hello += ["AUTH", username or "default", password]
    if config.client_name is not None:
        hello += ["SETNAME", config.client_name]
    batch: list[Command] = [("HELLO", tuple(hello)), *_SETINFO]
    if config.db:
        batch.append(("SELECT", (config.db,)))
    return batch


def _log_in_plain(config: RedisConfig, username: str | None, password: str | None, *, named: bool) -> Handshake:
    """RESP2: AUTH and SELECT, or where neither is needed a PING, so that success means an answer."""
    batch: list[Command] = []
    if password is not None:
        batch.append(("AUTH", (password,) if username is None else (username, password)))
    if named:
        batch += _SETINFO
    if config.client_name is not None:
        batch.append(("CLIENT SETNAME", (config.client_name,)))
    if config.db:
        batch.append(("SELECT", (config.db,)))
    elif password is None:
        batch.append(("PING", ()))
    for (name, _), reply in zip(batch, (yield batch), strict=True):
        # A proxy that knows no CLIENT serves all the same; a name is a courtesy.
        if name.startswith("CLIENT "):
            continue
        # A server that is busy or loading has answered: what it will do is for the caller's own command to find out.
        if not (name == "PING" and isinstance(reply, (BusyScriptError, LoadingError, MasterDownError))):
            _expect_ok(name, reply)
    return 2


_SETINFO: list[Command] = [
    ("CLIENT SETINFO", ("LIB-NAME", LIBRARY_NAME)),
    ("CLIENT SETINFO", ("LIB-VER", LIBRARY_VERSION)),
]
ANONYMOUS: list[Command] = [("HELLO", (3,)), *_SETINFO]  # what most say: nobody changes it, and it may be kept packed


def _expect_ok(name: str, reply: Any) -> None:
    if isinstance(reply, ResponseError):
        raise masked(name, reply)
    if reply not in ("OK", "PONG"):
        raise ProtocolError(f"{name} was answered with neither OK nor an error")


def _knows_no_hello(error: ResponseError) -> bool:
    return isinstance(error, ProtocolVersionError) or "unknown command" in str(error.args[0]).lower()


def masked(name: str, error: ResponseError) -> ResponseError | RedisConnectionError:
    """The error to raise for the server's answer to `name`: its own, or one of our words where it may hold secrets."""
    text = str(error.args[0])
    if text == _NO_ROOM:
        return RedisConnectionError("the server has no room for another client (its maxclients is reached)")
    if name not in _LOGIN_COMMANDS:
        error.command = name
        return error
    if text.startswith("DENIED "):
        return RedisConnectionError("the server is in protected mode and takes connections from its own machine only")
    code, said = error.code, error.__class__
    if code == "NOAUTH":
        why = "NOAUTH the server asks for a login: set password= (and username=)"
    elif code == "WRONGPASS":
        why = "WRONGPASS the server refused the user name or password"
    elif said is NoPermissionError:
        why = f"NOPERM the user may not run {name}"
    elif said is ProtocolVersionError or _knows_no_hello(error):
        said = ProtocolVersionError
        why = f"NOPROTO the server does not take {name}; leave protocol unset to fall back to RESP2"
    elif said is not ResponseError:
        why = f"{code} the server refused {name}"
    elif name == "AUTH":
        said, why = AuthenticationError, "ERR the server refused AUTH: a wrong password, or it wants none"
    else:
        why = f"ERR the server refused {name}"
    return said(why, command=name)


def hung_up(config: RedisConfig, batch: list[Command], replies: list[Any]) -> bool:
    """The peer closed in mid-handshake: is it one that closes on HELLO, to be asked once more without it?

    Raises what the server said before it closed, if it did: that it has no room for another client, for one.
    """
    greeting = replies[0] if replies else None
    refused = greeting is None or (isinstance(greeting, ResponseError) and _knows_no_hello(greeting))
    if refused and batch[0][0] == "HELLO" and config.protocol is None:
        return True
    for (name, _), reply in zip(batch, replies, strict=False):
        if isinstance(reply, ResponseError):
            is_courtesy = name.startswith("CLIENT ")  # the server need not know it, but this may be its last word
            error = masked("HELLO" if is_courtesy else name, reply)
            if not is_courtesy or isinstance(error, RedisConnectionError):
                raise error
    return False


def unasked(reply: Any) -> ProtocolError:
    """The error for a reply that nobody asked for. It may answer a login, so no word of it is shown."""
    kind = "an error" if isinstance(reply, ResponseError) else "a reply"
    return ProtocolError(f"the server sent {kind} that nobody asked for")
