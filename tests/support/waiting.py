"""Waiting for something to become true: never a sleep that hopes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any


def wait_until(condition: Callable[[], object], timeout: float = 10.0) -> None:
    """Return as soon as the condition holds; TimeoutError if it does not within `timeout` seconds."""
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {timeout} s")
        time.sleep(0.001)


class Background:
    """A call in a thread of its own: `result()` waits for it, and raises what it raised."""

    def __init__(self, function: Callable[..., Any], *args: Any, **options: Any) -> None:
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._call, args=(function, args, options), daemon=True)
        self._thread.start()

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        try:
            self._value = function(*args, **options)
        except BaseException as error:
            self._error = error

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def result(self, timeout: float = 20.0) -> Any:
        self._thread.join(timeout)
        if self._thread.is_alive():
            raise TimeoutError(f"the call is still running after {timeout} s")
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                error = None
        return self._value
