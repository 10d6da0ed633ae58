"""What the tensors look like that a loader gives out: normalisation, type, layout, place."""

import functools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .cuda import require_cuda
from .errors import DeviceError, OptionError, UnknownNameError
from .normalising import normalisation_tables

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""What torchvision's and most of timm's models were trained with, on 0..1."""

DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Output:
    """(N, C, H, W) of (x / 255 - mean) / std in a float type, or of bytes where the mean is None; on a device; planes or channels last."""

    mean: Sequence[float] | float | None = IMAGENET_MEAN
    std: Sequence[float] | float = IMAGENET_STD
    device: str = "cpu"
    pin_memory: bool = False
    dtype: str = "float32"
    channels_last: bool = False

    def empty(self, shape: tuple[int, int, int, int]) -> "torch.Tensor":
        """Memory for pictures of `shape` (N, H, W, C) on the device."""
        import torch

        count, height, width, channels = shape
        kind = torch.uint8 if self.mean is None else getattr(torch, self.dtype)
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return torch.empty((count, channels, height, width), dtype=kind, device=self.device, memory_format=layout)

    def words(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """The memory of such a tensor as whole numbers of its size: (N, C, H, W), or (N, H, W, C) where channels come last; contiguous."""
        import torch

        plain = tensor.view({1: torch.uint8, 2: torch.int16, 4: torch.int32}[tensor.element_size()])
        return plain.permute(0, 2, 3, 1) if self.channels_last else plain

    def tables(self, channels: int) -> np.ndarray:
        """(channels, 256): the bits of every normalised level, as uint8, uint16 or uint32; the same array each time."""
        return _tables(None if self.mean is None else values(self.mean), values(self.std), channels, self.dtype)


def values(given: Sequence[float] | float) -> tuple[float, ...]:
    """One number or several, as a tuple."""
    return tuple(np.atleast_1d(np.asarray(given, np.float64)).tolist())


@functools.lru_cache(maxsize=64)
def _tables(mean: tuple[float, ...] | None, std: tuple[float, ...], channels: int, dtype: str) -> np.ndarray:
    levels = normalisation_tables(mean, std, channels)
    if mean is None:
        return levels
    if dtype == "float32":
        return levels.view(np.uint32)
    import torch

    halves: np.ndarray = torch.from_numpy(levels).to(getattr(torch, dtype)).view(torch.int16).numpy().view(np.uint16)
    return halves


def check_dtype(dtype: Any, mean: Any) -> str:
    """The name of a float type; "float32" changes nothing where bytes are given out."""
    name = str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise UnknownNameError("dtype", name, DTYPES)
    if mean is None and name != "float32":
        raise OptionError(f"dtype={name!r} with mean=None: without a mean the bytes themselves are given out, as uint8; leave dtype out")
    return name


def check_device(device: Any) -> str:
    """The device's name, "cpu" or "cuda:N"; the one place where one is accepted or refused. "auto" takes CUDA where it can be used."""
    name = str(device)
    if name == "cpu":
        return name
    if name == "auto":
        try:
            return check_device("cuda")
        except (DeviceError, RuntimeError):
            return "cpu"
    if name.partition(":")[0] != "cuda":
        raise OptionError(f'device {name!r} is not known; allowed are "cpu", "cuda", "cuda:N" and "auto"')
    require_cuda()
    import torch

    if not torch.cuda.is_available():
        raise DeviceError(f'PyTorch {torch.__version__} cannot use CUDA; install its CUDA build (see pytorch.org), or use device="cpu"')
    index = torch.device(name).index
    count = torch.cuda.device_count()
    if index is not None and index >= count:
        raise DeviceError(f"device {name!r} does not exist: there are {count} CUDA devices, numbered from 0")
    return f"cuda:{torch.cuda.current_device() if index is None else index}"


def check_pinning(wanted: bool) -> bool:
    """Whether tensors are to be page-locked: where that was asked for and a CUDA device is there. As torch does, warns where none is."""
    if not wanted:
        return False
    import torch

    if not torch.cuda.is_available():
        warnings.warn("pin_memory=True was given, and no CUDA device was found: the memory is not pinned", UserWarning, stacklevel=3)
        return False
    return True
