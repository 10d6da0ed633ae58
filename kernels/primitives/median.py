"""Medians over squares, exact: bit by bit from the highest, by counting how many elements lie under a level."""

import numpy as np

from ..jit import cpu, part
from .borders import border_index, pad_rows

MOST_IN_A_BYTE = 15  # the side of the largest square whose elements a byte can count


@part
def _count_one(below, tried, a):
    for e in range(below.size):
        below[e] += a[e] < tried[e]


@part
def _count_two(below, tried, a, b):
    """Two of a row at a time: `below` and `tried` are then loaded half as often."""
    for e in range(below.size):
        below[e] += np.uint8(a[e] < tried[e]) + np.uint8(b[e] < tried[e])


@part
def _try(tried, below, level, bit):
    for e in range(tried.size):
        tried[e] = level[e] | bit
        below[e] = 0


@part
def _keep(level, tried, below, half):
    for e in range(level.size):
        old, new = level[e], tried[e]  # both read in any case, or it is not vectorised: 320 ns a row instead of 28
        level[e] = new if below[e] <= half else old


@cpu
def _median(padded, dst, below, half, channels):
    height, size = dst.shape
    side = (padded.shape[1] - size) // channels + 1
    tried = np.empty(size, np.uint8)
    for y in range(height):
        level = dst[y]
        level[:] = 0
        for k in range(8):
            _try(tried, below, level, np.uint8(128 >> k))
            for j in range(side):
                line = padded[min(max(y + j - side // 2, 0), height - 1)]
                _count_one(below, tried, line)
                for i in range(1, side, 2):
                    _count_two(below, tried, line[i * channels :], line[(i + 1) * channels :])
            _keep(level, tried, below, half)


def median_cpu(src: np.ndarray, dst: np.ndarray, sides: np.ndarray) -> None:
    """dst[n] = the median over a square of odd side sides[n] about each element of src (N, H, W, C) uint8, edges
    repeated; sides: (N,) int32.

    The elements of a row together: with a histogram that moves along it, side 11 took 5 times as long.
    """
    height, width, channels = src.shape[1:]
    for image, result, side in zip(src, dst, sides.tolist(), strict=True):
        index = border_index(width, side // 2, side // 2, "nearest")
        padded = np.empty((height, index.size * channels), np.uint8)
        pad_rows(image, padded, index, side // 2)
        counted = np.uint8 if side <= MOST_IN_A_BYTE else np.uint16
        _median(
            padded, result.reshape(height, -1), np.empty(width * channels, counted), counted(side**2 // 2), channels
        )
