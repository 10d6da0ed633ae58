"""What the tensors look like that a loader gives out, and how they are made of decoded bytes: corrupted, normalized, in
type and layout.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..catalogue import CLEAN, Condition
from ..devices import Device, Pending, can_pin, find_device
from ..errors import OptionError
from ..kernels.kept import kept
from ..runtime.buffers import Buffers
from ..runtime.checks import check_name, check_numbers
from ..runtime.threads import Threads, map_threads, portions
from .corrupt import Conditions, Settings
from .normalize import Levels, line_of, normalization_tables, write_levels

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""What torchvision's and most of timm's models were trained with, on 0..1."""

DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class TensorFormat:
    """(N, C, H, W) of (x / 255 - mean) / std in a float type, or of bytes where the mean is None; on a device; planes
    or channels last.
    """

    mean: Sequence[float] | float | None = IMAGENET_MEAN
    std: Sequence[float] | float = IMAGENET_STD
    device: str = "cpu"
    pin_memory: bool = False
    dtype: str = "float32"
    channels_last: bool = False

    def __post_init__(self) -> None:
        if self.mean is not None:
            check_numbers("mean", self.mean)
            check_numbers("std", self.std)

    def empty(self, shape: tuple[int, int, int, int]) -> "torch.Tensor":
        """Memory for images of `shape` (N, H, W, C) on the device."""
        import torch

        count, height, width, channels = shape
        kind = torch.uint8 if self.mean is None else getattr(torch, self.dtype)
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return torch.empty((count, channels, height, width), dtype=kind, device=self.device, memory_format=layout)

    def words(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """The memory of such a tensor as whole numbers of its size: (N, C, H, W), or (N, H, W, C) where channels come
        last; contiguous.
        """
        import torch

        plain = tensor.view({1: torch.uint8, 2: torch.int16, 4: torch.int32}[tensor.element_size()])
        return plain.permute(0, 2, 3, 1) if self.channels_last else plain

    def shape(self, count: int, height: int, width: int, channels: int) -> tuple[int, int, int, int]:
        """That of the words of a batch in the host's memory."""
        return (count, height, width, channels) if self.channels_last else (count, channels, height, width)

    def tensor(self, words: np.ndarray) -> "torch.Tensor":
        """The words of a batch in the host's memory as a tensor (N, C, H, W)."""
        import torch

        kind = torch.uint8 if self.mean is None else getattr(torch, self.dtype)
        # torch knows no arithmetic on unsigned words, so they change hands as signed ones.
        result = torch.from_numpy(words.view(f"i{words.itemsize}") if words.itemsize > 1 else words).view(kind)
        result = result.permute(0, 3, 1, 2) if self.channels_last else result
        return result.pin_memory() if self.pin_memory else result

    def levels(self, channels: int) -> Levels:
        """What every level is normalized to; the same arrays each time."""
        if self.mean is None:
            return _levels(None, (), channels, self.dtype)
        return _levels(check_numbers("mean", self.mean), check_numbers("std", self.std), channels, self.dtype)


def shared_format(formats: Sequence[TensorFormat]) -> TensorFormat:
    """What batches must be made as so that several users can have each their own format of them, on one device: that
    format where all have the same, else bytes from which `as_formatted` makes each.
    """
    if len(set(map(repr, formats))) == 1:
        return formats[0]
    return TensorFormat(None, device=formats[0].device, channels_last=True)


def as_formatted(images: Any, output: TensorFormat, threads: int, buffers: Buffers) -> Any:
    """A batch of bytes as a loader of another format gives it out, to the bit.

    Args:
        images: (N, C, H, W) uint8, made as `TensorFormat(None, channels_last=True)`.
        output: the other format, of the same device.
        threads: on the host at most so many.
        buffers: the host's memory for it.

    Returns:
        (N, C, H, W).
    """
    packed = images.permute(0, 2, 3, 1).contiguous()
    device, levels = find_device(output.device), output.levels(packed.shape[3])
    if not device.on_host:
        result = output.empty(tuple(packed.shape))
        device.normalize(packed, output.words(result), levels.tables, not output.channels_last)
        return result
    count, height, width, channels = packed.shape
    words, src = buffers.empty(output.shape(count, height, width, channels), levels.tables.dtype), packed.numpy()

    def one(n: int) -> None:
        write_levels(src[n : n + 1], words[n : n + 1], levels, output.channels_last)

    map_threads(one, count, threads)
    return output.tensor(words)


def normalized(images: "torch.Tensor", mean: Any, std: Any, dtype: Any) -> "torch.Tensor":
    """Images that are no bytes, which no table holds: (images - mean) / std, counted in float32, with a gradient.

    Args:
        images: (N, C, H, W) on 0..1, of a float type.
        mean: a number, or one for each channel; likewise std.
        std: likewise.
        dtype: torch's, of the result.

    Returns:
        (N, C, H, W), on the images' device.
    """
    import torch

    centre, spread = (
        torch.as_tensor(value, dtype=torch.float32, device=images.device).reshape(-1, 1, 1) for value in (mean, std)
    )
    result: torch.Tensor = ((images - centre) / spread).to(dtype)
    return result


@kept
def _levels(mean: tuple[float, ...] | None, std: tuple[float, ...], channels: int, dtype: str) -> Levels:
    tables = normalization_tables(mean, std, channels)
    if mean is None:
        return Levels(tables)
    if dtype == "float32":
        return Levels(tables.view(np.uint32), line_of(tables, mean, std))
    import torch

    halves: np.ndarray = torch.from_numpy(tables).to(getattr(torch, dtype)).view(torch.int16).numpy().view(np.uint16)
    return Levels(halves)


def check_dtype(dtype: Any, mean: Any) -> str:
    """The name of a float type; "float32" changes nothing where bytes are given out."""
    name = str(dtype).removeprefix("torch.")
    check_name("dtype", name, DTYPES)
    if mean is None and name != "float32":
        raise OptionError(
            f"dtype={name!r} with mean=None: without a mean the bytes themselves are given out, as uint8; leave dtype "
            "out"
        )
    return name


def check_pinning(wanted: bool) -> bool:
    """Whether tensors are to be page-locked: where asked for and a device is there that gains by it. As torch does,
    warns where none is.
    """
    if wanted and not can_pin():
        warnings.warn(
            "pin_memory=True was given, and no GPU was found: the memory is not pinned", UserWarning, stacklevel=3
        )
        return False
    return wanted


class ToTensor(Protocol):
    """Makes tensors of decoded batches."""

    def __call__(
        self, images: Any, ids: np.ndarray, conditions: Sequence[Condition] | None, depth: np.ndarray | None = None
    ) -> Any:
        """A tensor (N, C, H, W), or a `Pending` one.

        Args:
            images: (N, H, W, C) uint8.
            ids: (N,) int64, the sample ids.
            conditions: one an image; None for images that have had theirs.
            depth: (N, H, W) float32 on the host, where a condition needs it.
        """


class HostToTensor:
    """A few images at a time, so that they stay in the processor's cache from the corruption to their planes."""

    def __init__(self, output: TensorFormat, settings: Settings, threads: Threads, buffers: Buffers) -> None:
        self.output, self.threads, self.buffers = output, threads, buffers
        self.conditions = Conditions(settings)

    def __call__(
        self, images: Any, ids: np.ndarray, conditions: Sequence[Condition] | None, depth: np.ndarray | None = None
    ) -> Any:
        """As `ToTensor`: a torch tensor."""
        count, height, width, channels = images.shape
        if conditions is not None:
            height, width = (side - 2 * self.conditions.settings.margin for side in (height, width))
        output = self.output
        levels = output.levels(channels)
        shape = output.shape(count, height, width, channels)
        words = self.buffers.empty(shape, levels.tables.dtype)
        parts = host_parts(conditions or [CLEAN] * count, height * width * channels, self.threads.count)

        def some(k: int) -> None:
            part = parts[k]
            made, first = images[part], part.start if isinstance(part, slice) else part[0]
            if conditions is not None:
                beside = None if depth is None else depth[part]
                made = self.conditions.apply(made, ids[part], conditions[first], beside)
            if isinstance(part, slice):
                write_levels(made, words[part], levels, output.channels_last)
            else:
                together = np.empty((len(part), *shape[1:]), words.dtype)
                write_levels(made, together, levels, output.channels_last)
                words[part] = together

        self.threads.map(some, len(parts))
        return output.tensor(words)


SMALL = 16_384
"""Bytes of an image up to which those of one condition are made together wherever they stand in the batch: they are
copied twice more, which costs less than a call for each (70 us in all). On Fashion-MNIST, 32 x 32 and grey, half of a
batch of 256 under three levels of gaussian_noise, the loader gave 3.2 times as many images a second on two cores."""


def host_parts(conditions: Sequence[Condition], image_bytes: int, threads: int) -> "list[slice | np.ndarray]":
    """A batch cut into what a thread takes at a time, all under one condition: neighbours, or of small images the
    places of those that share it.

    >>> fog, snow = Condition("fog", 3), Condition("snow", 3)
    >>> host_parts([fog, snow, fog, snow], 3_000, threads=1)
    [array([0, 2]), array([1, 3])]
    """
    if image_bytes > SMALL or len(set(conditions)) in (1, len(conditions)):
        return list(portions(conditions, image_bytes, threads))
    places: dict[Condition, list[int]] = {}
    for n, condition in enumerate(conditions):
        places.setdefault(condition, []).append(n)
    order = np.array([n for own in places.values() for n in own])
    return [order[part] for part in portions([conditions[n] for n in order], image_bytes, threads)]


class DeviceToTensor:
    """Uploaded once, then corrupted and normalized on the device, a whole batch at a time.

    The work goes to a stream of its own, so that the next batch, or the next condition, is made while a model computes
    on this one.

    Args:
        output: what the tensors look like.
        settings: what fixes the corrupted bytes.
        device: where.
        keep: keep every batch's images on the device, for when the same batch comes again under another condition;
            without, the last batch is kept.
    """

    def __init__(self, output: TensorFormat, settings: Settings, device: Device, keep: bool = False) -> None:
        self.output, self.device, self.keep = output, device, keep
        self.conditions = Conditions(settings)
        self.stream = device.stream()
        self._uploaded: dict[int, tuple[Any, Any]] = {}

    def __call__(
        self, images: Any, ids: np.ndarray, conditions: Sequence[Condition] | None, depth: np.ndarray | None = None
    ) -> Pending:
        """As `ToTensor`: a tensor that is still in the making."""
        output = self.output
        with self.stream:
            made = self._upload(images)
            if conditions is not None:
                made = self.corrupted(made, ids, conditions, depth)
            result = output.empty(tuple(made.shape))
            tables = output.levels(made.shape[3]).tables
            self.device.normalize(made, output.words(result), tables, not output.channels_last)
            return self.stream.pending(result)

    def _upload(self, images: Any) -> Any:
        kept = self._uploaded.get(id(images))
        if kept is None:
            if not self.keep:
                self._uploaded.clear()
            if isinstance(images, np.ndarray):
                there = self.device.upload(images)
            else:  # decoded there
                there = images
                self.stream.reads(there)
            kept = self._uploaded[id(images)] = (images, there)
        return kept[1]

    def corrupted(
        self, images: Any, ids: np.ndarray, conditions: Sequence[Condition], depth: np.ndarray | None = None
    ) -> Any:
        """Images (N, H, W, C), each under its own condition; those of one condition together.

        They are sorted by condition with one upload of their order: an index for each group would be copied from
        memory that is not page-locked, for which the host waits.
        """
        groups: dict[Condition, list[int]] = {}
        for n, condition in enumerate(conditions):
            groups.setdefault(condition, []).append(n)
        if len(groups) == 1:
            return self.conditions.apply(images, ids, conditions[0], depth)
        order = np.concatenate([np.array(members, np.int64) for members in groups.values()])
        places = self.device.upload(order)
        sorted_images = images.index_select(0, places)
        margin = self.conditions.settings.margin
        count, height, width, channels = images.shape
        shape = (count, height - 2 * margin, width - 2 * margin, channels)
        made = images.new_empty(shape) if margin else sorted_images
        begin = 0
        for condition, members in groups.items():
            part = slice(begin, begin + len(members))
            begin = part.stop
            if margin or condition.corruption != CLEAN.corruption:
                beside = None if depth is None else depth[order[part]]
                made[part].copy_(self.conditions.apply(sorted_images[part], ids[order[part]], condition, beside))
        return images.new_empty(shape).index_copy_(0, places, made)


def make_to_tensor(
    output: TensorFormat, settings: Settings, threads: Threads, buffers: Buffers, keep: bool = False
) -> ToTensor:
    """The one for the output's device. keep: a device keeps every batch that it is given, because each comes again."""
    device = find_device(output.device)
    if device.on_host:
        return HostToTensor(output, settings, threads, buffers)
    return DeviceToTensor(output, settings, device, keep)


class OfSizes(list[Any]):
    """A batch of images of several sizes, each as a batch of one."""


def taken(images: Any) -> Any:
    """The tensor, ready for the stream that is current where it is received; of several tensors (N, C, H, W), the
    frames of a sequence, one (N, frames, C, H, W); of images of several sizes a list of (C, H, W).
    """
    if isinstance(images, OfSizes):
        return [taken(image)[0] for image in images]
    if isinstance(images, list):
        import torch

        return torch.stack([taken(frame) for frame in images], dim=1)
    return images.take_over() if isinstance(images, Pending) else images
