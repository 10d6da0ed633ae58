"""`sweep()`: every image decoded once, then all conditions from memory."""

import contextlib
import itertools
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..catalogue import Condition, conditions
from ..errors import OptionError
from ..runtime.checks import check_count, check_name, refuse
from ..runtime.messages import readable
from ..transforms.policies import Grid
from ..transforms.tensors import IMAGENET_MEAN, IMAGENET_STD
from .cache import MEMORY, Cache
from .collate import collate
from .defaults import own_unless_given
from .loader import CorruptLoader
from .pipeline import Work
from .samples import Skipped

if TYPE_CHECKING:
    import torch

ORDERS = ("batch", "condition")
RESERVED = ("corruption", "severity", "trial", "extras")


class SweepBatch(NamedTuple):
    """One batch under one condition.

    Args:
        condition: what all of its images are under.
        images: (N, C, H, W) as for CorruptLoader, on its device.
        labels: (N,) int64, or what collate_fn makes of them; a tuple where the data set has several targets.
        ids: (N,) int64, the sample ids, on the host.
    """

    condition: Condition
    images: "torch.Tensor"
    labels: Any
    ids: "torch.Tensor"


def sweep(
    source: Any,
    benchmark: str | Path | Iterable[Condition] = "imagenet-c",
    *,
    order: str = "batch",
    memory: int = MEMORY,
    progress: bool = False,
    mean: Sequence[float] | float | None = IMAGENET_MEAN,
    std: Sequence[float] | float = IMAGENET_STD,
    threads: int | None = None,
    **options: Any,
) -> "Sweep":
    """All conditions of all images, each image decoded once.

    Args:
        source: as for CorruptLoader.
        benchmark: a name of `benchmarks()` or a file of your own (the clean condition comes first, then each corruption
            at each of its severities), or conditions.
        order: "batch": a batch under each condition, then the next batch; needs the memory of a batch. "condition": all
            batches under one condition, then the next condition; the decoded set, of images of one size, is kept, and
            takes N x H x W x C bytes.
        memory: the most bytes that order="condition" may keep (on a CUDA device as many again there); 4 GiB are 28,500
            images of 224 x 224.
        progress: show a bar on standard error, with the condition, images/s, the time left, and the size of what is
            kept.
        mean: as for CorruptLoader.
        std: as for CorruptLoader.
        threads: for the corruptions, and to decode unless num_workers says otherwise; default the number of processors.
        options: the other options of CorruptLoader (batch_size, seed, variant, as_stored, geometry, backend,
            num_shards, ...).

    Returns:
        A Sweep: an iterator of SweepBatch(condition, images (N, C, H, W), labels, ids (N,) int64). Which batch comes
        when does not change its bytes.

    Raises:
        UnknownNameError: there is no such order or benchmark, or as for CorruptLoader.
        OptionError: as for CorruptLoader; at the first batch, the decoded set does not fit into `memory`, or has images
            of several sizes.
        SourceError, SeverityError, BenchmarkError, PluginError: as for CorruptLoader.
        MissingExtraError, MissingTexturesError, DeviceError: likewise.
        DecodeError, ImageError, WorkerError: as for CorruptLoader, from the iterator.
    """
    check_name("order", order, ORDERS)
    check_count("memory", memory, 1)
    refuse("sweep", options, RESERVED, "the conditions and SweepBatch decide it")
    refuse("sweep", options, ("batch_transforms",), "they are for training; a CorruptLoader with a Grid takes them")
    if options.get("pad_shards"):
        raise OptionError("a SweepBatch does not tell repeated samples; use a CorruptLoader with a Grid for pad_shards")
    if isinstance(benchmark, (str, Path)):
        grid = Grid(conditions(benchmark))
        options = own_unless_given(options, benchmark)
    else:
        grid = Grid(benchmark)  # type: ignore[arg-type]
    options = {"num_threads": threads, **options}
    loader = CorruptLoader(source, grid, mean=mean, std=std, extras=("ids", "conditions"), **options)
    return Sweep(loader, order, memory, progress)


class Sweep(Iterator[SweepBatch]):
    """The batches of a sweep. Its threads and processes end with it, with `close()`, or with `with`.

    Args:
        loader: with a Grid, and the extras "ids" and "conditions".
        order: of ORDERS.
        memory: the most bytes of decoded images that order="condition" may keep.
        progress: show a bar on standard error.

    Yields:
        SweepBatch.
    """

    def __init__(self, loader: CorruptLoader, order: str, memory: int, progress: bool) -> None:
        self.loader, self.order = loader, order
        self.conditions = loader.policy.conditions
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
    total = None if samples is None else samples * loader.policy.turns
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
    batches = list(cache.batches())  # views; the same ones for every condition
    work = [Work(batch.ids.tolist(), (turn,)) for turn in range(loader.policy.turns) for batch in batches]
    repeated = itertools.chain.from_iterable(itertools.repeat(batches, loader.policy.turns))
    with contextlib.closing(loader.pipeline().run(work, repeated, keep=True)) as made:
        for one in made:
            yield collate(one, loader.source, loader.own_collate_fn, loader.extras, loader.policy.turns)
