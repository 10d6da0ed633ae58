"""Correlations that are not separable: a short list of weighted whole-pixel offsets, and a kernel symmetric in both axes."""

from typing import NamedTuple

import numpy as np

from ..jit import cpu, floored, scalar
from .borders import border_index, pad_line
from .pixelwise import to_byte


@cpu
def _pad_rows(src, out, index, before):
    for y in range(src.shape[0]):
        pad_line(src[y].reshape(src.shape[1] * src.shape[2]), out[y], index, before, src.shape[2])


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


def correlate_offsets_cpu(src: np.ndarray, dst: np.ndarray, offsets: np.ndarray, weights: np.ndarray, lift: float) -> None:
    """dst[n, y, x] = trunc(sum_k weights[k] src[n, y + dy, x + dx] + lift), edges clamped; both (N, H, W, C) uint8.

    offsets: (N, K, 2) int64 pairs (dy, dx), each image its own; weights: (K,) float32.
    """
    height, width, channels = src.shape[1:]
    for image, result, moves in zip(src, dst, offsets, strict=True):
        left, right = max(0, -int(moves[:, 1].min())), max(0, int(moves[:, 1].max()))
        padded = np.empty((height, (left + width + right) * channels), np.float32)
        _pad_rows(image, padded, border_index(width, left, right, "nearest"), left)
        _offsets(padded, result.reshape(height, -1), moves, weights, left, channels, np.float32(lift))


class SymmetricKernel(NamedTuple):
    """A kernel symmetric in both axes, split into a core of equal weights, summed exactly, and the rest."""

    core: np.ndarray  # (r + 1, r + 1) bool: the entries at (|y|, |x|) of the weight with the largest sum
    rest: np.ndarray  # (r + 1, r + 1) float32: the other entries, 0 on the core
    size: np.float32  # entries of the core, over all four quarters
    surplus: np.float32  # the core's weight less 1 / count
    rest_total: np.float32  # sum of `rest` over all four quarters
    excess: np.float32  # sum of the whole kernel less 1


def split_kernel(quarter: np.ndarray) -> SymmetricKernel:
    """The split of a kernel given by its entries at (|y|, |x|), (r + 1, r + 1) float64."""
    times = np.outer(*[np.where(np.arange(len(quarter)) == 0, 1, 2)] * 2)
    weights, counts = np.unique(np.repeat(quarter.ravel(), times.ravel()), return_counts=True)
    weight = max(zip(counts, weights, strict=True), key=lambda pair: pair[0] * pair[1])[1]
    core = quarter == weight
    count = float((times * core).sum())
    rest = np.where(core, 0.0, quarter)
    rest_total, total = (times * rest).sum(), (times * quarter).sum()
    return SymmetricKernel(
        core, rest.astype(np.float32), np.float32(count), np.float32(weight - 1.0 / count), np.float32(rest_total), np.float32(total - 1.0)
    )


@scalar
def blurred(centre, whole, partial, count, surplus, rest_total, excess):
    """The byte made of the core's sum and the rest's weighted sum."""
    far = whole - count * centre
    mean = far / count
    levels = floored(mean)  # apart, because a small change vanishes when added to a large one
    change = (mean - levels) + (surplus * far + (partial - rest_total * centre) + excess * centre)
    return to_byte(centre + levels + floored(change))


@cpu
def _symmetric(padded, dst, core, rest, count, surplus, rest_total, excess, index, channels):
    height, size = dst.shape
    r = rest.shape[0] - 1
    pair = np.empty(padded.shape[1], np.float32)
    whole, partial = np.empty(size, np.float32), np.empty(size, np.float32)
    for y in range(height):
        whole[:] = np.float32(0.0)
        partial[:] = np.float32(0.0)
        for j in range(r + 1):
            above, below = padded[index[y + r - j]], padded[index[y + r + j]]
            for e in range(pair.size):
                pair[e] = above[e] + below[e] if j else above[e]
            for i in range(r + 1):
                left, right, w = pair[(r - i) * channels :], pair[(r + i) * channels :], rest[j, i]
                if core[j, i]:
                    for e in range(size):
                        whole[e] += left[e] + right[e] if i else left[e]
                elif w != np.float32(0.0):
                    for e in range(size):
                        partial[e] += w * (left[e] + right[e] if i else left[e])
        centre = padded[y, r * channels :]
        for e in range(size):
            c = centre[e]
            dst[y, e] = blurred(c, whole[e], partial[e], count, surplus, rest_total, excess)


def correlate_symmetric_cpu(src: np.ndarray, dst: np.ndarray, kernel: SymmetricKernel, border: str) -> None:
    """dst = src (N, H, W, C) uint8 correlated with the kernel, truncated.

    What is rounded is the change of a pixel, not its value: where a mean of bytes is a whole number, float32 still tells
    whether the kernel's float64 entries put it a hair above or below, which is what decides the published byte.
    """
    _, height, width, channels = src.shape
    r = len(kernel.rest) - 1
    padded = np.empty((height, (width + 2 * r) * channels), np.float32)
    for image, result in zip(src, dst, strict=True):
        _pad_rows(image, padded, border_index(width, r, r, border), r)
        _symmetric(padded, result.reshape(height, -1), *kernel, border_index(height, r, r, border), channels)
