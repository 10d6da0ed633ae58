"""From a kernel to PTX, with neither a GPU nor a driver: Numba compiles, and what must hold for equal bytes is put
right.

Numba lets NVVM contract a product and a sum into one rounding. The host rounds twice, so every contraction is taken
apart again, and every float32 operation is marked `.rn`, which forbids the assembler to contract it anew. The header's
version is lowered to one that drivers from R525 on know; no kernel uses an instruction newer than that.
"""

import contextlib
import hashlib
import pathlib
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..cache import cache_folder, write_whole
from ..jit import source_stamp
from .kernel import Kernel

TARGETS = ((7, 5), (8, 0), (9, 0))
"""Compute capabilities that are compiled for; a newer device runs the newest of them."""

PTX_VERSION = "8.0"

_FMA = re.compile(r"fma\.rn\.f32\s+(\S+), (\S+), (\S+), (\S+);")
_FLOAT = re.compile(r"\b(add|sub|mul)\.f32\b")
_LOCK = threading.Lock()


class PtxError(RuntimeError):
    """A kernel whose PTX breaks a promise: a float64 instruction, or a contraction that could not be taken apart."""


class CompilerError(RuntimeError):
    """No compiler for PTX: numba-cuda or NVVM is missing."""


def find_compiler() -> Any:
    """numba.cuda with NVVM behind it; CompilerError where either is missing."""
    try:
        from numba import cuda
        from numba.cuda.cudadrv import nvvm

        nvvm.NVVM()
    except (ImportError, AttributeError, OSError, nvvm_error()) as error:
        raise CompilerError(f"{type(error).__name__}: {error}") from error
    return cuda


def nvvm_error() -> type[Exception]:
    """What Numba raises where it finds no NVVM."""
    try:
        from numba.cuda.cudadrv.error import NvvmSupportError
    except ImportError:
        return ImportError
    found: type[Exception] = NvvmSupportError
    return found


def target_for(capability: tuple[int, int]) -> tuple[int, int] | None:
    """The target to compile for on a device of this compute capability; None where it is too old."""
    return max((target for target in TARGETS if target <= capability), default=None)


def numba_type(arg: Any) -> Any:
    """Numba's type of a kernel argument: an array (of any library, C-contiguous) or a scalar; Python's int is int64."""
    from numba import types
    from numba.np import numpy_support

    if hasattr(arg, "shape") and not isinstance(arg, np.generic):
        return types.Array(numpy_support.from_dtype(np.dtype(arg.dtype)), len(arg.shape), "C")
    return types.int64 if isinstance(arg, int) else numpy_support.from_dtype(np.dtype(type(arg)))


def signature(kernel: Kernel, args: Sequence[Any]) -> tuple[Any, ...]:
    """The types of a launch: the form's own counts, then the arguments."""
    from numba import types

    return (types.int64,) * kernel.counts + tuple(numba_type(arg) for arg in args)


@contextlib.contextmanager
def _as_if_on(capability: tuple[int, int]) -> Iterator[None]:
    """Numba asks the current device for its capability even where the call names one; here it need not exist."""
    device = SimpleNamespace(compute_capability=capability, id=0)
    modules = [
        m for name, m in list(sys.modules.items()) if name.startswith("numba") and "get_current_device" in vars(m)
    ]
    with _LOCK:
        kept = [vars(module)["get_current_device"] for module in modules]
        for module in modules:
            vars(module)["get_current_device"] = lambda: device
        try:
            yield
        finally:
            for module, own in zip(modules, kept, strict=True):
                vars(module)["get_current_device"] = own


def rounded_twice(ptx: str) -> str:
    """PTX whose float32 arithmetic rounds after every operation, as the host's does; PtxError where that cannot be
    had.
    """
    apart = _FMA.sub(r"{ .reg .f32 product; mul.rn.f32 product, \2, \3; add.rn.f32 \1, product, \4; }", ptx)
    plain = _FLOAT.sub(r"\1.rn.f32", apart)
    if found := re.search(r"^.*(\.f64|\bfma\.|\bmad\.\S*f32).*$", plain, re.MULTILINE):
        raise PtxError(
            f"the PTX holds {found.group().strip()!r}; float64 comes from a Python float in a kernel or a table"
        )
    return plain


def compile_ptx(kernel: Kernel, types: tuple[Any, ...], target: tuple[int, int]) -> tuple[str, str]:
    """(PTX, entry name) of a kernel for argument types and a target."""
    from numba import types as numba_types

    cuda = find_compiler()
    source = kernel.device_source(len(types) - kernel.counts)
    with _as_if_on(target):
        ptx, _ = cuda.compile(source, numba_types.void(*types), device=False, output="ptx", abi="numba", cc=target)
    entry = re.search(r"\.visible \.entry (\S+)\(", ptx)
    if entry is None:
        raise PtxError(f"Numba gave no entry for the kernel {kernel.name}")
    ptx = re.sub(
        r"^\.version \S+", f".version {PTX_VERSION}", ptx.replace(entry.group(1), kernel.entry), flags=re.MULTILINE
    )
    return rounded_twice(ptx), kernel.entry


def cached_ptx(kernel: Kernel, types: tuple[Any, ...], target: tuple[int, int]) -> tuple[pathlib.Path, str]:
    """(file of the PTX, entry name), compiled only where no file of these sources is there yet."""
    text = repr((source_stamp(), kernel.func.__module__, kernel.name, kernel.form, types, target))
    path = cache_folder() / "ptx" / f"{kernel.entry}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.ptx"
    if not path.is_file():
        ptx, _ = compile_ptx(kernel, types, target)
        write_whole(path, lambda file: file.write(ptx.encode()))
    return path, kernel.entry
