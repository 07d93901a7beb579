# pyright: strict
"""Lines of asyncio code that a type checker must not accept: `# error` marks each.

They are checked by test_typing.py, apart from everything else.
"""

from __future__ import annotations

from plasma.asyncio import Redis, RedisClient


async def mistakes(client: RedisClient[str]) -> None:
    client.set("k", "v")  # error
    Redis.incr("k")  # error
    name: str | None = client.get("k")  # error
    wrong: bytes | None = await client.get("k")  # error
    await client.set("k", None)  # error
    count: str = (await client.pipeline().get("a").incr("b").exec())[-1]  # error
    client.pipeline().get("a").exec()  # error
    print(name, wrong, count)
