"""A lock that many processes share: one key, set only where it is free, with a token that nobody else knows.

1. Taking, releasing and extending are scripts: each looks at the token and acts in one step. Taking it again with the
   same token finds it held by oneself, so it may be sent again when its answer is lost.
2. `fence` grows with each holder. It is the server's clock in microseconds, or one more than the last one where that
   is later; the last one is kept for a day after it was used, and after that the clock has left it far behind.
3. Who waits does so in BLPOP on a list beside the lock. A release puts one element there: one of those who wait gets
   it, the first in line. It stays for a short while if nobody waits, for those who have just been told that the lock
   is held and do not wait yet. Who takes the lock removes it. A waiter looks again when the holder's time is up, and
   at least every second: an element that died with the one who got it costs others no more than that.
4. Times are measured from before a command is sent: a holder thinks the lock lost before the server does.
5. Who is cancelled or interrupted while he takes it or gives it up leaves it free: nobody may hold it unknowingly, and
   others are not to wait until its time is up.
"""

from __future__ import annotations

import os

from ..errors import LockError, LockLost, RedisConnectionError, RedisError, RedisTimeoutError
from .scripts import Code
from .slots import beside
from .spans import milliseconds, waiting
from .steps import Call, Now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta

    from .steps import Flow

LOOK_AGAIN = 1.0  # seconds
_SHORTEST_PAUSE = 0.002  # seconds: Redis before 7.0 cuts 0.001 down to 0, which is for ever
_KEEP_FENCE = 86_400_000  # milliseconds
_RELEASE_ATTEMPTS = 3

_CHECK = """
local ttl = tonumber(ARGV[2])
if not ttl or ttl <= 0 then return redis.error_reply('ERR the time of a lock must be more than nothing') end
"""

# The fence, or 0 and the milliseconds that the holder has left.
_TAKE = (
    _CHECK
    + """
local holder = redis.call('GET', KEYS[1])
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
if holder == ARGV[1] and last > 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return {last, 0}
elseif holder then
    return {0, redis.call('PTTL', KEYS[1])}
end
local time = redis.call('TIME')
local fence = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), last + 1)
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
redis.call('SET', KEYS[2], string.format('%.0f', fence), 'PX', ARGV[3])
redis.call('DEL', KEYS[3])
return {fence, 0}
"""
)

_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local left = redis.call('PTTL', KEYS[1])
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('RPUSH', KEYS[2], 1)
redis.call('PEXPIRE', KEYS[2], (left > 0 and left < 2000) and left or 2000)
return 1
"""

_EXTEND = (
    _CHECK
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local left = redis.call('PTTL', KEYS[1])
if left >= 0 and left < ttl then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
)

_OWNED = "return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0"


class Claim:
    """What one lock object knows of its lock, and the conversations with the server about it."""

    __slots__ = (
        "_codes",
        "_mine",
        "_pid",
        "ends",
        "fence",
        "fence_key",
        "gone",
        "key",
        "name",
        "token",
        "ttl",
        "wait",
        "wake_key",
    )

    def __init__(self, name: str, ttl: float | timedelta, wait: float | timedelta | None, prefix: str) -> None:
        _check_name(name)
        self.name = name
        self.key = f"lock:{name}"
        near = beside(self.key.encode(), prefix.encode()).decode()
        self.fence_key = f"{near}:fence"
        self.wake_key = f"{near}:wake"
        self.ttl = milliseconds("ttl", ttl) / 1000
        self.wait = waiting("wait", wait)
        self.token: str | None = None  # while it is held, as far as is known here
        self.fence = 0
        self.ends = 0.0  # when its time is up, on the clock of the driver
        self.gone = False  # the server said so
        self._mine: str | None = None  # the token that may stand in the server, known of or not
        self._pid = 0  # whose both tokens are
        self._codes = _codes()

    def held(self) -> str:
        """The token, if this object holds the lock in this process."""
        if self.token is None:
            raise LockError(f"the lock {self.name!r} is not held: acquire() it first")
        if self._pid != os.getpid():
            raise LockError(f"the lock {self.name!r} is held by the process that this one was forked from")
        return self.token

    def is_lost(self, now: float) -> bool:
        """Is it sure that the lock is not held any more, although it was not released?"""
        return self.gone or (self.token is not None and now >= self.ends)

    def acquire(self) -> Flow[bool]:
        """Take the lock; False if it was not free in time."""
        if self.token is not None and self._pid == os.getpid():
            raise LockError(f"the lock {self.name!r} is held already, by this object: a lock is not re-entrant")
        token = os.urandom(16).hex()
        keys = (self.key, self.fence_key, self.wake_key)
        ttl = round(self.ttl * 1000)
        began: float = yield Now()
        try:
            while True:
                asked: float = yield Now()
                self._pid, self._mine = os.getpid(), token
                fence, left = yield from self._codes["take"].call(keys, (token, ttl, max(_KEEP_FENCE, 2 * ttl)))
                if fence:
                    self.token, self.fence, self.ends = token, fence, asked + self.ttl
                    self.gone = False
                    return True
                self._mine = None
                now: float = yield Now()
                pause = LOOK_AGAIN if left < 0 else min(LOOK_AGAIN, (left + 1) / 1000)
                if self.wait is not None:
                    if now >= began + self.wait:
                        return False
                    pause = min(pause, began + self.wait - now)
                try:
                    yield Call("BLPOP", self.wake_key, max(pause, _SHORTEST_PAUSE))
                except (RedisConnectionError, RedisTimeoutError):
                    pass  # asking for the lock will show what is the matter
        except (GeneratorExit, RedisError):
            raise
        except BaseException:
            yield from self.drop()
            raise

    def release(self) -> Flow[None]:
        """Give the lock up."""
        token = self.held()
        self.token = None
        unsure = False
        for attempt in range(_RELEASE_ATTEMPTS):
            try:
                done = yield from self._codes["release"].call((self.key, self.wake_key), (token,))
            except (RedisConnectionError, RedisTimeoutError) as exc:
                if attempt + 1 == _RELEASE_ATTEMPTS or not exc.maybe_executed:
                    raise
                unsure = True
            except (GeneratorExit, RedisError):
                raise
            except BaseException:
                yield from self.drop()
                raise
            else:
                self._mine = None
                if not done and not unsure:  # else it was most likely we who released it, and were not told
                    self.gone = True
                    raise self.lost()
                return

    def drop(self) -> Flow[None]:
        """After an interruption: hold nothing, whatever was on its way. Does nothing if all is told already."""
        token, self._mine = self._mine, None
        if token is None or self._pid != os.getpid():
            return
        self.token = None
        try:
            yield from self._codes["release"].call((self.key, self.wake_key), (token,))
        except RedisError:
            pass

    def extend(self, seconds: float | timedelta) -> Flow[None]:
        """Hold the lock for at least so many seconds from now on."""
        ttl = milliseconds("seconds", seconds)
        token = self.held()
        asked: float = yield Now()
        done = yield from self._codes["extend"].call((self.key,), (token, ttl))
        if self.token != token:
            return  # released meanwhile, by another thread or task
        if not done:
            self.gone = True
            raise self.lost()
        self.ends = max(self.ends, asked + ttl / 1000)

    def owned(self) -> Flow[bool]:
        """Does the server say that the lock is held by this object?"""
        if self.token is None or self._pid != os.getpid():
            return False
        done = yield from self._codes["owned"].call((self.key,), (self.token,))
        return bool(done)

    def lost(self) -> LockLost:
        """The error for a lock that is not held any more."""
        return LockLost(f"the lock {self.name!r} was lost while it was held: it expired, or was deleted or taken")


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name of a lock must be a str, not {type(name).__name__}")
    if not name:
        raise ValueError("a lock needs a name")


_made: dict[str, Code] = {}


def _codes() -> dict[str, Code]:
    if not _made:
        sources = {"take": _TAKE, "release": _RELEASE, "extend": _EXTEND, "owned": _OWNED}
        _made.update({name: Code(source) for name, source in sources.items()})
    return _made
