"""A decoded data set in memory: every image once, as the bytes that corruptions start from."""

import contextlib
import itertools
import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from ..runtime.messages import readable
from .samples import Batch, Skipped

if TYPE_CHECKING:
    from .loader import CorruptLoader

log = logging.getLogger("corrupt_engine")
MEMORY = 4 * 2**30


@dataclass
class Cache:
    """Images of one size, (N, H, W, C) uint8, with labels and sample ids (N,) int64; and what could not be decoded."""

    images: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 0, 0), np.uint8))
    labels: list[Any] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    depth: np.ndarray | None = None
    """(N, H, W) float32, where a condition needs it."""
    ends: list[int] = field(default_factory=list)
    """How many images there are up to the end of each batch."""

    def fill(self, loader: "CorruptLoader", memory: int) -> None:
        """Keep the loader's next epoch; OptionError, before anything large is allocated, where it needs more than
        `memory` bytes.
        """
        plan = loader.schedule.next_plan()
        if not isinstance(plan.batches, Sequence):
            raise OptionError('order="condition" keeps an epoch, and this sampler may have no end; use order="batch"')
        with contextlib.closing(loader.pipeline(plan.epoch).decoded(plan.batches)) as batches:
            self.take(batches, sum(map(len, plan.batches)), memory)

    def take(self, batches: Iterable[Batch], samples: int, memory: int) -> None:
        """Keep decoded batches of so many samples in all; OptionError as `fill`."""
        for batch in batches:
            if len(batch.ids) and not self.ids and not isinstance(batch.images, list):
                beside = 0 if batch.depth is None else batch.depth[0].nbytes
                shape = checked_size(samples, batch.images.shape[1:], memory, beside)
                self.images = np.empty((samples, *shape), np.uint8)
                if batch.depth is not None:
                    self.depth = np.empty((samples, *batch.depth.shape[1:]), np.float32)
            self.add(batch)

    def add(self, batch: Batch) -> None:
        """Keep a decoded batch; OptionError where its images have another size than those before."""
        kept = {self.images.shape[1:]} if self.ids else set[tuple[int, ...]]()
        shapes = sorted(kept | {image.shape for image in batch.images})
        if len(shapes) > 1:
            raise OptionError(
                f"the images have {len(shapes)} shapes or more ({shapes[0]}, {shapes[1]}, ...), and are kept in one "
                'array; give a geometry that makes them equal, or use order="batch"'
            )
        if len(batch.ids):
            part = slice(len(self.ids), len(self.ids) + len(batch.ids))
            self.images[part] = batch.images.cpu().numpy() if hasattr(batch.images, "cpu") else batch.images
            if self.depth is not None and batch.depth is not None:
                self.depth[part] = batch.depth
        self.labels += batch.labels
        self.ids += batch.ids.tolist()
        self.skipped += batch.skipped
        if len(batch.ids):
            self.ends.append(len(self.ids))

    def batch(self, places: np.ndarray) -> Batch:
        """Images wherever they stand, (N,) int64, as one batch: a copy."""
        depth = None if self.depth is None else self.depth[places]
        labels, ids = [self.labels[n] for n in places], np.array([self.ids[n] for n in places], np.int64)
        return Batch(self.images[places], labels, ids, depth=depth)

    def batches(self) -> Iterator[Batch]:
        """The images again, in the batches that they came in; nothing is copied."""
        for start, end in itertools.pairwise((0, *self.ends)):
            part = slice(start, end)
            ids = np.array(self.ids[part], np.int64)
            yield Batch(
                self.images[part], self.labels[part], ids, depth=None if self.depth is None else self.depth[part]
            )


class SetSizeError(OptionError):
    """The decoded set takes more memory than it may."""


def checked_size(samples: int, shape: tuple[int, ...], memory: int, beside: int = 0) -> tuple[int, ...]:
    """The shape of an image, if that many of them fit, with so many bytes beside each; else SetSizeError."""
    needed = samples * (math.prod(shape) + beside)
    if needed > memory:
        raise SetSizeError(
            f"the decoded set takes {readable(needed)} ({samples} images of {'x'.join(map(str, shape))}), more than "
            "the "
            f'{readable(memory)} of memory={memory}; allow more, or use order="batch", which needs one batch'
        )
    log.info("keeping %s decoded images in %s", samples, readable(needed))
    return shape
