"""Chosen samples under chosen conditions, each picture decoded once: what evaluations and exports go through."""

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .assignment import Single
from .backends import decoded_batches
from .buffers import Buffers
from .catalogue import CLEAN, Condition
from .finishing import make_finisher, taken
from .loader import CorruptLoader
from .output import Output
from .prefetching import prefetched
from .recipe import Batch, Recipe
from .threads import Threads

BYTES = Output(mean=None, channels_last=True)
"""For those who want the corrupted pictures themselves."""


class Step(NamedTuple):
    """One batch under one condition."""

    batch: Batch
    condition: Condition
    images: Any
    """(N, C, H, W), as the output has it; ready for the stream that is current where the step is received."""
    last: bool
    """Whether all conditions of the batch are done with it."""


class Work(NamedTuple):
    """What is to be made of one batch."""

    ids: np.ndarray
    conditions: list[Condition]


def consecutive(samples: int, batch_size: int | None) -> list[np.ndarray]:
    """The sample ids 0 to samples - 1 in batches."""
    size = batch_size or 1
    return [np.arange(start, min(start + size, samples)) for start in range(0, samples, size)]


def steps(loader: CorruptLoader, work: Sequence[Work], threads: int | None, output: Output) -> Generator[Step, None, None]:
    """Each batch decoded once, through the loader's geometry, and then under each of its conditions in turn.

    The next step is made while the caller is busy with the last; close the iterator to stop that. A batch of which nothing could be
    read comes once, with no images.
    """
    workers = loader.workers
    decoding = Threads(workers.count if workers.backend != "torch" else 0)
    finishing = Threads(workers.threads if threads is None else threads)
    recipe = Recipe(loader.geometry, Single((CLEAN,)), loader.settings, on_error=loader.on_error, in_workers=False)

    def make() -> Iterator[Step]:
        finisher = make_finisher(output, finishing, Buffers(workers.prefetch + 2))
        batches = decoded_batches(loader.source, [part.ids.tolist() for part in work], recipe, workers, decoding)
        with contextlib.closing(batches):  # type: ignore[type-var]
            for batch, (_, conditions) in zip(batches, work, strict=True):
                for number, condition in enumerate(conditions if len(batch.ids) else conditions[:1], 1):
                    images = finisher.finish(batch, [condition] * len(batch.ids), loader.settings) if len(batch.ids) else None
                    yield Step(batch, condition, images, number == len(conditions) or images is None)

    def hurry() -> None:
        decoding.close()
        finishing.close()

    with contextlib.closing(decoding), contextlib.closing(finishing):
        # As in the loader: torch's workers work ahead by themselves, and forking them from a thread is not safe.
        ahead = 0 if workers.backend == "torch" or workers.count == 0 else workers.prefetch
        made = prefetched(make, ahead, hurry) if ahead else make()
        with contextlib.closing(made):  # type: ignore[type-var]
            for step in made if work else ():
                yield step._replace(images=taken(step.images))
