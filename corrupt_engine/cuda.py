"""CUDA: whether it can be used, and corruptions of arrays that are on a device. CuPy is imported only when asked for."""

import contextlib
import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .errors import DeviceError, MissingExtraError

DRIVERS = {12: "R525", 13: "R580"}
"""The oldest driver that runs programs of each major version of CUDA."""


def cupy_module() -> Any:
    """CuPy, or MissingExtraError."""
    if importlib.util.find_spec("cupy") is None:
        raise MissingExtraError("CuPy", "cuda13", 'use device="cpu" (for drivers older than R580 the extra is cuda12)')
    return importlib.import_module("cupy")


@functools.cache
def require_cuda() -> Any:
    """CuPy with a usable device. DeviceError or MissingExtraError says what is missing and the command that mends it."""
    cupy = cupy_module()
    runtime = cupy.cuda.runtime
    built = runtime.runtimeGetVersion() // 1000
    with contextlib.suppress(runtime.CUDARuntimeError):
        driver = runtime.driverGetVersion()
        if driver and driver // 1000 < built:
            raise DeviceError(
                f"the CUDA driver is for CUDA {driver // 1000}.{driver % 1000 // 10}, the installed CuPy for CUDA {built}: "
                f"update the driver to {DRIVERS.get(built, 'a newer one')} or later, "
                f'or: pip uninstall cupy-cuda{built}x && pip install "corrupt-engine[cuda{driver // 1000}]"'
            )
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        raise DeviceError(
            f'no CUDA device can be used ({error}); `nvidia-smi` must list one. Without one: device="cpu", which gives the same bytes'
        ) from error
    if count == 0:
        raise DeviceError('no CUDA device is visible (see CUDA_VISIBLE_DEVICES). Without one: device="cpu", which gives the same bytes')
    return cupy


def library_of(images: Any) -> str:
    """The library that an array's type belongs to: numpy, torch, cupy, or another."""
    return type(images).__module__.partition(".")[0]


def on_device(images: Any) -> bool:
    """Whether an array is a CuPy array or a torch tensor on a CUDA device."""
    return library_of(images) == "cupy" or (library_of(images) == "torch" and images.device.type == "cuda")


@contextlib.contextmanager
def placed(images: Any) -> Iterator[Any]:
    """CuPy, with the device and the stream current on which the array's own library works at the moment."""
    cupy = require_cuda()
    if library_of(images) == "cupy":
        with images.device:
            yield cupy
        return
    import torch

    with cupy.cuda.Device(images.device.index), _stream(cupy, torch.cuda.current_stream(images.device)):
        yield cupy


def _stream(cupy: Any, stream: Any) -> Any:
    if hasattr(cupy.cuda.Stream, "from_external"):
        return cupy.cuda.Stream.from_external(_Handle(stream.cuda_stream))
    return cupy.cuda.ExternalStream(stream.cuda_stream, stream.device_index)


class _Handle:
    """A stream by its address, under the CUDA stream protocol."""

    def __init__(self, address: int) -> None:
        self.address = address

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.address


def empty_like(images: Any) -> Any:
    """A new array of the same library, shape and type, on the same device, contiguous."""
    if library_of(images) == "cupy":
        return cupy_module().empty(images.shape, images.dtype)
    import torch

    return torch.empty(images.shape, dtype=images.dtype, device=images.device)


def stacked(images: Sequence[Any]) -> Any:
    """Arrays of one library, device and shape as a batch."""
    with placed(images[0]) as cupy:
        if library_of(images[0]) == "cupy":
            return cupy.stack(images)
        import torch

        return torch.stack(list(images))


def run_on_device(run: Callable[..., None], images: Any, out: Any, ids: np.ndarray, shape: tuple[int, int, int, int]) -> None:
    """run(ops, src, dst, ids) from one array on a device into another of its kind, on the stream that its library uses.

    images, out: uint8, viewed as a batch of `shape` (N, H, W, C) without a copy where contiguous; ids (N,) int64 on the host.
    Where the device's memory does not suffice, the batch is halved, again and again: the bytes do not depend on it.
    """
    with placed(images) as cupy, kernel_errors(cupy):
        from .kernels.cuda.device import current_ops

        src = cupy.ascontiguousarray(cupy.asarray(images)).reshape(shape)
        dst = cupy.asarray(out).reshape(shape)
        in_halves(cupy, functools.partial(run, current_ops()), src, dst, ids)


def normalise_on_device(pictures: Any, words: Any, tables: np.ndarray, planar: bool) -> None:
    """words = tables[c, pictures]: uint8 (N, H, W, C) to the bits of a float type, (N, C, H, W) or (N, H, W, C), all on one device.

    tables: (C, 256) unsigned, of the words' size, on the host.
    """
    with placed(pictures) as cupy, kernel_errors(cupy):
        from .kernels.cuda.device import current_ops

        current_ops().normalise(cupy.asarray(pictures), cupy.asarray(words).view(tables.dtype), tables, planar)


@contextlib.contextmanager
def kernel_errors(cupy: Any) -> Iterator[None]:
    """What the kernels miss, in the words of this package."""
    from .kernels.cuda import device, ptx

    try:
        yield
    except ptx.CompilerError as error:
        major = cupy.cuda.runtime.runtimeGetVersion() // 1000
        raise MissingExtraError(f"the compiler of the CUDA kernels (numba-cuda and NVVM; {error})", f"cuda{major}") from error
    except device.DeviceError as error:
        raise DeviceError(str(error)) from error


def in_halves(cupy: Any, run: Callable[..., None], src: Any, dst: Any, ids: np.ndarray) -> None:
    """run(src, dst, ids), in as many parts as the memory asks for."""
    try:
        run(src, dst, ids)
    except cupy.cuda.memory.OutOfMemoryError as error:
        cupy.get_default_memory_pool().free_all_blocks()
        if len(ids) < 2:
            raise DeviceError(f"the device's memory does not suffice for one image of {src.shape[1]} x {src.shape[2]}: {error}") from error
    else:
        return
    half = len(ids) // 2
    for part in (slice(None, half), slice(half, None)):
        in_halves(cupy, run, src[part], dst[part], ids[part])
