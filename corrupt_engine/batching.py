"""Chosen samples under chosen conditions, each picture decoded once: what evaluations and exports go through."""

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .backends import decoded_batches
from .catalogue import CLEAN, Condition
from .loader import CorruptLoader
from .prefetching import prefetched
from .recipe import Batch, Recipe


class Step(NamedTuple):
    """One batch under one condition."""

    batch: Batch
    condition: Condition
    images: np.ndarray
    """(N, H, W, C) uint8, corrupted."""
    last: bool
    """Whether all conditions of the batch are done with it."""


class Work(NamedTuple):
    """What is to be made of one batch."""

    ids: np.ndarray
    conditions: list[Condition]


def consecutive(samples: int, batch_size: int) -> list[np.ndarray]:
    """The sample ids 0 to samples - 1 in batches."""
    return [np.arange(start, min(start + batch_size, samples)) for start in range(0, samples, batch_size)]


def steps(loader: CorruptLoader, work: Sequence[Work], threads: int | None) -> Generator[Step, None, None]:
    """Each batch decoded once, through the loader's geometry, and then under each of its conditions in turn.

    With DALI the next step is made while the caller is busy with the last; close the iterator to stop that.
    """

    def make() -> Iterator[Step]:
        recipe = Recipe(loader.geometry, CLEAN, loader.settings)
        plan = [part.ids.tolist() for part in work]
        batches = decoded_batches(loader.dataset, plan, recipe, loader.backend, loader.num_workers)
        for batch, (_, conditions) in zip(batches, work, strict=True):
            for number, condition in enumerate(conditions, 1):
                images = loader.settings.apply(batch.images, batch.ids, condition, threads)
                yield Step(batch, condition, images, number == len(conditions))

    # As in the loader: torch's workers work ahead by themselves, and forking them from a thread is not safe.
    if work:
        yield from prefetched(make) if loader.backend == "dali" else make()
