# pyright: strict
"""What type checkers make of pipelines: never run, only checked, by mypy and by pyright."""

from __future__ import annotations

from typing import Any

from typing_extensions import Unpack, assert_type

from plasma import Pipeline, Redis, RedisClient


def in_statement_style_results_are_anything(client: RedisClient[str]) -> None:
    pipe = client.pipeline()
    assert_type(pipe, Pipeline[str, Unpack[tuple[Any, ...]]])
    pipe.get("a")
    pipe.incr("b")
    assert_type(pipe.exec(), tuple[Any, ...])
    with client.pipeline() as other:
        other.get("a")
        assert_type(other.exec(), tuple[Any, ...])


def in_fluent_style_results_unpack_to_exact_types(client: RedisClient[str]) -> None:
    name, visits, was_set, tags = client.pipeline().get("a").incr("b").set("c", 1).smembers("t").exec()
    assert_type(name, str | None)
    assert_type(visits, int)
    assert_type(was_set, bool)
    assert_type(tags, set[str])


def the_text_type_and_overloads_are_kept(client: RedisClient[bytes]) -> None:
    old, fields, ranked = (
        client.pipeline().set("c", 1, get=True).hgetall("h").zrange("z", 0, -1, withscores=True).exec()
    )
    assert_type(old, bytes | None)
    assert_type(fields, dict[bytes, bytes])
    assert_type(ranked, list[tuple[bytes, float]])


def execute_is_anything_in_its_place(client: RedisClient[str]) -> None:
    first, second, third = client.pipeline().get("a").execute("ANY", "thing").incr("b").exec()
    assert_type(first, str | None)
    assert_type(second, Any)
    assert_type(third, int)


def errors_in_place_are_anything(client: RedisClient[str]) -> None:
    assert_type(client.pipeline().get("a").exec(raise_on_error=False), tuple[Any, ...])


def transactions_and_the_facade_are_the_same(client: RedisClient[bytes]) -> None:
    first, second = client.transaction().get("a").incr("b").exec()
    assert_type(first, bytes | None)
    assert_type(second, int)
    third, fourth = Redis.pipeline().get("a").incr("b").exec()
    assert_type(third, str | None)
    assert_type(fourth, int)


def a_bare_annotation_is_a_text_pipeline_of_anything(pipe: Pipeline) -> None:
    assert_type(pipe, Pipeline[str, Unpack[tuple[Any, ...]]])
    (last,) = pipe.get("a").exec()
    assert_type(last, str | None)
