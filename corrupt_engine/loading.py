"""Samples one by one: read, decoded and brought to size, or left out; and stacked to batches."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .errors import DecodeError, OptionError
from .recipe import Batch, Recipe, Skipped
from .sources import Source

ON_ERROR = ("raise", "skip")


class Sample(NamedTuple):
    """A picture brought to size, (H, W, C) uint8, its label and its id."""

    image: np.ndarray
    label: Any
    id: int


def load(source: Source, index: int, recipe: Recipe) -> Sample | Skipped:
    """Sample `index` with Pillow or the source's own code, on the calling thread; DecodeError as recipe.on_error says."""
    try:
        image, label = source.decode(index)
    except DecodeError as error:
        return left_out(source, index, error, recipe)
    return Sample(recipe.prepare(image), label, index)


def left_out(source: Source, index: int, error: DecodeError, recipe: Recipe) -> Skipped:
    """The record of a sample that cannot be decoded; raises the error where that is asked for."""
    if recipe.on_error == "raise":
        raise error
    return Skipped(index, source.name(index), str(error))


def stack(items: Sequence[Sample | Skipped]) -> Batch:
    """One batch, or OptionError where the pictures differ in shape."""
    samples = [item for item in items if isinstance(item, Sample)]
    shapes = sorted({sample.image.shape for sample in samples})
    if len(shapes) > 1:
        raise OptionError(
            f"a batch holds pictures of {len(shapes)} shapes ({shapes[0]}, {shapes[1]}, ...); "
            "give a geometry that makes them equal, or batch_size=1"
        )
    images = np.stack([sample.image for sample in samples]) if samples else np.empty((0, 1, 1, 3), np.uint8)
    return Batch(
        images,
        [sample.label for sample in samples],
        np.array([sample.id for sample in samples], np.int64),
        tuple(item for item in items if isinstance(item, Skipped)),
    )
