# pyright: strict
"""Lines that a type checker must not accept: `# error` marks each, and no other line may be reported.

They are checked by test_typing.py, apart from everything else.
"""

from __future__ import annotations

from plasma import Redis, RedisClient


def mistakes(text: RedisClient[str], raw: RedisClient[bytes]) -> None:
    wrong_view: RedisClient[bytes] = text  # error
    wrong_default: RedisClient[bytes] = RedisClient()  # error
    name: str = text.get("k")  # error
    value: str | None = raw.get("k")  # error
    text.get()  # error
    text.get(None)  # error
    text.set("k", None)  # error
    text.set("k", ["v"])  # error
    text.set("k", {"f": "v"})  # error
    text.set("k", "v", 5)  # error
    text.set("k", "v", exx=5)  # error
    text.set("k", "v", ex=1.5)  # error
    text.delete(["a", "b"])  # error
    text.mget(["a", "b"])  # error
    text.mset({"a": None})  # error
    text.expire("k", "5")  # error
    text.nosuchcommand("k")  # error
    text.client_list(nane="x")  # error
    text.flushdb(mode="ASYNC")  # error
    text.lcs("a", "b", len=True, idx=True)  # error
    text.eval("return 1", 1, "k")  # error
    text.xadd("s", "f", "v")  # error
    text.xread({"s": None})  # error
    text.bitfield("b", "GET", "u8", 0)  # error
    text.geosearch("g", radius=5)  # error
    text.geosearch("g", frommember="a", byradius=5, unit="miles")  # error
    text.cluster_addslotsrange(0, 5)  # error
    count: str = text.pipeline().get("a").incr("b").exec()[-1]  # error
    Redis.get()  # error
    Redis.set("k", None)  # error
    missing: str = Redis.get("k")  # error
    print(wrong_view, wrong_default, name, value, count, missing)
