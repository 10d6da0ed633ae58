"""Images for a report, clean and corrupted, made again from their keys."""

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image

from ..catalogue import CLEAN, Condition
from ..loader.loader import CorruptLoader
from ..records.examples import Example
from ..records.mistakes import ImagePair, Mistake
from ..sources import gives_depth
from ..transforms.corrupt import with_margin
from ..transforms.geometry import Geometry

LARGEST = 320  # pixels; larger images are shown reduced
EXAMPLE, FROM = 112, 224  # pixels: the middle of an image of so many a side; reduced whole, noise would not be seen
QUALITY = 82  # of JPEG, without subsampling: a page with twelve pairs of 224 x 224 and sixteen examples has .7 MB
SMALL = 96  # pixels; up to this side PNG, above it JPEG


Attacked: TypeAlias = Callable[[Condition, np.ndarray, int, np.ndarray], "np.ndarray | None"]
"""From a condition, a clean image (1, H, W, C), the number of its sample and the id (1,) that its draws go by to the
attacked one; None where it is no attack.
"""


def no_attack(condition: Condition, image: np.ndarray, sample: int, ids: np.ndarray) -> np.ndarray | None:
    """Where there are no attacks."""
    return None


def make_image_pairs(
    loader: CorruptLoader, mistakes: Sequence[Mistake], attacked: Attacked = no_attack
) -> tuple[ImagePair, ...]:
    """Both images of each mistake, as the model saw them before normalization."""
    source = loader.source
    conditions = [mistake.condition for mistake in mistakes]
    geometry, settings = with_margin(loader.geometry, loader.settings, conditions)

    def pair(mistake: Mistake) -> ImagePair:
        sized, ids, depth = sized_sample(loader, geometry, mistake.id)
        clean = settings.apply(sized, ids, CLEAN, depth=depth)
        corrupted = attacked(mistake.condition, clean, mistake.id, ids)
        if corrupted is None:
            corrupted = settings.apply(sized, ids, mistake.condition, depth=depth)
        return ImagePair(mistake, source.name(mistake.id), encode(clean[0]), encode(corrupted[0]))

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
    loader: CorruptLoader, sample: int, conditions: Sequence[Condition], attacked: Attacked = no_attack
) -> Iterator[Example]:
    """The middle of the sample under each condition, as the model saw it before normalization."""
    geometry, settings = with_margin(loader.geometry, loader.settings, conditions)
    sized, ids, depth = sized_sample(loader, geometry, sample)
    for condition in conditions:
        made = attacked(condition, settings.apply(sized, ids, CLEAN, depth=depth), sample, ids)
        if made is None:
            made = settings.apply(sized, ids, condition, depth=depth)
        yield Example(condition, sample, encode(made[0], _middle_part))


def sized_sample(
    loader: CorruptLoader, geometry: Geometry, index: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """A batch of one sample brought to size, its id, and its depth map where the source gives one."""
    source, depth = loader.source, None
    if gives_depth(source):
        image, _, depth = source.decode_with_depth(index)  # type: ignore[attr-defined]
    else:
        image, _ = source.decode(index)
    ids = loader.keyed(index, image)
    return np.ascontiguousarray(geometry(image))[None], ids, None if depth is None else geometry.of_depth(depth)[None]


def _reduced(image: Image.Image) -> Image.Image:
    """The whole image with at most LARGEST pixels a side."""
    image.thumbnail((LARGEST, LARGEST))
    return image


def _middle_part(image: Image.Image) -> Image.Image:
    """The middle, pixel by pixel; an image whose shorter side is longer than FROM is reduced to it before."""
    scale = max(1.0, min(image.size) / FROM)
    image.thumbnail((math.ceil(image.width / scale), math.ceil(image.height / scale)))
    width, height = (min(side, EXAMPLE) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def encode(image: np.ndarray, shown: Callable[[Image.Image], Image.Image] = _reduced) -> bytes:
    """What is shown of an image (H, W, 1 or 3) uint8, as the bytes of a PNG or JPEG file."""
    pil_image = shown(Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image))
    buffer = io.BytesIO()
    if max(pil_image.size) <= SMALL:
        pil_image.save(buffer, "PNG", optimize=True)
    else:
        pil_image.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
