"""Images for a report, clean and corrupted, made again from their keys."""

import io
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from PIL import Image

from ..catalogue import CLEAN, Condition
from ..records.examples import Example
from ..records.mistakes import ImagePair, Mistake
from ..sources import Source
from ..transforms.corrupt import Settings
from ..transforms.geometry import Geometry

LARGEST = 320  # pixels; larger images are shown reduced
THUMBNAIL = 112  # pixels, of examples; sixteen of 224 x 224 photographs have 66 KB
SMALL = 96  # pixels; up to this side PNG, above it JPEG


def make_image_pairs(
    source: Source, geometry: Geometry, settings: Settings, mistakes: Sequence[Mistake]
) -> tuple[ImagePair, ...]:
    """Both images of each mistake, as the model saw them before normalization."""

    def pair(mistake: Mistake) -> ImagePair:
        image, _ = source.decode(mistake.id)
        clean = np.ascontiguousarray(geometry(image))
        corrupted = settings.apply(clean[None], np.array([mistake.id], np.int64), mistake.condition, threads=1)[0]
        return ImagePair(mistake, source.name(mistake.id), encode(clean), encode(corrupted))

    return tuple(pair(mistake) for mistake in mistakes)


def middle(severities: Sequence[int]) -> int:
    """The severity that a corruption is shown at: the middle one, of two the stronger.

    >>> middle((1, 2, 3, 4, 5)), middle((1,)), middle((1, 2))
    (3, 1, 2)
    """
    return severities[len(severities) // 2]


def missing_examples(
    found: Sequence[Example], severities: Mapping[str, Sequence[int]], lowest: int
) -> tuple[int, list[Condition]]:
    """What is still to be made so that there is an example of every corruption, and of which sample.

    Args:
        found: those that there are.
        severities: the corruptions, each with its severities.
        lowest: the sample that is taken where there are none.

    Returns:
        (sample id, conditions).
    """
    there = {example.condition.corruption for example in found}
    wanted = [CLEAN, *(Condition(name, middle(own)) for name, own in severities.items())]
    sample = found[0].id if found else lowest
    return sample, [condition for condition in wanted if condition.corruption not in there]


def make_examples(
    source: Source, geometry: Geometry, settings: Settings, sample: int, conditions: Sequence[Condition]
) -> Iterator[Example]:
    """The sample under each condition, as the model saw it before normalization, small."""
    image, _ = source.decode(sample)
    clean = np.ascontiguousarray(geometry(image))
    ids = np.array([sample], np.int64)
    for condition in conditions:
        made = clean if condition == CLEAN else settings.apply(clean[None], ids, condition, threads=1)[0]
        yield Example(condition, sample, encode(made, THUMBNAIL))


def encode(image: np.ndarray, largest: int = LARGEST) -> bytes:
    """An image (H, W, 1 or 3) uint8 as the bytes of a PNG or JPEG file, reduced to at most so many pixels a side."""
    pil_image = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    pil_image.thumbnail((largest, largest))
    buffer = io.BytesIO()
    if max(pil_image.size) <= SMALL:
        pil_image.save(buffer, "PNG", optimize=True)
    else:
        pil_image.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue()
