"""What a worker does to one decoded picture, and how a batch becomes a tensor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .catalogue import CLEAN, Condition
from .corrupting import Plan, corrupt_array
from .errors import OptionError
from .geometry import Geometry

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""What torchvision's and most of timm's models were trained with, on 0..1."""


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


@dataclass(frozen=True)
class Recipe:
    """Geometry, then one condition. Picklable, so that worker processes can hold it."""

    geometry: Geometry
    condition: Condition = CLEAN
    settings: Settings = field(default_factory=Settings)

    def __call__(self, image: np.ndarray, sample_id: int) -> np.ndarray:
        """(H, W, C) uint8 to (H', W', C) uint8, on the calling thread."""
        ready = np.ascontiguousarray(self.geometry(image))
        result: np.ndarray = self.settings.apply(ready[None], np.array([sample_id], np.int64), self.condition, threads=1)[0]
        return result


@dataclass(frozen=True)
class Batch:
    """Pictures of one size with their labels and sample ids."""

    images: np.ndarray
    labels: list[Any]
    ids: np.ndarray


def stack(images: Sequence[np.ndarray], labels: Sequence[Any], ids: Sequence[int]) -> Batch:
    """One batch, or OptionError where the pictures differ in size."""
    shapes = sorted({image.shape for image in images})
    if len(shapes) > 1:
        raise OptionError(
            f"a batch holds pictures of {len(shapes)} shapes ({shapes[0]}, {shapes[1]}, ...); "
            "give a geometry that makes them equal, or batch_size=1"
        )
    return Batch(np.stack(images), list(labels), np.array(ids, np.int64))


def label_tensor(labels: list[Any]) -> Any:
    """Whole numbers as a tensor (N,) int64; anything else as torch's default_collate has it."""
    import torch

    if all(isinstance(label, (int, np.integer)) for label in labels):
        return torch.tensor([int(label) for label in labels])
    return torch.utils.data.default_collate(labels)


def to_tensor(images: np.ndarray, mean: Sequence[float] | float | None, std: Sequence[float] | float) -> "torch.Tensor":
    """(N, H, W, C) uint8 as (N, C, H, W): (x / 255 - mean) / std in float32, or the bytes where the mean is None."""
    import torch

    planes = torch.from_numpy(images).permute(0, 3, 1, 2)
    if mean is None:
        return planes.contiguous()
    centre, spread = (torch.tensor(value, dtype=torch.float64).reshape(-1, 1, 1) * 255.0 for value in (mean, std))
    for name, value in (("mean", centre), ("std", spread)):
        if len(value) not in (1, planes.shape[1]):
            raise OptionError(f"{name} has {len(value)} values for pictures of {planes.shape[1]} channel(s)")
    return planes.to(torch.float32, memory_format=torch.contiguous_format).sub_(centre.float()).div_(spread.float())
