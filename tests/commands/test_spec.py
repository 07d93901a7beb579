"""What `spec` knows of a command apart from its keys: names, refusals, blocking, repeating, describing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasma.commands import spec
from plasma.commands.harmless import HARMLESS
from plasma.commands.table import COMMANDS
from plasma.errors import server_error

ROOT = Path(spec.__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("given_args", "expected"),
    [
        (("GET", "k"), ("GET", ("k",))),
        (("get", "k"), ("GET", ("k",))),
        ((b"get", b"k"), ("GET", (b"k",))),
        ((bytearray(b"get"),), ("GET", ())),
        ((memoryview(b"get"),), ("GET", ())),
        ((" ping ",), ("PING", ())),
        (("config", "get", "x"), ("CONFIG GET", ("x",))),
        (("CONFIG GET", "x"), ("CONFIG GET", ("x",))),
        (("config  get", "x"), ("CONFIG GET", ("x",))),
        ((b"config", b"get", b"x"), ("CONFIG GET", (b"x",))),
        (("client", "no-evict", "ON"), ("CLIENT NO-EVICT", ("ON",))),
        (("debug", "sleep", 0), ("DEBUG SLEEP", (0,))),
        (("sentinel", "masters"), ("SENTINEL MASTERS", ())),
        (("client", "tomorrow", "x"), ("CLIENT TOMORROW", ("x",))),
        (("COMMAND",), ("COMMAND", ())),
        (("CONFIG",), ("CONFIG", ())),
        (("CONFIG", 1), ("CONFIG", (1,))),
        (("CONFIG", ""), ("CONFIG", ("",))),
        (("CONFIG", "GET x"), ("CONFIG", ("GET x",))),
        (("CONFIG", " GET"), ("CONFIG", (" GET",))),
        (("restore-asking", "k"), ("RESTORE-ASKING", ("k",))),
        (("json.get", "k"), ("JSON.GET", ("k",))),
        (("nobody.knows", "k"), ("NOBODY.KNOWS", ("k",))),
        (["GET", "k"], ("GET", ("k",))),
    ],
)
def test_a_command_has_one_canonical_name_however_it_is_given(given_args: Any, expected: Any) -> None:
    assert spec.canonical(given_args) == expected


@pytest.mark.parametrize("args", [(), (None,), (1,), (["GET", "k"],)])
def test_a_name_that_is_no_text_is_a_type_error(args: Any) -> None:
    with pytest.raises(TypeError):
        spec.canonical(args)


@pytest.mark.parametrize("args", [("",), (" ",), (b"",)])
def test_an_empty_name_is_a_value_error(args: Any) -> None:
    with pytest.raises(ValueError, match="empty"):
        spec.canonical(args)


@pytest.mark.parametrize("line", ["AUTH hunter2", "CONFIG SET requirepass hunter2"])
def test_a_whole_command_line_is_refused_without_quoting_it(line: str) -> None:
    with pytest.raises(ValueError, match="each argument by itself") as caught:
        spec.canonical((line,))

    assert "hunter2" not in str(caught.value)


def test_every_container_of_the_table_is_known() -> None:
    told = {name.partition(" ")[0] for name in COMMANDS if " " in name}

    assert told | {"DEBUG", "SENTINEL"} == spec.CONTAINERS


# -- refusals ----------------------------------------------------------------------------------------------------------

REFUSED = {
    "ASKING": "pinned()",
    "AUTH": "password=",
    "CLIENT CACHING": "pinned()",
    "CLIENT CAPA": "pinned()",
    "CLIENT IMPORT-SOURCE": "pinned()",
    "CLIENT NO-EVICT": "pinned()",
    "CLIENT NO-TOUCH": "pinned()",
    "CLIENT REPLY": "pipeline()",
    "CLIENT SETINFO": "pinned()",
    "CLIENT SETNAME": "client_name=",
    "CLIENT TRACKING": "pinned()",
    "CLUSTER SYNCSLOTS": "replica",
    "DISCARD": "transaction()",
    "EXEC": "transaction()",
    "HELLO": "protocol=",
    "MONITOR": "monitor()",
    "MULTI": "transaction()",
    "PSUBSCRIBE": "subscribe()",
    "PSYNC": "replica",
    "PUNSUBSCRIBE": "pubsub()",
    "QUIT": "disconnect()",
    "READONLY": "pinned()",
    "READWRITE": "pinned()",
    "REPLCONF": "replica",
    "RESET": "pinned()",
    "SCRIPT DEBUG": "pinned()",
    "SELECT": "db=",
    "SSUBSCRIBE": "subscribe()",
    "SUBSCRIBE": "subscribe()",
    "SUNSUBSCRIBE": "pubsub()",
    "SYNC": "replica",
    "UNSUBSCRIBE": "pubsub()",
    "UNWATCH": "transaction()",
    "WATCH": "transact()",
}
UNANSWERED = {name for name in REFUSED if name.endswith(("SUBSCRIBE", "SYNC"))} | {
    "CLUSTER SYNCSLOTS",
    "MONITOR",
    "REPLCONF",
}


@pytest.mark.parametrize(("name", "way"), REFUSED.items())
def test_a_command_that_changes_a_connection_is_refused_with_the_right_way_named(name: str, way: str) -> None:
    message = spec.refusal(name, ("x",))

    assert message is not None
    assert message.startswith(name)
    assert way in message


def test_nothing_else_is_refused() -> None:
    assert {name for name in COMMANDS if spec.refusal(name, ()) is not None} == set(REFUSED)


def test_what_is_refused_is_what_changes_a_connection() -> None:
    assert {name for name in COMMANDS if spec.changes_connection(name, ())} == set(REFUSED)


def test_a_pinned_connection_refuses_only_what_has_no_ordinary_reply() -> None:
    refused = {name for name in COMMANDS if spec.refused_on_pinned(name, ("OFF",)) is not None}

    assert refused == UNANSWERED | {"CLIENT REPLY"}


def test_client_reply_on_may_run_on_a_pinned_connection() -> None:
    assert spec.refused_on_pinned("CLIENT REPLY", ("on",)) is None


def test_special_is_what_blocks_and_what_is_refused() -> None:
    blocking = {name for name, row in COMMANDS.items() if "b" in row[0]}

    assert blocking | set(REFUSED) == spec.SPECIAL


# -- blocking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args", "seconds"),
    [
        ("BLPOP", ("a", "b", 1.5), 1.5),
        ("BLPOP", ("a", 0), 0.0),
        ("BRPOP", ("a", "2"), 2.0),
        ("BRPOP", (b"a", b"0.25"), 0.25),
        ("BZPOPMIN", ("a", bytearray(b"3")), 3.0),
        ("BZPOPMAX", ("a", memoryview(b"3")), 3.0),
        ("BLMOVE", ("a", "b", "LEFT", "RIGHT", 4), 4.0),
        ("BRPOPLPUSH", ("a", "b", 5), 5.0),
        ("BLMPOP", (6, 1, "a", "LEFT"), 6.0),
        ("BZMPOP", ("7", 2, "a", "b", "MIN"), 7.0),
        ("WAIT", (1, 250), 0.25),
        ("WAITAOF", (1, 0, "1500"), 1.5),
        ("WAIT", (1, 0), 0.0),
        ("XREAD", ("BLOCK", 100, "STREAMS", "s", "$"), 0.1),
        ("XREAD", ("count", 1, "block", 0, "streams", "s", "$"), 0.0),
        ("XREADGROUP", ("GROUP", "block", "c", "BLOCK", 2000, "STREAMS", "s", ">"), 2.0),
        ("XREADGROUP", ("GROUP", "g", "c", "CLAIM", 5, "NOACK", "BLOCK", 1, "STREAMS", "s", ">"), 0.001),
        ("XREAD", ("STREAMS", "s", "$"), None),
        ("XREAD", ("STREAMS", "block", "5"), None),
        ("XREADGROUP", ("GROUP", "block", "5", "STREAMS", "s", ">"), None),
        ("BLPOP", ("a", 10**300), 0.0),
        ("BLPOP", ("a", "soon"), None),
        ("BLPOP", ("a", -1), None),
        ("BLPOP", ("a", float("inf")), None),
        ("BLPOP", ("a", "nan"), None),
        ("BLPOP", ("a", None), None),
        ("BLPOP", ("a", True), None),
        ("BLPOP", ("a", 10**400), None),
        ("BLPOP", (), None),
        ("BLMOVE", ("a", "b"), None),
        ("WAIT", (1,), None),
        ("XREAD", ("BLOCK",), None),
        ("GET", ("k",), None),
        ("CLIENT PAUSE", (1000,), None),
        ("DEBUG SLEEP", (1,), None),
    ],
)
def test_a_blocking_call_says_for_how_long(name: str, args: Any, seconds: float | None) -> None:
    assert spec.blocking_seconds(name, args) == seconds


# -- what may run twice ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("GET", ("k",), True),
        ("XREAD", ("STREAMS", "s", "0"), True),
        ("EVAL_RO", ("return 1", 0), True),
        ("FCALL_RO", ("f", 0), True),
        ("OBJECT ENCODING", ("k",), True),
        ("PING", (), True),
        ("INFO", (), True),
        ("CLUSTER SLOTS", (), True),
        ("ACL LOG", (), True),
        ("ACL LOG", (5,), True),
        ("ACL LOG", ("reset",), False),
        ("ACL LOG", (b"RESET",), False),
        ("SET", ("k", "v"), False),
        ("GETEX", ("k",), False),
        ("SPOP", ("k",), False),
        ("SORT", ("k",), False),
        ("XREADGROUP", ("GROUP", "g", "c", "STREAMS", "s", ">"), False),
        ("EVAL", ("return 1", 0), False),
        ("EVALSHA", ("0", 0), False),
        ("FCALL", ("f", 0), False),
        ("PUBLISH", ("c", "m"), False),
        ("SPUBLISH", ("c", "m"), False),
        ("WAIT", (1, 0), False),
        ("WAITAOF", (1, 1, 0), False),
        ("CONFIG SET", ("a", "b"), False),
        ("SCRIPT FLUSH", (), False),
        ("CONFIG", (), False),
        ("NOBODY.KNOWS", (), False),
    ],
)
def test_only_what_changes_nothing_may_run_twice(name: str, args: Any, expected: bool) -> None:
    assert spec.is_read_only(name, args) is expected


def test_the_harmless_are_known_commands() -> None:
    assert {name for name in HARMLESS if not name.startswith("SENTINEL ")} <= set(COMMANDS)


def test_the_harmless_neither_write_nor_block_nor_change_a_connection() -> None:
    suspects = spec.SPECIAL | {name for name, row in COMMANDS.items() if set(row[0]) & set("wb")}

    assert not HARMLESS & suspects


def test_the_harmless_are_those_without_a_flag() -> None:
    assert not [name for name in HARMLESS if "r" in COMMANDS.get(name, ("",))[0]]


def test_no_command_both_reads_only_and_writes() -> None:
    assert not [name for name, row in COMMANDS.items() if "r" in row[0] and "w" in row[0]]


# -- for people --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args", "text"),
    [
        ("SET", ("user:1", "secret"), "SET user:1"),
        ("SET", (b"user:1", "secret"), "SET user:1"),
        ("SET", (bytearray(b"user:1"), "secret"), "SET user:1"),
        ("SET", (memoryview(b"user:1"), "secret"), "SET user:1"),
        ("SET", (17, "secret"), "SET 17"),
        ("SET", (1.5, "secret"), "SET 1.5"),
        ("SET", (10**5000, "secret"), "SET"),
        ("SET", ({"secret": 1}, "secret"), "SET"),
        ("SET", (None, "secret"), "SET"),
        ("SET", (), "SET"),
        ("MSET", ("a", "secret", "b", "secret"), "MSET a"),
        ("AUTH", ("secret",), "AUTH"),
        ("AUTH", ("user", "secret"), "AUTH"),
        ("HELLO", (3, "AUTH", "user", "secret"), "HELLO"),
        ("CONFIG SET", ("requirepass", "secret"), "CONFIG SET"),
        ("ACL SETUSER", ("bob", ">secret"), "ACL SETUSER"),
        ("MIGRATE", ("h", 1, "k", 0, 9, "AUTH", "secret"), "MIGRATE k"),
        ("MIGRATE", ("h", 1, "", 0, 9, "AUTH2", "bob", "secret", "KEYS", "a", "b"), "MIGRATE a"),
        ("EVAL", ("secret", 1, "k", "secret"), "EVAL k"),
        ("EVAL", ("secret", 0, "secret"), "EVAL"),
        ("PUBLISH", ("channel", "secret"), "PUBLISH"),
        ("NOBODY.KNOWS", ("secret",), "NOBODY.KNOWS"),
        ("GET", ("k" * 64,), "GET " + "k" * 64),
        ("GET", ("k" * 65,), "GET " + "k" * 64 + "…"),
        ("GET", (b"k" * 1000,), "GET " + "k" * 64 + "…"),
        ("GET", ("schlüssel",), "GET schlüssel"),
        ("GET", ("schlüssel".encode(),), "GET schlüssel"),
        ("GET", (b"\xff\x00k",), "GET \\xff\\x00k"),
        ("GET", ("a\r\nb",), "GET a\\r\\nb"),
        ("GET", ("\ud800",), "GET \\ud800"),
    ],
)
def test_a_description_is_the_name_and_the_first_key(name: str, args: Any, text: str) -> None:
    assert spec.described(name, args) == text


def test_no_description_holds_anything_but_a_key() -> None:
    args = tuple(f"arg{index}" for index in range(12))
    told = {name: spec.described(name, args).removeprefix(name).split() for name in COMMANDS}
    keys = {name: [args[at] for at in spec.key_positions(name, args)][:1] for name in COMMANDS}

    assert told == keys


# -- versions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("GET", ("1.0.0", "7.2.5")),
        ("HEXPIRE", ("7.4.0", "9.0.0")),
        ("MSETEX", ("8.4.0", "9.1.0")),
        ("DELIFEQ", (None, "9.0.0")),
        ("XACKDEL", ("8.2.0", None)),
        ("CLIENT NO-TOUCH", ("7.2.0", "7.2.5")),
        ("CLUSTER SLOT-STATS", ("8.2.0", "8.0.0")),
        ("STRALGO", ("6.0.0", None)),
        ("NOBODY.KNOWS", (None, None)),
    ],
)
def test_a_command_knows_since_when_it_is(name: str, versions: Any) -> None:
    assert spec.since(name) == versions


# -- the module --------------------------------------------------------------------------------------------------------

VALUES = st.one_of(
    st.text(max_size=8),
    st.binary(max_size=8),
    st.integers(),
    st.floats(),
    st.sampled_from(
        ["STREAMS", "STORE", "BLOCK", "KEYS", "MATCH", "BY", "GET", "AUTH", "GROUP", "*", "2", "-1", "", b"2"]
    ),
    st.sampled_from([None, True, [], {}, memoryview(b"2"), memoryview(b"abcd")[::2], "\ud800"]),
)


@given(name=st.sampled_from([*sorted(COMMANDS), "DEBUG OBJECT", "NOBODY.KNOWS"]), args=st.lists(VALUES, max_size=9))
def test_bad_arguments_never_raise(name: str, args: list[Any]) -> None:
    given_args = tuple(args)
    positions = spec.key_positions(name, given_args)
    sent = spec.prefixed(name, given_args, b"app:")
    spec.blocking_seconds(name, given_args)
    spec.is_read_only(name, given_args)
    spec.refusal(name, given_args)
    spec.refused_on_pinned(name, given_args)
    spec.described(name, given_args)
    spec.unprefixed(name, args, b"app:")

    assert all(0 <= at < len(args) for at in positions)
    assert len(set(positions)) == len(positions)
    assert len(sent) in (len(args), len(args) + 2)


def test_importing_spec_loads_neither_the_table_nor_anything_of_the_library() -> None:
    # `plasma` itself is stood in for: it brings the client, and with it sockets.
    code = f"""import sys, types, __future__
        package = sys.modules["plasma"] = types.ModuleType("plasma")
        package.__path__ = [{str(ROOT / "plasma")!r}]
        before = set(sys.modules)
        import plasma.commands.spec
        print(*set(sys.modules) - before)"""
    code = code.replace("\n        ", "\n")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) == {
        "plasma.commands",
        "plasma.commands.keyspec",
        "plasma.commands.prefix",
        "plasma.commands.spec",
    }


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        (
            "HSETEX",
            "ERR unknown command `HSETEX`, with args beginning with: `h`, `secret`, ",
            ": it came with Redis 8.0",
        ),
        (
            "FUNCTION LIST",
            "ERR unknown command 'FUNCTION', with args beginning with: 'LIST' ",
            ": it came with Redis 7.0",
        ),
        ("NO-SUCH", "ERR unknown command 'NO-SUCH'", "'"),
        ("GET", "WRONGTYPE no", "no"),
    ],
)
def test_a_command_that_the_server_does_not_know_is_told_with_its_versions_and_without_values(
    name: str, said: str, told: str
) -> None:
    error = server_error(said)
    spec.explain(name, error)

    assert told in str(error)
    assert "secret" not in str(error)
    assert "beginning" not in str(error)
