"""An event loop in a thread of its own: what the proxies run on, out of the way of the test's own loops and blocking.

Whatever changes a proxy is run inside the loop and waited for, so it has happened when the test's next line runs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from .errors import LauncherError

T = TypeVar("T")


class BackgroundLoop:
    """Starts with `start`, runs coroutines with `run`; `stop` cancels what is left and ends the thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        loop = self._loop = asyncio.SelectorEventLoop()  # whatever policy the test has set
        self._thread = threading.Thread(target=loop.run_forever, name=self._name, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 30.0) -> T:
        """Run a coroutine in the loop and return its result."""
        if self._loop is None:
            coroutine.close()
            raise LauncherError(f"the {self._name} is not started")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout)

    def do(self, action: Callable[[], T]) -> T:
        """Run a function in the loop and return its result."""

        async def done() -> T:
            return action()

        return self.run(done())

    def stop(self) -> None:
        """Cancel every task, and end the thread once they are over."""
        if self._loop is None or self._thread is None:
            return
        self.run(_end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(3):  # transports that were aborted close their sockets a turn or two later
        await asyncio.sleep(0)
