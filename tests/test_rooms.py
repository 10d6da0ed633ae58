"""The rooms of the package: what each is for, and that imports go one way, those inside functions and for types
included.
"""

import ast
import importlib
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "corrupt_engine"

ORDER = (
    "errors",
    "kernels",
    "runtime",
    "catalogue",
    "devices",
    "transforms",
    "sources",
    "loader",
    "metrics",
    "models",
    "records",
    "reports",
    "evaluation",
    "streams",
    "science",
    "tools",
    "cli",
)
"""From the ground up: a room knows only those before it."""

FACES = {"__init__", "__main__", "dali"}
"""Public doors, which define nothing: they may name any room."""


def modules(folder=PACKAGE):
    """Every module by its dotted name below the package."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        found[name] = path
    return found


def imports(name, path):
    """(line, imported module below the package) of every import statement of a module, wherever it stands."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    if name == "__init__":
        package = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                target = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            elif (node.module or "").split(".")[0] == "corrupt_engine":
                target = (node.module or "").partition(".")[2]
            else:
                continue
            for alias in node.names:
                yield node.lineno, target, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "corrupt_engine":
                    yield node.lineno, alias.name.partition(".")[2], ""


def edges(folder=PACKAGE):
    """(importing module, imported module) within the package, each name resolved to the module that it is or lies
    in.
    """
    known = modules(folder)
    for name, path in known.items():
        for _, target, item in imports(name, path):
            whole = f"{target}.{item}".strip(".")
            yield name, whole if whole in known else target


def upward(pairs, order=ORDER):
    """The edges that go to a room above, or that leave the rooms."""
    for source, target in pairs:
        if source in FACES or not target or target == "__init__":
            continue
        here, there = source.split(".")[0], target.split(".")[0]
        if here not in order or there not in order or order.index(there) > order.index(here):
            yield f"{source} -> {target}"


def circles(pairs):
    """Modules that reach themselves. A package's own __init__ is not counted: it hands names on."""
    graph = {}
    for source, target in pairs:
        if source != target and source not in FACES and target not in FACES:
            graph.setdefault(source, set()).add(target)
    found = []

    def visit(node, path):
        if node in path:
            found.append(" -> ".join([*path[path.index(node) :], node]))
            return
        if node in done:
            return
        for other in sorted(graph.get(node, ())):
            visit(other, [*path, node])
        done.add(node)

    done = set()
    for node in sorted(graph):
        visit(node, [])
    return found


def test_every_room_says_what_it_is_for():
    for room in ORDER:
        text = importlib.import_module(f"corrupt_engine.{room}").__doc__
        assert text and len(text.splitlines()[0]) > 20, room


def test_there_are_no_other_rooms():
    assert {name.split(".")[0] for name in modules()} - FACES == set(ORDER) - {"kernels"}


def test_imports_go_one_way():
    assert list(upward(edges())) == []


def test_there_is_no_circle():
    assert circles(edges()) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("from ..loader import pipeline", ["catalogue.bad -> loader.pipeline"]),
        ("def f():\n    from ..cli.list import run", ["catalogue.bad -> cli.list"]),
        ("import corrupt_engine.evaluation.run", ["catalogue.bad -> evaluation.run"]),
        ("from ..utils import anything", ["catalogue.bad -> utils"]),
    ],
)
def test_the_check_of_the_direction_can_fail(tmp_path, statement, found):
    for room in ("catalogue", "loader", "cli", "evaluation"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("")
    for other in ("loader/pipeline", "cli/list", "evaluation/run"):
        (tmp_path / f"{other}.py").write_text("")
    (tmp_path / "catalogue" / "bad.py").write_text(statement + "\n")
    assert list(upward(edges(tmp_path))) == found


def test_the_check_of_circles_can_fail():
    assert circles([("a.b", "a.c"), ("a.c", "d"), ("d", "a.b")]) == ["a.b -> a.c -> d -> a.b"]


def test_only_one_room_names_a_devices_library():
    """Code, not documentation: a string, a name or an attribute with the name of a kind of device that is not the
    host.
    """
    from corrupt_engine.devices import kinds

    foreign = [kind for kind, found in kinds().items() if not found.on_host]
    for name, path in modules().items():
        if name.split(".")[0] in ("devices", "kernels"):
            continue
        assert named(path.read_text(), foreign) == [], path


def named(text, words):
    """Lines that name one of the words in code."""
    tree = ast.parse(text)
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        used = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            used = node.value if "\n" not in node.value else ""  # epilogues of the command line show examples
        elif isinstance(node, ast.Attribute):
            used = node.attr
        elif isinstance(node, ast.ImportFrom):
            used = node.module or ""
        elif isinstance(node, ast.Name):
            used = node.id
        found += [f"{node.lineno}: {used}" for word in words if word in used.lower().split(".") or used.lower() == word]
    return found


def test_the_check_of_names_can_fail():
    assert named('def f(x):\n    """For "cuda"."""\n    return x.device == "cuda"', ["cuda"]) == ["3: cuda"]
    assert named("import torch\ntorch.cuda.is_available()", ["cuda"]) == ["2: cuda"]


def test_the_list_of_packages_is_the_tree():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    tree = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    tree |= {
        "corrupt_engine." + ".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "kernels").rglob("__init__.py")
    }
    assert set(setup["packages"]) == tree
