"""Scripted peers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from plasma.testing import Answer, Peer, PeerConnection, ScriptError, certificates, steps, wire


@contextmanager
def connected(peer: Peer) -> Iterator[socket.socket]:
    with socket.create_connection((peer.host, peer.port), timeout=10) as sock:
        yield sock


def read_to_the_end(sock: socket.socket) -> bytes:
    data = b""
    while more := sock.recv(65536):
        data += more
    return data


def play(peer: Peer, sent: bytes, *, to_the_end: bool = False) -> None:
    """A whole block: send this to a peer, and perhaps wait until it ends the connection."""
    with peer, connected(peer) as sock:
        sock.sendall(sent)
        if to_the_end:
            read_to_the_end(sock)


def test_steps_are_done_one_after_another() -> None:
    script = [steps.expect("PING"), steps.send(b"+PONG\r\n"), steps.expect("GET", "k"), steps.send(b"$-1\r\n")]
    with Peer(script) as peer, connected(peer) as sock:
        assert wire.ask(sock, "PING") == b"PONG"
        assert wire.ask(sock, "get", "k") is None
    assert peer.commands == [[b"PING"], [b"get", b"k"]]


def test_a_function_is_a_script_too_and_sees_the_connections_number() -> None:
    def script(connection: PeerConnection) -> None:
        for command in connection:
            connection.send(b":%d\r\n" % (connection.number * 10 + len(command)))

    with Peer(script) as peer, connected(peer) as one, connected(peer) as two:
        answers = [wire.ask(one, "A"), wire.ask(two, "A", "b"), wire.ask(one, "A", "b")]

        assert answers == [1, 12, 2]
        assert peer.connections == 2


def test_what_was_not_expected_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(ScriptError, match="expected GET k, not GET other"):
        play(Peer([steps.expect("GET", "k")]), wire.pack("GET", "other"))


def test_what_never_came_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(ScriptError, match="expected GET k, but the connection ended"):
        play(Peer([steps.expect("GET", "k")]), b"")


def test_what_was_sent_before_the_end_of_the_block_has_come() -> None:
    with Peer([steps.expect("GET", "k")]) as peer, connected(peer) as sock:
        sock.sendall(wire.pack("GET", "k"))

    assert peer.count("GET") == 1


def test_what_comes_too_late_is_raised() -> None:
    with pytest.raises(ScriptError, match=r"nothing came in 0\.05 s"):
        play(Peer([steps.expect("PING"), steps.close()], timeout=0.05), b"", to_the_end=True)


def test_an_error_in_a_script_is_raised_at_the_end_of_the_block() -> None:
    with pytest.raises(ZeroDivisionError):
        play(Peer(lambda _: 1 // 0), b"", to_the_end=True)


def test_the_blocks_own_error_goes_before_the_scripts() -> None:
    def block() -> None:
        with Peer([steps.expect("GET")]) as peer, connected(peer) as sock:
            sock.sendall(wire.pack("SET"))
            peer.wait_for("SET")
            raise KeyError

    with pytest.raises(KeyError) as caught:
        block()

    notes = getattr(caught.value, "__notes__", ["expected GET, not SET"])  # Python 3.10 has no notes
    assert "expected GET, not SET" in notes[0]


def test_three_dots_stand_for_any_arguments() -> None:
    with Peer([steps.expect("SET", "k", ...), steps.expect("PING", ...)]) as peer, connected(peer) as sock:
        sock.sendall(wire.pack("SET", "k", "v", "EX", 1) + wire.pack("ping"))
        peer.wait_for("PING")


def test_bytes_are_expected_to_the_letter_and_recorded_as_commands() -> None:
    with (
        Peer([steps.expect_bytes(wire.pack("PING") * 2), steps.send(b"+PONG\r\n" * 2)]) as peer,
        connected(peer) as sock,
    ):
        sock.sendall(wire.pack("PING"))
        assert wire.ask(sock, "PING") == b"PONG"
        assert peer.count("PING") == 2


def test_other_bytes_than_expected_are_an_error() -> None:
    with pytest.raises(ScriptError, match="not b'PONG'"):
        play(Peer([steps.expect_bytes(b"PING")]), b"PONG", to_the_end=True)


def test_a_connection_stays_open_and_silent_when_its_script_is_over() -> None:
    with Peer([]) as peer, connected(peer) as sock:
        sock.sendall(wire.pack("PING"))
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_close_ends_a_connection() -> None:
    with Peer([steps.send(b"+PO"), steps.close()]) as peer, connected(peer) as sock:
        assert read_to_the_end(sock) == b"+PO"


def test_close_is_no_reset_even_if_commands_lie_unread() -> None:
    written = threading.Event()
    with Peer([steps.wait(written), steps.close()]) as peer, connected(peer) as sock:
        sock.sendall(wire.pack("PING"))
        written.set()
        assert read_to_the_end(sock) == b""


def test_reset_makes_the_next_read_fail() -> None:
    with (
        Peer([steps.expect("PING"), steps.reset()]) as peer,
        connected(peer) as sock,
        pytest.raises(ConnectionResetError),
    ):
        wire.ask(sock, "PING")


def test_a_script_waits_for_an_event_of_the_test() -> None:
    event = threading.Event()
    with Peer([steps.expect("PING"), steps.wait(event), steps.send(b"+PONG\r\n")]) as peer, connected(peer) as sock:
        sock.sendall(wire.pack("PING"))
        peer.wait_for("PING")
        event.set()

        assert sock.recv(100) == b"+PONG\r\n"


def test_an_event_that_never_comes_does_not_hold_up_the_end_of_the_block() -> None:
    with Peer([steps.wait(threading.Event())]) as peer, connected(peer):
        peer.wait_until(lambda: peer.connections == 1)


def test_an_event_that_takes_too_long_is_an_error() -> None:
    with pytest.raises(ScriptError, match="for an event"):
        play(Peer([steps.wait(threading.Event())], timeout=0.05), b"", to_the_end=True)


def test_a_script_that_sends_to_a_client_that_does_not_read_ends_with_the_block() -> None:
    before = {*threading.enumerate()}  # some of them may end meanwhile
    with Peer([steps.send(b"x" * 50_000_000)]) as peer, connected(peer) as sock:
        sock.recv(1)

    assert {*threading.enumerate()} <= before


def test_no_thread_is_left_by_any_peer() -> None:
    before = {*threading.enumerate()}  # some of them may end meanwhile
    with Peer.silent() as peer, connected(peer), connected(peer):
        peer.wait_until(lambda: peer.connections == 2)

    assert {*threading.enumerate()} <= before


def test_nobody_listens_after_the_block() -> None:
    with Peer.silent() as peer:
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((peer.host, peer.port))


def test_a_silent_peer_reads_and_says_nothing() -> None:
    with Peer.silent() as peer, connected(peer) as sock:
        sock.sendall(wire.pack("INCR", "n"))
        peer.wait_for("INCR")
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_a_closing_peer_closes_at_once() -> None:
    with Peer.closing() as peer, connected(peer) as sock:
        assert read_to_the_end(sock) == b""


def test_a_closing_peer_may_reset() -> None:
    with Peer.closing(reset=True) as peer, pytest.raises(ConnectionResetError), connected(peer) as sock:
        read_to_the_end(sock)


def test_a_peer_of_garbage_answers_everything_with_it() -> None:
    with Peer.garbage(b"!?\r\n") as peer, connected(peer) as sock:
        sock.sendall(wire.pack("HELLO", 3) + wire.pack("PING"))
        data = b""
        while len(data) < 8:
            data += sock.recv(8)

        assert data == b"!?\r\n!?\r\n"


def test_an_answering_peer_answers_by_name_and_counts() -> None:
    answers: dict[str, Answer] = {
        "INCR": b":1\r\n",
        "CONFIG GET": b"*0\r\n",
        "DROP": None,
        "TWO": [steps.send(b":"), steps.send(b"2\r\n")],
        "STOP": steps.close(),
    }
    with Peer.answering(answers) as peer, connected(peer) as sock:
        replies = [
            wire.ask(sock, *words) for words in (["incr", "n"], ["CONFIG", "GET", "x"], ["TWO"], ["PING"], ["NO"])
        ]
        sock.sendall(wire.pack("DROP") + wire.pack("STOP"))
        rest = read_to_the_end(sock)

    assert replies == [1, [], 2, b"PONG", "ERR unknown command 'NO'"]
    assert rest == b""
    assert (peer.count("INCR"), peer.count("config get"), peer.count("DROP"), peer.count("GET")) == (1, 1, 1, 0)


def test_an_answering_peer_greets_like_a_server_of_resp3() -> None:
    with Peer.answering({}) as peer, connected(peer) as sock:
        greeting = wire.ask(sock, "HELLO", 3)

        assert greeting[-2:] == [b"proto", 3]
        assert [wire.ask(sock, "SELECT", 1), wire.ask(sock, "CLIENT", "SETNAME", "x")] == [b"OK", b"OK"]


def test_a_peer_without_hello_says_so() -> None:
    with Peer.no_hello({"GET": b"$1\r\nx\r\n"}) as peer, connected(peer) as sock:
        assert wire.ask(sock, "HELLO", 3) == "ERR unknown command 'HELLO'"
        assert wire.ask(sock, "GET", "k") == b"x"


def test_each_connection_may_have_its_own_script() -> None:
    with Peer.each([steps.close()], [steps.send(b"+2\r\n"), steps.close()]) as peer:
        said = []
        for _ in range(3):
            with connected(peer) as sock:
                said.append(read_to_the_end(sock))

    assert said == [b"", b"+2\r\n", b"+2\r\n"]


def test_a_peer_listens_on_a_unix_socket() -> None:
    with Peer.answering({}, unix=True) as peer, socket.socket(socket.AF_UNIX) as sock:
        sock.connect(peer.path)

        assert wire.ask(sock, "PING") == b"PONG"
        assert peer.url == f"unix://{peer.path}"


def test_a_peer_speaks_tls() -> None:
    certificate = certificates.server_certificate()
    context = ssl.create_default_context(cafile=certificate.ca)
    with Peer.answering({}, tls=certificate) as peer, connected(peer) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as sock:
            assert wire.ask(sock, "PING") == b"PONG"
        assert peer.url == f"rediss://127.0.0.1:{peer.port}"


def test_a_client_that_refuses_the_certificate_is_no_error_of_the_script() -> None:
    with Peer.silent(tls=certificates.server_certificate(expired=True)) as peer, connected(peer) as plain:
        context = ssl.create_default_context(cafile=certificates.authority().ca)
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(plain, server_hostname="localhost")


def test_a_peer_of_tls_that_is_never_spoken_to_ends_with_the_block() -> None:
    before = {*threading.enumerate()}  # some of them may end meanwhile
    with Peer.silent(tls=certificates.server_certificate()) as peer, connected(peer):
        peer.wait_until(lambda: peer.connections == 1)

    assert {*threading.enumerate()} <= before


def test_waiting_for_a_command_that_does_not_come_says_what_did() -> None:
    with Peer.silent() as peer, connected(peer) as sock:
        sock.sendall(wire.pack("GET", "k"))
        peer.wait_for("GET")

        with pytest.raises(TimeoutError, match="GET"):
            peer.wait_for("INCR", timeout=0.01)
