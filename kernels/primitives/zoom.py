"""The zoom of the published scripts along one axis, as an index and a weight per output position, and its use on images."""

import functools
import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu, scalar


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


@scalar
def resampled(upper, next_upper, lower, next_lower, down, across):
    """Between four neighbours: first down the columns, then along the row."""
    here = upper + down * (lower - upper)
    return here + across * ((next_upper + down * (next_lower - next_upper)) - here)


@functools.lru_cache(maxsize=256)
def zoom_tables(length: int, factors: tuple[float, ...]) -> AxisZoom:
    """The zooms by several factors below each other, (factors, length)."""
    zooms = [centred_zoom(length, factor) for factor in factors]
    return AxisZoom(np.stack([zoom.low for zoom in zooms]), np.stack([zoom.weight for zoom in zooms]))


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


def zoom_sum_cpu(src: np.ndarray, factors: tuple[float, ...]) -> np.ndarray:
    """(N, H, W, C) float32: the sum of the centred zooms of src (N, H, W, C) by every factor, in their order."""
    n, height, width, channels = src.shape
    out = np.zeros(src.shape, np.float32)
    for factor in factors:
        rows, columns = centred_zoom(height, factor), centred_zoom(width, factor)
        elements = (columns.low[:, None] * channels + np.arange(channels, dtype=np.int32)).reshape(-1).astype(np.int32)
        weights = np.repeat(columns.weight, channels)
        for image, total in zip(src.reshape(n, height, -1), out.reshape(n, height, -1), strict=True):
            _add_zoomed(image, total, rows.low, rows.weight, elements, weights, channels)
    return out
