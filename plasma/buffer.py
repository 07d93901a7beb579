"""The bounded queue between a connection and its listeners; no I/O, no threads, no clock.

What happens when it is full is its policy:

- "block": it takes no more, and who fills it has to wait (so nothing is read, and in the end the server waits).
- "drop_oldest": the oldest messages make way.
- "error": the newest are dropped, and where they would have stood an InboxFull tells so.

`dropped` counts what was dropped by either of the last two. Marks (`Reconnected`, errors) are never dropped, and do
not count towards the capacity; two gaps with nothing between them are one.
"""

from __future__ import annotations

from collections import deque

from .errors import InboxFull
from .messages import Reconnected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Buffer:
    """Messages, which are tuples here, and marks, in order."""

    __slots__ = ("_marks", "_policy", "capacity", "dropped", "entries")

    def __init__(self, capacity: int, policy: str) -> None:
        self.capacity = capacity
        self._policy = policy
        self.dropped = 0
        self.entries: deque[Any] = deque()
        self._marks = 0

    def __len__(self) -> int:
        return len(self.entries)

    def put(self, messages: list[Any], *, anyway: bool = False) -> list[Any]:
        """Add messages at the end; return those for which whoever fills it has to wait (policy "block" alone).

        `anyway`: they are all taken, full or not; for when whoever empties it waits for what comes behind them.
        """
        entries = self.entries
        room = self.capacity - len(entries) + self._marks
        if len(messages) <= room:
            entries.extend(messages)
        elif self._policy == "block":
            if anyway:
                entries.extend(messages)
                return []
            room = max(room, 0)
            entries.extend(messages[:room])
            return messages[room:]
        elif self._policy == "error":
            room = max(room, 0)
            entries.extend(messages[:room])
            self._overflow(len(messages) - room)
        else:
            excess = len(messages) - room
            self.dropped += excess
            late = excess - (len(entries) - self._marks)
            if late > 0:  # more came at once than there is room for at all
                messages = messages[late:]
                excess -= late
            entries.extend(messages)
            self._drop_oldest(excess)
        return []

    def mark(self, mark: Any) -> None:
        """Add what is not a message."""
        entries = self.entries
        if entries and isinstance(mark, Reconnected) and isinstance(last := entries[-1], Reconnected):
            last.lost_for += mark.lost_for
            return
        entries.append(mark)
        self._marks += 1

    def take(self) -> Any:
        """The oldest entry. Raises IndexError if there is none."""
        entry = self.entries.popleft()
        if entry.__class__ is not tuple:
            self.unmark()
        return entry

    def unmark(self) -> None:
        """A mark was taken."""
        self._marks -= 1

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()
        self._marks = 0

    def _overflow(self, count: int) -> None:
        self.dropped += count
        last = self.entries[-1]
        if isinstance(last, InboxFull):
            last.dropped += count
        else:
            self.mark(InboxFull(dropped=count))

    def _drop_oldest(self, count: int) -> None:
        entries = self.entries
        if not self._marks:
            for _ in range(count):
                entries.popleft()
            return
        marks: list[Any] = []
        while count:
            entry = self.take()
            if entry.__class__ is tuple:
                count -= 1
            elif marks and isinstance(entry, Reconnected) and isinstance(last := marks[-1], Reconnected):
                last.lost_for += entry.lost_for
            else:
                marks.append(entry)
        if marks and isinstance(last := marks[-1], Reconnected) and entries and isinstance(entries[0], Reconnected):
            entries[0].lost_for += last.lost_for
            marks.pop()
        entries.extendleft(reversed(marks))
        self._marks += len(marks)
