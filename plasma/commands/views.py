"""All command groups summed up, under one name per face.

At run time there is one class. For type checkers each name is a class of its own, in the generated `views.pyi`
beside this file: `Reply[T]` of a group is `T` on a blocking face, an awaitable `T` on an asyncio face, and on a
pipeline the pipeline itself with one result more. After a change in a group run `tools/views.py`.
"""

from __future__ import annotations

from .acl import ACLCommands
from .bitmaps import BitmapCommands
from .cluster import ClusterCommands
from .connection import ConnectionCommands
from .core import S
from .geo import GeoCommands
from .hashes import HashCommands
from .hotkeys import HotkeysCommands
from .hyperloglog import HyperLogLogCommands
from .keys import KeyCommands
from .lists import ListCommands
from .pubsub import PubSubCommands
from .scripting import ScriptingCommands
from .server import ServerCommands
from .sets import SetCommands
from .sorted_sets import SortedSetCommands
from .streams import StreamCommands
from .strings import StringCommands
from .vectors import VectorCommands


class Commands(
    ACLCommands[S],
    BitmapCommands[S],
    ClusterCommands[S],
    ConnectionCommands[S],
    GeoCommands[S],
    HashCommands[S],
    HotkeysCommands[S],
    HyperLogLogCommands[S],
    KeyCommands[S],
    ListCommands[S],
    PubSubCommands[S],
    ScriptingCommands[S],
    ServerCommands[S],
    SetCommands[S],
    SortedSetCommands[S],
    StreamCommands[S],
    StringCommands[S],
    VectorCommands[S],
):
    """Every command. A face derives from one of the names below and brings `_run`."""

    __slots__ = ()


BlockingCommands = AsyncCommands = PipelineCommands = AsyncPipelineCommands = Commands
