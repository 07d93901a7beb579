"""Commands on HyperLogLogs: counts of different elements, about right, in 12 kB at most whatever the number."""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, none_given, ok, to_bool
from .worded import worded

if TYPE_CHECKING:
    from typing import Any, Literal

    from .core import Key, Reply, Value


class HyperLogLogCommands(CommandsCore[S]):
    """Counting without keeping."""

    __slots__ = ()

    def pfadd(self, key: Key, *elements: Value) -> Reply[bool]:
        """Return whether the count may have changed, or the key is new. Without *elements* it is only made.

        https://redis.io/docs/latest/commands/pfadd/
        """
        return self._run("PFADD", key, *elements, parse=to_bool)

    def pfcount(self, *keys: Key) -> Reply[int]:
        """Return about how many different elements were added to all of *keys* together.

        https://redis.io/docs/latest/commands/pfcount/
        """
        if not keys:
            raise none_given("pfcount", "key")
        return self._run("PFCOUNT", *keys)

    def pfdebug(self, subcommand: Literal["DECODE", "ENCODING", "GETREG", "TODENSE"], key: Key) -> Reply[Any]:
        """Return how *key* is stored. An internal command; some of it changes the key.

        https://redis.io/docs/latest/commands/pfdebug/
        """
        return self._run("PFDEBUG", subcommand, key, parse=worded)

    def pfmerge(self, destkey: Key, *sourcekeys: Key) -> Reply[bool]:
        """Return True; *destkey* counts what was added to it or to any of *sourcekeys*.

        https://redis.io/docs/latest/commands/pfmerge/
        """
        return self._run("PFMERGE", destkey, *sourcekeys, parse=ok)

    def pfselftest(self) -> Reply[bool]:
        """Return True; the server's own test of counting passed. It takes seconds, and nobody else is served.

        https://redis.io/docs/latest/commands/pfselftest/
        """
        return self._run("PFSELFTEST", parse=ok)
