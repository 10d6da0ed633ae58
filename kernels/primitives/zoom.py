"""The zoom of the published scripts along one axis, as an index and a weight per output position, and its use on images."""

import functools
import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu


class AxisZoom(NamedTuple):
    """Output i is line[low[i]] + weight[i] * (line[low[i] + 1] - line[low[i]]); both (length,)."""

    low: np.ndarray
    weight: np.ndarray


@functools.lru_cache(maxsize=512)
def centred_zoom(length: int, zoom: float) -> AxisZoom:
    """Centre crop of ceil(length / zoom), order-1 zoom with aligned corners, centre trim back to `length`."""
    crop = min(math.ceil(length / zoom), length)
    top = (length - crop) // 2
    zoomed = max(round(crop * zoom), length)
    trim = (zoomed - length) // 2
    place = (np.arange(length) + trim) * ((crop - 1) / (zoomed - 1) if zoomed > 1 else 0.0)
    index = np.minimum(np.floor(place).astype(np.int32), max(crop - 2, 0))
    return AxisZoom(index + np.int32(top), (place - index).astype(np.float32))


@cpu
def _add_zoomed(src, acc, iy, wy, elements, wx, channels):
    height, size = acc.shape
    last = src.shape[0] - 1
    line = np.empty(size + channels, np.float32)
    line[size:] = np.float32(0.0)
    for y in range(height):
        upper, lower, w = src[iy[y]], src[min(iy[y] + 1, last)], wy[y]
        for e in range(size):
            a = np.float32(upper[e])
            line[e] = a + w * (np.float32(lower[e]) - a)
        total = acc[y]
        for e in range(size):
            a = line[elements[e]]
            total[e] += a + wx[e] * (line[elements[e] + channels] - a)


def add_zoomed_cpu(src: np.ndarray, acc: np.ndarray, rows: AxisZoom, columns: AxisZoom) -> None:
    """acc (N, H, W, C) float32 += src (N, H, W, C) resampled along both axes."""
    n, height, _, channels = src.shape
    elements = (columns.low[:, None] * channels + np.arange(channels, dtype=np.int32)).reshape(-1).astype(np.int32)
    weights = np.repeat(columns.weight, channels)
    for image, total in zip(src.reshape(n, height, -1), acc.reshape(n, height, -1), strict=True):
        _add_zoomed(image, total, rows.low, rows.weight, elements, weights, channels)
