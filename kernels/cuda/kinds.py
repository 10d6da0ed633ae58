"""The numbers of translated Python: Numba's type of each, the range of its values, and how C++ computes with it.

Numba widens whole numbers to 64 bits. Where the values that can occur fit 32 bits C++ computes in 32, which changes no
value; elsewhere in 64.
"""

import ast
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

INT32, UINT32 = (-(2**31), 2**31 - 1), (0, 2**32 - 1)
KINDS: dict[str, tuple[int, int]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
PLACE = (0, 2**30)  # of n, y, x and of lengths: an image's elements are counted in 32 bits
ARRAYS = {
    "uint8": "unsigned char",
    "bool": "bool",
    "int8": "signed char",
    "float32": "float",
    "int32": "int",
    "int64": "long long",
    "uint32": "unsigned",
    "int16": "short",
    "uint16": "unsigned short",
}


class TranslationError(TypeError):
    """Python that cannot run on a CUDA device, or would give other bytes there."""


class Value(NamedTuple):
    """Numba's type of a number, and for whole numbers the range of its values."""

    kind: str
    low: int = 0
    high: int = 0

    @property
    def whole(self) -> bool:
        """Whether it is a whole number, a truth value aside."""
        return self.kind in KINDS

    @property
    def c(self) -> str:
        """The C++ type that holds it."""
        if self.kind == "float32":
            return "float"
        if self.kind == "bool":
            return "bool"
        if self.within(INT32):
            return "int"
        if self.within(UINT32):
            return "unsigned"
        return "unsigned long long" if self.kind == "uint64" else "long long"

    def within(self, bounds: tuple[int, int]) -> bool:
        """Whether all values lie in the bounds."""
        return bounds[0] <= self.low and self.high <= bounds[1]


class Array(NamedTuple):
    """An array argument; `here` is how many channels of the place itself are handed over as values (0: none)."""

    dtype: str
    ndim: int
    here: int = 0


FLOAT, BOOL = Value("float32"), Value("bool", 0, 1)


def whole(kind: str, low: int | None = None, high: int | None = None) -> Value:
    """A whole number of a kind; its range is the kind's, unless given."""
    bounds = KINDS[kind]
    return Value(kind, bounds[0] if low is None else low, bounds[1] if high is None else high)


def named(text: str) -> Any:
    """A type by its name: "float32", "uint8", "bool", "int" for a whole number that fits 32 bits; "uint8[3]" for an
    array of three axes, "uint8[]" for a line.
    """
    if text.endswith("]"):
        kind, _, axes = text[:-1].partition("[")
        return Array(kind, int(axes or 1))
    if text == "int":
        return whole("int64", *INT32)
    return {"float32": FLOAT, "bool": BOOL}.get(text) or whole(text)


class Code(NamedTuple):
    """A C++ expression and what it is: a number, several, an array, a length's owner."""

    text: str
    type: Any
    parts: "tuple[Code, ...]" = ()

    @property
    def constant(self) -> bool:
        """Whether its value is known."""
        return isinstance(self.type, Value) and self.type.whole and self.type.low == self.type.high


def cast(code: Code, c: str) -> str:
    """The expression as a C++ type."""
    return code.text if code.type.c == c else f"({c}){code.text}"


def number(value: Any) -> Code | None:
    """A Python or NumPy number as C++; None for what is none."""
    if isinstance(value, bool | np.bool_):
        return Code(str(bool(value)).lower(), BOOL)
    if isinstance(value, np.float32):
        return float_literal(value)
    if isinstance(value, np.integer):
        return literal(int(value), str(value.dtype))
    return literal(value, "int64") if isinstance(value, int) else None


def float_literal(value: np.float32) -> Code:
    """A float32 as C++, to the bit."""
    if math.isfinite(value):
        return Code(f"({float(value).hex()}f)", FLOAT)
    return Code(f"__int_as_float({int(value.view(np.int32))})", FLOAT)


def literal(value: int, kind: str) -> Code:
    """A whole number as C++."""
    found = whole(kind, value, value)
    suffix = {"int": "", "unsigned": "u", "long long": "ll", "unsigned long long": "ull"}[found.c]
    if value == -(2**63) or value == INT32[0]:
        return Code(f"({value + 1}{suffix} - 1)", found)
    return Code(f"({value}{suffix})" if value < 0 else f"{value}{suffix}", found)


def unified(a: Any, b: Any) -> Any:
    """The type of what is a here and b there; None where there is none on both devices."""
    if a == b:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple) and not isinstance(a, Value | Array):
        parts = [unified(one, other) for one, other in zip(a, b, strict=True)] if len(a) == len(b) else [None]
        return None if None in parts else tuple(parts)
    if not (isinstance(a, Value) and isinstance(b, Value) and a.whole and b.whole):
        return None
    kind = common_kind(a.kind, b.kind)
    return kind and Value(kind, min(a.low, b.low), max(a.high, b.high))


def common_kind(a: str, b: str) -> str | None:
    """The kind that holds both, as Numba unifies them; None for float64."""
    if a == b:
        return a
    low, high = min(KINDS[a][0], KINDS[b][0]), max(KINDS[a][1], KINDS[b][1])
    fitting = [kind for kind, bounds in KINDS.items() if bounds[0] <= low and high <= bounds[1]]
    return min(fitting, key=lambda kind: KINDS[kind][1], default=None)


def arithmetic_kind(op: type[ast.operator], a: str, b: str) -> str:
    """The kind of what Numba makes of two whole numbers; a shift's is that of its left side."""
    signs = a[:1] if op in (ast.LShift, ast.RShift) else a[:1] + b[:1]
    return "uint64" if set(signs) == {"u"} else "int64"


def mixes(op: type[ast.operator], a: Value, b: Value, exact: tuple[int, int] | None) -> bool:
    """Whether signed meets unsigned in 64 bits where it matters: Numba's older versions then compute in float64, which
    has 53 bits, the newer ones in int64.
    """
    if "uint64" not in (a.kind, b.kind) or a.kind[0] == b.kind[0] or op in (ast.LShift, ast.RShift):
        return False
    if op in (ast.BitAnd, ast.BitOr, ast.BitXor):
        return not (a.within(KINDS["int64"]) and b.within(KINDS["int64"]))
    exactly = (-(2**53), 2**53)
    return exact is None or not all(part.within(exactly) for part in (a, b, Value("int64", *exact)))


def _corners(a: Value, b: Value, work: Callable[[int, int], int]) -> tuple[int, int]:
    values = [work(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    return min(values), max(values)


def _bits(a: Value, b: Value) -> int:
    return max(abs(bound + (bound < 0)).bit_length() for bound in (a.low, a.high, b.low, b.high))


def _and_range(a: Value, b: Value) -> tuple[int, int]:
    known = [v.high for v in (a, b) if v.low >= 0]
    return (0, min(known)) if known else (-(1 << _bits(a, b)), (1 << _bits(a, b)) - 1)


def _or_range(a: Value, b: Value) -> tuple[int, int]:
    top = (1 << _bits(a, b)) - 1
    return (0 if a.low >= 0 and b.low >= 0 else -top - 1, top)


def _modulo_range(a: Value, b: Value) -> tuple[int, int]:
    if b.low > 0:
        return (0, min(a.high, b.high - 1) if a.low >= 0 else b.high - 1)
    return (min(b.low, 0), max(b.high, 0))


def _shift_range(a: Value, b: Value, left: bool) -> tuple[int, int] | None:
    if b.low < 0 or b.high > 63:
        return None
    return _corners(a, b, lambda x, n: x << n if left else x >> n)


RANGE: dict[type[ast.operator], Callable[[Value, Value], tuple[int, int] | None]] = {
    ast.Add: lambda a, b: (a.low + b.low, a.high + b.high),
    ast.Sub: lambda a, b: (a.low - b.high, a.high - b.low),
    ast.Mult: lambda a, b: _corners(a, b, lambda x, y: x * y),
    ast.FloorDiv: lambda a, b: _corners(a, b, lambda x, y: x // y if y else 0) if b.low > 0 else None,
    ast.Mod: _modulo_range,
    ast.BitAnd: _and_range,
    ast.BitOr: _or_range,
    ast.BitXor: _or_range,
    ast.LShift: lambda a, b: _shift_range(a, b, True),
    ast.RShift: lambda a, b: _shift_range(a, b, False),
}
SIGN: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def whole_operation(op: type[ast.operator], a: Code, b: Code) -> Code | str:
    """Two whole numbers under an operator, with Numba's value; why not, where there is no such thing."""
    kind, exact = arithmetic_kind(op, a.type.kind, b.type.kind), RANGE[op](a.type, b.type)
    if mixes(op, a.type, b.type, exact):
        return (
            "a signed and an unsigned 64-bit number, which some versions of Numba make float64: cast both to one type"
        )
    bounds = KINDS[kind]
    wraps = exact is None or not (bounds[0] <= exact[0] and exact[1] <= bounds[1])
    result = whole(kind) if wraps or exact is None else Value(kind, *exact)
    every = (a.type, b.type, result)
    if not wraps and all(part.within(INT32) for part in every):
        c = "int"
    elif not wraps and all(part.within(UINT32) for part in every):
        c = "unsigned"
    else:
        c = "unsigned long long" if kind == "uint64" else "long long"
    if op in (ast.FloorDiv, ast.Mod):
        name = "quotient" if op is ast.FloorDiv else "remainder"
        if a.type.low >= 0 and b.type.low > 0:
            text = f"({cast(a, c)} {'/' if op is ast.FloorDiv else '%'} {cast(b, c)})"
        else:
            text = f"floor_{name}<{c}>({a.text}, {b.text})"
    elif op in (ast.LShift, ast.RShift):
        text = f"({cast(a, c)} {SIGN[op]} {cast(b, 'int')})"
        if c == "long long" and op is ast.LShift:
            text = f"(long long)((unsigned long long){cast(a, c)} << {cast(b, 'int')})"
    elif c == "long long" and op in (ast.Add, ast.Sub, ast.Mult):
        u = "unsigned long long"
        text = f"(long long)(({u}){cast(a, c)} {SIGN[op]} ({u}){cast(b, c)})"
    else:
        text = f"({cast(a, c)} {SIGN[op]} {cast(b, c)})"
    if not wraps and exact is not None and exact[0] == exact[1]:
        return literal(exact[0], kind)
    return Code(text if result.c == c else f"({result.c}){text}", result)


def lower_bits(text: str, kind: str) -> str:
    """The lower bits of a whole number."""
    c = {
        "int8": "signed char",
        "uint8": "unsigned char",
        "int16": "short",
        "uint16": "unsigned short",
        "int32": "int",
        "uint32": "unsigned",
        "int64": "long long",
        "uint64": "unsigned long long",
    }[kind]
    small = kind in ("int8", "uint8", "int16", "uint16")
    return f"(int)({c})({text})" if small else f"({c})({text})"
