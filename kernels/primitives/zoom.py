"""Zooms along one axis, as an index and a weight per output position, and their sums on images."""

import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu, floored, scalar
from ..kept import kept
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


# Rows that are zoomed together. Neighbours along a row are gathered at other places for every column, so sixteen rows
# are laid side by side: what is gathered is then a stretch of 48 numbers. Row by row a zoom of 224 x 224 x 3 took .17
# ms, so it took .097, half of it for laying numbers one by one. Laid in fours twice, which LLVM vectorises, it takes
# .07.
STRIP = 16


@cpu
def _between_rows(u0, l0, u1, l1, u2, l2, u3, l3, w0, w1, w2, w3, out):
    """Four rows between rows, laid side by side."""
    for e in range(u0.size):
        out[4 * e] = mix(np.float32(u0[e]), np.float32(l0[e]), w0)
        out[4 * e + 1] = mix(np.float32(u1[e]), np.float32(l1[e]), w1)
        out[4 * e + 2] = mix(np.float32(u2[e]), np.float32(l2[e]), w2)
        out[4 * e + 3] = mix(np.float32(u3[e]), np.float32(l3[e]), w3)


@cpu
def _side_by_side(a, b, c, d, out):
    for e in range(a.size):
        out[4 * e] = a[e]
        out[4 * e + 1] = b[e]
        out[4 * e + 2] = c[e]
        out[4 * e + 3] = d[e]


@cpu
def _neighbours(src, low, y):
    """The two rows that output row y lies between."""
    v = low[min(y, low.size - 1)]
    return src[v], src[min(v + 1, src.shape[0] - 1)]


@cpu
def _strip(src, top, low, weight, fours, lines):
    """lines[16 e + r] = element e of output row top + r. Each of `fours` takes every fourth row; laid side by side,
    they are in order.
    """
    last = low.size - 1
    for j in range(4):
        y = top + j
        u0, l0 = _neighbours(src, low, y)
        u1, l1 = _neighbours(src, low, y + 4)
        u2, l2 = _neighbours(src, low, y + 8)
        u3, l3 = _neighbours(src, low, y + 12)
        w0, w1, w2, w3 = (
            weight[min(y, last)],
            weight[min(y + 4, last)],
            weight[min(y + 8, last)],
            weight[min(y + 12, last)],
        )
        _between_rows(u0, l0, u1, l1, u2, l2, u3, l3, w0, w1, w2, w3, fours[j])
    _side_by_side(fours[0], fours[1], fours[2], fours[3], lines)


@cpu
def _add_cut_between_columns(lines, total, low, weight, stretch):
    for x in range(low.size):
        w, here, beside, acc = (
            weight[x],
            lines[stretch * low[x] :],
            lines[stretch * (low[x] + 1) :],
            total[stretch * x :],
        )
        for i in range(stretch):
            acc[i] += floored(mix(here[i], beside[i], w))


@cpu
def _add_between_columns(lines, total, low, weight, stretch):
    """`stretch` is a pixel's share of the strip: an argument, because a loop of known length is unrolled before it is
    vectorised.
    """
    for x in range(low.size):
        w, here, beside, acc = (
            weight[x],
            lines[stretch * low[x] :],
            lines[stretch * (low[x] + 1) :],
            total[stretch * x :],
        )
        for i in range(stretch):
            acc[i] += mix(here[i], beside[i], w)


@cpu
def _strip_zoom_sum(src, out, iy, wy, ix, wx, cut, stretch):
    height, size = out.shape
    fours, total = np.empty((4, STRIP // 4 * size), np.float32), np.empty(STRIP * size, np.float32)
    lines = np.zeros(STRIP * size + stretch, np.float32)  # one pixel more, which weighs nothing
    for top in range(0, height, STRIP):
        total[:] = np.float32(0.0)
        for f in range(iy.shape[0]):
            _strip(src, top, iy[f], wy[f], fours, lines)
            if cut:
                _add_cut_between_columns(lines, total, ix[f], wx[f], stretch)
            else:
                _add_between_columns(lines, total, ix[f], wx[f], stretch)
        for r in range(min(STRIP, height - top)):
            row = out[top + r]
            for e in range(size):
                row[e] = total[STRIP * e + r]


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
        _strip_zoom_sum(src.reshape(height, size), out.reshape(height, size), iy, wy, ix, wx, cut, STRIP * channels)


THIN = 8  # pixels of height or width below which most of a strip would be empty: 1 x 65,000 took .3 s, and takes .08


def zoom_sum_cpu(src: np.ndarray, factors: tuple[float, ...], as_bytes: bool = False) -> np.ndarray:
    """(N, H, W, C) float32: the sum of the centred zooms of src (N, H, W, C) by every factor, in their order. With
    `as_bytes` the sum of images that each are bytes, zoomed as the published sequences were.
    """
    height, width = src.shape[1:3]
    out = np.empty(src.shape, np.float32)
    tables = (*zoom_tables(height, factors, as_bytes), *zoom_tables(width, factors, as_bytes))
    for image, result in zip(src, out, strict=True):
        _zoom_sum(image, result, *tables, as_bytes, min(height, width) < THIN)
    return out
