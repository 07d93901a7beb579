"""Real servers, started and stopped."""

from __future__ import annotations

import os
import socket
import ssl
import time

import pytest

from plasma.testing import (
    CommandFailed,
    LauncherError,
    RedisServer,
    ServerFailed,
    certificates,
    find_servers,
    free_port,
    wire,
)
from plasma.testing.ports import has_ipv6
from plasma.testing.watchdog import is_running

each_server = pytest.mark.parametrize("name", [program.name for program in find_servers()])


def open_tls(server: RedisServer, host: str = "localhost", **trust: str) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=trust.get("ca", server.ca))
    if "cert" in trust:
        context.load_cert_chain(trust["cert"], trust["key"])
    return context.wrap_socket(socket.create_connection((server.host, server.tls_port)), server_hostname=host)


@each_server
def test_each_server_starts_answers_and_goes(name: str) -> None:
    with RedisServer(server=name) as server:
        server.execute("SET", "key", "é")
        pid, folder = server.pid, server.folder

        assert server.execute("GET", "key") == "é"
    assert not is_running(pid)
    assert not os.path.exists(folder)


@each_server
def test_each_server_tells_the_version_it_was_found_with(name: str) -> None:
    with RedisServer(server=name) as server:
        told: str = server.execute("INFO", "server")

        assert f"_version:{server.version}" in told or server.family == "redict"
        assert server.name == f"{server.family}-{server.version_info[0]}.{server.version_info[1]}"


@each_server
def test_each_server_runs_debug_commands(name: str) -> None:
    with RedisServer(server=name) as server:
        assert server.execute("DEBUG", "SLEEP", "0") == "OK"


@each_server
def test_each_server_answers_over_tls_by_name_and_by_address(name: str) -> None:
    with RedisServer(server=name, tls=True) as server:
        answers = []
        for host in ("localhost", "127.0.0.1"):
            with open_tls(server, host) as sock:
                answers.append(wire.ask(sock, "PING"))

        assert answers == [b"PONG", b"PONG"]
        assert server.url == f"rediss://127.0.0.1:{server.tls_port}"


@each_server
def test_each_server_asks_for_a_client_certificate_if_told_to(name: str) -> None:
    with RedisServer(server=name, tls=True, config={"tls_auth_clients": "yes"}) as server:
        with open_tls(server, cert=server.cert, key=server.key) as sock:
            assert wire.ask(sock, "PING") == b"PONG"
        with pytest.raises((ssl.SSLError, ConnectionError)), open_tls(server) as sock:
            wire.ask(sock, "PING")


@each_server
def test_each_server_comes_back_over_tls_after_a_restart(name: str) -> None:
    with RedisServer(server=name, tls=True) as server:
        server.restart()

        with open_tls(server) as sock:
            assert wire.ask(sock, "PING") == b"PONG"


@each_server
def test_each_server_shows_the_certificate_given(name: str) -> None:
    expired = certificates.server_certificate(expired=True)
    with (
        RedisServer(server=name, tls=expired) as server,
        pytest.raises(ssl.SSLCertVerificationError, match="expired"),
    ):
        open_tls(server)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6"))]
)
def test_it_listens_on_the_loopback_addresses(host: str) -> None:
    with RedisServer() as server, socket.create_connection((host, server.port)) as sock:
        assert wire.ask(sock, "PING") == b"PONG"


def test_a_unix_server_listens_on_its_socket_alone() -> None:
    with RedisServer(unix=True) as server:
        assert server.url == f"unix://{server.path}"
        assert server.port == 0
        assert server.execute("CONFIG", "GET", "port") == ["port", "0"]


def test_the_socket_is_there_beside_the_port_and_private() -> None:
    with RedisServer() as server:
        assert os.stat(server.folder).st_mode & 0o777 == 0o700
        assert server.execute("PING") == "PONG"
        assert server.url == f"redis://127.0.0.1:{server.port}"


def test_a_path_that_is_long_does_not_keep_the_socket_from_working(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = f"{tmp_path}/{'x' * 120}"
    os.mkdir(long)
    monkeypatch.setattr("tempfile.tempdir", long)
    with RedisServer(unix=True) as server:
        assert server.execute("PING") == "PONG"


@pytest.mark.parametrize("password", ["secret", 'sp ace "quote" \\back\\ é\n', "#hash", "'"])
def test_any_password_arrives_as_it_is(password: str) -> None:
    with RedisServer(password=password) as server, socket.create_connection((server.host, server.port)) as sock:
        assert str(wire.ask(sock, "PING")).startswith("NOAUTH")
        assert wire.ask(sock, "AUTH", password) == b"OK"


def test_the_url_holds_the_password_escaped() -> None:
    with RedisServer(password="p@ss/word") as server:
        assert server.url == f"redis://:p%40ss%2Fword@127.0.0.1:{server.port}"


def test_users_are_lines_of_the_access_list() -> None:
    with RedisServer(users=["alice on >pw ~a:* +get"]) as server:
        assert server.execute("ACL", "USERS") == ["alice", "default"]


def test_options_are_directives_with_dashes_or_underscores() -> None:
    with RedisServer(
        config={"maxmemory": "1mb", "maxmemory_policy": "allkeys-lru", "lazyfree-lazy-expire": True}
    ) as server:
        told = [
            server.execute("CONFIG", "GET", name)[1]
            for name in ("maxmemory", "maxmemory-policy", "lazyfree-lazy-expire")
        ]

        assert told == ["1048576", "allkeys-lru", "yes"]


def test_an_option_of_several_arguments_is_a_tuple_and_a_repeated_one_a_list() -> None:
    limits = [("normal", 10000000, 2000000, 3), ("pubsub", 40000000, 5000000, 6)]
    with RedisServer(config={"save": ("900", "1"), "client-output-buffer-limit": list(limits)}) as server:
        told = server.execute("CONFIG", "GET", "client-output-buffer-limit")[1]

        assert server.execute("CONFIG", "GET", "save") == ["save", "900 1"]
        assert "normal 10000000 2000000 3" in told
        assert "pubsub 40000000 5000000 6" in told


def test_two_servers_live_side_by_side() -> None:
    with RedisServer() as one, RedisServer() as two:
        one.execute("SET", "key", "1")

        assert two.execute("GET", "key") is None


def test_a_bad_option_fails_with_the_servers_own_words_and_leaves_nothing() -> None:
    server = RedisServer(config={"no-such-option": "1"})

    with pytest.raises(ServerFailed, match="no-such-option"):
        server.start()
    assert not server.is_running
    with pytest.raises(LauncherError, match="not started"):
        _ = server.folder


def test_a_port_that_was_lost_to_another_program_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        free = free_port()
        ports = iter([taken, free])
        monkeypatch.setattr("plasma.testing.server.free_port", lambda highest: next(ports))
        with RedisServer() as server:
            assert server.port == free
            assert server.execute("PING") == "PONG"


@pytest.mark.parametrize("name", ["redis-6.2"])
def test_a_tls_port_that_was_lost_is_replaced_before_a_server_without_tls(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name not in [program.name for program in find_servers()]:
        pytest.skip(f"{name} is not here")
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([free_port(), other.getsockname()[1], free_port(), free_port()])
        monkeypatch.setattr("plasma.testing.server.free_port", lambda highest: next(ports))
        with RedisServer(server=name, tls=True) as server, open_tls(server) as sock:
            assert wire.ask(sock, "PING") == b"PONG"


def test_a_restart_keeps_port_and_folder_and_loses_what_nothing_persists() -> None:
    with RedisServer() as server:
        before = server.port, server.folder
        pid = server.pid
        server.execute("SET", "key", "value")
        server.restart()

        assert (server.port, server.folder) == before
        assert server.pid != pid
        assert server.execute("GET", "key") is None


def test_a_restart_keeps_what_the_configuration_persists() -> None:
    with RedisServer(config={"appendonly": True}) as server:
        server.execute("SET", "key", "value")
        server.restart()

        assert server.execute("GET", "key") == "value"


def test_a_killed_server_refuses_and_comes_back_where_it_was() -> None:
    with RedisServer() as server:
        port, pid = server.port, server.pid
        server.kill()

        assert not server.is_running
        assert not is_running(pid)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((server.host, port))
        server.start()
        assert server.port == port
        assert server.execute("PING") == "PONG"


def test_a_server_that_ended_by_itself_is_not_running_and_can_be_started_again() -> None:
    with RedisServer() as server:
        with pytest.raises(ConnectionError):
            server.execute("SHUTDOWN", "NOSAVE")
        deadline = time.monotonic() + 10
        while server.is_running and time.monotonic() < deadline:
            time.sleep(0.001)

        assert not server.is_running
        assert server.start().execute("PING") == "PONG"


def test_a_paused_server_keeps_silent_until_it_is_resumed() -> None:
    with RedisServer() as server, socket.create_connection((server.host, server.port)) as sock:
        server.pause()
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            wire.ask(sock, "PING")
        server.resume()
        sock.settimeout(10)

        assert sock.recv(100) == b"+PONG\r\n"


def test_a_paused_server_is_stopped_and_restarted_like_any_other() -> None:
    with RedisServer() as server:
        server.pause()
        server.restart()
        pid = server.pid
        server.pause()

    assert not is_running(pid)


def test_a_stopped_server_starts_anew_on_the_same_port() -> None:
    server = RedisServer()
    with server:
        port, folder = server.port, server.folder
    with server:
        assert server.port == port
        assert server.folder != folder


def test_start_and_stop_may_come_twice() -> None:
    server = RedisServer()
    try:
        assert server.start() is server.start()
    finally:
        server.stop()
        server.stop()


def test_the_log_is_there_while_it_runs_and_afterwards() -> None:
    with RedisServer() as server:
        assert "Ready to accept connections" in server.log or "ready to accept connections" in server.log
    assert "eady to accept connections" in server.log


def test_an_error_reply_is_raised_in_the_servers_words() -> None:
    with RedisServer() as server, pytest.raises(CommandFailed, match="wrong number of arguments"):
        server.execute("GET")


def test_bytes_come_as_bytes_if_asked_for() -> None:
    with RedisServer() as server:
        server.execute("SET", "key", b"\xff\x00")

        assert server.execute("GET", "key", decode=False) == b"\xff\x00"


def test_the_repr_says_where_it_is_but_no_password() -> None:
    with RedisServer(password="hunter2") as server:
        assert f"127.0.0.1:{server.port}" in repr(server)
        assert "hunter2" not in repr(server)
    assert "not running" in repr(server)


def test_a_program_that_never_answers_is_given_up_with_its_words(tmp_path: object) -> None:
    program = f"{tmp_path}/redis-server"
    with open(program, "w") as file:
        file.write(
            '#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v=9.9.9" && exit\necho thinking\nexec sleep 60\n'
        )
    os.chmod(program, 0o755)
    server = RedisServer(server=program, start_timeout=0.2)

    with pytest.raises(ServerFailed, match=r"did not answer in 0\.2 s; it said:\nthinking"):
        server.start()


def test_a_free_port_refuses_connections() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()))
