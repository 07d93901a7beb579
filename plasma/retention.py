"""What a stream keeps: the options that say so with each entry that is added. For both colours."""

from __future__ import annotations

from time import time

from .flows.spans import milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any

    from .commands.core import Value

_PRODUCER = "plasma"  # one for all, so that the words of `once` are the stream's


class Retention:
    """How many entries a stream keeps, or for how long."""

    __slots__ = ("_age", "_approximate", "_maxlen")

    def __init__(self, maxlen: int | None, max_age: float | timedelta | None, approximate: bool) -> None:
        if maxlen is not None and max_age is not None:
            raise ValueError("maxlen and max_age exclude each other: the server takes one of them")
        if maxlen is not None and maxlen.__class__ is not int:
            raise TypeError(f"maxlen must be a whole number, not {type(maxlen).__name__}")
        if maxlen is not None and maxlen < 0:
            raise ValueError(f"maxlen must be 0 or more, not {maxlen}")
        self._maxlen = maxlen
        self._age = None if max_age is None else milliseconds("max_age", max_age)
        self._approximate = approximate

    def __str__(self) -> str:
        if self._age is not None:
            return f"for {self._age / 1000:g} s"
        return "without a limit" if self._maxlen is None else f"at most {self._maxlen}"

    def trimming(self, exact: bool = False) -> dict[str, Any]:
        """The options of XADD and XTRIM."""
        if self._age is not None:
            kept: dict[str, Any] = {"minid": max(0, round(time() * 1000) - self._age)}
        elif self._maxlen is not None:
            kept = {"maxlen": self._maxlen}
        else:
            return {}
        return kept | {"approximate": self._approximate and not exact}

    def options(self, client: Any, once: Value | None) -> tuple[Any, dict[str, Any]]:
        """The client that may add it, and the options of XADD."""
        options = self.trimming()
        if once is not None:
            options["idmp"] = (_PRODUCER, once)
            client = client and client.options(idempotent=True)
        return client, options
