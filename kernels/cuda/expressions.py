"""Python's expressions as C++: each with its kind, or the reason why it cannot run on a GPU."""

import ast
import math
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..jit import floored
from ..primitives.pixelwise import to_byte
from .kinds import (
    BOOL,
    FLOAT,
    INT32,
    KINDS,
    PLACE,
    RANGE,
    SIGN,
    UINT32,
    Array,
    Code,
    TranslationError,
    Value,
    cast,
    float_literal,
    literal,
    lower_bits,
    number,
    unified,
    whole,
    whole_operation,
)


class Native(NamedTuple):
    """A function that common.cuh holds in C++ of its own, because that is clearly better."""

    name: str
    takes: list[Value]
    returns: Value


NATIVE: dict[Callable[..., Any], Native] = {to_byte: Native("to_byte", [FLOAT], whole("uint8"))}


class Expressions:
    """The expressions of one function, whose variables have the types that are known so far."""

    unit: Any
    function: Any
    file: str
    first: int
    names: list[str]
    assigned: set[str]
    variables: dict[str, Any]

    def _refuse(self, node: ast.AST, why: str) -> TranslationError:
        line = self.first + getattr(node, "lineno", 1) - 1
        try:
            text = ast.unparse(node).split("\n")[0]
        except Exception:
            text = type(node).__name__
        return TranslationError(f"{self.function.__name__} ({self.file}:{line}): `{text}` cannot run on a GPU: {why}")

    def _expression(self, node: ast.expr) -> Code:
        method = getattr(self, f"_make_{type(node).__name__}", None)
        if method is None:
            raise self._refuse(node, f"{type(node).__name__} has no counterpart")
        made: Code = method(node)
        return made

    def _a_number(self, node: ast.expr) -> Code:
        made = self._expression(node)
        if not isinstance(made.type, Value):
            raise self._refuse(node, "a number is needed here")
        return made

    def _truth(self, node: ast.expr) -> str:
        made = self._a_number(node)
        return made.text if made.type.kind == "bool" else f"({made.text} != 0)"

    def _make_Constant(self, node: ast.Constant) -> Code:
        if isinstance(node.value, float):
            raise self._refuse(node, f"a Python float is float64: write np.float32({node.value!r})")
        found = number(node.value)
        if found is None:
            raise self._refuse(node, "it is no number")
        return found

    def _make_Name(self, node: ast.Name) -> Code:
        if node.id in self.variables:
            return Code(f"v_{node.id}", self.variables[node.id])
        if node.id in self.assigned:
            raise self._refuse(node, "it is read before it is set")
        value = self._outside(node)
        found = number(value)
        if found is None:
            what = (
                "a Python float is float64: make it an np.float32"
                if isinstance(value, float)
                else f"it is {type(value).__name__}, no number"
            )
            raise self._refuse(node, what)
        return found

    def _outside(self, node: ast.expr) -> Any:
        """What a name, or a name with dots, means outside of the function."""
        if isinstance(node, ast.Attribute):
            owner = self._outside(node.value)
            if not isinstance(owner, ModuleType) or not hasattr(owner, node.attr):
                raise self._refuse(node, "attributes are read of modules and of arrays' shapes only")
            return getattr(owner, node.attr)
        if not isinstance(node, ast.Name):
            raise self._refuse(node, "it is not known by name")
        code, closure = self.function.__code__, self.function.__closure__ or ()
        if node.id in code.co_freevars:
            return closure[code.co_freevars.index(node.id)].cell_contents
        builtins = self.function.__globals__["__builtins__"]
        builtins = builtins if isinstance(builtins, dict) else vars(builtins)
        for space in (self.function.__globals__, builtins):
            if node.id in space:
                return space[node.id]
        raise self._refuse(node, "the name is not defined")

    def _make_Attribute(self, node: ast.Attribute) -> Code:
        if isinstance(node.value, ast.Name) and isinstance(self.variables.get(node.value.id), Array):
            array = self.variables[node.value.id]
            if node.attr == "size" and array.ndim == 1:
                return Code(f"v_{node.value.id}.d0", whole("int64", *PLACE))
            if node.attr == "ndim":
                return literal(array.ndim, "int64")
            raise self._refuse(node, "of an array only shape[i] and its elements can be read")
        found = number(self._outside(node))
        if found is None:
            raise self._refuse(node, "it is no number")
        return found

    def _make_Tuple(self, node: ast.Tuple) -> Code:
        parts = tuple(self._a_number(part) for part in node.elts)
        return Code("", tuple(part.type for part in parts), parts)

    def _make_Subscript(self, node: ast.Subscript) -> Code:
        owner = node.value
        if isinstance(owner, ast.Attribute) and owner.attr == "shape" and isinstance(owner.value, ast.Name):
            array, axis = self.variables.get(owner.value.id), self._a_number(node.slice)
            if not isinstance(array, Array) or not axis.constant:
                raise self._refuse(node, "shape is read of array arguments, at a known axis")
            return Code(f"v_{owner.value.id}.d{axis.type.low % array.ndim}", whole("int64", *PLACE))
        if not isinstance(owner, ast.Name) or not isinstance(self.variables.get(owner.id), Array):
            raise self._refuse(node, "only elements of array arguments are read")
        array = self.variables[owner.id]
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if len(parts) != array.ndim:
            raise self._refuse(node, f"the array has {array.ndim} axes")
        indices = [self._a_number(part) for part in parts]
        if not all(index.type.whole for index in indices):
            raise self._refuse(node, "an index is a whole number")
        loaded = FLOAT if array.dtype == "float32" else BOOL if array.dtype == "bool" else whole(array.dtype)
        if (
            array.here
            and self._is_here(parts)
            and (array.ndim == 3 or (indices[3].constant and -array.here <= indices[3].type.low < array.here))
        ):
            channel = 0 if array.ndim == 3 else indices[3].type.low % array.here
            return Code(f"v_{owner.id}_{channel}", loaded)
        wrapped = [self._from_the_end(index, f"v_{owner.id}.d{axis}") for axis, index in enumerate(indices)]
        return Code(f"v_{owner.id}.at({', '.join(wrapped)})", loaded)

    def _is_here(self, parts: list[ast.expr]) -> bool:
        """Whether the first three indices are the place that the function was called for."""
        place = self.names[1:4]
        return [
            part.id if isinstance(part, ast.Name) else None for part in parts[:3]
        ] == place and not self.assigned & set(place)

    def _from_the_end(self, index: Code, length: str) -> str:
        text = cast(index, "int") if index.type.c != "int" else index.text
        if index.constant and index.type.low < 0:
            return f"{length} + {text}"
        return f"from_the_end({text}, {length})" if index.type.low < 0 else text

    def _make_UnaryOp(self, node: ast.UnaryOp) -> Code:
        if isinstance(node.op, ast.Not):
            return Code(f"(!{self._truth(node.operand)})", BOOL)
        value = self._a_number(node.operand)
        if isinstance(node.op, ast.UAdd):
            return value
        if isinstance(node.op, ast.USub) and value.type.kind == "float32":
            return Code(f"(-{value.text})", FLOAT)
        if not value.type.whole:
            raise self._refuse(node, f"not for {value.type.kind}")
        if isinstance(node.op, ast.USub):
            if value.type.kind.startswith("u"):
                raise self._refuse(node, "the negative of an unsigned number wraps: cast it to np.int32 first")
            return self._whole_result(node, ast.Sub, literal(0, "int64"), value)
        if value.type.kind.startswith("u"):
            raise self._refuse(node, "the inverse of an unsigned number: cast it to np.int32 first")
        return self._whole_result(node, ast.BitXor, literal(-1, "int64"), value)

    def _make_BinOp(self, node: ast.BinOp) -> Code:
        return self._binary(node, type(node.op), self._a_number(node.left), self._a_number(node.right))

    def _binary(self, node: ast.AST, op: type[ast.operator], a: Code, b: Code) -> Code:
        kinds = {a.type.kind, b.type.kind}
        if kinds == {"float32"}:
            if op not in (ast.Add, ast.Sub, ast.Mult, ast.Div):
                raise self._refuse(node, f"{op.__name__} of floats has no counterpart")
            if op is ast.Div:
                return Code(f"__fdiv_rn({a.text}, {b.text})", FLOAT)
            return Code(f"({a.text} {SIGN[op]} {b.text})", FLOAT)
        if "float32" in kinds:
            raise self._refuse(
                node, "a float and a whole number: make both np.float32 (with 32 bits or more it would be float64)"
            )
        if kinds == {"bool"} and op in (ast.BitAnd, ast.BitOr, ast.BitXor):
            return Code(f"({a.text} {SIGN[op]} {b.text})", BOOL)
        if "bool" in kinds:
            raise self._refuse(node, "arithmetic with a truth value: write `1 if ... else 0`")
        return self._whole_result(node, op, a, b)

    def _whole_result(self, node: ast.AST, op: type[ast.operator], a: Code, b: Code) -> Code:
        if op is ast.Div:
            raise self._refuse(node, "the quotient of whole numbers is float64: make them np.float32, or use //")
        if op not in RANGE:
            raise self._refuse(node, f"{op.__name__} has no counterpart")
        made = whole_operation(op, a, b)
        if isinstance(made, str):
            raise self._refuse(node, made)
        return made

    def _make_BoolOp(self, node: ast.BoolOp) -> Code:
        parts = [self._truth(part) for part in node.values]
        if not all(self._a_number(part).type.kind == "bool" for part in node.values):
            raise self._refuse(node, "`and` and `or` join comparisons")
        return Code("(" + (" && " if isinstance(node.op, ast.And) else " || ").join(parts) + ")", BOOL)

    def _make_Compare(self, node: ast.Compare) -> Code:
        values = [self._a_number(part) for part in (node.left, *node.comparators)]
        return Code(
            "("
            + " && ".join(
                self._compared(node, type(op), a, b) for op, a, b in zip(node.ops, values, values[1:], strict=False)
            )
            + ")",
            BOOL,
        )

    def _compared(self, node: ast.AST, op: type[ast.cmpop], a: Code, b: Code) -> str:
        if op not in SIGN:
            raise self._refuse(node, f"{op.__name__} has no counterpart")
        if a.type.kind == b.type.kind and not a.type.whole:
            return f"({a.text} {SIGN[op]} {b.text})"
        if not (a.type.whole and b.type.whole):
            raise self._refuse(node, f"{a.type.kind} compared with {b.type.kind}: make them one type")
        for c, bounds in (
            ("int", INT32),
            ("unsigned", UINT32),
            ("long long", KINDS["int64"]),
            ("unsigned long long", KINDS["uint64"]),
        ):
            if a.type.within(bounds) and b.type.within(bounds):
                return f"({cast(a, c)} {SIGN[op]} {cast(b, c)})"
        raise self._refuse(node, "a signed and an unsigned 64-bit number: cast both to one type")

    def _make_IfExp(self, node: ast.IfExp) -> Code:
        test, a, b = self._truth(node.test), self._a_number(node.body), self._a_number(node.orelse)
        joined = unified(a.type, b.type)
        if joined is None:
            raise self._refuse(node, f"{a.type.kind} or {b.type.kind}: make them one type")
        return Code(f"({test} ? {cast(a, joined.c)} : {cast(b, joined.c)})", joined)

    def _make_Call(self, node: ast.Call) -> Code:
        if node.keywords:
            raise self._refuse(node, "arguments by name have no counterpart")
        function = self._outside(node.func)
        if function in (min, max):
            return self._extreme(node, function is min)
        if function in (abs, np.abs, np.absolute):
            return self._absolute(node)
        if function in (floored, np.floor):
            return self._of_float(node, "floorf")
        if function in (np.sqrt, math.sqrt):
            return self._of_float(node, "__fsqrt_rn")
        if isinstance(function, type) and issubclass(function, np.generic):
            return self._converted(node, np.dtype(function).name)
        if function is bool:
            return Code(self._truth(node.args[0]), BOOL)
        if function is int:
            return self._converted(node, "int64")
        if not isinstance(getattr(function, "py_func", function), FunctionType):
            why = (
                "use np.float32, float is float64"
                if function is float
                else "it differs between libraries, or has no counterpart"
            )
            raise self._refuse(node, why)
        arguments = [self._argument(arg) for arg in node.args]
        function = getattr(function, "py_func", function)
        if function in NATIVE and [arg.type for arg in arguments] == NATIVE[function].takes:
            native = NATIVE[function]
            return Code(f"{native.name}({', '.join(arg.text for arg in arguments)})", native.returns)
        try:
            instance = self.unit.add(function, [arg.type for arg in arguments])
        except TranslationError as error:
            raise TranslationError(
                f"{error}\n  called by {self.function.__name__} ({self.file}:{self.first + node.lineno - 1})"
            ) from error
        return Code(f"{instance.name}({', '.join(arg.text for arg in arguments)})", instance.returns)

    def _argument(self, node: ast.expr) -> Code:
        if isinstance(node, ast.Name) and isinstance(self.variables.get(node.id), Array):
            return Code(f"v_{node.id}", self.variables[node.id]._replace(here=0))
        return self._a_number(node)

    def _extreme(self, node: ast.Call, least: bool) -> Code:
        values = [self._a_number(arg) for arg in node.args]
        if len(values) < 2:
            raise self._refuse(node, "min and max take two or more numbers")
        result = values[0]
        for value in values[1:]:
            joined = unified(result.type, value.type)
            if joined is None or joined.kind == "bool":
                raise self._refuse(node, f"{result.type.kind} and {value.type.kind}: make them one type")
            if joined.whole:
                pick = min if least else max
                joined = Value(
                    joined.kind, pick(result.type.low, value.type.low), pick(result.type.high, value.type.high)
                )
                wide = unified(result.type, value.type).c
                result = Code(
                    f"({joined.c}){'least' if least else 'most'}<{wide}>({result.text}, {value.text})", joined
                )
            else:
                result = Code(f"{'least' if least else 'most'}<float>({result.text}, {value.text})", joined)
        return result

    def _absolute(self, node: ast.Call) -> Code:
        value = self._a_number(node.args[0])
        if value.type.kind == "float32":
            return Code(f"fabsf({value.text})", FLOAT)
        if not value.type.whole or not value.type.within(INT32):
            raise self._refuse(node, f"of {value.type.kind} that may not fit 32 bits: cast to np.int32 first")
        result = whole("int64", 0, max(abs(value.type.low), abs(value.type.high)))
        return Code(f"({result.c})magnitude({value.text})", result)

    def _of_float(self, node: ast.Call, name: str) -> Code:
        value = self._a_number(node.args[0])
        if value.type.kind != "float32":
            raise self._refuse(node, f"of {value.type.kind} it would be float64: give it an np.float32")
        return Code(f"{name}({value.text})", FLOAT)

    def _converted(self, node: ast.Call, kind: str) -> Code:
        """A number under a NumPy type."""
        if len(node.args) != 1:
            raise self._refuse(node, "one number is converted")
        known = _plain(node.args[0])
        if kind == "float32" and known is not None:
            return float_literal(np.float32(known))
        if kind not in KINDS and kind not in ("float32", "bool"):
            raise self._refuse(node, f"{kind} is not for GPUs")
        value = self._a_number(node.args[0])
        if kind == "bool":
            return Code(f"({value.text} != 0)" if value.type.kind != "bool" else value.text, BOOL)
        if kind == "float32":
            return value if value.type.kind == "float32" else Code(f"(float){value.text}", FLOAT)
        if value.type.kind == "bool":
            return Code(f"(int){value.text}", whole(kind, 0, 1))
        bounds = KINDS[kind]
        if value.type.kind == "float32":
            # As the host's processors do it: to 32 or 64 bits first, the lower bits of that for fewer.
            through = {"uint32": "long long", "int64": "long long", "uint64": "unsigned long long"}.get(kind, "int")
            text, result = f"({through}){value.text}", whole(kind)
            return Code(lower_bits(text, kind), result)
        if value.type.within(bounds):
            return Code(value.text, Value(kind, value.type.low, value.type.high))
        return Code(lower_bits(value.text, kind), whole(kind))


def _plain(node: ast.expr) -> float | None:
    """The value of an expression of literals; None for any other."""
    if all(
        isinstance(part, ast.Constant | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop) for part in ast.walk(node)
    ):
        try:
            value = eval(compile(ast.Expression(node), "", "eval"), {})
        except Exception:
            return None
        return value if isinstance(value, float | int) else None
    return None
