"""What the commands of sorted sets say and hear: members with scores, ranges of them, combinations of sets.

A reply holds scores as texts in one flat list (RESP2), as pairs with doubles (RESP3), or as pairs with texts (ZMPOP
on RESP2). The result is the same for all of them: (member, score) tuples, the score a float.
"""

from __future__ import annotations

from .core import TYPE_CHECKING, at_most_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from .core import Value

# --- arguments ------------------------------------------------------------------------------------------------

ZADD_FORMS = 'zadd(key, {"user:1": 120}) or zadd(key, (120, "user:1"))'


def scores_first(members: Iterable[Mapping[Any, Any] | tuple[Any, ...]]) -> list[Value]:
    """Mappings {member: score} and pairs (score, member) in the order of Redis: score, member, score, member ..."""
    flat: list[Value] = []
    for given in members:
        if isinstance(given, tuple):
            if len(given) != 2:
                raise TypeError(f"zadd() takes pairs of a score and a member, {ZADD_FORMS}, not {len(given)} things")
            flat += (checked_score("zadd", given[0]), given[1])
        elif hasattr(given, "items"):
            if len(given) == 2 and "score" in given and "member" in given:
                # The form of other clients. As a mapping it would be two members called "score" and "member".
                raise TypeError(f'zadd() takes no {{"score": ..., "member": ...}}: write {ZADD_FORMS}')
            for member, score in given.items():
                # Looked at here, as there may be many.
                if (type(score) is not float and type(score) is not int) or score != score:
                    checked_score("zadd", score)
                flat += (score, member)
        else:
            raise TypeError(f"zadd() takes {ZADD_FORMS}, not a {type(given).__name__}")
    if not flat:
        raise ValueError("zadd() needs at least one member; nothing was sent")
    return flat


def checked_score(method: str, score: Any) -> float:
    """*score*, which is a number: a member in its place must never leave."""
    if isinstance(score, bool) or not isinstance(score, (int, float)):
        forms = f": write {ZADD_FORMS}" if method == "zadd" else ""
        raise TypeError(f"{method}() takes numbers as scores, not a {type(score).__name__}{forms}")
    if score != score:
        raise ValueError(f"{method}(): a score that is not a number (nan) has no place in an order")
    return score


def combination(
    method: str, keys: Sequence[Value], weights: Sequence[float] | None, aggregate: str | None
) -> list[Value]:
    """WEIGHTS and AGGREGATE. The server would take a missing weight for a syntax error, and say no more."""
    options: list[Value] = []
    if weights is not None:
        if len(weights) != len(keys):
            raise ValueError(f"{method}(): {len(keys)} keys and {len(weights)} weights; each key needs one")
        options += ("WEIGHTS", *weights)
    if aggregate is not None:
        options += ("AGGREGATE", aggregate)
    return options


def limit(offset: int | None, count: int | None) -> tuple[Value, ...]:
    """LIMIT, whose two parts Redis wants together: no offset is 0, no count is all."""
    if offset is None and count is None:
        return ()
    return "LIMIT", 0 if offset is None else offset, -1 if count is None else count


def selection(method: str, byscore: bool, bylex: bool, rev: bool, offset: int | None, count: int | None) -> list[Value]:
    """How ZRANGE and ZRANGESTORE choose."""
    options: list[Value] = []
    if byscore or bylex:
        at_most_one(method, byscore=byscore, bylex=bylex)
        options.append("BYSCORE" if byscore else "BYLEX")
    if rev:
        options.append("REV")
    if offset is not None or count is not None:
        options += limit(offset, count)
    return options


# --- replies --------------------------------------------------------------------------------------------------


def scored(reply: Any) -> list[tuple[Any, float]]:
    """Members with scores, flat or in pairs."""
    if not reply:
        return []
    if isinstance(reply[0], list):
        if isinstance(reply[0][1], float):
            return list(map(tuple, reply))
        return [(member, float(score)) for member, score in reply]
    return list(zip(reply[::2], map(float, reply[1::2]), strict=True))


def member_score(reply: Any) -> tuple[Any, float] | None:
    """One member with its score, or a null or an empty list; also a rank with its score."""
    return (reply[0], float(reply[1])) if reply else None


def key_member_score(reply: Any) -> tuple[Any, Any, float] | None:
    return None if reply is None else (reply[0], reply[1], float(reply[2]))


def popped(reply: Any) -> tuple[Any, list[tuple[Any, float]]] | None:
    """The key that had members, and those that were popped."""
    return None if reply is None else (reply[0], scored(reply[1]))


def scanned_scores(reply: Any) -> tuple[int, list[tuple[Any, float]]]:
    """The cursor of a scan, which the server words, and its part of the members."""
    return int(reply[0]), scored(reply[1])


def floats_or_none(reply: Any) -> list[float | None]:
    return [None if score is None else float(score) for score in reply]
