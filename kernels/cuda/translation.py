"""Scalar Python arithmetic as CUDA C++, so that a pixel's arithmetic is written once for every device.

The CPU's bytes come from Numba, whose types are not C's: whole numbers widen to 64 bits, unsigned ones stay unsigned,
and float32 with a whole number of 32 bits or more is float64. Each expression is therefore given Numba's type and the
range of its values (`kinds`). What would be float64, or whose result differs between libraries, is refused with the
function's name, the line and the construct.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from .expressions import Expressions
from .kinds import ARRAYS, FLOAT, Array, Code, TranslationError, Value, cast, literal, unified, whole


class Instance(NamedTuple):
    """A function for given types of its arguments: its name in C++ and what it returns."""

    name: str
    returns: Any


class Unit:
    """The device functions of a module: each function once for each set of types, in the order of their use."""

    def __init__(self) -> None:
        self.instances: dict[tuple[Any, ...], Instance] = {}
        self.signatures: set[tuple[str, ...]] = set()
        self.sources: list[str] = []

    def add(self, function: Callable[..., Any], types: Sequence[Any], own_name: bool = False) -> Instance:
        """The function for the types of its arguments, translated where that has not been done yet.

        It has its own name where C++ calls it by that, else one that no word of C++ has.
        """
        function = getattr(function, "py_func", function)
        key = (function, tuple(types), own_name)
        if key not in self.instances:
            writer = _Function(self, function, tuple(types))
            source, returns = writer.written()
            name = re.sub(r"\W", "_", function.__name__, flags=re.ASCII) + ("" if own_name else "_")
            signature = tuple(writer.c_types())
            while (name, *signature) in self.signatures:
                name += "_"
            self.signatures.add((name, *signature))
            self.instances[key] = Instance(name, returns)
            self.sources.append(source(name))
        return self.instances[key]

    @property
    def source(self) -> str:
        """All of them as C++, in a namespace of their own."""
        return "\n".join(["namespace python {", *self.sources, "}"])


class _Function(Expressions):
    """One function on its way to C++."""

    def __init__(self, unit: Unit, function: Callable[..., Any], types: tuple[Any, ...]) -> None:
        self.unit, self.function, self.types = unit, function, types
        if not isinstance(function, FunctionType):
            raise TranslationError(f"{function!r} is no Python function, so it cannot be translated for a GPU")
        self.file = function.__code__.co_filename
        try:
            lines, self.first = inspect.getsourcelines(function)
        except (OSError, TypeError) as error:
            raise TranslationError(
                f"the source of {function.__name__} cannot be found ({error}); a function that runs on a GPU must "
                "stand in a file"
            ) from error
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise TranslationError(f"{self.file}:{self.first}: a lambda cannot be translated for a GPU; use def")
        self.tree = tree
        arguments = tree.args
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults or arguments.posonlyargs:
            raise self._refuse(tree, "the arguments are not plain names")
        self.names = [arg.arg for arg in arguments.args]
        if len(self.names) != len(types):
            raise TranslationError(f"{function.__name__}: {len(self.names)} arguments, called with {len(types)}")
        self.variables: dict[str, Any] = {}
        self.assigned = {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self.returns: Any = None
        self.lines: list[str] = []
        self.depth = self.counter = self.rounds = 0

    # The whole

    def c_types(self) -> list[str]:
        return [part for name, kind in zip(self.names, self.types, strict=True) for part in _parameter(name, kind)]

    def written(self) -> tuple[Callable[[str], str], Any]:
        """(from its name in C++ to its source, what it returns): once the types of all variables are settled."""
        for name, kind in zip(self.names, self.types, strict=True):
            self.variables[name] = kind
        for self.rounds in range(40):
            before = dict(self.variables), self.returns
            self.lines, self.depth, self.counter = [], 1, 0
            for statement in self.tree.body:
                self._statement(statement)
            if before == (self.variables, self.returns):
                break
        else:
            raise self._refuse(self.tree, "the types of its variables cannot be settled")
        if self.returns is None:
            raise self._refuse(self.tree, "it returns nothing")
        parameters = ", ".join(self.c_types())
        own = [
            f"  {self.variables[name].c} v_{name};"
            for name in sorted(self.assigned)
            if name not in self.names and isinstance(self.variables.get(name), Value)
        ]
        copies = [
            f"  {self.variables[name].c} v_{name} = p_{name};"
            for name, kind in zip(self.names, self.types, strict=True)
            if isinstance(kind, Value)
        ]
        body, returns = [*copies, *own, *self.lines], self.returns

        def source(name: str) -> str:
            head, result = "", returns.c if isinstance(returns, Value) else f"{name}_result{len(self.unit.sources)}"
            if not isinstance(returns, Value):
                fields = " ".join(f"{part.c} _{k};" for k, part in enumerate(returns))
                head = f"struct {result} {{ {fields} }};\n"
            return "\n".join([f"{head}DEVICE {result} {name}({parameters}) {{", *body, "}"])

        return source, returns

    def _emit(self, text: str) -> None:
        self.lines.append("  " * self.depth + text)

    def _settle(self, node: ast.AST, name: str, found: Any) -> Any:
        """The type of a variable that is also given this type; ranges that keep growing become the kind's."""
        if not isinstance(found, Value):
            raise self._refuse(node, f"{name} would be more than a number")
        known = self.variables.get(name)
        joined = found if known is None else unified(known, found)
        if joined is None:
            raise self._refuse(
                node,
                f"{name} is {known.kind if isinstance(known, Value) else 'an array'} elsewhere and {found.kind} here",
            )
        if joined != known and self.rounds > 8 and joined.whole:
            joined = whole(joined.kind)
        self.variables[name] = joined
        return joined

    # Statements

    def _statement(self, node: ast.stmt) -> None:
        method = getattr(self, f"_do_{type(node).__name__}", None)
        if method is None:
            raise self._refuse(node, f"{type(node).__name__} has no counterpart")
        method(node)

    def _block(self, body: list[ast.stmt]) -> None:
        self.depth += 1
        for statement in body:
            self._statement(statement)
        self.depth -= 1

    def _do_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            raise self._refuse(node, "a value that is not used")

    def _do_Pass(self, node: ast.Pass) -> None:
        pass

    def _do_Break(self, node: ast.Break) -> None:
        self._emit("break;")

    def _do_Continue(self, node: ast.Continue) -> None:
        self._emit("continue;")

    def _do_Assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1:
            raise self._refuse(node, "several targets at once")
        self._store(node, node.targets[0], self._expression(node.value))

    def _do_AugAssign(self, node: ast.AugAssign) -> None:
        if not isinstance(node.target, ast.Name):
            raise self._refuse(node, "only names are assigned to")
        here = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        value = self._binary(node, type(node.op), self._expression(here), self._expression(node.value))
        self._store(node, node.target, value)

    def _store(self, node: ast.AST, target: ast.expr, value: Code) -> None:
        if isinstance(target, ast.Name):
            kind = self._settle(node, target.id, value.type)
            self._emit(f"v_{target.id} = {cast(value, kind.c)};")
            return
        if not isinstance(target, ast.Tuple) or isinstance(value.type, Value | Array):
            raise self._refuse(node, "only names are assigned to")
        if len(target.elts) != len(value.type):
            raise self._refuse(node, f"{len(value.type)} values for {len(target.elts)} names")
        self.counter += 1
        temporary = f"t{self.counter}"
        if value.parts:
            parts = [Code(f"{temporary}_{k}", part.type) for k, part in enumerate(value.parts)]
            for made, part in zip(parts, value.parts, strict=True):
                self._emit(f"const {part.type.c} {made.text} = {part.text};")
        else:
            self._emit(f"const auto {temporary} = {value.text};")
            parts = [Code(f"{temporary}._{k}", kind) for k, kind in enumerate(value.type)]
        for name, part in zip(target.elts, parts, strict=True):
            self._store(node, name, part)

    def _do_Return(self, node: ast.Return) -> None:
        if node.value is None:
            raise self._refuse(node, "it returns nothing")
        value = self._expression(node.value)
        joined = value.type if self.returns is None else unified(self.returns, value.type)
        if joined is None or isinstance(joined, Array):
            raise self._refuse(node, "it returns another type elsewhere")
        self.returns = joined
        if isinstance(joined, Value):
            self._emit(f"return {cast(value, joined.c)};")
            return
        parts = [part.text for part in value.parts]
        if not parts:
            self.counter += 1
            self._emit(f"const auto t{self.counter} = {value.text};")
            parts = [f"t{self.counter}._{k}" for k in range(len(joined))]
        self._emit(
            "return {" + ", ".join(f"({kind.c})({part})" for kind, part in zip(joined, parts, strict=True)) + "};"
        )

    def _do_If(self, node: ast.If) -> None:
        self._emit(f"if ({self._truth(node.test)}) {{")
        self._block(node.body)
        if node.orelse:
            self._emit("} else {")
            self._block(node.orelse)
        self._emit("}")

    def _do_While(self, node: ast.While) -> None:
        if node.orelse:
            raise self._refuse(node, "while ... else has no counterpart")
        self._emit(f"while ({self._truth(node.test)}) {{")
        self._block(node.body)
        self._emit("}")

    def _do_For(self, node: ast.For) -> None:
        call = node.iter
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "range":
            raise self._refuse(node, "only `for name in range(...)` has a counterpart")
        if not isinstance(node.target, ast.Name) or node.orelse or call.keywords or not 1 <= len(call.args) <= 3:
            raise self._refuse(node, "only `for name in range(...)` has a counterpart")
        bounds = [self._expression(arg) for arg in call.args]
        if len(bounds) == 1:
            bounds.insert(0, literal(0, "int64"))
        step = bounds[2] if len(bounds) == 3 else literal(1, "int64")
        if (
            not all(isinstance(bound.type, Value) and bound.type.whole for bound in bounds)
            or not step.constant
            or step.type.low == 0
        ):
            raise self._refuse(node, "range takes whole numbers, and its step must be known")
        begin, end, by = bounds[0], bounds[1], step.type.low
        low = begin.type.low if by > 0 else min(begin.type.low, end.type.low + 1)
        high = begin.type.high if by < 0 else max(begin.type.high, end.type.high - 1)
        kind = self._settle(node, node.target.id, Value("int64", min(low, begin.type.low), max(high, begin.type.low)))
        self.counter += 1
        index, c = f"i{self.counter}", Value("int64", kind.low - abs(by), kind.high + abs(by)).c
        self._emit(
            f"for ({c} {index} = {cast(begin, c)}, {index}_end = {cast(end, c)}; "
            f"{index} {'<' if by > 0 else '>'} {index}_end; {index} += {by}) {{"
        )
        self._emit(f"  v_{node.target.id} = {index};")
        self._block(node.body)
        self._emit("}")


def _parameter(name: str, kind: Any) -> list[str]:
    """A parameter in C++; an array is handed over with the values at the place itself."""
    if isinstance(kind, Value):
        return [f"{kind.c} p_{name}"]
    element = FLOAT.c if kind.dtype == "float32" else ("bool" if kind.dtype == "bool" else whole(kind.dtype).c)
    return [f"Array<{ARRAYS[kind.dtype]}> v_{name}", *(f"{element} v_{name}_{k}" for k in range(kind.here))]
