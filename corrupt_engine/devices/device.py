"""What the rest of the package asks of a device, and the devices by name."""

import functools
import gc
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeVar

import numpy as np

from ..errors import CorruptEngineError, DeviceError, ImageError, UnknownNameError

T = TypeVar("T")

OnBatch = Callable[..., None]
"""run(ops, src, dst, ids): dst = something made of src with the primitives `ops`; (N, H, W, C) uint8, ids (N,)
int64. What came `beside` the images follows, where something did.
"""

Shape = tuple[int, int, int, int]

MEMORY_WORDS = (
    "out of memory",
    "DefaultCPUAllocator: can't allocate memory",
    "DefaultCPUAllocator: not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "Failed to allocate memory for requested buffer",
)
"""What torch (of CUDA and MPS, of the host on Linux and on Windows, of cuBLAS) and onnxruntime say where they raise no
type of its own."""


class BrokenDeviceError(DeviceError):
    """A device that is there, and that something needed cannot use; the way out follows the last ": " of the
    message.
    """


class Stream(ABC):
    """An order of work of its own on a device: `with stream:` sends work to it, without waiting for what others do."""

    @abstractmethod
    def __enter__(self) -> "Stream": ...

    @abstractmethod
    def __exit__(self, *exception: object) -> None: ...

    @abstractmethod
    def reads(self, tensor: Any) -> None:
        """Keep the memory of a tensor that was made elsewhere until what is sent to this stream has read it.

        Args:
            tensor: a torch tensor on this device, made on another stream, which has finished it.
        """

    @abstractmethod
    def pending(self, tensor: Any) -> "Pending":
        """A tensor that what was sent so far is still making.

        Args:
            tensor: a torch tensor on this device.

        Returns:
            The Pending one, to be taken over where it is used.
        """


class Pending(ABC):
    """A tensor in the making."""

    @abstractmethod
    def take_over(self) -> Any:
        """The tensor, for work on the stream that is current now: that stream waits for it, the host does not.

        Returns:
            The torch tensor.
        """


class Workspace(ABC):
    """Arrays of a device and its primitives, for work image by image."""

    ops: Any

    @abstractmethod
    def array(self, image: Any) -> Any:
        """An image as the primitives want it.

        Args:
            image: an array of the host, or of another library on the device, of any shape.

        Returns:
            An array of the device's own library, of the same shape and dtype.
        """

    @abstractmethod
    def tensor(self, arrays: Sequence[Any]) -> Any:
        """Arrays as one torch tensor.

        Args:
            arrays: N of them, (1, H, W, C), on the device.

        Returns:
            (N, H, W, C), of their dtype, on the device.
        """


class Device(ABC):
    """One device; `find_device` gives it. A further kind is one module of this folder with a subclass.

    Args:
        index: which one of its kind, from 0.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    on_host: ClassVar[bool] = False
    packages: ClassVar[tuple[str, ...]] = ()
    """Installable packages whose versions belong on record."""
    install: ClassVar[str] = ""
    """How what such a device needs is installed."""

    def __init__(self, index: int = 0) -> None:
        self.index = index

    @property
    def name(self) -> str:
        """As torch names it."""
        return f"{self.kind}:{self.index}"

    @classmethod
    @abstractmethod
    def find(cls, index: int | None) -> "Device":
        """A device of this kind that can be used.

        Args:
            index: its number, from 0; None for the current one.

        Returns:
            The Device.

        Raises:
            DeviceError: there is none, or it cannot be used; the way out is in the message.
            MissingExtraError: what is needed for it is not installed.
        """

    @classmethod
    @abstractmethod
    def owns(cls, array: Any) -> bool:
        """Whether an array or tensor lives on a device of this kind.

        Args:
            array: of any library.

        Returns:
            True where kernels of this kind can run on it as it lies.
        """

    @classmethod
    def index_of(cls, array: Any) -> int:
        """Which one of its kind an array lives on.

        Args:
            array: one that this kind owns.

        Returns:
            The number, from 0.
        """
        return 0

    @classmethod
    def describe(cls) -> str:
        """What there is of this kind, in words.

        Returns:
            The names of the devices, and the versions of the libraries that use them, where there are any.

        Raises:
            BrokenDeviceError: one is there, and something needed cannot use it.
            DeviceError, MissingExtraError: as `find`; the way out follows the first "; " of the message.
        """
        return cls.find(None).name

    @classmethod
    def pins_memory(cls) -> bool:
        """Whether page-locked memory of the host can be had for copies to this kind of device."""
        return False

    @classmethod
    def free_memory(cls) -> None:
        """Give back the memory that libraries keep on devices of this kind though nothing is in it."""
        return

    @classmethod
    def generators(cls) -> list[Any]:
        """The states of torch's random generators on devices of this kind.

        Returns:
            A tensor each; none where there is no such generator.
        """
        return []

    @classmethod
    def set_generators(cls, states: list[Any]) -> None:
        """Bring them to the states that they had.

        Args:
            states: as `generators` gave them.
        """
        return

    @abstractmethod
    def apply(
        self,
        run: OnBatch,
        images: Any,
        shape: Shape,
        ids: np.ndarray | None,
        threads: int,
        beside: np.ndarray | None = None,
    ) -> Any:
        """What `run` makes of the images, as a new array of the same library, shape and device.

        Args:
            run: the work.
            images: uint8, of any shape that can be read as `shape`.
            shape: (N, H, W, C).
            ids: (N,) int64, on the host: the sample ids; None for those of `content_ids`.
            threads: on the host at most so many; other devices do not look at it.
            beside: what comes beside each image, a row each, contiguous, on the host.

        Returns:
            uint8, of the images' own shape.

        Raises:
            DeviceError: the kernels cannot run there, or the memory does not suffice for one image.
            MissingExtraError: their compiler is not installed.
        """

    @abstractmethod
    def stack(self, images: Sequence[Any]) -> Any:
        """Arrays as a batch.

        Args:
            images: one or more, of one library and shape, on this device.

        Returns:
            An array of that library with one axis more, the first.
        """

    @abstractmethod
    def content_ids(self, images: Any, shape: Shape, threads: int) -> np.ndarray:
        """A sample id made of each image's bytes and shape, see `kernels.content`.

        Args:
            images: uint8, of any shape that can be read as `shape`.
            shape: (N, H, W, C), none of them 0.
            threads: on the host at most so many; other devices do not look at it.

        Returns:
            (N,) int64 from 0 up, on the host.
        """

    @abstractmethod
    def numbers(self, values: Sequence[Any]) -> list[Any]:
        """One number of each array, on the host.

        Args:
            values: arrays on this device; the first number of each is taken.

        Returns:
            A list of as many numbers, as scalars of NumPy or of the array's library.
        """

    # Needed of devices that are not the host, for loaders that make tensors there.

    def stream(self) -> Stream:
        """A new stream.

        Returns:
            The Stream, on this device.
        """
        raise NotImplementedError

    def upload(self, images: np.ndarray) -> Any:
        """Copy images, or other numbers, to the device, without waiting for the copy.

        Args:
            images: an array of the host; of images (N, H, W, C) uint8.

        Returns:
            The same as a torch tensor there.
        """
        raise NotImplementedError

    def normalize(self, images: Any, words: Any, tables: np.ndarray, planar: bool) -> None:
        """words = tables[c, images]: normalize bytes by looking them up.

        Args:
            images: (N, H, W, C) uint8, a torch tensor on this device.
            words: where the bits of a float type go, a torch tensor of whole numbers on this device: (N, C, H, W) if
                planar, else (N, H, W, C).
            tables: (C, 256) unsigned, of the words' size, on the host: the bits for each level of each channel.
            planar: whether the words' channels come before the rows.

        Raises:
            DeviceError: the kernels cannot run there.
            MissingExtraError: their compiler is not installed.
        """
        raise NotImplementedError

    def workspace(self) -> AbstractContextManager[Workspace]:
        """Arrays and primitives on a stream of their own; all work on it is done when the context ends.

        Returns:
            A context manager that gives the Workspace.
        """
        raise NotImplementedError


@functools.cache
def kinds() -> dict[str, type[Device]]:
    """The kinds of device by name.

    Returns:
        The class of each kind, the host first and the others in alphabetical order. The first call imports the modules
        of this folder.
    """
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{__package__}.{module.name}")
    found = {kind.kind: kind for kind in Device.__subclasses__() if kind.__module__.startswith(__package__)}
    return dict(sorted(found.items(), key=lambda item: (not item[1].on_host, item[0])))


def device_names() -> tuple[str, ...]:
    """What `find_device` takes; a number may follow a kind, "KIND:N".

    Returns:
        The names of `kinds`, and "auto".
    """
    return (*kinds(), "auto")


def find_device(name: Any) -> Device:
    """A device that can be used.

    Args:
        name: of `device_names()`, or a kind with a number, "KIND:N"; also a torch.device. "auto" is the first one that
            is not the host and can be used, else the host.

    Returns:
        The Device.

    Raises:
        UnknownNameError: there is no such kind of device.
        DeviceError, MissingExtraError: it cannot be used; the way out is in the message.
    """
    text, _, number = str(name).partition(":")
    if text == "auto" and not number:
        return _best()
    if text not in kinds() or (number and (kinds()[text].on_host or not number.isdigit())):
        raise UnknownNameError("device", str(name), device_names())
    return kinds()[text].find(int(number) if number else None)


def _best() -> Device:
    for kind in kinds().values():
        if not kind.on_host:
            try:
                return kind.find(None)
            except (CorruptEngineError, RuntimeError):
                continue
    return find_device("cpu")


def device_of(array: Any) -> Device:
    """The device on which an array or tensor lives.

    Args:
        array: of NumPy, CuPy or torch.

    Returns:
        The Device.

    Raises:
        ImageError: corruptions cannot run where it lives, or it is no array.
    """
    if type(array) is np.ndarray:  # without asking each kind: see `transforms.corrupt`
        return _host()
    for kind in kinds().values():
        if kind.owns(array):
            return _one_of(kind, kind.index_of(array))
    raise ImageError(
        f"images are on device {str(getattr(array, 'device', '?'))!r}; corruptions run on {' and '.join(kinds())}: "
        "pass images.cpu()"
    )


@functools.cache
def _host() -> Device:
    return find_device("cpu")


@functools.lru_cache(maxsize=64)
def _one_of(kind: type[Device], index: int) -> Device:
    return kind(index)


def can_pin() -> bool:
    """Whether some device makes page-locked memory of the host worth having.

    Returns:
        True where a kind of device that copies from such memory can be used.
    """
    return any(kind.pins_memory() for kind in kinds().values())


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that some memory did not suffice, so that less at once may.

    Args:
        error: what torch, CuPy, NumPy, onnxruntime, or code over them raised.

    Returns:
        False for every other error, and for those of this package, which has tried already.
    """
    if isinstance(error, CorruptEngineError):
        return False
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch's and CuPy's
        return True
    speaks = isinstance(error, RuntimeError) or type(error).__module__.startswith("onnxruntime")
    return speaks and any(words in str(error) for words in MEMORY_WORDS)


def free_memory() -> None:
    """Give back what is not used of every device's memory; call it when the error that said so is gone, with the
    arrays in its frames.
    """
    gc.collect()
    for kind in kinds().values():
        kind.free_memory()


def at_second_try(make: Callable[[], T], what: str, way_out: str) -> T:
    """What `make` makes, at the second attempt where the memory did not suffice at first: each library keeps a pool of
    a device's memory, of which the others get nothing.

    Args:
        make: makes it.
        what: for the message, what the memory is for: "for ..." or "to ...".
        way_out: for the message, what helps.

    Returns:
        What it made.

    Raises:
        DeviceError: the memory does not suffice then either.
    """
    try:
        return make()
    except Exception as error:
        if not out_of_memory(error):
            raise
    free_memory()
    try:
        return make()
    except Exception as error:
        if not out_of_memory(error):
            raise
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DeviceError(f"the memory does not suffice {what}: {reason}; {way_out}") from error


def library_of(images: Any) -> str:
    """The library that an array's type belongs to.

    Args:
        images: any value.

    Returns:
        "torch" for every kind of tensor, also one of another package's making such as torchvision's tv_tensors; else
        the first part of the name of its type's module: "numpy", "cupy", or another.
    """
    own = type(images).__module__.partition(".")[0]
    if own in ("numpy", "torch", "cupy"):
        return own
    return "torch" if any(is_tensor(cls) for cls in type(images).__mro__) else own


def is_tensor(cls: type) -> bool:
    """Whether a class is torch.Tensor itself, without importing torch for the question."""
    return cls.__name__ == "Tensor" and cls.__module__ == "torch"


def plain_tensor(images: Any) -> Any:
    """A torch tensor as torch.Tensor itself: of a subclass, the same memory without what the subclass adds.

    Args:
        images: any value.

    Returns:
        The plain tensor; anything else as it is.
    """
    if library_of(images) != "torch" or is_tensor(type(images)):
        return images
    import torch

    return images.as_subclass(torch.Tensor) if isinstance(images, torch.Tensor) else images


def own_device(name: str, rank: str | None) -> str:
    """Under torchrun a kind without a number is the process's own device, the one of its local rank.

    Args:
        name: as for `find_device`.
        rank: LOCAL_RANK of the environment, or None outside torchrun.

    Returns:
        "KIND:RANK" for a kind that is not the host, where there is a rank; else the name as it is.
    """
    kind = kinds().get(name)
    return name if kind is None or kind.on_host or rank is None else f"{name}:{rank}"


__all__ = [
    "BrokenDeviceError",
    "Device",
    "DeviceError",
    "OnBatch",
    "Pending",
    "Shape",
    "Stream",
    "Workspace",
    "at_second_try",
    "can_pin",
    "device_names",
    "device_of",
    "find_device",
    "free_memory",
    "kinds",
    "library_of",
    "out_of_memory",
    "own_device",
    "plain_tensor",
]
