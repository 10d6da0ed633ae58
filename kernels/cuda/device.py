"""A real CUDA device: memory, streams, the compiler and launches are CuPy's.

Nothing here waits for the device, unless more uploads are in flight than there are buffers for.
"""

import collections
import functools
import threading
from typing import Any

import cupy
import numpy as np

from ..kept import Kept
from .ops import Ops
from .program import OPTIONS, Kernel

OLDEST = (7, 5)  # compute capability: Turing
MOST_IMAGES = 32767  # of a batch: a grid has 65535 layers, and a displacement field two an image
STAGES = 32  # uploads in flight before the host would have to wait for one
CONSTANTS = 256 << 20  # bytes of tables kept on the device


class TooOldDevice(RuntimeError):
    """A device that cannot run the kernels."""


class CompilerMissing(RuntimeError):
    """NVRTC or what it needs is not installed."""


class CompilerRefuses(RuntimeError):
    """NVRTC cannot compile a kernel."""


class _Stage:
    """A page-locked buffer, and the moment at which the device has read it."""

    def __init__(self) -> None:
        self.buffer = np.empty(0, np.uint8)
        self.read = cupy.cuda.Event(disable_timing=True)
        self.used = False

    def fill(self, array: np.ndarray) -> np.ndarray:
        """A copy of the array in page-locked memory, after waiting until the buffer's last content has been read."""
        if self.used:
            self.read.synchronize()
        if self.buffer.nbytes < array.nbytes:
            size = max(1 << 12, 1 << (array.nbytes - 1).bit_length())
            self.buffer = np.frombuffer(cupy.cuda.alloc_pinned_memory(size), np.uint8, size)
        view = self.buffer[: array.nbytes].view(array.dtype).reshape(array.shape)
        view[...] = array
        return view

    def sent(self, stream: Any) -> None:
        """Remember that the copy was put on the stream."""
        self.read.record(stream)
        self.used = True


class CudaDevice:
    """The current CUDA device, on CuPy's current stream."""

    def __init__(self, index: int) -> None:
        self.index = index
        major, minor = (cupy.cuda.runtime.getDeviceProperties(index)[part] for part in ("major", "minor"))
        if (major, minor) < OLDEST:
            raise TooOldDevice(
                f"CUDA device {index} has compute capability {major}.{minor}; 7.5 (Turing) or newer is needed"
            )
        self._modules: dict[Any, Any] = {}
        self._functions: dict[Kernel, Any] = {}
        self._stages = collections.deque(_Stage() for _ in range(STAGES))
        self._constants = Kept(CONSTANTS)
        self._lock = threading.Lock()

    @staticmethod
    def empty(shape: tuple[int, ...], dtype: Any) -> Any:
        """Memory from CuPy's pool, for use on the current stream."""
        return cupy.empty(shape, dtype)

    def upload(self, array: Any) -> Any:
        """A small host array on the device, copied in the stream's order through page-locked memory; a device array as
        it is.
        """
        if not isinstance(array, np.ndarray):
            return array
        out = cupy.empty(array.shape, array.dtype)
        if array.size:
            stream = cupy.cuda.get_current_stream()
            with self._lock:
                stage = self._stages.popleft()
                out.set(stage.fill(array), stream=stream)
                stage.sent(stream)
                self._stages.append(stage)
        return out

    def constant(self, array: np.ndarray) -> Any:
        """A table that is used again and again, known by its identity: uploaded once for each stream, kept as `Kept`
        has it.

        Of one stream's own copy nothing need be waited for: what reads it comes after its upload, and the memory of one
        that goes is given to later work of that stream alone.
        """
        key = cupy.cuda.get_current_stream().ptr, id(array)
        if (kept := self._constants.get(key)) is None:
            kept = self._constants.add(key, (array, self.upload(np.ascontiguousarray(array))))
        return kept[1]

    def launch(self, kernel: Kernel, grid: tuple[int, ...], block: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Put a kernel on the current stream; its module is compiled, or loaded from CuPy's cache, the first time."""
        function = self._functions.get(kernel)
        if function is None:
            function = self._functions[kernel] = self._module(kernel.program).get_function(kernel.name)
        function(grid, block, args)

    def _module(self, program: Any) -> Any:
        module = self._modules.get(program)
        if module is None:
            source = program.source  # apart: that Python cannot be translated is no matter of the compiler
            try:
                module = cupy.RawModule(code=source, options=OPTIONS)
                module.compile()
            except cupy.cuda.compiler.CompileException as error:
                raise CompilerRefuses(f"{program}: {error}") from error
            except (ImportError, OSError, RuntimeError) as error:
                raise CompilerMissing(f"{type(error).__name__}: {error}") from error
            self._modules[program] = module
        return module


@functools.cache
def _ops_on(index: int) -> Ops:
    return Ops(CudaDevice(index))


def current_ops() -> Ops:
    """The primitives on CuPy's current device."""
    return _ops_on(cupy.cuda.runtime.getDevice())
