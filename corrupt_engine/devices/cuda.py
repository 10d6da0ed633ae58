"""NVIDIA GPUs: CuPy arrays and torch tensors, the kernels through CuPy. Nothing is imported before such a device is
asked for.
"""

import contextlib
import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import DeviceError, MissingExtraError
from .device import (
    BrokenDeviceError,
    Device,
    OnBatch,
    Pending,
    Shape,
    Stream,
    Workspace,
    at_second_try,
    free_memory,
    library_of,
    out_of_memory,
)

DRIVERS = {12: "R525", 13: "R580"}
"""The oldest driver that runs programs of each major version of CUDA."""

IMAGES_HASHED = 64
"""How many images have their content summed up at a time."""


class Cuda(Device):
    """One GPU."""

    kind = "cuda"
    title = "GPU"
    packages = ("cupy-cuda13x", "cupy-cuda12x")

    install = 'pip install "corrupt-engine[cuda13]" (driver R580 or later) or "corrupt-engine[cuda12]"'

    @classmethod
    def find(cls, index: int | None) -> "Cuda":
        """See `Device.find`; CuPy and torch must both be able to use it."""
        require_cuda()
        import torch

        if not torch.cuda.is_available():
            raise DeviceError(
                f"PyTorch {torch.__version__} cannot use CUDA; install its CUDA build (see pytorch.org), or use "
                'device="cpu"'
            )
        count = torch.cuda.device_count()
        if index is not None and index >= count:
            raise DeviceError(
                f"device '{cls.kind}:{index}' does not exist: there are {count} CUDA devices, numbered from 0"
            )
        return cls(torch.cuda.current_device() if index is None else index)

    @classmethod
    def owns(cls, array: Any) -> bool:
        """Whether this is a CuPy array, or a torch tensor on such a device."""
        return library_of(array) == "cupy" or (library_of(array) == "torch" and array.device.type == cls.kind)

    @classmethod
    def index_of(cls, array: Any) -> int:
        """torch's number, or CuPy's."""
        index: int | None = array.device.id if library_of(array) == "cupy" else array.device.index
        return index or 0

    @classmethod
    def pins_memory(cls) -> bool:
        """Where torch can use CUDA."""
        import torch

        return torch.cuda.is_available()

    @classmethod
    def free_memory(cls) -> None:
        """See `Device.free_memory`; of torch and of CuPy, where they are in use."""
        if (cupy := sys.modules.get("cupy")) is not None:
            cupy.get_default_memory_pool().free_all_blocks()
        if (torch := sys.modules.get("torch")) is not None and torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    @classmethod
    def generators(cls) -> list[Any]:
        """One a GPU, where torch can use them."""
        import torch

        return list(torch.cuda.get_rng_state_all()) if torch.cuda.is_available() else []

    @classmethod
    def set_generators(cls, states: list[Any]) -> None:
        """See `Device.set_generators`; what other machines have more of stays."""
        import torch

        if torch.cuda.is_available():
            torch.cuda.set_rng_state_all(states[: torch.cuda.device_count()])

    @classmethod
    def describe(cls) -> str:
        """The names of the GPUs, CuPy's and torch's versions; DeviceError also where only torch cannot use them."""
        cupy = require_cuda()
        runtime = cupy.cuda.runtime
        properties = [runtime.getDeviceProperties(number) for number in range(runtime.getDeviceCount())]
        names = ", ".join(found["name"].decode() for found in properties)
        try:
            import torch
        except (ImportError, RuntimeError) as error:
            raise BrokenDeviceError(f"{names}; torch cannot look for it ({error}): reinstall torch") from error
        if not torch.cuda.is_available():
            raise BrokenDeviceError(
                f"{names}; torch {torch.__version__} is no CUDA build: install torch's CUDA build (pytorch.org)"
            )
        return f"{names}; CuPy {cupy.__version__}, torch {torch.__version__}"

    def apply(
        self,
        run: OnBatch,
        images: Any,
        shape: Shape,
        ids: np.ndarray | None,
        threads: int,
        beside: np.ndarray | None = None,
    ) -> Any:
        """See `Device.apply`; on the stream that the images' library uses at the moment.

        Where the device's memory does not suffice, the batch is halved, again and again: the bytes do not depend on it.
        """
        with placed(images) as cupy, kernel_errors(cupy):
            out = with_room(empty_like, images)
            if shape[0]:
                from ..kernels.cuda.device import MOST_IMAGES, current_ops
                from ..kernels.cuda.program import check_elements

                check_elements(f"an image of {shape[1]} x {shape[2]}", shape[1] * shape[2] * shape[3])
                if ids is None:
                    ids = self.content_ids(images, shape, threads)
                src = with_room(cupy.ascontiguousarray, cupy.asarray(images)).reshape(shape)
                dst = cupy.asarray(out).reshape(shape)
                work = functools.partial(run, current_ops())
                for first in range(0, len(ids), MOST_IMAGES):
                    part = slice(first, first + MOST_IMAGES)
                    in_halves(work, src[part], dst[part], ids[part], *([] if beside is None else [beside[part]]))
        return out

    def stack(self, images: Sequence[Any]) -> Any:
        """Arrays of one library, device and shape as a batch."""
        with placed(images[0]) as cupy:
            if library_of(images[0]) == "cupy":
                return cupy.stack(images)
            import torch

            return torch.stack(list(images))

    def content_ids(self, images: Any, shape: Shape, threads: int) -> np.ndarray:
        """See `Device.content_ids`; a few images at a time, since a word takes six times its memory on the way."""
        from ..kernels.content import ids_of, sums_of

        with placed(images) as cupy:
            rows = cupy.ascontiguousarray(cupy.asarray(images)).reshape(shape)
            sums = [sums_of(rows[n : n + IMAGES_HASHED], cupy) for n in range(0, len(rows), IMAGES_HASHED)]
            return ids_of(cupy.asnumpy(cupy.concatenate(sums)), shape[1:])

    def numbers(self, values: Sequence[Any]) -> list[Any]:
        """The first number of each, with one copy for all of them."""
        cupy = cupy_module()
        return list(cupy.asnumpy(cupy.stack([value.reshape(-1)[0] for value in values])))

    def stream(self) -> "CudaStream":
        """A torch stream, on which CuPy works too while it is current."""
        import torch

        return CudaStream(torch.cuda.Stream(torch.device(self.name)))  # type: ignore[no-untyped-call]

    def upload(self, images: np.ndarray) -> Any:
        """Through page-locked memory of torch's, which is not given out again before the copy from it has ended."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(images)).pin_memory().to(self.name, non_blocking=True)

    def normalize(self, images: Any, words: Any, tables: np.ndarray, planar: bool) -> None:
        """See `Device.normalize`."""
        with placed(images) as cupy, kernel_errors(cupy):
            from ..kernels.cuda.device import MOST_IMAGES, current_ops

            src, dst = cupy.asarray(images), cupy.asarray(words).view(tables.dtype)
            for first in range(0, len(src), MOST_IMAGES):
                part = slice(first, first + MOST_IMAGES)
                current_ops().normalize(src[part], dst[part], tables, planar)

    @contextlib.contextmanager
    def workspace(self) -> Iterator["CudaWorkspace"]:
        """CuPy and torch on one stream, the same one each time: memory that its work frees is its own to use again."""
        import torch

        stream = _workspace_stream(self.index)
        with torch.cuda.stream(stream), on_stream(stream) as cupy, kernel_errors(cupy):
            yield CudaWorkspace(cupy, self.name)
            stream.synchronize()


class CudaStream(Stream):
    """A torch stream."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self._entered: list[Any] = []

    def __enter__(self) -> "CudaStream":
        import torch

        context = torch.cuda.stream(self.stream)
        context.__enter__()  # type: ignore[no-untyped-call]
        self._entered.append(context)
        return self

    def __exit__(self, *exception: object) -> None:
        self._entered.pop().__exit__(*exception)

    def reads(self, tensor: Any) -> None:
        """See `Stream.reads`."""
        tensor.record_stream(self.stream)

    def pending(self, tensor: Any) -> "CudaPending":
        """See `Stream.pending`."""
        import torch

        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record(self.stream)
        return CudaPending(tensor, done)


class CudaPending(Pending):
    """A tensor, and the moment at which it is ready."""

    def __init__(self, tensor: Any, done: Any) -> None:
        self.tensor, self.done = tensor, done

    def take_over(self) -> Any:
        """See `Pending.take_over`."""
        import torch

        stream = torch.cuda.current_stream(self.tensor.device)
        stream.wait_event(self.done)
        self.tensor.record_stream(stream)
        return self.tensor


class CudaWorkspace(Workspace):
    """CuPy arrays; what leaves it is torch's memory, which torch does not give out again while a stream reads it."""

    def __init__(self, cupy: Any, name: str) -> None:
        from ..kernels.cuda.device import current_ops

        self.cupy, self.name, self.ops = cupy, name, current_ops()

    def array(self, image: Any) -> Any:
        """See `Workspace.array`."""
        return self.cupy.asarray(image)

    def tensor(self, arrays: Sequence[Any]) -> Any:
        """See `Workspace.tensor`."""
        import torch

        shape = (sum(map(len, arrays)), *arrays[0].shape[1:])
        tensor = torch.empty(shape, dtype=torch.uint8, device=self.name)
        self.cupy.concatenate(list(arrays), out=self.cupy.asarray(tensor))
        return tensor


def cupy_module() -> Any:
    """CuPy, or MissingExtraError."""
    if importlib.util.find_spec("cupy") is None:
        raise MissingExtraError("CuPy", "cuda13", 'use device="cpu" (for drivers older than R580 the extra is cuda12)')
    return importlib.import_module("cupy")


@functools.cache
def require_cuda() -> Any:
    """CuPy with a usable device. DeviceError or MissingExtraError says what is missing and the command that mends
    it.
    """
    cupy = cupy_module()
    runtime = cupy.cuda.runtime
    built = runtime.runtimeGetVersion() // 1000
    with contextlib.suppress(runtime.CUDARuntimeError):
        driver = runtime.driverGetVersion()
        if driver and driver // 1000 < built:
            raise DeviceError(
                f"the CUDA driver is for CUDA {driver // 1000}.{driver % 1000 // 10}, the installed CuPy for CUDA "
                f"{built}: "
                f"update the driver to {DRIVERS.get(built, 'a newer one')} or later, "
                f'or: pip uninstall cupy-cuda{built}x && pip install "corrupt-engine[cuda{driver // 1000}]"'
            )
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        raise DeviceError(
            f'no CUDA device can be used ({error}); `nvidia-smi` must list one. Without one: device="cpu", which gives '
            "the same bytes"
        ) from error
    if count == 0:
        raise DeviceError(
            'no CUDA device is visible (see CUDA_VISIBLE_DEVICES). Without one: device="cpu", which gives the same '
            "bytes"
        )
    return cupy


@contextlib.contextmanager
def placed(images: Any) -> Iterator[Any]:
    """CuPy, with the device and the stream current on which the array's own library works at the moment."""
    cupy = require_cuda()
    if library_of(images) == "cupy":
        with images.device:
            yield cupy
        return
    import torch

    with on_stream(torch.cuda.current_stream(images.device)):
        yield cupy


@contextlib.contextmanager
def on_stream(stream: Any) -> Iterator[Any]:
    """CuPy on a stream of torch's, and taking its memory from torch.

    Of two pools each would keep what it has freed from the other: with a model on the device, whose memory torch holds,
    the corruptions would run out of it while plenty is free.
    """
    cupy = require_cuda()
    memory = _torch_memory().malloc
    with cupy.cuda.Device(stream.device_index), _stream(cupy, stream), cupy.cuda.using_allocator(memory):
        yield cupy


@functools.cache
def _torch_memory() -> Any:
    """torch's pool as one of CuPy's allocators, for the stream that is CuPy's current one. Made once, so that it
    outlives what it gave.
    """
    import torch

    cupy = cupy_module()

    def take(size: int, device: int) -> int:
        if not size:
            return 0
        address: int = torch.cuda.caching_allocator_alloc(size, device, cupy.cuda.get_current_stream().ptr)
        return address

    def give_back(address: int, device: int) -> None:
        if address:
            torch.cuda.caching_allocator_delete(address)  # type: ignore[no-untyped-call]

    return cupy.cuda.PythonFunctionAllocator(take, give_back)


@functools.cache
def _workspace_stream(index: int) -> Any:
    import torch

    return torch.cuda.Stream(index)  # type: ignore[no-untyped-call]


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


@contextlib.contextmanager
def kernel_errors(cupy: Any) -> Iterator[None]:
    """What the kernels miss, in the words of this package."""
    from ..kernels.cuda import device, kinds, program

    try:
        yield
    except device.CompilerMissing as error:
        major = cupy.cuda.runtime.runtimeGetVersion() // 1000
        raise MissingExtraError(f"NVRTC, the compiler of the CUDA kernels ({error})", f"cuda{major}") from error
    except (device.TooOldDevice, device.CompilerRefuses, program.ImageTooLarge, kinds.TranslationError) as error:
        raise DeviceError(f'{error}. Without a GPU: device="cpu", which gives the same bytes') from error


def with_room(make: Callable[[Any], Any], images: Any) -> Any:
    """make(images), another batch of that size."""
    return at_second_try(
        lambda: make(images),
        f"for another batch of {tuple(images.shape)} uint8",
        "give fewer images at once, or free what else is on the device",
    )


def in_halves(run: Callable[..., None], src: Any, dst: Any, ids: np.ndarray, *beside: np.ndarray) -> None:
    """run(src, dst, ids, *beside), in as many parts as the memory asks for."""
    try:
        run(src, dst, ids, *beside)
        return
    except Exception as error:
        if not out_of_memory(error):
            raise
        if len(ids) < 2:
            raise DeviceError(
                f"the device's memory does not suffice for one image of {src.shape[1]} x {src.shape[2]}: {error}"
            ) from error
    free_memory()
    half = len(ids) // 2
    for part in (slice(None, half), slice(half, None)):
        in_halves(run, src[part], dst[part], ids[part], *(rows[part] for rows in beside))
