"""How kernel code is compiled: `scalar` for arithmetic shared by all devices, `cpu` for loops that run on the host,
`brief` for short ones, `part` for what other kernels alone call.

Numba's on-disk cache notices a change in the file of a function, but not in the files of the functions it calls. The
stamp below is a hash of every kernel source, so a cached machine code is never older than any line it was made from.
"""

import contextlib
import functools
import gc
import hashlib
import os
import pathlib
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.core import caching, cgutils, types
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import intrinsic, overload, register_jitable

F = TypeVar("F", bound=Callable[..., Any])

if hasattr(os, "register_at_fork"):  # or the child would wait for ever for a thread of its parent's that compiles
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )

OPTIONS = {"no_cfunc_wrapper": True}
"""Of every compiled function: no second entry for callers written in C, of whom there are none. It took 1.2 of the 16 s
that spatter's 76 functions take.
"""
scalar = register_jitable(**OPTIONS)
"""Marks plain Python arithmetic that Numba inlines into CPU loops and that is translated to CUDA C++. Float32
constants only.
"""
inlined = register_jitable(forceinline=True, **OPTIONS)
"""`scalar` for a function that a loop calls once a pixel: left to LLVM, one with a dozen arguments was called, its
arrays copied each time. A warp of 224 x 224 x 3 took 3.0 ms instead of 1.1, eight layers of haze 2.9 instead of .8.
"""
part = register_jitable(error_model="numpy", **OPTIONS)
"""Marks a loop that other kernels alone call: compiled with each of them, and with no way in from Python, which would
take .1 s more.
"""


@intrinsic
def _floor(typing_context, value):
    """LLVM's floor, which is one instruction, of a number or of several side by side."""

    def lower(context, builder, signature, args):
        kind = args[0].type
        suffix = f"v{kind.count}f32" if isinstance(kind, ir.VectorType) else f"f{8 * context.get_abi_sizeof(kind)}"
        floor = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), f"llvm.floor.{suffix}")
        return builder.call(floor, args)

    return value(value), lower


def floored(value):
    """np.floor of a float32, in loops and kernels of every device."""
    return np.floor(value)


@overload(floored)
def _floored(value):
    return lambda value: _floor(value)


@functools.cache
def source_stamp() -> tuple[str, str]:
    """(Numba's version, SHA-256 of all kernel sources): what a compiled kernel depends on besides the processor."""
    digest = hashlib.sha256()
    for path in sorted(pathlib.Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return numba.__version__, digest.hexdigest()


class _WholePackageStamp:
    """Mixed into Numba's cache locators in place of the time stamp of one file."""

    def get_source_stamp(self) -> tuple[str, str]:
        return source_stamp()


def _locator(name: str) -> Any:
    """One of Numba's cache locators, which were private up to version 0.61."""
    return getattr(caching, name, None) or getattr(caching, f"_{name}")


class _InFolderOfChoice(_WholePackageStamp, _locator("UserProvidedCacheLocator")):  # type: ignore[misc]
    pass


class _BesideTheSource(_WholePackageStamp, _locator("InTreeCacheLocator")):  # type: ignore[misc]
    pass


class _InTheUsersCache(_WholePackageStamp, _locator("UserWideCacheLocator")):  # type: ignore[misc]
    pass


class _CacheImpl(caching.CompileResultCacheImpl):
    _locator_classes = [_InFolderOfChoice, _BesideTheSource, _InTheUsersCache]


class _NamedByContent(caching.IndexDataCacheFile):
    """Numba numbers the files of compiled code by an index that it reads and writes without a lock: two processes that
    compile at once could give two types of a function, or two functions made in one place, one file, and each load the
    other's code. Named by what the code was compiled for, a file can only be replaced by its equal, and an index lose
    an entry.
    """

    def _load_index(self) -> dict[Any, str]:
        """Nothing where it cannot be read, or has lost a part: it is then written anew."""
        try:
            found: dict[Any, str] = super()._load_index()
        except Exception:  # whatever pickle trips over
            return {}
        return found

    def save(self, key: Any, data: Any) -> None:
        name = f"{self._index_name.removesuffix('.nbi')}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"
        self._save_data(name, data)
        self._save_index({**self._load_index(), key: name})


class _KernelCache(caching.FunctionCache):
    _impl_class = _CacheImpl

    def __init__(self, func: Callable[..., Any]) -> None:
        super().__init__(func)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _NamedByContent(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """None where the code has lost a part: it is compiled anew."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever pickle trips over
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Nothing where the disk is full, or may not be written any more: it is compiled anew in each process."""
        with contextlib.suppress(OSError):
            super().save_overload(sig, data)


def _compiled(func: F, nogil: bool) -> F:
    compiled = numba.njit(nogil=nogil, error_model="numpy", **OPTIONS)(func)
    compiled.get_call_template = functools.partial(_for_any_constant, compiled.get_call_template)
    compiled.compile = functools.partial(_collecting_seldom, compiled.compile)
    with contextlib.suppress(RuntimeError):  # Numba's word for "no cache folder is writable"
        compiled._cache = _KernelCache(func)
    return compiled


OBJECTS = 50_000
"""New objects after which Python looks for garbage while Numba compiles, which makes millions of them and little
garbage. After 700, as usual, that takes 3.7 of 34 s for the nineteen of ImageNet-C, 1.2 of 12 for spatter and
elastic_transform; so 1.5 and .4. Never looking gains little more, and takes 250 MB where this takes 5.
"""


def _collecting_seldom(compile_for: Callable[..., Any], signature: Any) -> Any:
    """What Numba compiles or loads for these types. Under its own lock: of two threads, the second would take the
    first one's threshold for the usual one and leave it behind.
    """
    with global_compiler_lock:
        usual = gc.get_threshold()
        if 0 < usual[0] < OBJECTS:  # 0 is never
            gc.set_threshold(OBJECTS, *usual[1:])
        try:
            return compile_for(signature)
        finally:
            gc.set_threshold(*usual)


def _for_any_constant(template: Callable[..., Any], args: Any, kws: Any) -> Any:
    """What Numba calls for arguments of these types: a constant such as 0 is a type of its own to it, for which it
    would compile the function once more.
    """
    unliteral = types.unliteral  # type: ignore[attr-defined]
    return template([unliteral(kind) for kind in args], {name: unliteral(kws[name]) for name in kws})


def cpu(func: F) -> F:
    """Compile `func` for the host: no GIL, NumPy's rules for division, cached on disk.

    No fastmath: reassociated or contracted sums would differ between processors, and the bytes are promised.
    Where no folder can be written the function is compiled anew in each process.
    """
    return _compiled(func, nogil=True)


def brief(func: F) -> F:
    """`cpu` for work of a few microseconds, which keeps the GIL: another thread that took it meanwhile would hold it
    until its next kernel, and to be woken then takes a tenth of a millisecond.
    """
    return _compiled(func, nogil=False)
