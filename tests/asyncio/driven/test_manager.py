"""tests/registry/test_manager.py, and what of test_names.py awaits something, in asyncio."""

from __future__ import annotations

import registry.test_manager
from registry.test_names import (
    test_an_unconfigured_manager_is_not_connected_and_disconnects_quietly,
    test_every_method_refuses_an_unknown_name,
)
from support.driven import cases

__all__ = [
    "test_an_unconfigured_manager_is_not_connected_and_disconnects_quietly",
    "test_every_method_refuses_an_unknown_name",
]

globals().update(cases(registry.test_manager))
