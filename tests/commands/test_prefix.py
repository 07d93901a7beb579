"""The key prefix: on what is sent, off what comes back, and nowhere else. By example and on real servers."""

from __future__ import annotations

import enum
import os
import shlex
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plasma.commands import spec
from plasma.commands.prefix import escaped
from plasma.commands.table import COMMANDS
from plasma.errors import ConfigurationError
from plasma.resp.parser import Parser
from plasma.resp.types import NEED_DATA
from plasma.testing import RedisServer, find_servers, free_port
from plasma.testing.wire import pack

EXAMPLES = {
    "GET k": "GET p:k",
    "SET k v EX 10": "SET p:k v EX 10",
    "MGET a b": "MGET p:a p:b",
    "MSET a 1 b 2": "MSET p:a 1 p:b 2",
    "BLPOP a b 0": "BLPOP p:a p:b 0",
    "EVAL s 2 a b c": "EVAL s 2 p:a p:b c",
    "ZUNIONSTORE d 2 a b WEIGHTS 1 2": "ZUNIONSTORE p:d 2 p:a p:b WEIGHTS 1 2",
    "XREADGROUP GROUP g c STREAMS a b > >": "XREADGROUP GROUP g c STREAMS p:a p:b > >",
    "GEORADIUS k 1 2 3 m STORE a STORE b": "GEORADIUS p:k 1 2 3 m STORE p:a STORE p:b",
    "OBJECT ENCODING k": "OBJECT ENCODING p:k",
    "DEBUG OBJECT k": "DEBUG OBJECT p:k",
    'MIGRATE h 1 "" 0 9 AUTH keys KEYS a b': 'MIGRATE h 1 "" 0 9 AUTH keys KEYS p:a p:b',
    "SORT k": "SORT p:k",
    "SORT k BY w_* GET # GET o_*->f STORE d": "SORT p:k BY p:w_* GET # GET p:o_*->f STORE p:d",
    "SORT k BY nosort GET fixed": "SORT p:k BY nosort GET fixed",
    "SORT_RO k by w_* get #": "SORT_RO p:k by p:w_* get #",
    "SORT k BY": "SORT p:k BY",
    "KEYS a*": "KEYS p:a*",
    "KEYS": "KEYS",
    "SCAN 0": "SCAN 0 MATCH p:*",
    "SCAN 0 COUNT 5 TYPE string": "SCAN 0 COUNT 5 TYPE string MATCH p:*",
    "SCAN 0 match a* COUNT 5": "SCAN 0 match p:a* COUNT 5",
    "SCAN 0 TYPE match": "SCAN 0 TYPE match MATCH p:*",
    "SCAN 0 MATCH": "SCAN 0 MATCH MATCH p:*",
    "SCAN": "SCAN",
    "HSCAN k 0 MATCH a*": "HSCAN p:k 0 MATCH a*",
    "CLUSTERSCAN 0 SLOT 5": "CLUSTERSCAN 0 SLOT 5 MATCH p:*",
    "CLUSTER KEYSLOT k": "CLUSTER KEYSLOT p:k",
    "CLIENT TRACKING ON REDIRECT 5 PREFIX a PREFIX b": "CLIENT TRACKING ON REDIRECT 5 PREFIX p:a PREFIX p:b",
    "CLIENT TRACKING ON BCAST": "CLIENT TRACKING ON BCAST",
    "COMMAND GETKEYS GET k": "COMMAND GETKEYS GET k",
    "ACL DRYRUN bob GET k": "ACL DRYRUN bob GET k",
    "ACL SETUSER bob ~k": "ACL SETUSER bob ~k",
    "PUBLISH c m": "PUBLISH c m",
    "SPUBLISH c m": "SPUBLISH c m",
    "SUBSCRIBE c": "SUBSCRIBE c",
    "SSUBSCRIBE c": "SSUBSCRIBE c",
    "PUBSUB CHANNELS c*": "PUBSUB CHANNELS c*",
    "RANDOMKEY": "RANDOMKEY",
    "FLUSHDB": "FLUSHDB",
    "PING": "PING",
    "GET": "GET",
    "NOBODY.KNOWS k": "NOBODY.KNOWS k",
}


@pytest.mark.parametrize(("line", "sent"), EXAMPLES.items())
def test_the_prefix_is_put_on_keys_and_patterns(line: str, sent: str) -> None:
    name, args = spec.canonical(shlex.split(line))

    assert [*name.split(" "), *spec.prefixed(name, args, b"p:")] == shlex.split(sent)


class Colour(str, enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("k", "p:k"),
        ("", "p:"),
        ("schlüssel", "p:schlüssel"),
        (b"k\xff", b"p:k\xff"),
        (bytearray(b"k"), b"p:k"),
        (memoryview(b"k"), b"p:k"),
        (5, b"p:5"),
        (-5, b"p:-5"),
        (1.5, b"p:1.5"),
        (1e30, b"p:1e+30"),
        (float("inf"), b"p:inf"),
        (Colour.RED, "p:red"),
        (Number.ONE, b"p:1"),
    ],
)
@pytest.mark.parametrize("name", ["GET", "MGET", "OBJECT ENCODING"])
def test_a_key_of_any_type_takes_the_prefix(name: str, key: Any, sent: Any) -> None:
    assert spec.prefixed(name, (key,), b"p:") == (sent,)


@pytest.mark.parametrize("key", [None, True, ["k"], {"k": 1}, memoryview(b"abcd")[::2]])
@pytest.mark.parametrize("name", ["GET", "MGET", "BITCOUNT"])
def test_what_cannot_be_sent_is_left_for_the_encoder_to_refuse(name: str, key: Any) -> None:
    (sent,) = spec.prefixed(name, (key,), b"p:")

    assert sent is key


def test_values_pass_through_untouched() -> None:
    value = bytearray(b"v")

    assert spec.prefixed("SET", ("k", value), b"p:")[1] is value


def test_a_prefix_that_is_not_ascii_stays_what_it_is() -> None:
    assert spec.prefixed("MGET", ("k", b"k"), "ü:".encode()) == ("ü:k", "ü:k".encode())


@pytest.mark.parametrize(
    ("prefix", "pattern"),
    [
        (b"app:", b"app:"),
        (b"app[1]:", b"app\\[1]:"),
        (b"a*b?c\\d", b"a\\*b\\?c\\\\d"),
        (b"{tag}^-:", b"{tag}^-:"),
    ],
)
def test_what_a_pattern_would_understand_is_escaped(prefix: bytes, pattern: bytes) -> None:
    assert escaped(prefix) == pattern


def test_sort_by_pattern_with_a_star_in_the_prefix_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="SORT"):
        spec.prefixed("SORT", ("k", "BY", "w_*"), b"a*:")


def test_plain_sort_with_a_star_in_the_prefix_is_fine() -> None:
    assert spec.prefixed("SORT", ("k", "GET", "#"), b"a*:") == ("a*:k", "GET", "#")


def test_names_that_nobody_knows_are_not_remembered() -> None:
    from plasma.commands import keyspec, prefix

    spec.prefixed("NOBODY.KNOWS", ("k",), b"p:")

    assert "NOBODY.KNOWS" not in {*prefix._prefixers, *keyspec._finders}


@given(st.sampled_from(sorted(COMMANDS)), st.lists(st.text(min_size=1), max_size=9))
def test_every_key_and_nothing_but_keys_and_patterns_changes(name: str, args: list[str]) -> None:
    sent = spec.prefixed(name, tuple(args), b"p:")
    keys = spec.key_positions(name, tuple(args))
    changed = [at for at, (old, new) in enumerate(zip(args, sent, strict=False)) if old != new]

    assert set(keys) <= set(changed)
    if name not in ("KEYS", "SCAN", "CLUSTERSCAN", "SORT", "SORT_RO", "CLIENT TRACKING", "CLUSTER KEYSLOT"):
        assert keys == changed


# -- taking it off -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reply", "given_back"),
    [
        ("KEYS", ["p:a", "b", "p:p:c"], ["a", "b", "p:c"]),
        ("KEYS", [b"p:a", b"b"], [b"a", b"b"]),
        ("KEYS", [], []),
        ("SCAN", ["0", ["p:a"]], ["0", ["a"]]),
        ("SCAN", [b"0", [b"p:a"]], [b"0", [b"a"]]),
        ("CLUSTERSCAN", ["0-{06S}-0", ["p:a"]], ["0-{06S}-0", ["a"]]),
        ("RANDOMKEY", "p:a", "a"),
        ("RANDOMKEY", b"a", b"a"),
        ("RANDOMKEY", None, None),
        ("BLPOP", ["p:a", "p:v"], ["a", "p:v"]),
        ("BLPOP", None, None),
        ("BZPOPMIN", [b"p:a", b"m", b"1"], [b"a", b"m", b"1"]),
        ("LMPOP", ["p:a", ["p:v"]], ["a", ["p:v"]]),
        ("BZMPOP", ["p:a", [["m", 1.0]]], ["a", [["m", 1.0]]]),
        ("XREAD", [["p:a", [["1-1", ["f", "v"]]]]], [["a", [["1-1", ["f", "v"]]]]]),
        ("XREAD", {"p:a": [["1-1", ["f", "v"]]]}, {"a": [["1-1", ["f", "v"]]]}),
        ("XREADGROUP", {b"p:a": []}, {b"a": []}),
        ("XREAD", [("p:a", [])], [("p:a", [])]),
        ("XREAD", None, None),
        ("CLUSTER GETKEYSINSLOT", ["p:a", "b"], ["a", "b"]),
        ("HOTKEYS GET", [["x", 1, "by-net-bytes", ["p:a", 5]]], [["x", 1, "by-net-bytes", ["a", 5]]]),
        ("HOTKEYS GET", [{b"x": 1, b"by-cpu-time-us": [b"p:a", 5]}], [{b"x": 1, b"by-cpu-time-us": [b"a", 5]}]),
        ("HOTKEYS GET", None, None),
        ("GET", "p:a", "p:a"),
        ("MGET", ["p:a"], ["p:a"]),
    ],
)
def test_the_prefix_is_taken_off_the_keys_of_a_reply(name: str, reply: Any, given_back: Any) -> None:
    assert spec.unprefixed(name, reply, b"p:") == given_back


@pytest.mark.parametrize("name", sorted(spec.RETURNS_KEYS))
@pytest.mark.parametrize("reply", [None, "OK", b"OK", 1, [], {}, [None], [1, 2, 3], ValueError("no")])
def test_a_reply_of_another_shape_is_given_unchanged(name: str, reply: Any) -> None:
    assert spec.unprefixed(name, reply, b"p:") == reply


# -- on servers --------------------------------------------------------------------------------------------------------

CHOSEN = os.environ.get("PLASMA_SERVER")


class Connection:
    """One connection to a server on which every command gets the prefix, and every reply loses it."""

    def __init__(self, server: RedisServer) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=20)
        self.parser = Parser()
        self.prefix = b"p:"
        self.known = {row[0].decode().upper() for row in self.ask("COMMAND", decode=False)}

    def ask(self, *words: Any, decode: bool = True) -> Any:
        self.socket.sendall(pack(*words))
        while (reply := self.parser.next_reply(decode)) is NEED_DATA:
            data = self.socket.recv(65536)

            assert data
            self.parser.feed(data)
        return reply

    def execute(self, *words: Any, decode: bool = True) -> Any:
        name, args = spec.canonical(words)
        sent = spec.prefixed(name, args, self.prefix)
        return spec.unprefixed(name, self.ask(*name.split(" "), *sent, decode=decode), self.prefix)


@pytest.fixture(scope="module", params=[CHOSEN] if CHOSEN else [program.name for program in find_servers()])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer(server=request.param) as started:
        yield started


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def connection(request: pytest.FixtureRequest, server: RedisServer) -> Iterator[Connection]:
    connection = Connection(server)
    with connection.socket:
        connection.ask("HELLO", request.param)
        connection.ask("FLUSHALL")
        yield connection


ROUND_TRIPS = [
    (["SET k v"], "KEYS *", ["k"]),
    (["SET k v"], "SCAN 0 COUNT 1000", ["0", ["k"]]),
    (["SET k v", "SET other v"], "SCAN 0 MATCH k* COUNT 1000", ["0", ["k"]]),
    (["SET k v"], "RANDOMKEY", "k"),
    (["RPUSH k v"], "BLPOP a k 1", ["k", "v"]),
    (["RPUSH k v"], "BRPOP a k 1", ["k", "v"]),
    (["RPUSH k v"], "LMPOP 2 a k LEFT", ["k", ["v"]]),
    (["RPUSH k v"], "BLMPOP 1 2 a k LEFT", ["k", ["v"]]),
    (["XADD k 1-1 f v"], "XREAD STREAMS k 0", [["k", [["1-1", ["f", "v"]]]]]),
    (["XADD k 1-1 f v", "XGROUP CREATE k g 0"], "XREADGROUP GROUP g c STREAMS k >", [["k", [["1-1", ["f", "v"]]]]]),
    (["RPUSH k 2 1", "SET w_1 5", "SET w_2 4", "SET o_1 a", "SET o_2 b"], "SORT k BY w_* GET o_*", ["b", "a"]),
    (["RPUSH k 2 1", "SORT k STORE d"], "LRANGE d 0 -1", ["1", "2"]),
    (["SET k v"], "COPY k d", 1),
    (["SADD a x", "SADD b x", "SINTERSTORE d a b"], "SMEMBERS d", ["x"]),
    (["SET k v"], "EVAL 'return redis.call(\"GET\", KEYS[1])' 1 k", "v"),
    (["SET k v"], "OBJECT ENCODING k", "embstr"),
    (["MSETEX 2 a 1 b 2"], "MGET a b", ["1", "2"]),
]


def needed(lines: list[str]) -> set[str]:
    return {shlex.split(line)[0] for line in lines}


@pytest.mark.parametrize(("before", "line", "reply"), ROUND_TRIPS, ids=[line for _, line, _ in ROUND_TRIPS])
def test_a_command_works_inside_the_prefix(connection: Connection, before: list[str], line: str, reply: Any) -> None:
    if missing := needed([*before, line]) - connection.known:
        pytest.skip(f"the server has no {missing}")
    for earlier in before:
        connection.execute(*shlex.split(earlier))
    got = connection.execute(*shlex.split(line))
    normal = [[key, value] for key, value in got.items()] if isinstance(got, dict) else got

    assert normal == (set(reply) if isinstance(got, set) else reply)
    assert all(key.startswith("p:") for key in connection.ask("KEYS", "*"))


@pytest.mark.parametrize("name", ["BZPOPMIN", "BZPOPMAX"])
def test_a_blocking_pop_of_a_sorted_set_gives_the_key(connection: Connection, name: str) -> None:
    connection.execute("ZADD", "k", 1, "m")

    assert connection.execute(name, "a", "k", 1)[:2] == ["k", "m"]


@pytest.mark.parametrize("line", ["ZMPOP 2 a k MIN", "BZMPOP 1 2 a k MIN"])
def test_a_pop_from_several_sorted_sets_gives_the_key(connection: Connection, line: str) -> None:
    if needed([line]) - connection.known:
        pytest.skip("the server does not have it")
    connection.execute("ZADD", "k", 1, "m")

    assert connection.execute(*line.split())[0] == "k"


def test_bytes_lose_the_prefix_too(connection: Connection) -> None:
    connection.execute("SET", b"k\xff", "v")

    assert connection.execute("KEYS", "*", decode=False) == [b"k\xff"]


def test_hotkeys_are_given_without_the_prefix(connection: Connection) -> None:
    if "HOTKEYS" not in connection.known:
        pytest.skip("the server has no HOTKEYS")
    connection.execute("HOTKEYS", "START", "METRICS", 1, "NET")
    connection.execute("SET", "k", "v")
    told = connection.execute("HOTKEYS", "GET")[0]
    connection.execute("HOTKEYS", "STOP")
    fields = told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))

    assert fields["by-net-bytes"][0] == "k"


@pytest.fixture(scope="module")
def plain(server: RedisServer) -> Iterator[Connection]:
    connection = Connection(server)
    with connection.socket:
        yield connection


@given(prefix=st.text("*?[]\\^-a!{}", min_size=1, max_size=8), decoy=st.text("*?[]\\^-a!{}", max_size=8))
def test_no_prefix_matches_the_keys_of_another(plain: Connection, prefix: str, decoy: str) -> None:
    plain.prefix = prefix.encode()
    plain.ask("FLUSHALL")
    plain.ask("MSET", f"{prefix}k", "v", f"{decoy}k", "v")
    expected = {key.removeprefix(prefix) for key in (f"{prefix}k", f"{decoy}k") if key.startswith(prefix)}

    assert set(plain.execute("KEYS", "*")) == expected
    assert set(plain.execute("SCAN", "0", "COUNT", 1000)[1]) == expected


@pytest.mark.skipif(CHOSEN not in (None, "valkey-9.1"), reason="another server is asked for")
def test_clusterscan_and_its_kin_work_inside_the_prefix() -> None:
    if "valkey-9.1" not in {program.name for program in find_servers()}:
        pytest.skip("no server has CLUSTERSCAN")
    config = {"cluster-enabled": "yes", "cluster-port": str(free_port())}
    with RedisServer(server="valkey-9.1", config=config) as server:
        connection = Connection(server)
        connection.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while "cluster_state:ok" not in connection.ask("CLUSTER", "INFO"):
            pass
        connection.execute("SET", "{a}k", "v")
        connection.ask("SET", "{a}other", "v")
        slot = connection.execute("CLUSTER", "KEYSLOT", "{a}k")
        cursor, keys = connection.execute("CLUSTERSCAN", "0", "SLOT", slot)
        while cursor != "0" and not keys:
            cursor, keys = connection.execute("CLUSTERSCAN", cursor, "SLOT", slot)
        in_slot = connection.execute("CLUSTER", "GETKEYSINSLOT", slot, 10)
        connection.socket.close()

    assert keys == ["{a}k"]
    assert sorted(in_slot) == ["{a}k", "{a}other"]
