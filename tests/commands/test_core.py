"""The root of the groups: what stands in for `typing` at run time, and the conversions that need no server."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from plasma.commands import core
from plasma.commands.views import Commands

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def test_a_class_with_a_text_type_is_the_class_itself():
    assert core.CommandsCore[bytes] is core.CommandsCore
    assert Commands[str] is Commands


def test_the_groups_import_no_dear_modules():
    code = "import sys, plasma.commands.views; print(*sys.modules)"
    root = Path(core.__file__).parent.parent.parent
    run = subprocess.run([sys.executable, "-SEc", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())

    assert not {"typing", "typing_extensions", "re", "enum", "inspect", "dataclasses", "datetime"} & loaded


def test_a_face_has_to_bring_its_own_run():
    with pytest.raises(NotImplementedError):
        Commands().get("k")


def test_server_words_become_text_whatever_they_hold():
    assert core.text(b"OK") == "OK"
    assert core.text("OK") == "OK"
    assert core.text(b"\xff") == "\N{REPLACEMENT CHARACTER}"


def test_a_map_may_be_flat():
    assert core.pairs_to_dict([b"a", 1, b"b", 2]) == {b"a": 1, b"b": 2}
    assert core.pairs_to_dict({"a": 1}) == {"a": 1}


def test_a_flat_map_with_a_name_too_many_is_no_map():
    with pytest.raises(ValueError, match="shorter"):
        core.pairs_to_dict(["a", 1, "b"])


@pytest.mark.parametrize("given", [0, 5, -1, 2**62])
def test_whole_numbers_pass_as_they_are(given):
    assert core.seconds("ex", given, "px") == given
    assert core.milliseconds("px", given) == given
    assert core.unix_seconds(given) == given
    assert core.unix_milliseconds(given) == given


def test_durations_of_any_length_are_exact():
    assert core.seconds("ex", timedelta.max - timedelta(microseconds=999_999), "px") == 86399999999999
    assert core.milliseconds("px", timedelta(days=365_000, milliseconds=1)) == 365_000 * 86_400_000 + 1
    assert core.seconds("ex", timedelta(seconds=-5), "px") == -5


def test_times_are_exact_and_cut_off_towards_the_past():
    assert core.unix_milliseconds(datetime(9999, 12, 31, 23, 59, 59, 999_999, timezone.utc)) == 253402300799999
    assert core.unix_seconds(EPOCH - timedelta(milliseconds=1)) == -1
    assert core.unix_milliseconds(EPOCH + timedelta(microseconds=1999)) == 1


def test_a_time_knows_its_zone():
    tokyo = timezone(timedelta(hours=9))

    assert core.unix_seconds(datetime(1970, 1, 1, 9, 0, 7, tzinfo=tokyo)) == 7


def test_waiting_takes_fractions():
    assert core.wait_seconds(0) == 0
    assert core.wait_seconds(0.25) == 0.25
    assert core.wait_seconds(timedelta(milliseconds=250)) == 0.25


def test_none_and_false_are_not_given_but_zero_is():
    core.at_most_one("set", ex=None, px=5, nx=False)
    with pytest.raises(ValueError, match=r"set\(\): ex and px exclude each other"):
        core.at_most_one("set", ex=0, nx=False, px=0)
