"""The two ways of getting decoded batches: DALI's threads, or Pillow in torch's worker processes. Same bytes, same interface."""

import gc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .corrupting import processors
from .errors import MissingExtraError, OptionError, UnknownNameError
from .options import check_count
from .recipe import Batch, Recipe, stack
from .sources import FileSource, Source

BACKENDS = ("auto", "dali", "torch")


def dali_installed() -> bool:
    """Whether DALI can be imported (not whether a GPU is there: its CPU mode needs none)."""
    return importlib.util.find_spec("nvidia") is not None and importlib.util.find_spec("nvidia.dali") is not None


def choose_backend(backend: str, source: Source) -> str:
    """Resolve "auto": DALI for files where it is installed, else torch. An explicit request is met or refused, never replaced."""
    if backend not in BACKENDS:
        raise UnknownNameError("backend", backend, BACKENDS)
    files = isinstance(source, FileSource)
    if backend == "auto":
        return "dali" if files and dali_installed() else "torch"
    if backend == "dali":
        if not dali_installed():
            raise MissingExtraError(
                "NVIDIA DALI", "dali", 'use backend="torch"' + ("" if sys.platform == "linux" else " (DALI is for Linux)")
            )
        if not files:
            raise OptionError(
                'backend="dali" reads files (a folder or a list of them); a torch Dataset decodes itself: use backend="torch"'
            )
    return backend


def decoded_batches(source: Source, plan: Sequence[Sequence[int]], recipe: Recipe, backend: str, workers: int | None) -> Iterator[Batch]:
    """The batches of `plan`, each picture decoded once and put through the recipe. `backend` is resolved."""
    if backend == "dali" and isinstance(source, FileSource):
        from .dali_decoding import dali_batches

        return dali_batches(source, plan, recipe, processors() if workers is None else check_count("num_workers", workers, 1))
    return torch_batches(source, plan, recipe, workers)


class _Work:
    """A map-style data set whose items are finished pictures."""

    def __init__(self, source: Source, recipe: Recipe) -> None:
        self.source, self.recipe = source, recipe

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[np.ndarray, Any, int]:
        image, label = self.source.decode(index)
        return self.recipe(image, index), label, index


def _collate(items: list[tuple[np.ndarray, Any, int]]) -> Batch:
    images, labels, ids = zip(*items, strict=True)
    return stack(images, labels, ids)


def torch_batches(source: Source, plan: Sequence[Sequence[int]], recipe: Recipe, workers: int | None) -> Iterator[Batch]:
    """With torch.utils.data.DataLoader: `workers` processes, or the calling thread for 0."""
    from torch.utils.data import DataLoader

    count = processors() if workers is None else check_count("num_workers", workers, 0)
    work: Any = _Work(source, recipe)
    loader = DataLoader(work, batch_sampler=[list(batch) for batch in plan], num_workers=min(count, len(plan)), collate_fn=_collate)
    # Frozen objects are not collected in the forked workers: a finaliser that waits for a thread would wait for ever there.
    gc.collect()
    gc.freeze()
    try:
        return iter(loader)
    finally:
        gc.unfreeze()
