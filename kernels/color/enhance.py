"""Brightness and contrast as Pillow's ImageEnhance changes them: the image moved away from black, or from its mean
grey.
"""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.lookup import byte_table, luma_level
from ..primitives.pixelwise import LayerFunction, PixelFunction, to_byte
from ..registry import corruption


class Factor(NamedTuple):
    """Parameters of pil_brightness and pil_contrast."""

    factor: float  # of a level's distance from black, or from the mean grey


@corruption(Factor, form="curve", identity={"factor": 1.0})
def pil_brightness(p: Factor) -> np.ndarray:
    """u f, clipped: more light or less.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), brightness up and down; Pillow's ImageEnhance.Brightness.
    """
    return byte_table(np.float32(p.factor) * np.arange(256, dtype=np.float32))


@PixelFunction
def greyed(src, n, y, x):
    """The luma in all three channels, which is what sums are made of."""
    level = luma_level(src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2])
    return level, level, level


@LayerFunction
def mean_level(src, n, y, x, sums, count):
    """The mean of each image as a byte, rounded half up; `count` are its pixels."""
    return np.uint8((np.int64(2) * sums[n, 0] + count) // (np.int64(2) * count))


@PixelFunction
def moved(src, n, y, x, mean, factor):
    """Each level moved away from a level of its image."""
    middle = np.float32(mean[n, 0, 0, 0])
    return (
        to_byte(middle + factor * (np.float32(src[n, y, x, 0]) - middle)),
        to_byte(middle + factor * (np.float32(src[n, y, x, 1]) - middle)),
        to_byte(middle + factor * (np.float32(src[n, y, x, 2]) - middle)),
    )


@corruption(Factor, identity={"factor": 1.0})
def pil_contrast(ops: Any, src: Any, dst: Any, p: Factor, d: Any) -> None:
    """m + f (u - m) with the mean m of the image's luma, a whole grey level, the same for all channels: harder or
    flatter light.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), contrast up and down; Pillow's ImageEnhance.Contrast.
    """
    count, height, width = src.shape[:3]
    grey, (place, mean) = ops.empty(src.shape, np.uint8), (ops.empty((count, 1, 1, 1), np.uint8) for _ in range(2))
    ops.pixelwise(greyed, src, grey)
    ops.pixelwise(mean_level, place, mean, ops.channel_sums(grey), np.int64(height * width))
    ops.pixelwise(moved, src, dst, mean, float(p.factor))
