"""Python translated to CUDA C++: Numba's types and bytes, and what is refused."""

import ast
import importlib
import itertools
import math
import operator
import re
import sys

import numpy as np
import pytest
from numba import types
from numba.core.registry import cpu_target

from benchmarks.gpu.ptx.host import BACKWARDS, HostDevice, missing
from corrupt_engine.devices.cuda import kernel_errors
from corrupt_engine.errors import DeviceError
from corrupt_engine.kernels import cpu
from corrupt_engine.kernels.cuda.kinds import (
    KINDS,
    RANGE,
    Code,
    TranslationError,
    arithmetic_kind,
    mixes,
    named,
    number,
    unified,
    whole,
)
from corrupt_engine.kernels.cuda.ops import Ops
from corrupt_engine.kernels.cuda.translation import Unit
from corrupt_engine.kernels.jit import floored, scalar
from corrupt_engine.kernels.primitives.pixelwise import LayerFunction, PixelFunction, to_byte

needs_compiler = pytest.mark.skipif(bool(missing()), reason=str(missing()))
IMAGES = np.random.Generator(np.random.PCG64(5)).integers(0, 256, (2, 11, 13, 3)).astype(np.uint8)
LAYER = np.random.Generator(np.random.PCG64(6)).normal(100, 150, (2, 11, 13, 1)).astype(np.float32)
WIDE = np.random.Generator(np.random.PCG64(7)).integers(-(2**40), 2**40, (2, 16, 16)).astype(np.int64)
HALF, THIRD, SHIFT, BIG = np.float32(0.5), np.float32(1 / 3), 3, np.uint32(0x9E3779B9)


# Types


def numba_kind(op, *kinds):
    """What Numba makes of an operator on numbers of these kinds."""
    context = cpu_target.typing_context
    context.refresh()
    return str(context.resolve_function_type(op, tuple(getattr(types, kind) for kind in kinds), {}).return_type)


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}


@pytest.mark.parametrize("op", OPERATORS)
def test_whole_numbers_have_numbas_kind(op):
    assert set(OPERATORS) == set(RANGE)
    for a, b in itertools.product(KINDS, KINDS):
        theirs = numba_kind(OPERATORS[op], a, b)
        if not mixes(op, whole(a), whole(b), None):
            assert arithmetic_kind(op, a, b) == theirs, (a, b)


def test_what_is_one_of_two_has_numbas_kind():
    for a, b in itertools.product(KINDS, KINDS):
        theirs = str(cpu_target.typing_context.unify_types(getattr(types, a), getattr(types, b)))
        mine = unified(whole(a), whole(b))
        assert (mine.kind if mine else "float64") == theirs, (a, b)


def test_what_is_refused_beside_a_float_is_float64():
    for kind in KINDS:
        theirs = numba_kind(operator.add, "float32", kind)
        assert theirs == ("float32" if kind in ("int8", "uint8", "int16") else "float64"), kind


# Bytes: each function on the CPU and on the device


@scalar
def halved(value):
    """A helper that is called with several types."""
    return value // 2


@scalar
def two_of(a, b):
    return b - a, np.float32(a) * HALF


def arithmetic(src, n, y, x, by):
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    return np.uint8((r + g) & 255), np.uint8((int(r) * by - b * 3) & 255), np.uint8((r - g) >> 1 & 255)


def divided(src, n, y, x, by):
    r, g = np.int32(src[n, y, x, 0]), np.int32(src[n, y, x, 1])
    a, b = (r - 128) // (g - 100), (r - 128) % (g - 100)
    return np.uint8(a & 255), np.uint8(b & 255), np.uint8((y - x) // by & 255 ^ (y - x) % by)


def unsigned(src, n, y, x, by):
    word = np.uint32(src[n, y, x, 0]) * BIG
    folded = (word ^ (word >> np.uint32(7))) & np.uint32(0xFFFF)
    return np.uint8(folded), np.uint8(folded >> np.uint32(8)), np.uint8(word >> np.uint64(40))


def casts(src, n, y, x, by):
    value = (np.float32(src[n, y, x, 0]) - np.float32(90.0)) * np.float32(1.7)
    return np.uint8(np.int32(value) & 255), np.uint8(value), np.uint8(np.int64(np.int8(src[n, y, x, 1])) & 255)


def floats(src, n, y, x, by):
    r, g = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1])
    value = (r * THIRD + g * HALF) / np.float32(1.0 / 3.0 + 1) - floored(r / np.float32(7.0))
    root = np.sqrt(abs(value - g)) * -HALF + np.floor(value)
    return to_byte(value), to_byte(root), to_byte(max(min(value, root, g), r))


def branches(src, n, y, x, by):
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    total = 0
    if 20 < r <= 200 and not (g > b or g == 7):
        total = r
    elif r != g:
        total += b * 2
    level = np.uint8(total & 127) if total >= SHIFT else np.uint8(1)
    return level, max(r, g, b), min(r, min(g, b))


def loops(src, n, y, x, by):
    total, count, k = 0, 0, -1
    for k in range(by, 0, -2):
        if k == 3:
            continue
        total += src[n, y, x, k % 3] * k
    value = np.int32(src[n, y, x, 1])
    while value > 1:
        value = value >> 1
        count += 1
        if count > 6:
            break
    return np.uint8(total & 255), np.uint8(count), np.uint8((k + 1) & 255)


def neighbours(src, n, y, x, by):
    height, width = src.shape[1], src.shape[2]
    return src[n, min(y + 1, height - 1), x, -1], src[n, y - 1, x, 0], src[n, y, (x + 5) % width, src.shape[3] - 2]


def helpers(src, n, y, x, by):
    a, b = two_of(np.int32(src[n, y, x, 0]), np.int32(src[n, y, x, 1]))
    a, c = halved(a), halved(by)
    return np.uint8(a & 255), to_byte(b), np.uint8((c + halved(src[n, y, x, 2])) & 255)


def swapped(src, n, y, x, by):
    a, b, c = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    a, b, c = c, a, b
    return a, b, c


def no_numbers(src, n, y, x, by):
    zero = np.float32(src[n, y, x, 0]) * np.float32(0.0)
    hole = zero / zero
    return (
        to_byte(min(hole, HALF) + np.float32(9.0)),
        to_byte(max(HALF, hole) * np.float32(9.0)),
        np.uint8(hole == hole),
    )


def wide(src, n, y, x, by):
    return np.uint8(by >> 33 & 255), np.uint8((by * 3 + x) & 255), np.uint8((by // 1000) % 251)


def same(function, *args, src=IMAGES):
    """The device's bytes, which are the CPU's."""
    form = LayerFunction if "layer" in function.__name__ else PixelFunction
    made = form(function)
    shape = (*src.shape[:3], 1 if form is LayerFunction else 3)
    out, expected = np.full(shape, 7, np.uint8), np.full(shape, 9, np.uint8)
    cpu.pixelwise(made, src, expected, *args)
    for target in (90, 100):  # two generations of NVRTC's optimizer
        Ops(HostDevice(BACKWARDS, target)).pixelwise(made, src, out, *args)
        assert (out == expected).all(), (function.__name__, target)
    return out


@needs_compiler
@pytest.mark.parametrize(
    "function",
    [arithmetic, divided, unsigned, casts, floats, branches, loops, neighbours, helpers, swapped, no_numbers],
    ids=lambda f: f.__name__,
)
def test_the_bytes_are_the_cpus(function):
    for by in (1, 5, 6):
        assert len(np.unique(same(function, by))) > (1 if function is no_numbers else 5)


@needs_compiler
@pytest.mark.parametrize("by", [2**40 + 12345, -(2**50), 7])
def test_parameters_of_more_than_32_bits(by):
    same(wide, by)


def layer_of_others(layer, n, y, x, mask, words, peaks):
    """Arrays of several types and shapes: at the place itself, and elsewhere."""
    value = layer[n, y, x, 0] if mask[n, y, x] else np.float32(peaks[n])
    return np.uint8((np.int32(value) + (words[n, 15 - y, x] >> 7)) & 255)


@needs_compiler
def test_arrays_of_other_types_and_shapes():
    mask = IMAGES[..., 0] > 99
    same(layer_of_others, mask, WIDE, np.array([200, 17], np.uint8), src=LAYER)
    same(layer_of_others, np.pad(mask, ((0, 0), (0, 3), (0, 2))), WIDE, np.array([200, 17], np.uint8), src=LAYER)


@needs_compiler
def test_closures_keep_their_values():
    def made(by):
        def lifted(src, n, y, x):
            return np.uint8(min(src[n, y, x, 0] + by, 255)), src[n, y, x, 1], src[n, y, x, 2]

        return lifted

    assert (same(made(3)) != same(made(4))).any()


def layer_byte(layer, n, y, x):
    return to_byte(layer[n, y, x, 0])


@needs_compiler
def test_to_byte_of_common_cuh_is_the_cpus():
    """It is written by hand, with the device's own minimum and maximum."""
    ends = np.array(
        [
            math.nan,
            math.inf,
            -math.inf,
            0.0,
            -0.0,
            1e-30,
            -1e-30,
            254.99998,
            255.0,
            255.00002,
            256.0,
            3e38,
            -3e38,
            2**31,
            -(2**33),
        ]
    )
    around = np.nextafter(np.arange(1, 257, dtype=np.float32), np.float32(-1.0))
    values = np.concatenate(
        [
            ends.astype(np.float32),
            np.arange(257, dtype=np.float32),
            around,
            np.linspace(-9, 300, 9000, dtype=np.float32),
        ]
    )
    values = values[: len(values) // 7 * 7].reshape(1, -1, 7, 1)
    same(layer_byte, src=np.ascontiguousarray(values))


# What is refused


def refused(function, *types_):
    unit = Unit()
    with pytest.raises(TranslationError) as caught:
        unit.add(function, [named(kind) for kind in types_])
    return str(caught.value)


def of_float64(a):
    return a * 0.5


def of_mixed(a, b):
    return a * b


def of_quotient(a, b):
    return a / b


def of_power(a):
    return a**2


def of_exp(a):
    return np.exp(a)


def of_float(a):
    return np.float32(float(a))


def of_list(a):
    b = [a, a]
    return b[0]


def of_text(a):
    return a if a else "no"


def of_change(a):
    b = 1
    b = a
    return b


def of_unset(a):
    if a > np.float32(0.0):
        b = a
    c = missing_name  # noqa: F821
    return b + c


def of_signs(a, b):
    return a + b


def of_negative(a):
    return -a


def of_with(a):
    with a:
        return a


def of_global(a):
    return a * WRONG


def of_helper(a):
    return of_power(a)


def of_words(a, b):
    return a and b


def of_keyword(a):
    return of_float64(a=a)


WRONG = 0.5
REFUSED = [
    (of_float64, ["float32"], "`0.5`.*float64: write np.float32"),
    (of_mixed, ["float32", "int32"], "make both np.float32"),
    (of_mixed, ["bool", "int32"], "truth value"),
    (of_quotient, ["int32", "uint8"], "float64"),
    (of_power, ["int32"], "Pow"),
    (of_exp, ["float32"], "`np.exp.a.`.*differs between libraries"),
    (of_float, ["float32"], "float is float64"),
    (of_list, ["float32"], "List"),
    (of_text, ["int32"], "no number"),
    (of_change, ["float32"], "b is int64 elsewhere and float32 here"),
    (of_unset, ["float32"], "missing_name.*not defined"),
    (of_signs, ["int64", "uint64"], "float64"),
    (of_negative, ["uint8"], "unsigned"),
    (of_with, ["float32"], "With"),
    (of_global, ["float32"], "`WRONG`.*float64"),
    (of_helper, ["float32"], r"of_power.*called by of_helper"),
    (of_words, ["int32", "int32"], "join comparisons"),
    (of_keyword, ["float32"], "by name"),
    (lambda a: a, ["float32"], "lambda"),
]


@pytest.mark.parametrize(
    ("function", "kinds", "message"), REFUSED, ids=[f"{f.__name__}-{'-'.join(k)}" for f, k, _ in REFUSED]
)
def test_what_would_not_give_the_cpus_bytes_is_refused(function, kinds, message):
    text = refused(function, *kinds)
    assert re.search(message, text, re.DOTALL), text
    assert "test_translation.py" in text


def test_a_function_without_source():
    space = {}
    exec(compile("def made(a):\n    return a", "<nowhere>", "exec"), space)
    assert "must stand in a file" in refused(space["made"], "float32")


def test_an_argument_of_a_type_that_has_no_counterpart():
    with pytest.raises(TranslationError, match="complex64"):
        Ops(HostDevice()).pixelwise(PixelFunction(swapped), IMAGES, np.empty_like(IMAGES), np.zeros(3, np.complex64))


def test_a_function_that_gives_floats():
    def bare(src, n, y, x):
        return np.float32(src[n, y, x, 0]), np.float32(1.0), np.float32(2.0)

    with pytest.raises(TranslationError, match="bare gives"):
        Ops(HostDevice()).pixelwise(PixelFunction(bare), IMAGES, np.empty_like(IMAGES))


def test_a_corruption_that_cannot_be_translated_is_a_device_error(monkeypatch):
    from .fake_cupy import Fake

    monkeypatch.setitem(sys.modules, "cupy", fake := Fake())
    monkeypatch.delitem(sys.modules, "corrupt_engine.kernels.cuda.device", raising=False)
    importlib.import_module("corrupt_engine.kernels.cuda.device")
    try:
        with pytest.raises(DeviceError, match=r"of_power.*cannot run on a GPU.*device=.cpu"), kernel_errors(fake):
            Unit().add(of_power, [named("int32")])
    finally:
        sys.modules.pop("corrupt_engine.kernels.cuda.device", None)


# How it is written


def test_what_fits_32_bits_is_written_in_them():
    unit = Unit()
    unit.add(halved, [named("uint8")])
    assert "long long" not in unit.source
    unit.add(halved, [named("int64")])
    assert "long long" in unit.source


def test_names_that_c_keeps_for_itself():
    def register(a):
        return a

    assert Unit().add(register, [named("float32")]).name == "register_"
    assert Unit().add(halved, [named("uint8")], own_name=True).name == "halved"


def test_constants():
    assert number(np.float32(0.1)).text == "(0x1.99999a0000000p-4f)"
    assert number(-(2**63)).type.c == "long long"
    assert number(np.float32(-math.inf)).text == f"__int_as_float({-0x800000})"
    assert isinstance(number(True), Code) and number(0.5) is None
