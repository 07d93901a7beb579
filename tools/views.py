"""Write plasma/commands/views.pyi, the types of every face, from the command groups.

    python tools/views.py            write it
    python tools/views.py --check    exit with 1 if it is not exactly what would be written

A group method says `Reply[T]`. Each face gets a class of its own in which that is what the face gives back (FACES).
Which groups there are is read from the imports of views.py. Names in annotations are imported from where the group
file has them from. Docstrings and bodies stay out. The text is never merged with what is there: it is written whole.
"""

from __future__ import annotations

import ast
import builtins
import difflib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "plasma" / "commands"
HEADER = "# Written by tools/views.py from the command groups. Do not edit.\n"
# name of the class, its parameters, how a method begins, what `Reply[T]` becomes
FACES = (
    ("BlockingCommands", "S", "def", "{0}"),
    ("AsyncCommands", "S", "async def", "{0}"),
    ("PipelineCommands", "S, Unpack[Ts]", "def", "Pipeline[S, Unpack[Ts], {0}]"),
    ("AsyncPipelineCommands", "S, Unpack[Ts]", "def", "AsyncPipeline[S, Unpack[Ts], {0}]"),
)
IMPORTS = {
    "Generic": "typing",
    "Pipeline": "..pipeline",
    "Pipeline as AsyncPipeline": "..asyncio.pipeline",
    "S": ".core",
    "Ts": ".core",
    "Unpack": "typing_extensions",
    "overload": "typing",
}


class Group:
    """One class of methods and the names its file knows: where each was imported from."""

    def __init__(self, module: str, class_name: str, source: str) -> None:
        tree = ast.parse(source)
        self.module, self.class_name = module, class_name
        self.names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                origin = "." * node.level + (node.module or "")
                self.names.update({alias.asname or alias.name: origin for alias in node.names})
        for node in tree.body:  # aliases and classes of the group itself
            if isinstance(node, ast.If):
                self._define(node.body, module)
        self._define(tree.body, module)
        body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
        self.methods = _typed([node for node in body if isinstance(node, ast.FunctionDef)])

    def _define(self, body: list[ast.stmt], module: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                self.names[node.name] = module
            elif isinstance(node, ast.AnnAssign | ast.Assign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self.names.update({target.id: module for target in targets if isinstance(target, ast.Name)})


def _typed(methods: list[ast.FunctionDef]) -> list[ast.FunctionDef]:
    """Without the bodies of overloaded methods and without private helpers."""
    overloaded = {node.name for node in methods if node.decorator_list}
    return [
        node
        for node in methods
        if (node.decorator_list or node.name not in overloaded) and (node.name == "_run" or node.name[0] != "_")
    ]


class _Qualified(ast.NodeTransformer):
    """`set` -> `builtins.set`, where the class has a method `set`, which would be meant otherwise."""

    def __init__(self, hidden: set[str]) -> None:
        self.hidden = hidden

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Attribute(ast.Name("builtins"), node.id) if node.id in self.hidden else node


def _method(node: ast.FunctionDef, begin: str, reply: str) -> str:
    if not (isinstance(node.returns, ast.Subscript) and ast.unparse(node.returns.value) == "Reply"):
        raise SystemExit(f"{node.name}: the return type is not Reply[...]")
    result = reply.format(ast.unparse(node.returns.slice))
    overload = "    @overload\n" if node.decorator_list else ""
    return f"{overload}    {begin} {node.name}({ast.unparse(node.args)}) -> {result}: ...\n"


def _used(methods: list[ast.FunctionDef]) -> set[str]:
    return {
        name.id
        for method in methods
        for part in (method.args, method.returns)
        if part is not None
        for name in ast.walk(part)
        if isinstance(name, ast.Name)
    }


def stub(folder: Path) -> str:
    """The whole text of the stub for the groups in *folder*."""
    views = Group("", "Commands", (folder / "views.py").read_text("utf-8"))
    groups = [
        Group(module, name, (folder / f"{module[1:]}.py").read_text("utf-8"))
        for name, module in views.names.items()
        if name.endswith("Commands") and module
    ]
    core = Group(".core", "CommandsCore", (folder / "core.py").read_text("utf-8"))
    origins = dict(IMPORTS)
    names: dict[str, str] = {}
    for group in (core, *groups):
        for method in group.methods:
            if names.setdefault(method.name, group.module) != group.module:
                raise SystemExit(f"{method.name} is in {names[method.name]} and in {group.module}")
        for name in sorted(_used(group.methods) - {"Reply"}):
            origin = group.names.get(name)
            if origin is not None and origins.setdefault(name, origin) != origin:
                raise SystemExit(f"{name} means one thing in {group.module} and another elsewhere")
            if origin is None and not hasattr(builtins, name):
                raise SystemExit(f"{name}, used in {group.module}, is imported nowhere in it")
    origins.update({group.class_name: group.module for group in groups})

    methods = [method for group in (core, *groups) for method in group.methods]
    hidden = {name for name in names if hasattr(builtins, name)}
    for method in methods:
        _Qualified(hidden).visit(method)
    parts = [HEADER, "import builtins\n" if hidden else ""]
    for module in sorted(set(origins.values()), key=lambda module: (module[0] == ".", module)):
        parts.append(f"from {module} import {', '.join(sorted(n for n, m in origins.items() if m == module))}\n")
    parts.append(f"\nclass Commands({', '.join(f'{group.class_name}[S]' for group in groups)}): ...\n")
    # The faces of a group stand side by side: alike as they are, a wheel then holds the text of hardly more than one.
    for group in (core, *groups):
        for face, parameters, begin, reply in FACES if group.methods else ():
            parts.append(f"\nclass {_part(group, face)}(Generic[{parameters}]):\n")
            parts += [_method(method, begin, reply) for method in group.methods]
    for face, parameters, _, _ in FACES:
        bases = [f"{_part(group, face)}[{parameters}]" for group in (core, *groups) if group.methods]
        parts.append(f"\nclass {face}({', '.join(bases)}): ...\n")
    return "".join(parts)


def _part(group: Group, face: str) -> str:
    """The name of what one group gives to a face: "_HashBlockingCommands"."""
    return f"_{group.class_name.replace('Commands', '')}{face}"


def main(arguments: list[str]) -> int:
    wanted, path = stub(FOLDER), FOLDER / "views.pyi"
    if arguments == ["--check"]:
        there = path.read_text("utf-8") if path.exists() else ""
        changes = difflib.unified_diff(
            there.splitlines(), wanted.splitlines(), "views.pyi", "as it should be", lineterm=""
        )
        sys.stdout.writelines(f"{line}\n" for line in changes)
        if there != wanted:
            print("views.pyi is out of date: run tools/views.py")
        return int(there != wanted)
    path.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
