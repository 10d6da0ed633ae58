"""Zooms along one axis, as an index and a weight per output position, and their sums on images."""

import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu, floored, scalar
from ..kept import kept
from ..lanes import LANES, load, load_spread, store, store_all, transposed, turn
from .sampling import mix


class AxisZoom(NamedTuple):
    """Output i is line[low[i]] + weight[i] * (line[low[i] + 1] - line[low[i]]); both (length,)."""

    low: np.ndarray
    weight: np.ndarray


@kept
def centred_zoom(length: int, zoom: float) -> AxisZoom:
    """Centre crop of ceil(length / zoom), order-1 zoom with aligned corners, centre trim back to `length`."""
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


# Neighbours along a row are gathered at other places for every column, so LANES rows are laid side by side: what is
# gathered is then their numbers, one after the other. Turning them takes most of the time. At 224 x 224 x 3 a zoom
# takes .05 ms; laid side by side number by number, in loops that LLVM vectorises, .11 (an Intel Xeon of model 207).
# A copy of the image as float32, to spare the widening, made it slower: .6 of that in place of .5.
STRETCH = 64  # columns made together, so that what is added up for them stays in the first cache


@scalar
def _row(src, above, below, weights, r, e):
    """Row r of a strip from element e on, between the two rows that it lies between."""
    return mix(load(src, above[r] + e), load(src, below[r] + e), load_spread(weights, r))


@cpu
def _strip(src, above, below, weights, first, stop, last, lines):
    """lines[16 (e - first + 16) + r] = element e of row r, for e from `first` to `stop`."""
    for start in range(first, stop, LANES):
        e = min(start, last)
        rows = (
            *(_row(src, above, below, weights, 0, e), _row(src, above, below, weights, 1, e)),
            *(_row(src, above, below, weights, 2, e), _row(src, above, below, weights, 3, e)),
            *(_row(src, above, below, weights, 4, e), _row(src, above, below, weights, 5, e)),
            *(_row(src, above, below, weights, 6, e), _row(src, above, below, weights, 7, e)),
            *(_row(src, above, below, weights, 8, e), _row(src, above, below, weights, 9, e)),
            *(_row(src, above, below, weights, 10, e), _row(src, above, below, weights, 11, e)),
            *(_row(src, above, below, weights, 12, e), _row(src, above, below, weights, 13, e)),
            *(_row(src, above, below, weights, 14, e), _row(src, above, below, weights, 15, e)),
        )
        store_all(lines, LANES * (e - first + LANES), LANES, transposed(rows))


@cpu
def _add_between_columns(lines, total, low, weight, x, stop, channels, cut):
    """total += the columns from x to `stop`, each between two of `lines`."""
    before = low[x] * channels - LANES
    for i in range(stop - x):
        share, here = load_spread(weight, x + i), LANES * (low[x + i] * channels - before)
        for c in range(channels):
            place, sum_place = here + LANES * c, LANES * (i * channels + c)
            value = mix(load(lines, place), load(lines, place + LANES * channels), share)
            store(total, sum_place, load(total, sum_place) + (floored(value) if cut else value))


@cpu
def _strip_zoom_sum(src, out, iy, wy, ix, wx, cut, channels):
    height, size = out.shape
    width, last, stretch = size // channels, src.shape[0] - 1, LANES * STRETCH * channels
    above, below = np.empty((iy.shape[0], LANES), np.int64), np.empty((iy.shape[0], LANES), np.int64)
    weights = np.empty((iy.shape[0], LANES), np.float32)
    total, rows = np.empty(stretch, np.float32), np.empty((LANES, STRETCH * channels), np.float32)
    lines = np.zeros(stretch + LANES * (2 * channels + 3 * LANES), np.float32)  # what is read beyond weighs nothing
    for top in range(0, height, LANES):
        for f in range(iy.shape[0]):
            for r in range(LANES):
                y = min(top + r, height - 1)
                above[f, r], below[f, r] = size * iy[f, y], size * min(iy[f, y] + 1, last)
                weights[f, r] = wy[f, y]
        for x in range(0, width, STRETCH):
            stop = min(x + STRETCH, width)
            total[:] = np.float32(0.0)
            for f in range(iy.shape[0]):
                first, beyond = ix[f, x] * channels, min((ix[f, stop - 1] + 2) * channels, size)
                _strip(src, above[f], below[f], weights[f], first, beyond, size - LANES, lines)
                _add_between_columns(lines, total, ix[f], wx[f], x, stop, channels, cut)
            for e in range(0, STRETCH * channels, LANES):
                turn(total, LANES * e, LANES, rows, e, STRETCH * channels)
            for r in range(min(LANES, height - top)):
                row = out[top + r, x * channels : stop * channels]
                for e in range(row.size):
                    row[e] = rows[r, e]


@cpu
def _thin_zoom_sum(src, out, iy, wy, ix, wx, cut):
    height, width, channels = src.shape
    out[:] = np.float32(0.0)
    for f in range(iy.shape[0]):
        for y in range(height):
            v, down = iy[f, y], wy[f, y]
            upper, lower, row = src[v], src[min(v + 1, height - 1)], out[y]
            for x in range(width):
                u, across = ix[f, x], wx[f, x]
                z = min(u + 1, width - 1)
                for c in range(channels):
                    value = resampled(
                        np.float32(upper[u, c]),
                        np.float32(upper[z, c]),
                        np.float32(lower[u, c]),
                        np.float32(lower[z, c]),
                        down,
                        across,
                    )
                    row[x, c] += floored(value) if cut else value


@cpu
def _zoom_sum(src, out, iy, wy, ix, wx, cut, thin):
    # One function for both ways, so that none is compiled when the first thin image comes.
    height, width, channels = src.shape
    if thin:
        _thin_zoom_sum(src, out, iy, wy, ix, wx, cut)
    else:
        size = width * channels
        _strip_zoom_sum(src.reshape(height, size), out.reshape(height, size), iy, wy, ix, wx, cut, channels)


THIN = 8  # pixels of height or width below which most of a strip would be empty: 1 x 65,000 took .3 s, and takes .08


def zoom_sum_cpu(src: np.ndarray, factors: tuple[float, ...], as_bytes: bool = False) -> np.ndarray:
    """(N, H, W, C) float32: the sum of the centred zooms of src (N, H, W, C) by every factor, in their order. With
    `as_bytes` the sum of images that each are bytes, zoomed as the published sequences were.
    """
    height, width = src.shape[1:3]
    out = np.empty(src.shape, np.float32)
    tables = (*zoom_tables(height, factors, as_bytes), *zoom_tables(width, factors, as_bytes))
    thin = min(height, width) < THIN or width * src.shape[3] < LANES
    for image, result in zip(src, out, strict=True):
        _zoom_sum(image, result, *tables, as_bytes, thin)
    return out
