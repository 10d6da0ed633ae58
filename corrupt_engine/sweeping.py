"""`sweep()`: every picture decoded once, then all conditions from memory."""

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .assignment import Grid
from .buffers import Buffers
from .caching import MEMORY, Cache, readable
from .catalogue import Condition, conditions
from .collating import form
from .errors import UnknownNameError
from .finishing import make_finisher
from .iteration import Made
from .loader import CorruptLoader
from .options import check_count
from .output import IMAGENET_MEAN, IMAGENET_STD
from .prefetching import prefetched
from .recipe import Skipped
from .threads import Threads

if TYPE_CHECKING:
    import torch

ORDERS = ("batch", "condition")


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
    order: str = "batch",
    memory: int = MEMORY,
    progress: bool = False,
    mean: Sequence[float] | float | None = IMAGENET_MEAN,
    std: Sequence[float] | float = IMAGENET_STD,
    threads: int | None = None,
    **options: Any,
) -> "Sweep":
    """All conditions of all pictures, each picture decoded once.

    Args:
        source: as for CorruptLoader.
        benchmark: a name of `benchmarks()` (the clean condition comes first, then its corruptions at severities 1 to 5), or conditions.
        order: "batch": a batch under each condition, then the next batch; needs the memory of a batch. "condition": all batches under
            one condition, then the next condition; the decoded set is kept as bytes, and takes N x H x W x C of them.
        memory: the most bytes that order="condition" may keep (on a CUDA device as many again there); 4 GiB are 28,500 pictures of
            224 x 224.
        progress: show a bar on standard error, with the condition, images/s, the time left, and the size of what is kept.
        mean: as for CorruptLoader.
        std: as for CorruptLoader.
        threads: for the corruptions; default the number of processors.
        options: the other options of CorruptLoader (batch_size, seed, variant, as_stored, geometry, backend, num_shards, ...).

    Returns:
        A Sweep: an iterator of SweepBatch(condition, images (N, C, H, W), labels, ids (N,) int64). Which batch comes when does not
        change its bytes.

    Raises: as CorruptLoader, before the first batch; OptionError where the decoded set does not fit.
    """
    if order not in ORDERS:
        raise UnknownNameError("order", order, ORDERS)
    check_count("memory", memory, 1)
    grid = Grid(conditions(benchmark) if isinstance(benchmark, str) else tuple(benchmark))
    loader = CorruptLoader(source, grid, mean=mean, std=std, num_threads=threads, extras=("ids", "conditions"), **options)
    return Sweep(loader, order, memory, progress)


class Sweep(Iterator[SweepBatch]):
    """The batches of a sweep. Its threads and processes end with it, with `close()`, or with `with`."""

    def __init__(self, loader: CorruptLoader, order: str, memory: int, progress: bool) -> None:
        self.loader, self.order = loader, order
        self.conditions = loader.assignment.conditions
        self._cache = Cache() if order == "condition" else None
        # Not methods: a generator that held the sweep, and was held by it, would outlive the loop.
        batches = _by_batch(loader) if self._cache is None else _by_condition(loader, self._cache, memory)
        self._batches = _shown(batches, loader, self._cache, progress)

    def __len__(self) -> int:
        return len(self.loader)

    def __next__(self) -> SweepBatch:
        return next(self._batches)

    def __enter__(self) -> "Sweep":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What has been left out so far because it could not be decoded, with on_error="skip"."""
        return self.loader.skipped if self._cache is None else tuple(self._cache.skipped)

    def close(self) -> None:
        """End the threads and processes; there is nothing more to come."""
        self._batches.close()


def _shown(
    batches: Generator[Any, None, None], loader: CorruptLoader, cache: Cache | None, progress: bool
) -> Generator[SweepBatch, None, None]:
    from tqdm import tqdm

    samples = loader.schedule.epoch_samples
    total = None if samples is None else samples * loader.assignment.turns
    with contextlib.closing(batches), tqdm(total=total, unit="img", disable=not progress, smoothing=0.1) as bar:
        for images, *labels, extras in batches:
            condition, ids = extras["conditions"][0], extras["ids"]
            yield SweepBatch(condition, images, labels[0] if len(labels) == 1 else tuple(labels), ids)
            kept = "" if cache is None else f", {readable(cache.images.nbytes)} kept"
            bar.set_postfix_str(f"{condition.corruption} {condition.severity:g}{kept}", refresh=False)
            bar.update(len(ids))


def _by_batch(loader: CorruptLoader) -> Generator[Any, None, None]:
    with loader:
        yield from loader


def _by_condition(loader: CorruptLoader, cache: Cache, memory: int) -> Generator[Any, None, None]:
    cache.fill(loader, memory)
    threads, buffers = Threads(loader.workers.threads), Buffers(loader.workers.prefetch + 2)
    batches = list(cache.batches(loader.batch_size or len(cache.ids)))  # views; the same ones for every condition

    def make() -> Iterator[Made]:
        finisher = make_finisher(loader.output, threads, buffers, keep=True)
        for condition in loader.assignment.conditions:
            for batch in batches:
                chosen = [condition] * len(batch.ids)
                yield Made(finisher.finish(batch, chosen, loader.settings), batch, chosen)

    made = prefetched(make, loader.workers.prefetch, threads.close) if loader.workers.threads else make()
    with contextlib.closing(threads), contextlib.closing(made):  # type: ignore[type-var]
        for one in made:
            yield form(one, loader.source, loader.collate_fn, loader.extras)
