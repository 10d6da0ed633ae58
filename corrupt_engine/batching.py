"""Decoded batches of chosen samples, and all their conditions: what evaluations and exports go through."""

from collections.abc import Iterator, Sequence

import numpy as np

from .backends import decoded_batches
from .catalogue import CLEAN
from .loader import CorruptLoader
from .recipe import Batch, Recipe


def consecutive(samples: int, batch_size: int) -> list[np.ndarray]:
    """The sample ids 0 to samples - 1 in batches."""
    return [np.arange(start, min(start + batch_size, samples)) for start in range(0, samples, batch_size)]


def decoded(loader: CorruptLoader, batches: Sequence[np.ndarray]) -> Iterator[Batch]:
    """These batches of sample ids, decoded once and through the loader's geometry, uncorrupted."""
    plan = [ids.tolist() for ids in batches]
    recipe = Recipe(loader.geometry, CLEAN, loader.settings)
    return decoded_batches(loader.dataset, plan, recipe, loader.backend, loader.num_workers) if plan else iter(())
