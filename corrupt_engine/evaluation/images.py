"""Image pairs for a report: clean and corrupted, made again from their keys."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from ..records.mistakes import ImagePair, Mistake
from ..sources import Source
from ..transforms.corrupt import Settings
from ..transforms.geometry import Geometry

LARGEST = 320  # pixels; larger images are shown reduced
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


def encode(image: np.ndarray) -> bytes:
    """An image (H, W, 1 or 3) uint8 as the bytes of a PNG or JPEG file."""
    pil_image = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    pil_image.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    if max(pil_image.size) <= SMALL:
        pil_image.save(buffer, "PNG", optimize=True)
    else:
        pil_image.save(buffer, "JPEG", quality=88, subsampling=0)
    return buffer.getvalue()
