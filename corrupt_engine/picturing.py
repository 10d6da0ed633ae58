"""Picture pairs for a report: clean and corrupted, made again from their keys."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from .findings import Mistake, PicturePair
from .geometry import Geometry
from .recipe import Settings
from .sources import Source

LARGEST = 320  # pixels; larger pictures are shown reduced
SMALL = 96  # pixels; up to this side PNG, above it JPEG


def picture_pairs(source: Source, geometry: Geometry, settings: Settings, mistakes: Sequence[Mistake]) -> tuple[PicturePair, ...]:
    """Both pictures of each mistake, as the model saw them before normalisation."""

    def pair(mistake: Mistake) -> PicturePair:
        image, _ = source.decode(mistake.id)
        clean = np.ascontiguousarray(geometry(image))
        corrupted = settings.apply(clean[None], np.array([mistake.id], np.int64), mistake.condition, threads=1)[0]
        return PicturePair(mistake, source.name(mistake.id), encode(clean), encode(corrupted))

    return tuple(pair(mistake) for mistake in mistakes)


def encode(image: np.ndarray) -> bytes:
    """A picture (H, W, 1 or 3) uint8 as the bytes of a PNG or JPEG file."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    if max(picture.size) <= SMALL:
        picture.save(buffer, "PNG", optimize=True)
    else:
        picture.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue()
