"""Commands that find the keys on which a server spends its time and its network. Redis only."""

from __future__ import annotations

from .core import TYPE_CHECKING, CommandsCore, S, ok, pairs_to_dict, text_keys, texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .core import Reply, Value


class HotkeysCommands(CommandsCore[S]):
    """Which keys cost most."""

    __slots__ = ()

    def hotkeys_get(self) -> Reply[dict[str, Any] | None]:
        """Return what was found since `hotkeys_start`, also after `hotkeys_stop`; None if there is nothing.

        `by-cpu-time-us` and `by-net-bytes` are dicts {key: how much}, the most costly first; `selected-slots` is a
        list of the slots, in tuples of one or of a first and a last.

        https://redis.io/docs/latest/commands/hotkeys-get/
        """
        return self._run("HOTKEYS GET", parse=_found)

    def hotkeys_help(self) -> Reply[list[str]]:
        """Return the server's lines on the HOTKEYS commands.

        https://redis.io/docs/latest/commands/hotkeys-help/
        """
        return self._run("HOTKEYS HELP", parse=texts)

    def hotkeys_reset(self) -> Reply[bool]:
        """Return True; what was found is forgotten.

        https://redis.io/docs/latest/commands/hotkeys-reset/
        """
        return self._run("HOTKEYS RESET", parse=ok)

    def hotkeys_start(
        self,
        *,
        cpu: bool = False,
        net: bool = False,
        count: int | None = None,
        duration: int | None = None,
        sample: int | None = None,
        slots: Sequence[int] | None = None,
    ) -> Reply[bool]:
        """Return True; the server looks which keys cost most. It must not do so already.

        Args:
            cpu, net: What to look at, at least one: time, bytes on the network.
            count: How many keys to tell of; 10 without it.
            duration: Stop after so many seconds.
            sample: Look at one command out of so many.
            slots: Only at keys in these slots of a cluster.

        https://redis.io/docs/latest/commands/hotkeys-start/
        """
        metrics = [word for word, given in (("CPU", cpu), ("NET", net)) if given]
        if not metrics:
            raise ValueError("hotkeys_start() needs cpu or net; nothing was sent")
        options: list[Value] = []
        for word, value in (("COUNT", count), ("DURATION", duration), ("SAMPLE", sample)):
            if value is not None:
                options += word, value
        if slots is not None:
            options += "SLOTS", len(slots), *slots
        return self._run("HOTKEYS START", "METRICS", len(metrics), *metrics, *options, parse=ok)

    def hotkeys_stop(self) -> Reply[bool]:
        """Return whether the server was looking; it does no longer. What was found stays.

        https://redis.io/docs/latest/commands/hotkeys-stop/
        """
        return self._run("HOTKEYS STOP", parse=ok)


def _found(reply: Any) -> dict[str, Any] | None:
    if reply is None:
        return None
    found = text_keys(reply[0])  # a list, as a cluster could give one for each node
    for name, value in found.items():
        if name == "selected-slots":
            found[name] = [tuple(slots) for slots in value]
        elif hasattr(value, "append"):
            found[name] = pairs_to_dict(value)
    return found
