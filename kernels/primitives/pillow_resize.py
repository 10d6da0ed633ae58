"""Pillow's resize for bytes, to the bit: per-axis weights in 22-bit fixed point, rows first, rounded to bytes between passes.

The published geometry (Resize(256) then CenterCrop(224)) and the pixelate corruption are defined by it.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu

PRECISION = 22  # Pillow: 32 bits less 8 for the byte less 2 of head room


class AxisWeights(NamedTuple):
    """Output i is the sum of count[i] elements from first[i] on, weighted by weights[i] / 2^22."""

    first: np.ndarray
    count: np.ndarray
    weights: np.ndarray


def _box(distance: float) -> float:
    return 1.0 if -0.5 < distance <= 0.5 else 0.0


def _triangle(distance: float) -> float:
    return max(0.0, 1.0 - abs(distance))


FILTERS = {"box": (_box, 0.5), "bilinear": (_triangle, 1.0)}


@functools.lru_cache(maxsize=1024)
def axis_weights(length: int, target: int, kind: str) -> AxisWeights:
    """The weights that bring a line of `length` bytes to `target` bytes."""
    weigh, support = FILTERS[kind]
    scale = length / target
    stretch = max(scale, 1.0)
    reach = support * stretch
    first, count = np.empty(target, np.int64), np.empty(target, np.int64)
    weights = np.zeros((target, 2 * math.ceil(reach) + 1), np.int32)
    for i in range(target):
        centre = (i + 0.5) * scale
        low, high = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), length)
        row = [weigh((k - centre + 0.5) / stretch) for k in range(low, high)]
        total = sum(row)
        first[i], count[i] = low, high - low
        weights[i, : high - low] = [int(w / total * (1 << PRECISION) + 0.5) for w in row]
    return AxisWeights(first, count, weights)


@cpu
def _resize(src, dst, yfirst, ycount, yweights, xfirst, xcount, xweights):  # type: ignore[no-untyped-def]
    half = np.int32(1 << (PRECISION - 1))
    channels = src.shape[2]
    top = yfirst.min()
    bottom = (yfirst + ycount).max()
    between = np.empty((bottom - top, dst.shape[1] * channels), np.uint8)
    for y in range(top, bottom):
        for x in range(dst.shape[1]):
            for c in range(channels):
                acc = half
                for k in range(xcount[x]):
                    acc += np.int32(src[y, xfirst[x] + k, c]) * xweights[x, k]
                between[y - top, x * channels + c] = np.uint8(min(max(acc >> np.int32(PRECISION), 0), 255))
    sums = np.empty(between.shape[1], np.int32)
    for y in range(dst.shape[0]):
        sums[:] = half
        for k in range(ycount[y]):
            w, row = yweights[y, k], between[yfirst[y] + k - top]
            for e in range(sums.size):
                sums[e] += np.int32(row[e]) * w
        out = dst[y].reshape(sums.size)
        for e in range(sums.size):
            out[e] = np.uint8(min(max(sums[e] >> np.int32(PRECISION), 0), 255))


def pillow_resize_cpu(src: np.ndarray, dst: np.ndarray, kind: str) -> None:
    """dst (N, H', W', C) uint8 = src (N, H, W, C) uint8 as Image.resize((W', H'), kind) would give it."""
    rows = axis_weights(src.shape[1], dst.shape[1], kind)
    columns = axis_weights(src.shape[2], dst.shape[2], kind)
    for image, result in zip(src, dst, strict=True):
        _resize(image, result, *rows, *columns)


def resize_window(src: np.ndarray, height: int, width: int, window: tuple[int, int, int, int], kind: str) -> np.ndarray:
    """Rows top..bottom and columns left..right of src (H, W, C) uint8 resized to (height, width): what is cropped away is not made."""
    top, left, bottom, right = window
    rows = AxisWeights(*(part[top:bottom] for part in axis_weights(src.shape[0], height, kind)))
    columns = AxisWeights(*(part[left:right] for part in axis_weights(src.shape[1], width, kind)))
    dst = np.empty((bottom - top, right - left, src.shape[2]), np.uint8)
    _resize(src, dst, *rows, *columns)
    return dst
