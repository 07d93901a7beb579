"""Reading what the server words: INFO and CLIENT LIST, in the odd cases that no server shows on demand."""

from __future__ import annotations

import pytest

from plasma.commands import worded


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("connected_clients:1", 1),
        ("master_link_down_since_seconds:-1", -1),
        ("mem_fragmentation_ratio:1.50", 1.5),
        ("used_cpu_sys:0.000000", 0.0),
        ("used_memory_peak_perc:99.90%", "99.90%"),
        ("redis_version:7.0.15", "7.0.15"),
        ("gcc_version:15", "15"),
        ("redis_git_sha1:00000000", "00000000"),
        ("redis_git_sha1:12345678", "12345678"),
        ("redis_build_id:12e4567890123456", "12e4567890123456"),
        ("run_id:1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"),
        ("master_replid:0000000000000000000000000000000000000000", "0" * 40),
        ("master_host:10", "10"),
        ("tcp_port:6379", 6379),
        ("monotonic_clock:POSIX clock_gettime", "POSIX clock_gettime"),
        ("empty:", ""),
        ("odd:1.", "1."),
        ("odd:.5", ".5"),
        ("odd:nan", "nan"),
        ("odd:1e5", "1e5"),
        ("odd:-", "-"),
        ("odd:٣", "٣"),
        ("config_file:/etc/a=b,c.conf", "/etc/a=b,c.conf"),
        ("with_colons:a:b", "a:b"),
        ("db0:keys=2,expires=0,avg_ttl=0", {"keys": 2, "expires": 0, "avg_ttl": 0}),
        ("cmdstat_get:calls=1,usec=2,usec_per_call=2.00", {"calls": 1, "usec": 2, "usec_per_call": 2.0}),
        ("listener0:name=tcp,bind=127.0.0.1,bind=-::1,port=1", {"name": "tcp", "bind": "127.0.0.1,-::1", "port": 1}),
        ("slave0:ip=10,port=6380,state=online", {"ip": "10", "port": 6380, "state": "online"}),
        ("module:name=a,ver=1", [{"name": "a", "ver": 1}]),
    ],
)
@pytest.mark.parametrize("kind", [str, bytes])
def test_a_field_of_info_has_one_type(kind, line, value):
    reply = f"# Section\r\n{line}\r\n"

    assert worded.sections(reply if kind is str else reply.encode()) == {line.partition(":")[0]: value}


def test_info_has_every_module():
    reply = "module:name=a,ver=1\r\nmodule:name=b,ver=2\r\n"

    assert worded.sections(reply) == {"module": [{"name": "a", "ver": 1}, {"name": "b", "ver": 2}]}


def test_an_empty_info_is_empty():
    assert worded.sections("") == {}


def test_clients_may_have_empty_fields_and_equals_signs():
    assert worded.clients(b"id=1 name= user=a=b\nid=2 name=x user=c\n") == [
        {"id": "1", "name": "", "user": "a=b"},
        {"id": "2", "name": "x", "user": "c"},
    ]


def test_doubles_are_floats_on_both_protocols():
    flat = [b"peak.percentage", b"100", b"keys.count", 2, b"db.0", [b"overhead.hashtable.main", 72]]
    told = {"peak.percentage": 100.0, "keys.count": 2, "db.0": {"overhead.hashtable.main": 72}}

    assert worded.statistics(flat) == told
    assert worded.statistics(told) == told
    assert type(worded.statistics(flat)["peak.percentage"]) is float


def test_sums_and_counts_of_latencies_are_given_where_the_server_tells_them():
    assert worded.latest_events([["command", 1, 2, 3]]) == {"command": {"time": 1, "latest": 2, "max": 3}}
    assert worded.latest_events([[b"command", 1, 2, 3, 4, 5]]) == {
        "command": {"time": 1, "latest": 2, "max": 3, "sum": 4, "count": 5}
    }
