"""Correlation with a short list of weighted whole-pixel offsets."""

import numpy as np

from ..jit import cpu
from .borders import border_index, pad_rows
from .pixelwise import to_byte


@cpu
def _weigh_four(acc, r0, r1, r2, r3, w0, w1, w2, w3):
    for e in range(acc.size):
        acc[e] = (((acc[e] + w0 * r0[e]) + w1 * r1[e]) + w2 * r2[e]) + w3 * r3[e]


@cpu
def _moved(padded, y, dy, start):
    """The line from `start` on of row y + dy, clamped."""
    return padded[min(max(y + dy, 0), padded.shape[0] - 1), start:]


@cpu
def _offsets(padded, dst, offsets, weights, left, channels, lift):
    height, size = dst.shape
    acc = np.empty(size, np.float32)
    for y in range(height):
        acc[:] = np.float32(0.0)
        whole = weights.size // 4 * 4
        for k in range(0, whole, 4):
            _weigh_four(
                acc,
                *(
                    _moved(padded, y, offsets[k, 0], (left + offsets[k, 1]) * channels),
                    _moved(padded, y, offsets[k + 1, 0], (left + offsets[k + 1, 1]) * channels),
                    _moved(padded, y, offsets[k + 2, 0], (left + offsets[k + 2, 1]) * channels),
                    _moved(padded, y, offsets[k + 3, 0], (left + offsets[k + 3, 1]) * channels),
                ),
                *(weights[k], weights[k + 1], weights[k + 2], weights[k + 3]),
            )
        for k in range(whole, weights.size):
            row, w = _moved(padded, y, offsets[k, 0], (left + offsets[k, 1]) * channels), weights[k]
            for e in range(size):
                acc[e] += w * row[e]
        for e in range(size):
            dst[y, e] = to_byte(acc[e] + lift)


def correlate_offsets_cpu(
    src: np.ndarray, dst: np.ndarray, offsets: np.ndarray, weights: np.ndarray, lift: float
) -> None:
    """dst[n, y, x] = trunc(sum_k weights[k] src[n, y + dy, x + dx] + lift), edges clamped; both (N, H, W, C) uint8.

    offsets: (N, K, 2) int64 pairs (dy, dx), each image its own; weights: (K,) float32.
    """
    height, width, channels = src.shape[1:]
    for image, result, moves in zip(src, dst, offsets, strict=True):
        left, right = max(0, -int(moves[:, 1].min())), max(0, int(moves[:, 1].max()))
        padded = np.empty((height, (left + width + right) * channels), np.float32)
        pad_rows(image, padded, border_index(width, left, right, "nearest"), left)
        _offsets(padded, result.reshape(height, -1), moves, weights, left, channels, np.float32(lift))
