"""JPEG as libjpeg makes it: on the host by the library itself, through Pillow (4:2:0, its default)."""

import io

import numpy as np
from PIL import Image


def jpeg_cpu(src: np.ndarray, dst: np.ndarray, quality: int) -> None:
    """dst = src (N, H, W, 1 or 3) uint8 saved at `quality` and opened again."""
    for image, result in zip(src, dst, strict=True):
        buffer = io.BytesIO()
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, "JPEG", quality=quality)
        result[...] = np.asarray(Image.open(buffer)).reshape(result.shape)
