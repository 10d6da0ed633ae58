"""Every public definition says what it does, what it takes, what it gives back, and which of our errors it raises.

Public is what a package lists in `__all__`, or what its `__init__` defines where there is no such list; the same of the
modules that stand beside the packages; and the public methods and properties of all these classes. The kernels have a
form of their own, see CONTRIBUTING.
"""

import ast
import builtins
import dataclasses
import functools
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
import types
from pathlib import Path

import pytest

import corrupt_engine
from corrupt_engine.errors import CorruptEngineError

OURS = "corrupt_engine"
SECTION = re.compile(r"(Args|Returns|Yields|Raises):(.*)")
ENTRY = re.compile(r" {4}(\*{0,2}\w+(?:, \*{0,2}\w+)*):(?: |$)")


def rooms():
    """Every package outside the kernels, and the modules that stand beside them."""
    root = Path(corrupt_engine.__file__).parent
    yield corrupt_engine
    for path in sorted([*root.rglob("__init__.py"), *root.glob("*.py")]):
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix("__init__").strip(".")
        if name and not name.startswith(("kernels", "__")):
            yield importlib.import_module(f"{OURS}.{name}")


def offered(room):
    """The names that a room offers."""
    own = [name for name, value in vars(room).items() if getattr(value, "__module__", None) == room.__name__]
    return [name for name in getattr(room, "__all__", own) if not name.startswith("_")]


def surface(rooms):
    """{what a message calls it: (definition, its docstring)} of all that rooms offer."""
    found = {}
    for room in rooms:
        for name in offered(room):
            value = getattr(room, name)
            if isinstance(value, types.ModuleType):
                found[value.__name__] = value, value.__doc__
            elif isinstance(value, type):
                found[title(value)] = value, own_text(value)
                found |= {title(function_of(member)): (member, text_of(member)) for member in members(value)}
            elif function_of(value) is not None:
                found[title(function_of(value))] = value, text_of(value)
            else:
                found[f"{room.__name__}.{name}"] = value, text_below(room, name)
    return found


def title(value):
    return f"{value.__module__}.{value.__qualname__}"


def text_of(member):
    return function_of(member).__doc__


def own_text(cls):
    """A class's own docstring: dataclasses and NamedTuples that were written without one are given their signature."""
    text = cls.__dict__.get("__doc__")
    return None if text and text.startswith(f"{cls.__name__}(") else text


def members(cls):
    """The public methods and properties of a class, with those that it inherits from classes of this package."""
    for name in dir(cls):
        value = inspect.getattr_static(cls, name)
        function = function_of(value)
        if not name.startswith("_") and function is not None and function.__module__.startswith(OURS):
            yield value


def is_property(value):
    return isinstance(value, (property, functools.cached_property))


def function_of(value):
    """The function that was written for a function, method or property; None for anything else."""
    if is_property(value):
        return value.fget if isinstance(value, property) else value.func
    found = inspect.unwrap(getattr(value, "__func__", value))
    return found if isinstance(found, types.FunctionType) else None


def text_below(module, name):
    """The string below a constant, in whichever module it is defined."""
    body = ast.parse(inspect.getsource(module)).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ImportFrom) and name in [alias.asname or alias.name for alias in node.names]:
            home = "." * node.level + (node.module or "")
            return text_below(importlib.import_module(home, module.__package__), name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if name in [getattr(target, "id", None) for target in targets] and isinstance(following, ast.Expr):
            return getattr(following.value, "value", None)
    return None


def parameters(value):
    """The names that Args must list."""
    if is_property(value):
        return []
    if not isinstance(value, type):
        names = list(inspect.signature(function_of(value)).parameters)
        names = names[names[:1] in (["self"], ["cls"]) :]
    elif dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.init]
    elif issubclass(value, tuple):
        names = list(getattr(value, "_fields", ()))
    elif getattr(value.__init__, "__module__", "").startswith(OURS):
        names = list(inspect.signature(value.__init__).parameters)[1:]
    else:
        names = []
    return [name for name in names if not name.startswith("_")]


def sections(text):
    """({section: the names of its entries}, lines that have not the form of a section) of a docstring."""
    found, wrong, current = {}, [], None
    for line in inspect.cleandoc(text).splitlines():
        if match := SECTION.fullmatch(line):
            current = found.setdefault(match.group(1), [])
            wrong += [line] if match.group(2) else []
        elif line and not line.startswith(" "):
            current = None
        elif match := ENTRY.match(line):
            names = [name.lstrip("*") for name in match.group(1).split(", ")]
            if current is not None:
                current += names
        elif current is not None and current is not found.get("Returns") and current is not found.get("Yields"):
            wrong += [line] if re.match(" {4}[^ ]", line) else []
    return found, wrong


def exceptions(cls=CorruptEngineError):
    """The names of an exception and of all that are made from it."""
    return {cls.__name__}.union(*(exceptions(below) for below in cls.__subclasses__()))


def raised(value):
    """The exceptions of this package behind a `raise` in a definition's own body; a class's body is its `__init__`."""
    made = [value.__dict__.get(name) for name in ("__init__", "__post_init__")] if isinstance(value, type) else [value]
    found = set()
    for function in made:
        for node in ast.walk(ast.parse(source_of(function))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                found.add(getattr(node.exc.func, "id", getattr(node.exc.func, "attr", "")))
    return found & exceptions()


def source_of(function):
    """What was written; nothing for what dataclasses and NamedTuples write themselves."""
    try:
        return textwrap.dedent(inspect.getsource(function_of(function)))
    except (OSError, TypeError):
        return ""


def gives_back(value):
    """Whether there is something to say about what comes back, beyond a line that begins with it."""
    if isinstance(value, type) or is_property(value) or "\n\n" not in inspect.cleandoc(text_of(value)):
        return False
    return function_of(value).__annotations__.get("return") not in (None, "None")


def problems(value, text):
    """What a docstring lacks."""
    if not text or not text.strip():
        return ["no docstring"]
    if not isinstance(value, type) and function_of(value) is None:
        return []  # a constant
    said, wrong = sections(text)
    taken, args, errors = parameters(value), said.get("Args", []), said.get("Raises", [])
    return [
        *(f"not in the form of a section: {line.strip()}" for line in wrong),
        *(f"Args lacks {name}" for name in taken if name not in args),
        *(f"Args names {name}, which is no parameter" for name in args if name not in taken),
        *(f"Raises lacks {name}" for name in sorted(raised(value)) if name not in errors),
        *(f"Raises names {name}, which is no exception" for name in errors if name not in known_exceptions()),
        *(["no Returns or Yields"] if gives_back(value) and not {"Returns", "Yields"} & said.keys() else []),
    ]


def known_exceptions():
    return exceptions() | {name for name, value in vars(builtins).items() if isinstance(value, type)}


def complaints(rooms):
    return [f"{name}: {lack}" for name, (value, text) in surface(rooms).items() for lack in problems(value, text)]


def test_every_public_definition_says_what_it_must():
    assert complaints(rooms()) == []


def test_the_surface_has_each_kind_of_definition():
    """A walk that found nothing would have nothing to complain about."""
    kinds = {
        "a function": "transforms.corrupt.corrupt",
        "one that is cached": "devices.device.kinds",
        "one of a module beside the packages": "transforms.dali.corrupt",
        "one of a package without __all__": "reports.formats.render",
        "one of the kernels": "kernels.registry.corruption",
        "a class": "loader.loader.CorruptLoader",
        "a method": "loader.loader.CorruptLoader.state_dict",
        "an inherited property": "loader.dataloader.DataLoaderAttributes.batch_size",
        "a class method": "reports.report.Report.load",
        "a constant": "catalogue.CLEAN",
    }
    found = surface(rooms())
    assert [kind for kind, name in kinds.items() if f"{OURS}.{name}" not in found] == []


GOOD = '''
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from corrupt_engine.errors import OptionError

__all__ = ["LIMIT", "Base", "Pair", "Point", "cached", "double"]

LIMIT = 3
"""The largest."""


class Base:
    """A thing.

    Args:
        size: in pixels.

    Raises:
        OptionError: it is too wide.
    """

    def __init__(self, size):
        if size > LIMIT:
            raise OptionError("too large")

    @property
    def half(self) -> float:
        """Half the size."""

    @classmethod
    def of(cls, *sizes: int, **options: str) -> "Base":
        """One of several.

        Args:
            *sizes: in pixels.
            **options: others.

        Returns:
            The Base.
        """


class Pair(NamedTuple):
    """Two.

    Args:
        a, b: the numbers.
    """

    a: int
    b: int


@dataclass
class Point:
    """A place.

    Args:
        x: in pixels, counted
            from: the left.
    """

    x: int
    _seen: int = 0


@cache
def cached() -> int:
    """The same number each time."""


def double(x: int, y: int = 0) -> int:
    """Twice as much.

    Args:
        x: a number.
        y: another.

    Returns:
        The number.

    Raises:
        OptionError: it is too large.
        ValueError: it is odd.
    """
    if x > LIMIT:
        raise OptionError("too large")
'''


def complaints_about(source, tmp_path, monkeypatch):
    """What is wrong with a module of this text."""
    name = f"{OURS}.only_for_this_test"
    path = tmp_path / "only_for_this_test.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    room = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, room)
    spec.loader.exec_module(room)
    return [line.removeprefix(f"{name}.") for line in complaints([room])]


def test_the_check_can_pass(tmp_path, monkeypatch):
    assert complaints_about(GOOD, tmp_path, monkeypatch) == []


NO_FORM = "double: not in the form of a section"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('"""The largest."""', "", "LIMIT: no docstring"),
        ('"""Half the size."""', "pass", "Base.half: no docstring"),
        ('"""The same number each time."""', "pass", "cached: no docstring"),
        ('    """Two.\n\n    Args:\n        a, b: the numbers.\n    """\n', "", "Pair: no docstring"),
        ("        y: another.\n", "", "double: Args lacks y"),
        ("        a, b: the", "        a: the", "Pair: Args lacks b"),
        ("            **options: others.\n", "", "Base.of: Args lacks options"),
        ("        size: in pixels.\n", "", "Base: Args lacks size"),
        ("    x: int\n", "    x: int\n    z: int\n", "Point: Args lacks z"),
        ("y: another", "z, y: another", "double: Args names z, which is no parameter"),
        ("x: int, y: int = 0", "x: int", "double: Args names y, which is no parameter"),
        ("OptionError: it is too large.\n        Value", "Value", "double: Raises lacks OptionError"),
        ("OptionError: it is too wide.", "ValueError: it is too wide.", "Base: Raises lacks OptionError"),
        ("ValueError: it", "OddError: it", "double: Raises names OddError, which is no exception"),
        ("    Returns:\n        The number.\n\n", "", "double: no Returns or Yields"),
        ("Returns:\n        The number.", "Returns: the number.", f"{NO_FORM}: Returns: the number."),
        ("ValueError: it is odd.", "Where it is odd.", f"{NO_FORM}: Where it is odd."),
    ],
)
def test_the_check_can_fail(tmp_path, monkeypatch, old, new, found):
    assert GOOD.count(old) == 1
    assert complaints_about(GOOD.replace(old, new), tmp_path, monkeypatch) == [found]
