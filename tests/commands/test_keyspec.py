"""Where the keys are: by example, and against what real servers answer to COMMAND GETKEYS.

Each example is a command line and the keys in it. Every server that is found and knows the command must agree.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from plasma.commands import spec
from plasma.commands.keyspec import BY_HAND
from plasma.commands.table import COMMANDS
from plasma.testing import CommandFailed, RedisServer, find_servers

EXAMPLES = {
    "GET k": "k",
    "SET k v EX 10": "k",
    "MGET a b c": "a b c",
    "MSET a 1 b 2": "a b",
    "MSETNX a 1 b 2": "a b",
    "MSETEX 2 a 1 b 2 EX 10": "a b",
    "DEL a b": "a b",
    "UNLINK a b": "a b",
    "EXISTS a b": "a b",
    "TOUCH a b": "a b",
    "WATCH a b": "a b",
    "RENAME a b": "a b",
    "COPY a b DB 1 REPLACE": "a b",
    "MOVE k 1": "k",
    "DUMP k": "k",
    "RESTORE k 0 data": "k",
    "RESTORE-ASKING k 0 data": "k",
    "OBJECT ENCODING k": "k",
    "OBJECT FREQ k": "k",
    "MEMORY USAGE k SAMPLES 5": "k",
    "SORT k": "k",
    "SORT k BY w_* LIMIT 0 5 GET # GET o_*->f ASC ALPHA": "k",
    "SORT k STORE d": "k d",
    "SORT k BY STORE GET STORE STORE d": "k d",
    "SORT k STORE d DESC STORE e": "k e",
    "SORT k LIMIT STORE 1 STORE d": "k d",
    "SORT_RO k BY w_* GET #": "k",
    "LCS a b LEN": "a b",
    "BITOP AND d a b": "d a b",
    "BITOP NOT d a": "d a",
    "PFMERGE d a b": "d a b",
    "PFCOUNT a b": "a b",
    "PFDEBUG ENCODING k": "k",
    "BLPOP a b 0": "a b",
    "BRPOP a 0": "a",
    "BRPOPLPUSH a b 0": "a b",
    "BLMOVE a b LEFT RIGHT 0": "a b",
    "LMOVE a b LEFT RIGHT": "a b",
    "LMPOP 2 a b LEFT COUNT 2": "a b",
    "BLMPOP 0 2 a b LEFT": "a b",
    "SMOVE a b m": "a b",
    "SINTERCARD 2 a b LIMIT 1": "a b",
    "SINTERSTORE d a b": "d a b",
    "SUNION a b": "a b",
    "ZADD k 1 m": "k",
    "ZUNIONSTORE d 2 a b WEIGHTS 1 2": "d a b",
    "ZINTERSTORE d 1 a AGGREGATE MAX": "d a",
    "ZDIFFSTORE d 2 a b": "d a b",
    "ZRANGESTORE d s 0 -1": "d s",
    "ZUNION 2 a b WITHSCORES": "a b",
    "ZDIFF 1 a": "a",
    "ZINTERCARD 2 a b": "a b",
    "ZMPOP 1 a MIN": "a",
    "BZMPOP 1.5 2 a b MAX": "a b",
    "BZPOPMIN a b 1": "a b",
    "GEOSEARCHSTORE d s FROMMEMBER m BYRADIUS 1 m": "d s",
    "GEORADIUS k 1 2 3 m WITHDIST": "k",
    "GEORADIUS k 1 2 3 m COUNT 3 STORE d": "k d",
    "GEORADIUS k 1 2 3 m STOREDIST d": "k d",
    "GEORADIUSBYMEMBER k STORE 3 m STORE d": "k d",
    "GEORADIUS_RO k 1 2 3 m": "k",
    "EVAL script 2 a b c": "a b",
    "EVAL_RO script 1 a b": "a",
    "EVALSHA sha 1 a": "a",
    "FCALL f 1 a b": "a",
    "FCALL_RO f 2 a b": "a b",
    "XADD s * f v": "s",
    "XREAD STREAMS a b 0 0": "a b",
    "XREAD COUNT 5 BLOCK 100 streams a 0": "a",
    "XREADGROUP GROUP g c STREAMS a b > >": "a b",
    "XREADGROUP GROUP streams streams NOACK COUNT 1 STREAMS a >": "a",
    "XREAD BLOCK 0 COUNT 1 STREAMS streams 0": "streams",
    "XGROUP CREATE s g $ MKSTREAM": "s",
    "XGROUP DELCONSUMER s g c": "s",
    "XINFO STREAM s FULL": "s",
    "XINFO CONSUMERS s g": "s",
    "XAUTOCLAIM s g c 0 0": "s",
    "XACKDEL s g IDS 1 1-1": "s",
    "XCFGSET s IDMP-DURATION 10": "s",
    "MIGRATE h 1 k 0 9": "k",
    "MIGRATE h 1 k 0 9 COPY REPLACE": "k",
    'MIGRATE h 1 "" 0 9 KEYS a b': "a b",
    'MIGRATE h 1 "" 0 9 COPY AUTH secret KEYS a b': "a b",
    "HGETEX k EX 5 FIELDS 1 f": "k",
    "HSETEX k FIELDS 1 f v": "k",
    "HEXPIRE k 10 FIELDS 1 f": "k",
    "DELEX k IFEQ v": "k",
    "DELIFEQ k v": "k",
    "DIGEST k": "k",
    "VADD k VALUES 2 1 2 m": "k",
    "VSIM k ELE m": "k",
    "STRALGO LCS KEYS a b": "a b",
    "STRALGO LCS LEN MINMATCHLEN 3 KEYS a b": "a b",
}

# All servers read these as we do when they run them, but in some the part that answers COMMAND GETKEYS takes the
# group or the password for the key word.
MISREAD = {
    "XREADGROUP COUNT 1 GROUP streams c STREAMS a >": "a",
    'MIGRATE h 1 "" 0 9 COPY AUTH keys KEYS a b': "a b",
    'MIGRATE h 1 "" 0 9 AUTH2 keys keys KEYS a': "a",
}

# Without an answer of a server: no keys at all, mistakes, and what servers do not tell.
OTHERS = {
    "PING": "",
    "PUBLISH c m": "",
    "SPUBLISH c m": "",
    "SSUBSCRIBE a b": "",
    "SUNSUBSCRIBE a b": "",
    "CLUSTERSCAN 0 MATCH x": "",
    "CLUSTER KEYSLOT k": "",
    "COMMAND GETKEYS GET k": "",
    "SCAN 0": "",
    "EVAL script 0 a": "",
    "STRALGO LCS STRINGS keys KEYS": "",
    "DEBUG OBJECT k": "k",
    "DEBUG DIGEST-VALUE a b": "a b",
    "DEBUG SLEEP 0": "",
    "NOBODY.KNOWS k": "",
    "EVAL script 9 a b": "a b",
    "EVAL script two a b": "",
    "EVAL script -1 a b": "",
    "EVAL script": "",
    "MSET a 1 b": "a b",
    "BLPOP a": "",
    "GET": "",
    "XREAD STREAMS a b 0": "a",
    "XREAD STREAMS": "",
    "XREAD COUNT": "",
    "SORT": "",
    "SORT k STORE": "k",
    "GEORADIUS k 1 2 3 m STORE": "k",
    "GEORADIUS k 1 2 3 m STORE a STORE b": "k a b",
    "MIGRATE h 1": "",
    'MIGRATE h 1 "" 0 9': '""',
    "MIGRATE h 1 k 0 9 KEYS a": "k",
}


def cases(examples: dict[str, str]) -> Any:
    return [pytest.param(shlex.split(line), shlex.split(keys), id=line) for line, keys in examples.items()]


def keys_of(line: list[Any]) -> list[Any]:
    name, args = spec.canonical(line)
    return [args[at] for at in spec.key_positions(name, args)]


@pytest.mark.parametrize(("line", "keys"), cases({**EXAMPLES, **MISREAD, **OTHERS}))
def test_the_keys_of_a_command_are_found(line: list[str], keys: list[str]) -> None:
    assert keys_of(line) == keys


@pytest.mark.parametrize(("line", "keys"), cases({**EXAMPLES, **MISREAD, **OTHERS}))
def test_the_keys_are_found_among_bytes_in_lower_case(line: list[str], keys: list[str]) -> None:
    given = [word.lower().encode() for word in line]

    assert keys_of(given) == [key.lower().encode() for key in keys]


@pytest.mark.parametrize("count", [2, "2", b"2", bytearray(b"2"), memoryview(b"2")])
def test_a_count_may_be_of_any_type(count: Any) -> None:
    assert keys_of(["EVAL", "script", count, "a", "b", "c"]) == ["a", "b"]


@pytest.mark.parametrize("count", [2.0, None, [2], "9" * 5000, b"two"])
def test_what_is_no_count_counts_nothing(count: Any) -> None:
    assert keys_of(["EVAL", "script", count, "a", "b", "c"]) == []


def test_every_key_word_of_the_table_is_one_that_is_understood() -> None:
    words = {place[0]: place[2:] for name, row in COMMANDS.items() if name not in BY_HAND for place in row[1]}

    assert {word: form for word, form in words.items() if word not in ("", "#")} == {
        "STORE": (0, 1, 0),
        "STOREDIST": (0, 1, 0),
    }


def test_every_command_whose_keys_only_its_arguments_tell_is_understood() -> None:
    movable = {name for name, row in COMMANDS.items() if "m" in row[0]}
    untold = {name for name in movable if not COMMANDS[name][1]}

    assert untold <= set(BY_HAND)


# -- against servers ---------------------------------------------------------------------------------------------------

CHOSEN = os.environ.get("PLASMA_SERVER")


@pytest.fixture(scope="module", params=[CHOSEN] if CHOSEN else [program.name for program in find_servers()])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer(server=request.param) as started:
        yield started


def test_servers_find_the_same_keys(server: RedisServer) -> None:
    differing = {}
    for line, keys in EXAMPLES.items():
        words = shlex.split(line)
        if server.execute("COMMAND", "INFO", words[0]) == [None]:
            continue
        try:
            found = server.execute("COMMAND", "GETKEYS", *words)
        except CommandFailed as error:
            found = str(error)
        if sorted(found) != sorted(shlex.split(keys)):
            differing[line] = found

    assert differing == {}
