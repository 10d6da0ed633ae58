"""A real CUDA device: memory and streams are CuPy's, kernels are PTX that Numba compiled and CuPy loads and launches.

Nothing here waits for the device, but for two moments that come once: a table's first upload, and the eviction of one.
"""

import collections
import functools
import threading
from typing import Any

import cupy
import numpy as np

from ..kept import Kept
from .kernel import Kernel
from .ops import Ops, check_args
from .ptx import cached_ptx, signature, target_for

BLOCK = 256  # threads of a block of points: 8 rows of 32, or one row of 256 where the space is flat. Not yet measured.
LANES = 512  # threads of a block that works on one image. Not yet measured.
MOST_IMAGES = 65535  # of a launch: CUDA's limit for the third axis of a grid
STAGES = 32  # uploads in flight before the host would have to wait for one
CONSTANTS = 256 << 20  # bytes of tables kept on the device


class TooOldDevice(RuntimeError):
    """A device that cannot run the kernels."""


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
        target = target_for((major, minor))
        if target is None:
            raise TooOldDevice(
                f"CUDA device {index} has compute capability {major}.{minor}; 7.5 (Turing) or newer is needed"
            )
        self.target = target
        self._launchers: dict[tuple[Any, ...], Any] = {}
        self._stages = collections.deque(_Stage() for _ in range(STAGES))
        # Some stream may still be reading a table that goes.
        self._constants = Kept(CONSTANTS, before_dropping=lambda: cupy.cuda.Device(index).synchronize())
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
        """A table that is used again and again: uploaded once, known by its identity, kept as `Kept` has it."""
        if (kept := self._constants.get(id(array))) is None:
            on_device = cupy.asarray(np.ascontiguousarray(array))
            cupy.cuda.get_current_stream().synchronize()  # other streams will read it without waiting for this one
            kept = self._constants.add(id(array), (array, on_device))
        return kept[1]

    def points(self, kernel: Kernel, space: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Run a kernel of one of the forms points, pixels, layers."""
        count, height, width = space
        block = (32, BLOCK // 32) if height >= BLOCK // 32 else (BLOCK, 1)
        across, down = -(-width // block[0]), -(-height // block[1])
        for first in range(0, count, MOST_IMAGES):
            self._launch(kernel, (across, down, min(MOST_IMAGES, count - first)), block, (first, height, width), args)

    def stepwise(self, kernel: Kernel, count: int, steps: int, args: tuple[Any, ...]) -> None:
        """Run a stepwise kernel."""
        self._launch(kernel, (count,), (LANES,), (0, steps), args)

    def settling(self, kernel: Kernel, count: int, args: tuple[Any, ...]) -> None:
        """Run a settling kernel."""
        self._launch(kernel, (count,), (LANES,), (0,), args)

    def _launch(
        self,
        kernel: Kernel,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        counts: tuple[int, ...],
        args: tuple[Any, ...],
    ) -> None:
        key = (kernel, *((a.dtype.char, a.ndim) if isinstance(a, cupy.ndarray) else type(a) for a in args))
        launcher = self._launchers.get(key)
        if launcher is None:
            path, name = cached_ptx(kernel, signature(kernel, check_args(args)), self.target)
            launcher = self._launchers[key] = cupy.RawModule(path=str(path)).get_function(name)
        launcher(grid, block, tuple(flattened((*counts, *args))))


def flattened(args: tuple[Any, ...]) -> list[Any]:
    """The arguments as Numba's kernels take them: an array is two null pointers, its size, item size, address, shape
    and strides.
    """
    flat: list[Any] = []
    for arg in args:
        if isinstance(arg, cupy.ndarray):
            if not arg.flags.c_contiguous:
                raise TypeError("a kernel was given an array that is not C-contiguous")
            flat += (0, 0, arg.size, arg.itemsize, arg.data.ptr, *arg.shape, *arg.strides)
        else:
            flat.append(arg)
    return flat


@functools.cache
def _ops_on(index: int) -> Ops:
    return Ops(CudaDevice(index))


def current_ops() -> Ops:
    """The primitives on CuPy's current device."""
    return _ops_on(cupy.cuda.runtime.getDevice())
