"""The tool that writes the types of the faces, on small groups of its own and on the real ones."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parent.parent.parent / "tools" / "views.py"

CORE = '''
from __future__ import annotations
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any
    S = TypeVar("S")
    T = TypeVar("T")
    Key: TypeAlias = str
    class Reply: ...

class CommandsCore:
    def _run(self, name: str, *args: Key, parse: Callable[[Any], T] | None = None) -> Reply[T]:
        """Docstrings stay out."""
'''
VIEWS = """
from .core import S
from .one import OneCommands
from .two import TwoCommands

class Commands(OneCommands[S], TwoCommands[S]): ...
"""
ONE = '''
from .core import CommandsCore, S, overload
if TYPE_CHECKING:
    from typing import Any, Literal
    from .core import Key, Reply
    Flag: TypeAlias = Literal["ON", "OFF"]

class OneCommands(CommandsCore[S]):
    __slots__ = ()

    @overload
    def set(self, key: Key, *, get: Literal[False] = False) -> Reply[bool]: ...
    @overload
    def set(self, key: Key, *, get: Literal[True]) -> Reply[S | None]: ...
    def set(self, key: Key, *, get: bool = False) -> Reply[Any]:
        """Return something."""
        return self._run("SET", key)

    def switch(self, flag: Flag = "ON") -> Reply[bool]:
        return self._run("SWITCH", flag)

    def _private(self, key: Key) -> Key: ...

def helper(): ...
'''
TWO = """
from .core import CommandsCore, S
if TYPE_CHECKING:
    from .core import Key, Reply

class TwoCommands(CommandsCore[S]):
    def members(self, key: Key) -> Reply[set[S]]:
        return self._run("MEMBERS", key)
"""
BLOCKING = """
class BlockingCommands(Generic[S]):
    def _run(self, name: str, *args: Key, parse: Callable[[Any], T] | None=None) -> T: ...
    @overload
    def set(self, key: Key, *, get: Literal[False]=False) -> bool: ...
    @overload
    def set(self, key: Key, *, get: Literal[True]) -> S | None: ...
    def switch(self, flag: Flag='ON') -> bool: ...
    def members(self, key: Key) -> builtins.set[S]: ...
"""


@pytest.fixture
def tool(tmp_path):
    """The tool, reading the small groups above, which a test may change."""
    spec = importlib.util.spec_from_file_location("views_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.FOLDER = tmp_path
    for name, source in {"core": CORE, "views": VIEWS, "one": ONE, "two": TWO}.items():
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    return module


def face(text: str, name: str) -> str:
    """One class of the stub, with the methods of the parts that it is the sum of, in their order."""
    classes = dict(
        part.removeprefix("class ").split("(", 1) for part in text.split("\n\n") if part.startswith("class ")
    )
    bases = re.findall(r"(\w+)\[", classes[name].partition(":\n")[0].replace("Unpack[", ""))
    parameters = {classes[base].partition(")")[0] for base in bases}
    assert len(parameters) == 1
    body = "\n".join(classes[base].partition(":\n")[2].rstrip("\n") for base in bases)
    return f"class {name}({parameters.pop()}):\n{body}"


def test_the_stub_beside_the_commands_is_up_to_date():
    spec = importlib.util.spec_from_file_location("views_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.main(["--check"]) == 0


def test_the_blocking_face_gives_the_result_itself(tool):
    assert face(tool.stub(tool.FOLDER), "BlockingCommands") == BLOCKING.strip()


def test_the_asyncio_face_has_coroutines(tool):
    wanted = BLOCKING.replace("BlockingCommands", "AsyncCommands").replace("    def", "    async def")

    assert face(tool.stub(tool.FOLDER), "AsyncCommands") == wanted.strip()


@pytest.mark.parametrize(
    ("name", "pipeline"), [("PipelineCommands", "Pipeline"), ("AsyncPipelineCommands", "AsyncPipeline")]
)
def test_a_pipeline_gives_itself_with_one_result_more(tool, name, pipeline):
    text = face(tool.stub(tool.FOLDER), name)

    assert text.startswith(f"class {name}(Generic[S, Unpack[Ts]]):")
    assert f"get: Literal[True]) -> {pipeline}[S, Unpack[Ts], S | None]: ..." in text
    assert f"def members(self, key: Key) -> {pipeline}[S, Unpack[Ts], builtins.set[S]]: ..." in text


def test_the_sum_of_the_groups_is_there(tool):
    assert "class Commands(OneCommands[S], TwoCommands[S]): ...\n" in tool.stub(tool.FOLDER)


def test_names_are_imported_from_where_the_group_has_them(tool):
    text = tool.stub(tool.FOLDER)

    assert "from collections.abc import Callable\n" in text
    assert "from .one import Flag, OneCommands\n" in text
    assert "import builtins\n" in text


def test_docstrings_bodies_and_private_methods_stay_out(tool):
    text = tool.stub(tool.FOLDER)

    for word in ('"""', "return self", "_private", "helper"):
        assert word not in text


def test_what_was_written_passes_the_check(tool, tmp_path):
    assert tool.main([]) == 0
    assert (tmp_path / "views.pyi").read_text("utf-8") == tool.stub(tmp_path)
    assert tool.main(["--check"]) == 0


def test_the_check_finds_any_difference_and_changes_nothing(tool, tmp_path, capsys):
    assert tool.main(["--check"]) == 1
    tool.main([])
    stub = tmp_path / "views.pyi"
    stub.write_text(stub.read_text("utf-8") + "\n", "utf-8")

    assert tool.main(["--check"]) == 1
    assert "run tools/views.py" in capsys.readouterr().out
    assert stub.read_text("utf-8") == tool.stub(tmp_path) + "\n"


def test_the_check_shows_what_has_changed(tool, tmp_path, capsys):
    tool.main([])
    two = tmp_path / "two.py"
    two.write_text(two.read_text("utf-8").replace("members", "elements"), "utf-8")

    assert tool.main(["--check"]) == 1
    assert "+    def elements(self, key: Key) -> builtins.set[S]: ..." in capsys.readouterr().out


def test_a_command_in_two_groups_is_refused(tool, tmp_path):
    (tmp_path / "two.py").write_text(TWO.replace("members", "switch"), "utf-8")

    with pytest.raises(SystemExit, match=r"switch is in \.one and in \.two"):
        tool.stub(tmp_path)


def test_a_method_that_gives_no_reply_is_refused(tool, tmp_path):
    (tmp_path / "two.py").write_text(TWO.replace("Reply[set[S]]", "set[S]"), "utf-8")

    with pytest.raises(SystemExit, match=r"members: the return type is not Reply"):
        tool.stub(tmp_path)


def test_a_name_that_nobody_imported_is_refused(tool, tmp_path):
    (tmp_path / "two.py").write_text(TWO.replace("Reply[set[S]]", "Reply[Nowhere]"), "utf-8")

    with pytest.raises(SystemExit, match=r"Nowhere, used in \.two, is imported nowhere in it"):
        tool.stub(tmp_path)


def test_one_name_for_two_things_is_refused(tool, tmp_path):
    source = TWO.replace("if TYPE_CHECKING:", "if TYPE_CHECKING:\n    from elsewhere import Flag").replace(
        "set[S]", "Flag"
    )
    (tmp_path / "two.py").write_text(source, "utf-8")

    with pytest.raises(SystemExit, match="Flag means one thing"):
        tool.stub(tmp_path)
