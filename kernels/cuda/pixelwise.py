"""Pixel functions: Python translated to CUDA C++, four pixels a thread.

A module for each function and each set of types of its arguments, made when it is first used. What a function reads at
the place itself comes from registers, loaded in words; what it reads elsewhere is gathered.
"""

import functools
import re
from typing import Any, NamedTuple

import numpy as np

from .kinds import ARRAYS, BOOL, FLOAT, INT32, PLACE, Array, TranslationError, Value, named, whole
from .program import Kernel, text_of, tiles
from .translation import Unit

LOADED = {"uint8": "int", "float32": "float"}
"""Element types that are loaded four pixels at a time; C++ computes with the second."""
MOST_CHANNELS = 4  # of an array whose pixel is kept in registers


class _Argument(NamedTuple):
    """An argument of the function in the C++ of the kernel: what the kernel is given, what stands before its loop, and
    what it hands on.
    """

    parameters: list[str]
    before: list[str]
    handed: list[str]


def _argument(k: int, kind: Any) -> _Argument:
    if isinstance(kind, Value):
        return _Argument([f"{kind.c} a{k}"], [], [f"a{k}"])
    element, channels = ARRAYS[kind.dtype], kind.here
    pointer = f"const {element}* __restrict__ a{k}"
    if not channels:
        sizes = [f"a{k}_{axis}" for axis in range(1, kind.ndim)]
        owner = f"const Array<{element}> s{k}{{{', '.join([f'a{k}', '(int)gridDim.y', *sizes])}}};"
        return _Argument([pointer, *(f"int {size}" for size in sizes)], [owner], [f"s{k}"])
    owner = f"const Array<{element}> s{k}{{a{k}, (int)gridDim.y, height, width, {channels}}};"
    if kind.dtype not in LOADED:
        values = [f"+a{k}[(image + first + k) * {channels} + {c}]" for c in range(channels)]
        return _Argument([pointer], [owner], [f"s{k}", *values])
    loads = [
        f"{LOADED[kind.dtype]} h{k}[{4 * channels}];",
        f"load(a{k} + image * {channels}, {channels} * first, {channels} * pixels, h{k});",
    ]
    return _Argument([pointer], [owner, *loads], [f"s{k}", *(f"h{k}[{channels} * k + {c}]" for c in range(channels))])


class PixelProgram:
    """The module of one pixel function for one set of types of src and the further arguments."""

    def __init__(self, function: Any, types: tuple[Any, ...]) -> None:
        self.function, self.types = function, types
        self.kernel = "pixel_" + re.sub(r"\W", "_", function.scalar.__name__, flags=re.ASCII)

    def __repr__(self) -> str:
        return f"the pixel function {self.function.scalar.__name__}"

    @functools.cached_property
    def source(self) -> str:
        """The function in C++, and the kernel around it."""
        unit, place = Unit(), whole("int64", *PLACE)
        made = unit.add(self.function.scalar, [self.types[0], place, place, place, *self.types[1:]])
        results, numbers = 3 if self.function.form == "pixels" else 1, self.function.form == "fields"
        given = (made.returns,) if isinstance(made.returns, Value) else made.returns
        if len(given) != results or any((part != FLOAT) if numbers else not part.whole for part in given):
            kinds = ", ".join(part.kind for part in given)
            wanted = "float32" if numbers else "uint8"
            raise TranslationError(
                f"{self.function.scalar.__name__} gives ({kinds}); {wanted} is needed, {results} of it"
            )
        element = "float" if numbers else "byte"
        kept = "dst[image + first + k] = {};" if numbers else f"out[{results} * k + {{c}}] = (byte){{}};"
        stored = "" if numbers else f"store(dst + image * {results}, {results} * first, {results} * pixels, out);"
        args = [_argument(k, kind) for k, kind in enumerate(self.types)]
        handed = ", ".join([*args[0].handed, "n", "y", "x", *(part for arg in args[1:] for part in arg.handed)])
        fields = ["made"] if isinstance(made.returns, Value) else [f"made._{c}" for c in range(results)]
        parameters = ", ".join(part for arg in args for part in arg.parameters)
        kernel = f"""
KERNEL(256) {self.kernel}({element}* __restrict__ dst, int height, int width, {parameters}) {{
  const int first = 4 * (blockIdx.x * 256 + threadIdx.x), pixels = height * width, n = blockIdx.y;
  if (first >= pixels) return;
  const size_t image = (size_t)n * pixels;
  int y = first / width, x = first - y * width{"" if numbers else f", out[{4 * results}]"};
  {" ".join(line for arg in args for line in arg.before)}
#pragma unroll
  for (int k = 0; k < 4; k++) {{
    if (first + k < pixels) {{
      const auto made = python::{made.name}({handed});
      {" ".join(kept.format(field, c=c) for c, field in enumerate(fields))}
    }}
    if (++x == width) x = 0, y++;
  }}
  {stored}
}}
"""
        return "\n".join([text_of("common.cuh"), unit.source, kernel])


@functools.cache
def _kernel(function: Any, types: tuple[Any, ...]) -> Kernel:
    program = PixelProgram(function, types)
    return Kernel(program, program.kernel)


NAMES = {np.dtype(name).char: name for name in (*ARRAYS, "int64", "uint64")}
"""Types by NumPy's letter: the names themselves take a microsecond each to make."""
FITTING, WIDE = named("int"), whole("int64")
_array = functools.cache(Array)


def _passed(arg: Any, height: int, width: int) -> tuple[Any, tuple[Any, ...]]:
    """The type of an argument, and what is passed for it."""
    if isinstance(arg, float):
        return FLOAT, (np.float32(arg),)
    if isinstance(arg, bool):
        return BOOL, (np.bool_(arg),)
    if isinstance(arg, int):
        return (FITTING, (np.int32(arg),)) if INT32[0] <= arg <= INT32[1] else (WIDE, (np.int64(arg),))
    kind = NAMES.get(arg.dtype.char)
    if kind is None:
        raise TranslationError(f"an argument of type {arg.dtype} cannot be given to a pixel function on a GPU")
    if isinstance(arg, np.generic):
        return named(kind), (arg,)
    shape = arg.shape
    ndim = len(shape)
    channels = shape[3] if ndim == 4 else 1
    if ndim >= 3 and shape[1] == height and shape[2] == width and channels <= MOST_CHANNELS:
        return _array(kind, ndim, channels), (arg,)
    return _array(kind, ndim), (arg, *map(np.int32, shape[1:]))


def pixelwise(ops: Any, function: Any, src: Any, dst: Any, *args: Any) -> None:
    """As `pixelwise_cpu`."""
    n, height, width = dst.shape[:3]
    found = [_passed(arg, height, width) for arg in (src, *args)]
    kernel = _kernel(function, tuple(kind for kind, _ in found))
    passed = [part for _, parts in found for part in parts]
    grid = (tiles(height * width, 1024), n)
    ops.launch(kernel, grid, (256,), dst, np.int32(height), np.int32(width), *passed)
