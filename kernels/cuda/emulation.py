"""Devices that are none: the kernels as loops on the host, and under Numba's simulator. For tests and `gpu-check`."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..jit import cpu
from .kernel import Kernel
from .ops import check_args


@functools.cache
def _loop(kernel: Kernel, count: int) -> Callable[..., None]:
    """The compiled loop of a kernel of `count` arguments, which every device shares.

    The package's own are kept on disk like the host's kernels, whose stamp holds for them too; for that, a loop says
    that it is from its kernel's file and line. `gpu-check` without a GPU takes 1.5 s so, 16 s when all are compiled.
    """
    import numba

    loop, func = kernel.host_source(count), kernel.func
    if not func.__module__.startswith(__package__.rpartition(".")[0]) or func.__closure__:
        return numba.njit(error_model="numpy", nogil=True)(loop)
    made_of = func.__code__
    loop.__code__ = loop.__code__.replace(co_filename=made_of.co_filename, co_firstlineno=made_of.co_firstlineno)
    loop.__qualname__, loop.__module__ = f"{func.__qualname__}.{kernel.form}{count}", func.__module__
    return cpu(loop)


class HostDevice:
    """Every kernel as a compiled loop over its threads, one after the other, forwards or backwards.

    What a pass's threads leave must not depend on their order: a test runs both and compares. One lane is one thread of
    a block; a few are enough to meet every path of a stepwise kernel.
    """

    def __init__(self, backwards: bool = False, lanes: int = 5) -> None:
        self.backwards, self.lanes = backwards, lanes

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Memory filled with a pattern that no kernel expects, so that a place never written shows."""
        out = np.empty(shape, dtype)
        out.reshape(-1).view(np.uint8)[:] = 0xA5
        return out

    def upload(self, array: np.ndarray) -> np.ndarray:
        """The array itself."""
        return np.ascontiguousarray(array)

    constant = upload

    def _run(self, kernel: Kernel, counts: tuple[int, ...], args: tuple[Any, ...]) -> None:
        _loop(kernel, len(args))(*counts, self.backwards, *check_args(args))

    def points(self, kernel: Kernel, space: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Run a kernel of one of the forms points, pixels, layers."""
        self._run(kernel, space, args)

    def stepwise(self, kernel: Kernel, count: int, steps: int, args: tuple[Any, ...]) -> None:
        """Run a stepwise kernel."""
        self._run(kernel, (count, steps, self.lanes), args)

    def settling(self, kernel: Kernel, count: int, args: tuple[Any, ...]) -> None:
        """Run a settling kernel."""
        self._run(kernel, (count, self.lanes), args)


class SimulatedDevice(HostDevice):
    """The wrapped CUDA kernels under the simulator: NUMBA_ENABLE_CUDASIM=1 before Numba is imported. Very slow."""

    TILE = (4, 4)

    def upload(self, array: np.ndarray) -> np.ndarray:
        """A copy: the simulator writes every argument back."""
        return np.array(array, order="C")

    constant = upload

    def _launch(self, kernel: Kernel, grid: Any, block: Any, counts: tuple[int, ...], args: tuple[Any, ...]) -> None:
        from numba import cuda

        cuda.jit(kernel.device_source(len(args)))[grid, block](0, *counts, *check_args(args))

    def points(self, kernel: Kernel, space: tuple[int, ...], args: tuple[Any, ...]) -> None:
        """Run a kernel of one of the forms points, pixels, layers."""
        count, height, width = space
        grid = (-(-width // self.TILE[0]), -(-height // self.TILE[1]), count)
        self._launch(kernel, grid, self.TILE, (height, width), args)

    def stepwise(self, kernel: Kernel, count: int, steps: int, args: tuple[Any, ...]) -> None:
        """Run a stepwise kernel."""
        self._launch(kernel, count, self.lanes, (steps,), args)

    def settling(self, kernel: Kernel, count: int, args: tuple[Any, ...]) -> None:
        """Run a settling kernel."""
        self._launch(kernel, count, self.lanes, (), args)
