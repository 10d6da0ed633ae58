"""Correlation with a short list of weighted whole-pixel offsets."""

import numpy as np

from ..jit import cpu, part
from ..lanes import LANES, TWO, load, load_spread, spread, store
from .borders import pad_rows
from .pixelwise import ZERO, to_byte


@part
def _offsets(padded, stride, dst, offsets, weights, left, channels, lift):
    """dst (H, size) of the rows of `padded`, which lie `stride` apart.

    With sums in registers it takes .6 of the time of four neighbours at a time, added to a line in memory (224 x 224 x
    3, an Intel Xeon of model 207).
    """
    height, size = dst.shape
    zero, lifts = spread(ZERO), spread(lift)
    starts, rest = np.empty(weights.size, np.int64), np.empty(TWO, np.float32)
    for y in range(height):
        for k in range(weights.size):
            row = min(max(y + offsets[k, 0], 0), height - 1)
            starts[k] = row * stride + (left + offsets[k, 1]) * channels
        for e in range(0, size, TWO):
            a, b = zero, zero
            for k in range(weights.size):
                weight = load_spread(weights, k)
                a += weight * load(padded, starts[k] + e)
                b += weight * load(padded, starts[k] + e + LANES)
            if e + TWO <= size:
                store(dst, size * y + e, a + lifts)
                store(dst, size * y + e + LANES, b + lifts)
                continue
            store(rest, 0, a + lifts)
            store(rest, LANES, b + lifts)
            for i in range(size - e):
                dst[y, e + i] = to_byte(rest[i])


@cpu
def correlate_offsets_cpu(src, dst, offsets, weights, lift):
    """dst[n, y, x] = trunc(sum_k weights[k] src[n, y + dy, x + dx] + lift), edges clamped; both (N, H, W, C) uint8.

    offsets: (N, K, 2) int64 pairs (dy, dx), each image its own; weights: (K,) float32.
    """
    height, width, channels = src.shape[1], src.shape[2], src.shape[3]
    for n in range(src.shape[0]):
        moves = offsets[n]
        left = right = np.int64(0)  # in a loop: Numba's min and max of an array take a second to compile
        for k in range(moves.shape[0]):
            left, right = max(left, -moves[k, 1]), max(right, moves[k, 1])
        index = np.empty(left + width + right, np.int64)
        for i in range(index.size):
            index[i] = min(max(i - left, 0), width - 1)
        stride = index.size * channels
        padded = np.empty(height * stride + TWO, np.float32)
        padded[height * stride :] = ZERO
        pad_rows(src[n], padded[: height * stride].reshape(height, stride), index, left)
        _offsets(
            padded, stride, dst[n].reshape(height, width * channels), moves, weights, left, channels, np.float32(lift)
        )
