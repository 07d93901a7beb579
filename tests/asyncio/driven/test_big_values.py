"""tests/blocking/test_big_values.py, in asyncio."""

from __future__ import annotations

import blocking.test_big_values
from support.driven import cases

LOOPS = ["asyncio"]

# A value that its owner may still change is copied here, and what the socket does not take at once by older Pythons.
WITHOUT = ("test_sending_does_not_copy_the_value",)

globals().update(cases(blocking.test_big_values, without=WITHOUT))
