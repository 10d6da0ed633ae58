"""What happens to a decoded picture before it becomes part of a tensor."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .assignment import Assignment
from .catalogue import CLEAN, Condition
from .corrupting import Plan, corrupt_array
from .geometry import Geometry
from .threads import portions


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
        in_workers: worker processes corrupt too, where each sample is wanted under one condition.
    """

    geometry: Geometry
    assignment: Assignment
    settings: Settings = field(default_factory=Settings)
    epoch: int = 0
    on_error: str = "raise"
    in_workers: bool = True

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

    The pictures are a NumPy array, or a torch tensor on a CUDA device that decoded them. `corrupted` says that they have had their
    condition already, in a worker process.
    """

    images: Any
    labels: list[Any]
    ids: np.ndarray
    skipped: tuple[Skipped, ...] = ()
    corrupted: bool = False


def corrupt_decoded(batch: Batch, recipe: Recipe) -> Batch:
    """A decoded batch under the conditions of its only turn, on the calling thread: what a worker process does."""
    conditions = recipe.conditions(batch.ids)
    images = [
        recipe.settings.apply(batch.images[part], batch.ids[part], conditions[part.start], threads=1)
        for part in portions(conditions, batch.images[:1].nbytes, threads=1)
    ]
    return Batch(np.concatenate(images) if images else batch.images, batch.labels, batch.ids, batch.skipped, corrupted=True)
