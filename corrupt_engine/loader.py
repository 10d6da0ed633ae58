"""`CorruptLoader`: corrupted batches in place of a torch DataLoader."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .backends import choose_backend, decoded_batches
from .catalogue import CLEAN, Condition, check_severity, find_corruption
from .errors import OptionError
from .geometry import Geometry, find_geometry
from .options import check_count, check_integer
from .prefetching import prefetched
from .recipe import IMAGENET_MEAN, IMAGENET_STD, Batch, Recipe, Settings, label_tensor, to_tensor
from .sources import DatasetSource, Source, open_source

if TYPE_CHECKING:
    import torch


class CorruptLoader:
    """Iterate over (images, labels) with every image corrupted on the way.

    Args:
        source: a folder of class folders, a list of (path, label) pairs, or a torch Dataset of (image, label) whose images are
            PIL, uint8 arrays (H, W, C) or uint8 tensors (C, H, W).
        corruption: a name of `corruptions()`, or "clean".
        severity: 0 to 5, fractions allowed.
        batch_size: images a batch; the last batch may be smaller unless drop_last.
        shuffle: another order in each epoch, fixed by `seed`; the bytes of an image do not depend on it.
        seed, trial: fix all that is random, with the sample id (the index in the source).
        variant, as_stored, textures: as in `corrupt()`.
        geometry: a name ("imagenet-c": Resize(256), CenterCrop(224); "none"; ...) or a Geometry. Default "imagenet-c" for files,
            "none" for a Dataset, which has its own transform.
        mean, std: images come as float32 (x / 255 - mean) / std; mean=None gives the bytes. Default: ImageNet's.
        backend: "dali" (files only), "torch" (Pillow in worker processes), or "auto". Both give the same bytes.
        num_workers: DALI threads or torch worker processes; default the number of processors.
        device: only "cpu" so far.

    Yields:
        images (N, C, H, W) float32 or uint8, labels (N,) int64.

    Raises:
        SourceError, OptionError, UnknownNameError, SeverityError, MissingExtraError, MissingTexturesError: on construction.
        DecodeError: on reaching a file that is no readable image.
    """

    def __init__(
        self,
        source: Any,
        corruption: str = CLEAN.corruption,
        severity: float = 3,
        *,
        batch_size: int = 64,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int = 0,
        trial: int = 0,
        variant: str | None = None,
        as_stored: bool = False,
        textures: str = "published",
        geometry: Geometry | str | None = None,
        mean: Sequence[float] | float | None = IMAGENET_MEAN,
        std: Sequence[float] | float = IMAGENET_STD,
        backend: str = "auto",
        num_workers: int | None = None,
        device: str = "cpu",
    ) -> None:
        if device != "cpu":
            raise OptionError(f'device {device!r} is not available in this version; use device="cpu" and move the batches yourself')
        self.dataset: Source = open_source(source)
        self.backend = choose_backend(backend, self.dataset)
        self.batch_size, self.num_workers = check_count("batch_size", batch_size, 1), num_workers
        self.shuffle, self.drop_last = shuffle, drop_last
        self.mean, self.std = mean, std
        self.condition = Condition(corruption, check_severity(severity), check_integer("trial", trial))
        self.settings = Settings(check_integer("seed", seed), variant, as_stored, textures)
        self.geometry = default_geometry(self.dataset) if geometry is None else find_geometry(geometry)
        self.epoch = 0
        check_condition(self.condition, self.settings)

    def __len__(self) -> int:
        """Batches an epoch."""
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def plan(self) -> list[list[int]]:
        """The sample ids of each batch of the present epoch."""
        order = list(range(len(self.dataset)))
        if self.shuffle:
            import torch

            generator = torch.Generator().manual_seed(self.settings.seed + self.epoch)
            order = torch.randperm(len(order), generator=generator).tolist()
        batches = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        return batches[: len(self)]

    def batches(self) -> Iterator[Batch]:
        """The present epoch's batches as they are made: uint8 (N, H, W, C), with labels and sample ids."""
        recipe = Recipe(self.geometry, self.condition, self.settings)
        return decoded_batches(self.dataset, self.plan(), recipe, self.backend, self.num_workers)

    def __iter__(self) -> "Iterator[tuple[torch.Tensor, Any]]":
        batches = self.batches()
        self.epoch += 1

        def make() -> "Iterator[tuple[torch.Tensor, Any]]":
            for batch in batches:
                yield to_tensor(batch.images, self.mean, self.std), label_tensor(batch.labels)

        # torch's worker processes work ahead by themselves, and forking them from a thread is not safe.
        return prefetched(make) if self.backend == "dali" else make()


def default_geometry(source: Source) -> Geometry:
    """ImageNet-C's for files; a Dataset has its own transform."""
    return find_geometry("none" if isinstance(source, DatasetSource) else "imagenet-c")


def check_condition(condition: Condition, settings: Settings) -> None:
    """Fail before the first batch: run the condition on one pixel."""
    import numpy as np

    if condition.corruption != CLEAN.corruption:
        find_corruption(condition.corruption)
        settings.apply(np.zeros((1, 8, 8, 3), np.uint8), np.zeros(1, np.int64), condition, threads=1)
