"""RESP, the protocol of Redis and Valkey: commands to bytes, bytes to replies. No I/O in it.

`pack`, `pack_many` and `Packer` make bytes of commands, `ascii_text` makes text of most. A `Parser` is fed what arrives
and gives replies as Python values; `parser_class("auto")` is the fastest there is here. `NEED_DATA` means "not yet". A
`FrameParser` gives the same stream as typed frames: which RESP type, which attributes, streamed or not. All may be used
without the client.
"""

from __future__ import annotations

from ..errors import ConfigurationError
from .encoder import Packer, ascii_text, pack, pack_many
from .parser import Parser
from .single import bulk_length, whole_reply
from .types import NEED_DATA, Limits, Push

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from .frames import Frame, FrameParser
    from .types import AnyParser

__all__ = [
    "NEED_DATA",
    "Frame",
    "FrameParser",
    "Limits",
    "Packer",
    "Parser",
    "Push",
    "ascii_text",
    "bulk_length",
    "pack",
    "pack_many",
    "parser_class",
    "whole_reply",
]


def __getattr__(name: str) -> Any:
    # Frames are for looking at a server, not for talking to one: loaded when asked for.
    if name in ("Frame", "FrameParser"):
        from . import frames

        return getattr(frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_found: dict[str, type[AnyParser]] = {"python": Parser}


def parser_class(kind: Literal["auto", "python", "hiredis"] = "auto") -> type[AnyParser]:
    """The parser to use: "python" is the pure one, "hiredis" the accelerated one, "auto" the fastest there is.

    Raises:
        ConfigurationError: "hiredis" is asked for and not installed, or too old.
    """
    found = _found.get(kind)
    if found is None:
        try:
            from .accel import Parser as Accelerated
        except ImportError as error:
            if kind != "auto":
                raise ConfigurationError("option parser='hiredis': " + str(error)) from error
            found = Parser  # remembered too: to look for what is not there costs more than a connection
        else:
            found = Accelerated
        _found[kind] = found
    return found
