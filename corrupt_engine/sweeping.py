"""`sweep()`: every picture decoded once, then all conditions from memory."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .assignment import Grid
from .catalogue import Condition, conditions
from .loader import CorruptLoader
from .recipe import IMAGENET_MEAN, IMAGENET_STD

if TYPE_CHECKING:
    import torch


class SweepBatch(NamedTuple):
    """One batch under one condition."""

    condition: Condition
    images: "torch.Tensor"
    labels: Any
    ids: "torch.Tensor"


def sweep(
    source: Any,
    benchmark: str | Iterable[Condition] = "imagenet-c",
    *,
    mean: Sequence[float] | float | None = IMAGENET_MEAN,
    std: Sequence[float] | float = IMAGENET_STD,
    threads: int | None = None,
    **options: Any,
) -> Iterator[SweepBatch]:
    """All conditions of all pictures, batch by batch: a batch is decoded once and then yielded under each condition in turn.

    Args:
        source: as for CorruptLoader.
        benchmark: a name of `benchmarks()` (the clean condition comes first, then its corruptions at severities 1 to 5), or conditions.
        mean: as for CorruptLoader.
        std: as for CorruptLoader.
        threads: for the corruptions; default the number of processors.
        options: the other options of CorruptLoader (batch_size, seed, variant, as_stored, geometry, backend, ...).

    Yields:
        SweepBatch(condition, images (N, C, H, W), labels, ids (N,) int64).

    Raises: as CorruptLoader, before the first batch.
    """
    grid = Grid(conditions(benchmark) if isinstance(benchmark, str) else tuple(benchmark))
    loader = CorruptLoader(source, grid, mean=mean, std=std, num_threads=threads, extras=("ids", "conditions"), **options)

    def run() -> Iterator[SweepBatch]:
        with loader:
            for images, *labels, extras in loader:
                yield SweepBatch(extras["conditions"][0], images, labels[0] if len(labels) == 1 else tuple(labels), extras["ids"])

    return run()
