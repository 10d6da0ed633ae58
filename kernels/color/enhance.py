"""Pillow's enhancers, which move an image away from a duller copy of itself, and its like for saturation."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.lookup import byte_table, luma_level
from ..primitives.pixelwise import FULL, ZERO, LayerFunction, PixelFunction, nearest_byte, to_byte
from ..registry import corruption

CENTRE, AROUND = np.float32(5.0), np.float32(1.0 / 13.0)
ONE = np.float32(1.0)


class Enhancement(NamedTuple):
    """Parameters of all of these."""

    factor: float  # 1 leaves the image, 0 gives the dullest one; below it turns over, above it exaggerates


@scalar
def blended(dull, level, factor):
    """As Pillow: from the dull copy towards the image, cut off to a byte."""
    base = np.float32(dull)
    return to_byte(base + factor * (np.float32(level) - base))


@corruption(Enhancement, form="pixel", identity={"factor": 1.0})
def pil_color(src, n, y, x, factor):
    """g + f (u - g) with the grey g of each pixel, clipped: colours that fade or glow.

    Pillow's bytes.
    Source: Cubuk et al. 2019 (arXiv:1805.09501), table 6 (Color).
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    grey = luma_level(r, g, b)
    return blended(grey, r, factor), blended(grey, g, factor), blended(grey, b, factor)


@scalar
def smoothed(src, n, y, x, c):
    """A mean of three by three with five times the middle; the image itself at its edge."""
    height, width = src.shape[1], src.shape[2]
    if y == 0 or x == 0 or y == height - 1 or x == width - 1:
        return np.float32(src[n, y, x, c])
    total = np.float32(0.0)
    for v in range(y - 1, y + 2):
        for u in range(x - 1, x + 2):
            total += np.float32(src[n, v, u, c])
    total += (CENTRE - ONE) * np.float32(src[n, y, x, c])
    return np.float32(nearest_byte(total * AROUND))


@corruption(Enhancement, form="pixel", identity={"factor": 1.0})
def pil_sharpness(src, n, y, x, factor):
    """s + f (u - s) with a smoothed copy s of the image, clipped: edges that are too soft or too hard.

    Pillow's bytes.
    Source: Cubuk et al. 2019 (arXiv:1805.09501), table 6 (Sharpness).
    """
    return (
        blended(smoothed(src, n, y, x, 0), src[n, y, x, 0], factor),
        blended(smoothed(src, n, y, x, 1), src[n, y, x, 1], factor),
        blended(smoothed(src, n, y, x, 2), src[n, y, x, 2], factor),
    )


@corruption(Enhancement, form="pixel", identity={"factor": 1.0})
def saturation_scale(src, n, y, x, factor):
    """V - k (V - u) with the largest channel V of each pixel: S of HSV times k, which turns hues over below 0.

    Source: Lin et al. 2019 (KADID-10k, QoMEX), color saturation 1.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    top = np.float32(max(r, max(g, b)))
    return (
        nearest_byte(min(max(top - factor * (top - np.float32(r)), ZERO), FULL)),
        nearest_byte(min(max(top - factor * (top - np.float32(g)), ZERO), FULL)),
        nearest_byte(min(max(top - factor * (top - np.float32(b)), ZERO), FULL)),
    )


@corruption(Enhancement, form="curve", identity={"factor": 1.0})
def pil_brightness(p: Enhancement) -> np.ndarray:
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


@corruption(Enhancement, identity={"factor": 1.0})
def pil_contrast(ops: Any, src: Any, dst: Any, p: Enhancement, d: Any) -> None:
    """m + f (u - m) with the mean m of the image's luma, a whole grey level, the same for all channels: harder or
    flatter light.

    Source: Di Salvo et al. 2024 (arXiv:2406.17536), contrast up and down; Pillow's ImageEnhance.Contrast.
    """
    count, height, width = src.shape[:3]
    grey, (place, mean) = ops.empty(src.shape, np.uint8), (ops.empty((count, 1, 1, 1), np.uint8) for _ in range(2))
    ops.pixelwise(greyed, src, grey)
    ops.pixelwise(mean_level, place, mean, ops.channel_sums(grey), np.int64(height * width))
    ops.pixelwise(moved, src, dst, mean, float(p.factor))
