"""What happens to a decoded picture, and how a batch becomes a tensor."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .assignment import Assignment
from .buffers import Buffers
from .catalogue import CLEAN, Condition
from .corrupting import Plan, corrupt_array
from .errors import OptionError
from .geometry import Geometry
from .normalising import normalisation_tables, write_planes

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""What torchvision's and most of timm's models were trained with, on 0..1."""

Mapper = Callable[[Callable[[int], Any], int], list[Any]]
"""(work, count) to [work(0), ..., work(count - 1)], on one thread or several."""


def check_device(device: Any) -> str:
    """The device's name; the one place where a device is accepted or refused."""
    if str(device) != "cpu":
        raise OptionError(f'device {str(device)!r} is not available in this version; use device="cpu" and move the batches yourself')
    return "cpu"


def check_pinning(wanted: bool) -> bool:
    """Whether tensors are to be page-locked: where that was asked for and a CUDA device is there. As torch does, warns where none is."""
    if not wanted:
        return False
    import torch

    if not torch.cuda.is_available():
        warnings.warn("pin_memory=True was given, and no CUDA device was found: the memory is not pinned", UserWarning, stacklevel=3)
        return False
    return True


@dataclass(frozen=True)
class Settings:
    """What fixes the bytes of every condition of a run, besides the image and its id."""

    seed: int = 0
    variant: str | None = None
    as_stored: bool = False
    textures: str = "published"

    def plan(self, condition: Condition) -> Plan:
        """The condition under these settings, checked."""
        return Plan.of(
            condition.corruption,
            condition.severity,
            seed=self.seed,
            trial=condition.trial,
            variant=self.variant,
            as_stored=self.as_stored,
            textures=self.textures,
        )

    def apply(self, src: Any, ids: np.ndarray, condition: Condition, threads: int | None = None) -> Any:
        """The condition on a batch (N, H, W, C) uint8, on whatever device it is; the clean one gives the batch itself back."""
        if condition.corruption == CLEAN.corruption:
            return src
        return corrupt_array(self.plan(condition), src, src.shape, ids, threads)


def check_condition(condition: Condition, settings: Settings) -> None:
    """Fail before the first batch: run the condition on a tiny picture."""
    settings.apply(np.zeros((1, 8, 8, 3), np.uint8), np.zeros(1, np.int64), condition, threads=1)


@dataclass(frozen=True)
class Recipe:
    """What fixes the bytes of a sample: geometry, then its condition. Picklable, so that worker processes can hold it.

    Args:
        geometry: what happens first.
        assignment: which condition each sample gets.
        settings: seed and the like.
        epoch: the epoch that the assignment is asked for.
        on_error: "raise" or "skip" for a file that is no readable image.
    """

    geometry: Geometry
    assignment: Assignment
    settings: Settings = field(default_factory=Settings)
    epoch: int = 0
    on_error: str = "raise"

    def prepare(self, image: np.ndarray) -> np.ndarray:
        """(H, W, C) uint8 to (H', W', C) uint8, contiguous."""
        return np.ascontiguousarray(self.geometry(image))

    def conditions(self, ids: np.ndarray, turn: int = 0) -> list[Condition]:
        """The condition of each sample."""
        return self.assignment.assign(ids, epoch=self.epoch, seed=self.settings.seed, turn=turn)


@dataclass(frozen=True)
class Skipped:
    """A sample left out because it could not be decoded."""

    id: int
    name: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """Pictures of one size, (N, H, W, C) uint8, with their labels and sample ids (N,) int64; and what was left out.

    `corrupted` says that the pictures have had their condition already, in a worker process.
    """

    images: np.ndarray
    labels: list[Any]
    ids: np.ndarray
    skipped: tuple[Skipped, ...] = ()
    corrupted: bool = False


def corrupt_decoded(batch: Batch, recipe: Recipe) -> Batch:
    """A decoded batch under the conditions of its only turn, on the calling thread: what a worker process does."""
    images = [
        recipe.settings.apply(batch.images[n : n + 1], batch.ids[n : n + 1], condition, threads=1)
        for n, condition in enumerate(recipe.conditions(batch.ids))
    ]
    return Batch(np.concatenate(images) if images else batch.images, batch.labels, batch.ids, batch.skipped, corrupted=True)


@dataclass(frozen=True)
class Output:
    """What the tensors look like."""

    mean: Sequence[float] | float | None = IMAGENET_MEAN
    std: Sequence[float] | float = IMAGENET_STD
    device: str = "cpu"
    pin_memory: bool = False


def finish(
    batch: Batch, conditions: Sequence[Condition], settings: Settings, output: Output, mapper: Mapper, buffers: Buffers
) -> "torch.Tensor":
    """uint8 (N, H, W, C) -> corrupt -> tensor (N, C, H, W): float32 (x / 255 - mean) / std, or the bytes where the mean is None.

    Picture by picture, so that one stays in the processor's cache from the corruption to its planes. A device's form does
    the same for the whole batch.
    """
    import torch

    count, height, width, channels = batch.images.shape
    tables = normalisation_tables(output.mean, output.std, channels)
    planes = buffers.empty((count, channels, height, width), tables.dtype)

    def one(n: int) -> None:
        picture = batch.images[n : n + 1]
        if not batch.corrupted:
            picture = settings.apply(picture, batch.ids[n : n + 1], conditions[n], threads=1)
        write_planes(picture[0], planes[n], tables)

    mapper(one, count)
    result = torch.from_numpy(planes)
    return result.pin_memory() if output.pin_memory else result
