"""Zooms along one axis, as an index and a weight per output position, and their sums on images."""

import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu, floored, part, scalar
from ..kept import kept
from ..lanes import LANES, load, load_pixel, load_pixels, spread, store
from .sampling import mix


class AxisZoom(NamedTuple):
    """Output i is line[low[i]] + weight[i] * (line[low[i] + 1] - line[low[i]]); both (length,)."""

    low: np.ndarray
    weight: np.ndarray


@kept
def centred_zoom(length: int, zoom: float) -> AxisZoom:
    """Centre crop of ceil(length / zoom), order-1 zoom with aligned corners, centre trim back to `length`; ValueError
    for a zoom that would lead beyond the line.
    """
    if not zoom > 0.0:
        raise ValueError(f"a zoom of {zoom}; more than 0 is needed")
    crop = min(math.ceil(length / zoom), length)
    top = (length - crop) // 2
    zoomed = max(round(crop * zoom), length)
    trim = (zoomed - length) // 2
    place = (np.arange(length) + trim) * ((crop - 1) / (zoomed - 1) if zoomed > 1 else 0.0)
    index = np.minimum(np.floor(place).astype(np.int32), max(crop - 2, 0))
    return AxisZoom(index + np.int32(top), (place - index).astype(np.float32))


@kept
def pivoted_zoom(length: int, zoom: float) -> AxisZoom:
    """About half a pixel beyond the middle, as libraries had it that made the published sequences; zoom from 1 up."""
    pivot = length / 2 + 0.5
    place = (np.arange(length) + 0.5 - pivot) / zoom + pivot - 0.5
    index = np.floor(place).astype(np.int32)
    beyond = (index < 0) | (index > length - 2)
    return AxisZoom(np.clip(index, 0, length - 1), np.where(beyond, 0.0, place - index).astype(np.float32))


@scalar
def resampled(upper, next_upper, lower, next_lower, down, across):
    """Between four neighbours: first down the columns, then along the row."""
    return mix(mix(upper, lower, down), mix(next_upper, next_lower, down), across)


@scalar
def resampled_byte(upper, next_upper, lower, next_lower, down, across):
    """As `resampled`, cut off to a whole number."""
    return floored(resampled(upper, next_upper, lower, next_lower, down, across))


@kept
def zoom_tables(length: int, factors: tuple[float, ...], pivoted: bool) -> AxisZoom:
    """The zooms by several factors below each other, (factors, length)."""
    zooms = [(pivoted_zoom if pivoted else centred_zoom)(length, factor) for factor in factors]
    return AxisZoom(np.stack([zoom.low for zoom in zooms]), np.stack([zoom.weight for zoom in zooms]))


# Neighbours along a row are gathered at other places for every column, four pixels of three channels at a time: each is
# loaded as four numbers, the fourth of which is left aside in the end. All that a row needs stays in the first cache.
PIXEL = 4


class PixelZoom(NamedTuple):
    """Zooms by several factors of lines of pixels of three channels, of as many as LANES hold."""

    places: np.ndarray  # (factors, W) int32: the element of the line where output pixel i's left neighbour begins
    weights: np.ndarray  # (factors, 4 W) float32: of the right neighbour, for each of four numbers


@kept
def pixel_zooms(width: int, factors: tuple[float, ...], pivoted: bool) -> PixelZoom:
    """The zooms of `zoom_tables` for `_add_between_pixels`."""
    low, weight = zoom_tables(width, factors, pivoted)
    spare = ((0, 0), (0, -width % (LANES // PIXEL)))
    return PixelZoom(np.pad(3 * low, spare), np.repeat(np.pad(weight, spare), PIXEL, axis=1))


@part
def _between_rows(src, above, below, share, line):
    """line = from the row of `src` that starts at `above` to that at `below`."""
    size = line.size - LANES
    many, shares = size // LANES * LANES, spread(share)
    for e in range(0, many, LANES):
        store(line, e, mix(load(src, above + e), load(src, below + e), shares))
    for e in range(many, size):
        line[e] = mix(np.float32(src[above + e]), np.float32(src[below + e]), share)


@part
def _add_between_pixels(line, total, places, weights, cut):
    """total (W, 4) += the pixels of three channels of `line`, each between two neighbours."""
    for e in range(0, total.size, LANES):
        x = e // PIXEL
        value = mix(load_pixels(line, places, x, 0), load_pixels(line, places, x, 3), load(weights, e))
        store(total, e, load(total, e) + (floored(value) if cut else value))


@part
def _add_between_levels(line, total, low, weights, cut):
    """The same of one channel, (W,)."""
    for x in range(low.size):
        place = np.uint64(low[x])  # unsigned: it never counts from the end
        value = mix(line[place], line[place + np.uint64(1)], weights[x])
        total[x] += floored(value) if cut else value


@cpu
def _zoom_sum(src, out, iy, wy, places, weights, cut):
    height, width, channels = src.shape[1:]
    size, pixels = width * channels, channels == 3
    line = np.zeros(size + LANES, np.float32)  # what is read beyond weighs nothing
    sums = np.empty(weights.shape[1], np.float32)
    for n in range(src.shape[0]):
        image, made = src[n].reshape(height * size), out[n]
        for y in range(height):
            sums[:] = np.float32(0.0)
            for f in range(iy.shape[0]):
                upper = np.int64(iy[f, y])
                _between_rows(image, size * upper, size * min(upper + 1, height - 1), wy[f, y], line)
                if pixels:
                    _add_between_pixels(line, sums, places[f], weights[f], cut)
                else:
                    _add_between_levels(line, sums, places[f], weights[f], cut)
            here, last = size * y, width - (y == height - 1)
            if pixels:  # the fourth number is written over by the next pixel, but for the last one
                for x in range(last):
                    store(made, here + 3 * x, load_pixel(sums, PIXEL * x))
                for x in range(last, width):
                    for c in range(channels):
                        made[y, x, c] = sums[PIXEL * x + c]
            else:
                for x in range(width):
                    made[y, x, 0] = sums[x]


def zoom_sum_cpu(src: np.ndarray, factors: tuple[float, ...], as_bytes: bool = False) -> np.ndarray:
    """(N, H, W, C) float32: the sum of the centred zooms of src (N, H, W, C), C 1 or 3, by every factor, in their
    order. With `as_bytes` the sum of images that each are bytes, zoomed as the published sequences were.
    """
    height, width, channels = src.shape[1:]
    out = np.empty(src.shape, np.float32)
    iy, wy = zoom_tables(height, factors, as_bytes)
    places, weights = (pixel_zooms if channels == 3 else zoom_tables)(width, factors, as_bytes)
    _zoom_sum(src, out, iy, wy, places, weights, as_bytes)
    return out
