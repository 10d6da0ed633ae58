"""CUDA kernels as functions of one place, wrapped for the device, and as plain loops for a check on the host.

A kernel's arithmetic never asks which thread it is: it is told. The same function therefore runs as a CUDA kernel,
under Numba's CUDA simulator, and compiled into a loop over all threads on the host, where whole images can be compared
byte by byte with the CPU's primitives without a GPU. Five forms exist:

    points     func(n, y, x, *args)                  one thread a place; places do not see each other's results
    pixels     func(src, n, y, x, *rest) -> r, g, b  the same for a `PixelFunction`; args are src, dst, *rest
    layers     func(src, n, y, x, *rest) -> byte     the same for a `LayerFunction`
    stepwise   func(n, s, t, lanes, *args)           one block an image; lane t of `lanes`, a barrier after every step s
    settling   func(n, t, lanes, *args) -> changed   one block an image, repeated with a barrier until no lane changes
    anything
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

DEVICE = {
    "points": """
def kernel(first, height, width{params}):
    x = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    y = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    if y < height and x < width:
        {call}
""",
    "stepwise": """
def kernel(first, steps{params}):
    for s in range(steps):
        func(first + cuda.blockIdx.x, s, cuda.threadIdx.x, cuda.blockDim.x{params})
        cuda.syncthreads()
""",
    "settling": """
def kernel(first{params}):
    again = 1
    while again != 0:
        changed = func(first + cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x{params})
        again = cuda.syncthreads_or(changed)
""",
}
HOST = {
    "points": """
def loop(count, height, width, backwards{params}):
    for k in range(count):
        n = count - 1 - k if backwards else k
        for j in range(height):
            y = height - 1 - j if backwards else j
            for i in range(width):
                x = width - 1 - i if backwards else i
                {call}
""",
    "stepwise": """
def loop(count, steps, lanes, backwards{params}):
    for n in range(count):
        for s in range(steps):
            for k in range(lanes):
                func(n, s, lanes - 1 - k if backwards else k, lanes{params})
""",
    "settling": """
def loop(count, lanes, backwards{params}):
    for n in range(count):
        again = 1
        while again != 0:
            again = 0
            for k in range(lanes):
                again |= func(n, lanes - 1 - k if backwards else k, lanes{params})
""",
}
CALLS = {
    "points": "func({n}, y, x{params})",
    "pixels": "a1[{n}, y, x, 0], a1[{n}, y, x, 1], a1[{n}, y, x, 2] = func(a0, {n}, y, x{rest})",
    "layers": "a1[{n}, y, x, 0] = func(a0, {n}, y, x{rest})",
}


class Kernel(NamedTuple):
    """A function of one place and the form in which it is run."""

    func: Callable[..., Any]
    form: str

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.func.__name__

    @property
    def entry(self) -> str:
        """The kernel's name in PTX."""
        return f"corrupt_engine_{self.name.strip('_')}"

    @property
    def counts(self) -> int:
        """How many whole numbers the form itself takes before the arguments (see DEVICE)."""
        return {"stepwise": 2, "settling": 1}.get(self.form, 3)

    def device_source(self, count: int) -> Callable[..., None]:
        """The Python function of `count` arguments that Numba compiles as a CUDA kernel."""
        from numba import cuda

        return _written("kernel", self, count, cuda)

    def host_source(self, count: int) -> Callable[..., None]:
        """The same as a loop over all threads: each step's lanes one after the other, in either order."""
        return _written("loop", self, count, None)


@functools.cache
def _written(name: str, kernel: Kernel, count: int, cuda: Any) -> Callable[..., None]:
    # Numba's CUDA target takes no tuple of arrays, so the arguments are spelt out.
    names = [f"a{k}" for k in range(count)]
    params, rest = ("".join(f", {p}" for p in part) for part in (names, names[2:]))
    templates, n = (DEVICE, "first + cuda.blockIdx.z") if name == "kernel" else (HOST, "n")
    call = CALLS.get(kernel.form, "").format(n=n, params=params, rest=rest)
    space: dict[str, Any] = {"func": kernel.func, "cuda": cuda}
    exec(templates.get(kernel.form, templates["points"]).format(params=params, call=call), space)
    written: Callable[..., None] = space[name]
    return written


KERNELS: list[Kernel] = []
"""Every kernel of this package, in the order of definition: what the tests compile for the device."""


def _form(form: str) -> Callable[[Callable[..., Any]], Kernel]:
    def wrap(func: Callable[..., Any]) -> Kernel:
        from ..jit import scalar

        kernel = Kernel(scalar(func), form)
        KERNELS.append(kernel)
        return kernel

    return wrap


points, stepwise, settling = _form("points"), _form("stepwise"), _form("settling")


@functools.cache
def pixel_kernel(function: Any) -> Kernel:
    """The kernel of a `PixelFunction` or `LayerFunction`."""
    return Kernel(function.scalar, function.form)
