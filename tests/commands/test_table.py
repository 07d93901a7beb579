"""The table and the tool that writes it: up to date, made by its rules, and what real servers say today."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from plasma.commands.table import CHANNELS, COMMANDS, POLICIES
from plasma.testing import RedisServer, find_servers

TOOL = Path(__file__).parent.parent.parent / "tools" / "table.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("table_tool", TOOL)

    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def elsewhere(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tool made to read and write in a folder of the test."""
    (tmp_path / "inputs").mkdir()
    monkeypatch.setattr(tool, "INPUTS", tmp_path / "inputs")
    monkeypatch.setattr(tool, "OUTPUT", tmp_path / "table.py")
    return tmp_path


def told(server: str, version: str, **commands: dict[str, Any]) -> dict[str, Any]:
    """An input of the tool: one server and its commands."""
    rows = {name: {"arity": 2, "flags": [], **row} for name, row in commands.items()}
    return {"server": server, "family": server.partition("-")[0], "version": version, "commands": rows}


FIRST = {"index": 1, "range": [0, 1, 0]}
SECOND = {"index": 2, "range": [0, 1, 0]}


# -- the tool ----------------------------------------------------------------------------------------------------------


def test_the_table_is_what_the_tool_writes(tool: ModuleType) -> None:
    assert tool.main(["--check"]) == 0


def test_check_fails_and_writes_nothing_when_the_table_differs(
    tool: ModuleType, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool.write_input(told("redis-7.0", "7.0.0", GET={"since": "1.0.0"}))
    tool.main([])
    (elsewhere / "table.py").write_text((elsewhere / "table.py").read_text() + "\n")
    before = (elsewhere / "table.py").read_text()

    assert tool.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert (elsewhere / "table.py").read_text() == before


def test_what_is_written_passes_the_check(tool: ModuleType, elsewhere: Path) -> None:
    tool.write_input(told("redis-7.0", "7.0.0", GET={"keys": [FIRST], "since": "1.0.0"}))

    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0


def test_without_inputs_the_tool_says_how_to_get_them(tool: ModuleType, elsewhere: Path) -> None:
    with pytest.raises(SystemExit, match="--dump"):
        tool.main([])


def test_a_full_dump_is_taken_over(tool: ModuleType, elsewhere: Path) -> None:
    spec = {
        "flags": ["RO", "access"],
        "begin_search": {"type": "index", "spec": {"index": 2}},
        "find_keys": {"type": "range", "spec": {"lastkey": 0, "keystep": 1, "limit": 0}},
    }
    legacy = {"arity": -2, "flags": [], "first_key": 0, "last_key": 0, "step": 0, "tips": [], "key_specifications": []}
    usage = {**legacy, "flags": ["readonly"], "tips": ["request_policy:all_shards"], "key_specifications": [spec]}
    dump = {
        "server": "redis-7.0",
        "version": "7.0.15",
        "hello": {"server": "redis"},
        "info": {"memory": {**legacy, "subcommands": {"memory|usage": usage}}, "post": legacy},
        "docs": {"memory": {"since": "4.0.0", "subcommands": {"memory|usage": {"since": "4.0.0"}}}},
    }
    (elsewhere / "dumps").mkdir()
    (elsewhere / "dumps" / "redis-7.0.json").write_text(json.dumps(dump))
    tool.main(["--import", str(elsewhere / "dumps")])
    table = tool.merge(tool.load_inputs())

    assert set(table) == {"MEMORY", "MEMORY USAGE"}
    assert table["MEMORY USAGE"]["keys"] == (("", 0, 0, 1, 0),)
    assert table["MEMORY USAGE"]["flags"] == "r"
    assert table["MEMORY USAGE"]["policies"] == ("all_shards", "")
    assert table["MEMORY USAGE"]["since"] == ("4.0.0", None)


def test_a_newer_server_wins_over_an_older_one_of_its_family(tool: ModuleType) -> None:
    old = told("redis-7.0", "7.0.0", X={"keys": [FIRST]})
    new = told("redis-8.0", "8.0.0", X={"keys": [SECOND]})

    assert tool.merge([old, new])["X"]["keys"] == (("", 1, 0, 1, 0),)


def test_families_that_differ_in_where_the_keys_are_stop_the_tool(tool: ModuleType) -> None:
    redis = told("redis-8.0", "8.0.0", X={"keys": [FIRST]})
    valkey = told("valkey-8.0", "8.0.0", X={"keys": [SECOND]})

    with pytest.raises(SystemExit, match="X: servers differ"):
        tool.merge([redis, valkey])


def test_families_that_differ_in_policies_stop_the_tool(tool: ModuleType) -> None:
    redis = told("redis-8.0", "8.0.0", X={"tips": ["request_policy:all_nodes"]})
    valkey = told("valkey-8.0", "8.0.0", X={})

    with pytest.raises(SystemExit, match="X: servers differ"):
        tool.merge([redis, valkey])


@pytest.mark.parametrize(
    ("redis", "valkey", "flags"),
    [
        (["readonly"], ["readonly"], "r"),
        (["readonly"], [], ""),
        (["readonly"], ["write"], "w"),
        (["write"], [], "w"),
        ([], ["blocking"], "b"),
        (["fast", "stale", "admin"], ["pubsub", "movablekeys"], "map"),
    ],
)
def test_flags_are_merged_the_careful_way(tool: ModuleType, redis: list[str], valkey: list[str], flags: str) -> None:
    servers = [told("redis-8.0", "8.0.0", X={"flags": redis}), told("valkey-8.0", "8.0.0", X={"flags": valkey})]

    assert tool.merge(servers)["X"]["flags"] == flags


@pytest.mark.parametrize(
    ("redis", "valkey", "versions"),
    [
        ("1.0.0", "1.0.0", ("1.0.0", "7.2.5")),
        ("7.4.0", "9.0.0", ("7.4.0", "9.0.0")),
        ("8.2.0", "8.0.0", ("8.0.2", "8.0.0")),
        (None, "7.0.0", ("7.0.0", "7.2.5")),
        (None, "8.1.0", (None, "8.1.0")),
        ("8.0.0", None, ("8.0.0", None)),
    ],
)
def test_the_first_versions_are_told_by_both_families(
    tool: ModuleType, redis: str | None, valkey: str | None, versions: tuple[str | None, str | None]
) -> None:
    servers = [told("redis-8.0", "8.0.2", X={"since": redis})] if redis else []
    servers += [told("valkey-9.1", "9.1.2", X={"since": valkey})] if valkey else []

    assert tool.merge(servers)["X"]["since"] == versions


@pytest.mark.parametrize(
    ("name", "row", "places"),
    [
        ("X", {"legacy": [1, 1, 1]}, (("", 0, 0, 1, 0),)),
        ("X", {"legacy": [1, -1, 2]}, (("", 0, -1, 2, 0),)),
        ("X", {"legacy": [2, 3, 1]}, (("", 1, 1, 1, 0),)),
        ("X", {"keys": [FIRST]}, (("", 0, 0, 1, 0),)),
        ("X Y", {"keys": [SECOND]}, (("", 0, 0, 1, 0),)),
        ("X", {"keys": [{"index": 2, "keynum": [0, 1, 2]}]}, (("#", 1, 1, 2, 0),)),
        ("X", {"keys": [{"keyword": ["WORD", 4], "range": [-1, 1, 2]}]}, (("WORD", 3, -1, 1, 2),)),
        ("X", {"keys": [{"keyword": ["WORD", -2], "range": [-1, 1, 0]}]}, (("WORD", -2, -1, 1, 0),)),
        ("X", {"keys": [{}]}, ()),
        ("X", {"keys": [{**FIRST, "flags": ["not_key"]}]}, ()),
    ],
)
def test_places_count_from_the_first_argument(tool: ModuleType, name: str, row: dict[str, Any], places: Any) -> None:
    assert tool.row_places(name, row, channels=False) == places


def test_what_is_no_key_but_chooses_a_node_is_a_channel(tool: ModuleType) -> None:
    assert tool.row_places("X", {"keys": [{**FIRST, "flags": ["not_key"]}]}, channels=True) == (("", 0, 0, 1, 0),)


# -- the table ---------------------------------------------------------------------------------------------------------


def test_names_are_upper_case_words() -> None:
    assert not [name for name in COMMANDS if name != name.upper() or len(name.split()) > 2]


def test_what_http_requests_begin_with_is_no_command() -> None:
    assert not {"POST", "HOST:"} & set(COMMANDS)


def test_only_sharded_channels_and_a_cursor_choose_a_node_without_being_keys() -> None:
    assert set(CHANNELS) == {"CLUSTERSCAN", "SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE"}


def test_the_side_tables_are_of_known_commands() -> None:
    assert set(CHANNELS) | set(POLICIES) <= set(COMMANDS)


# -- against servers ---------------------------------------------------------------------------------------------------

CHOSEN = os.environ.get("PLASMA_SERVER")


@pytest.fixture(scope="module", params=[CHOSEN] if CHOSEN else [program.name for program in find_servers()])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with RedisServer(server=request.param) as started:
        yield started


@pytest.fixture(scope="module")
def live(server: RedisServer, tool: ModuleType) -> dict[str, Any]:
    """What the server says of itself, in the form of the tool's inputs."""
    taken: dict[str, Any] = tool.take(tool.dump_server(f"{server.host}:{server.port}"))
    return taken


def test_a_server_has_no_command_that_the_table_has_not(live: dict[str, Any]) -> None:
    assert not set(live["commands"]) - set(COMMANDS)


def test_a_server_agrees_on_where_the_keys_are(live: dict[str, Any], tool: ModuleType) -> None:
    differing = set()
    for name, row in live["commands"].items():
        places = tool.row_places(name, row, channels=False)
        if live["version"].startswith("6."):
            # It tells one range at most, and none of the keys that only the arguments tell.
            agrees = "movablekeys" in row["flags"] or spread(places) == spread(COMMANDS[name][1])
        else:
            agrees = places == COMMANDS[name][1]
        if not agrees:
            differing.add(name)

    # Redis 6.2 tells of containers what its successors tell of the subcommands.
    assert differing == ({"OBJECT", "XGROUP", "XINFO"} if live["version"].startswith("6.") else set())


def spread(places: Any) -> set[int]:
    """The positions of keys among six arguments, as far as they do not depend on them."""
    found: set[int] = set()
    for word, begin, last, step, _ in places:
        if not word:
            found.update(range(begin, (begin + last if last >= 0 else 6 + last) + 1, step))
    return found


def test_what_the_table_calls_read_only_does_not_write(live: dict[str, Any]) -> None:
    commands = live["commands"]

    assert not [name for name in commands if "r" in COMMANDS[name][0] and "write" in commands[name]["flags"]]


def test_what_a_server_calls_writing_the_table_does(live: dict[str, Any]) -> None:
    writing = {name for name, row in live["commands"].items() if "write" in row["flags"]}
    untold = {name for name in writing if "w" not in COMMANDS[name][0]}

    assert untold <= ({"XGROUP"} if live["version"].startswith("6.") else set())


def test_what_a_server_calls_blocking_the_table_does(live: dict[str, Any]) -> None:
    blocking = {name for name, row in live["commands"].items() if "blocking" in row["flags"]}

    assert not {name for name in blocking if "b" not in COMMANDS[name][0]}


def test_a_server_is_no_older_than_the_first_version_of_its_commands(live: dict[str, Any], tool: ModuleType) -> None:
    if live["family"] not in ("redis", "valkey"):
        pytest.skip("the table tells of Redis and Valkey")
    column = {"redis": 2, "valkey": 3}[live["family"]]
    first: dict[str, Any] = {name: COMMANDS[name][column] for name in live["commands"]}

    assert None not in first.values()
    assert max(map(tool.version_of, first.values())) <= tool.version_of(live["version"])


def test_the_input_of_a_server_is_what_it_says(live: dict[str, Any], tool: ModuleType) -> None:
    kept = tool.INPUTS / f"{live['server']}.json"
    if not kept.exists() or json.loads(kept.read_text())["version"] != live["version"]:
        pytest.skip("there is no input of this very version")

    assert json.loads(kept.read_text()) == live
