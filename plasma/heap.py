"""What malloc() keeps of the memory that it is given back.

glibc returns memory to the system as soon as more than a threshold lies free at the heap's end: 128 KiB at first, later
twice the largest block that had a mapping of its own and was freed. Whoever reads strings of 100 kB as text, which
takes two blocks for each, is below that for ever: every page comes from the system anew, zeroed, each time, and that
costs several times what the reading does. So before replies of a new order of size a block is taken and freed. No page
of it is ever touched: it costs two system calls, and no memory. Where malloc() is another one it changes nothing.
"""

from __future__ import annotations

import sys

# Bytes: glibc learns nothing from larger blocks.
_MOST = (1 << 25 if sys.maxsize > 1 << 32 else 1 << 19) - (1 << 14)
_BESIDES = 1 << 17  # what came in one go with their beginnings
_largest = 0


def keep(size: int) -> None:
    """Have the memory of two blocks of this size, in bytes, kept for the next ones once they are gone."""
    global _largest
    block = min(size + size // 8 + _BESIDES, _MOST)
    if block > _largest:
        _largest = block
        try:
            bytes(block)
        except MemoryError:  # a limit of the process: there may be room for the reply all the same
            pass
