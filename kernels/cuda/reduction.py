"""A few numbers for each image: partial results first, then folds of 32. No atomics, so the host can run the same
kernels.
"""

from typing import Any

import numpy as np

from .kernel import Kernel, points

PARTS = (
    1024  # partial results an image: 256 images are then 262,144 threads, about what the largest devices hold at once
)
FOLD = 32


@points
def sum_part(n, c, part, src, out):
    """Every parts-th pixel's channel c; src (N, P, C) uint8, out (N, parts, C) int64."""
    total = np.int64(0)
    for pixel in range(part, src.shape[1], out.shape[1]):
        total += np.int64(src[n, pixel, c])
    out[n, part, c] = total


@points
def largest_part(n, c, part, src, out):
    """The largest of every parts-th element."""
    best = src[n, part, c]
    for element in range(part, src.shape[1], out.shape[1]):
        best = max(best, src[n, element, c])
    out[n, part, c] = best


@points
def smallest_part(n, c, part, src, out):
    """The smallest of every parts-th element."""
    best = src[n, part, c]
    for element in range(part, src.shape[1], out.shape[1]):
        best = min(best, src[n, element, c])
    out[n, part, c] = best


@points
def largest_product_part(n, c, part, a, b, out):
    """The largest a b of every parts-th element; out int64."""
    best = np.int64(0)
    for element in range(part, a.shape[1], out.shape[1]):
        best = max(best, np.int64(a[n, element]) * np.int64(b[n, element]))
    out[n, part, c] = best


@points
def count_part(n, part, level, src, out):
    """How often `level` is among every parts-th element; src (N, E), out (N, parts, 256) int64."""
    total = np.int64(0)
    for element in range(part, src.shape[1], out.shape[1]):
        total += 1 if src[n, element] == level else 0
    out[n, part, level] = total


def folded(ops: Any, src: Any, kernel: Kernel) -> Any:
    """(N, 1, C): (N, P, C) reduced by a kernel of this module, which is its own fold; sums are int64."""
    while True:
        parts = min(PARTS, -(-src.shape[1] // FOLD))
        out = ops.empty((src.shape[0], parts, src.shape[2]), np.int64 if kernel is sum_part else src.dtype)
        ops.points(kernel, (src.shape[0], src.shape[2], parts), src, out)
        if parts == 1:
            return out
        src = out


def channel_sums(ops: Any, src: Any) -> Any:
    """As `channel_sums_cpu`."""
    n, height, width, channels = src.shape
    return folded(ops, src.reshape(n, height * width, channels), sum_part).reshape(n, channels)


def peak(ops: Any, src: Any) -> Any:
    """As `peak_cpu`."""
    return folded(ops, src.reshape(len(src), -1, 1), largest_part).reshape(len(src))


def peak_product(ops: Any, a: Any, b: Any) -> Any:
    """As `peak_product_cpu`."""
    n, size = len(a), a[0].size
    parts = min(PARTS, -(-size // FOLD))
    partial = ops.empty((n, parts, 1), np.int64)
    ops.points(largest_product_part, (n, 1, parts), a.reshape(n, size), b.reshape(n, size), partial)
    return folded(ops, partial, largest_part).reshape(n)


def counts(ops: Any, layer: Any) -> Any:
    """(N, 256) int64: the histogram of every layer of (N, H, W) uint8."""
    n, size = len(layer), layer[0].size
    parts = min(FOLD, -(-size // FOLD))
    partial = ops.empty((n, parts, 256), np.int64)
    ops.points(count_part, (n, parts, 256), layer.reshape(n, size), partial)
    return folded(ops, partial, sum_part).reshape(n, 256)
