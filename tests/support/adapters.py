"""What a case of the shared suite sees as `r`: a client whose every command is awaited, whatever its colour.

One adapter class for each colour, in `ADAPTERS`; a colour joins the suite by its line there. An adapter knows how to
make its client, how to call one method of it and how to run a case to its end, and nothing of any command.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.faces import Face
    from support.servers import ServerFacts


class Adapter:
    """A client under test. Attributes that are not listed here are the client's own methods, to be awaited.

    `client` is the client itself, `raw` an adapter of a plain one (blocking, text, no prefix) on the same server and
    protocol, to look underneath; `face` and `server` say what runs where.
    """

    def __init__(self, client: Any, face: Face, server: ServerFacts, raw: Adapter | None = None) -> None:
        self.client = client
        self.face = face
        self.server = server
        self.raw = raw or self

    @staticmethod
    def make_client(url: str, **options: Any) -> Any:
        raise NotImplementedError

    async def _call(self, method: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        raise NotImplementedError

    def drive(self, case: Coroutine[Any, Any, None]) -> None:
        """Run a test case to its end."""
        raise NotImplementedError

    def close(self) -> None:
        self.drive(self.disconnect())

    @classmethod
    def finish(cls) -> None:
        """Give back what the adapters of this colour share, when all of them are closed."""

    def __getattr__(self, name: str) -> Any:
        if self.face.pipelined:
            return self._pipelined(name)
        method = getattr(self.client, name)

        async def command(*args: Any, **options: Any) -> Any:
            return await self._call(method, args, options)

        return command

    def _pipelined(self, name: str) -> Any:
        async def command(*args: Any, **options: Any) -> Any:
            pipe = self.client.pipeline()
            if not hasattr(pipe, name):  # connect(), disconnect() ...: not a command
                return await self._call(getattr(self.client, name), args, options)
            queued = getattr(pipe, name)(*args, **options)
            results = await self._call(pipe.exec, (), {})

            assert queued is pipe
            assert len(results) == 1
            return results[0]

        return command

    def s(self, expected: Any) -> Any:
        """*expected* with every str in it, however deep, in the text type of the run."""
        if self.face.text is str:
            return expected
        if isinstance(expected, str):
            return expected.encode()
        if isinstance(expected, dict):
            return {self.s(key): self.s(value) for key, value in expected.items()}
        if isinstance(expected, list | tuple | set | frozenset):
            return type(expected)(self.s(item) for item in expected)
        return expected

    def key(self, name: str) -> str:
        """The name under which the server holds the key *name*, for use with `raw`."""
        return self.face.prefix + name

    @contextmanager
    def once_blocked(self, *command: str | int | float) -> Iterator[None]:
        """While the body waits in a blocking command, run another one from outside, as soon as the server says so.

        Its keys are given as the server holds them (`r.key("k")`).
        """
        plain = self.raw.client
        given_up = threading.Event()
        ran: list[Any] = []

        def act() -> None:
            until = time.monotonic() + 10
            while not given_up.is_set() and time.monotonic() < until:
                if "blocked_clients:0" not in plain.execute("INFO", "clients"):
                    ran.append(plain.execute(*command))
                    return
                time.sleep(0.0005)  # only spares the server: it is asked again and again

        thread = threading.Thread(target=act)
        thread.start()
        try:
            yield
        finally:
            given_up.set()
            thread.join()

        assert ran, "no client was ever blocked"


class BlockingAdapter(Adapter):
    """The awaitables of this colour never suspend, so a case runs from its start to its end in one step."""

    @staticmethod
    def make_client(url: str, **options: Any) -> Any:
        from plasma import RedisClient

        return RedisClient(url, **options)

    async def _call(self, method: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return method(*args, **options)

    def drive(self, case: Coroutine[Any, Any, None]) -> None:
        try:
            case.send(None)
        except StopIteration:
            return
        case.close()
        raise AssertionError("the case waits for something that is not a command of this colour")


class AsyncioAdapter(Adapter):
    """All cases of this colour run in one event loop, so that their clients keep their connections."""

    _loop: asyncio.AbstractEventLoop | None = None

    @staticmethod
    def make_client(url: str, **options: Any) -> Any:
        from plasma.asyncio import RedisClient

        return RedisClient(url, **options)

    @staticmethod
    def new_loop() -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    @classmethod
    def loop(cls) -> asyncio.AbstractEventLoop:
        if cls._loop is None:
            cls._loop = cls.new_loop()
        return cls._loop

    async def _call(self, method: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return await method(*args, **options)

    def drive(self, case: Coroutine[Any, Any, None]) -> None:
        self.loop().run_until_complete(case)

    @classmethod
    def finish(cls) -> None:
        loop, cls._loop = cls._loop, None
        if loop is not None:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


class UvloopAdapter(AsyncioAdapter):
    """The same in a loop of another make."""

    _loop = None

    @staticmethod
    def new_loop() -> asyncio.AbstractEventLoop:
        import uvloop

        return uvloop.new_event_loop()


ADAPTERS: dict[str, type[Adapter]] = {
    "blocking": BlockingAdapter,
    "asyncio": AsyncioAdapter,
    "uvloop": UvloopAdapter,
}
