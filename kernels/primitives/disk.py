"""A disk of equal weights, softened: its sum in integers, from row to row by what enters and what leaves; then a few
weighted neighbours.

A disk of radius 10 has 317 elements. Summed one by one, and its softened rim by weights, it took 1.7 ms for a 224 x 224
x 3 image; that one row differs from the next by 42 elements makes the sum .13 ms. All of it takes .15 to 1.24 ms at the
five severities (one core).
"""

from typing import NamedTuple

import numpy as np

from ..jit import cpu, floored, scalar
from .borders import border_index, pad_rows
from .pixelwise import to_byte

NEGLIGIBLE = 1e-9
"""Weights below this are left out: at the published radii they move a pixel by less than 3e-6 levels, where float32
resolves 1e-5.
"""


class Quads(NamedTuple):
    """Neighbours in fours with a weight each: at (y, x) the four (+-y, +-x); at (y, 0) the four (+-y, 0) and (0,
    +-y).
    """

    offsets: np.ndarray  # (K, 2) int32, y > 0 and x >= 0
    weights: np.ndarray  # (K,) float32

    @property
    def reach(self) -> int:
        """How far the neighbours lie from the centre."""
        return int(self.offsets.max(initial=0))


class SoftDisk(NamedTuple):
    """A correlation of bytes: (disk, then `soft` on its sums) + `rest`, the two with the centre's weight implied."""

    heights: np.ndarray  # (r + 1,) int32: the disk's column at distance x reaches from -heights[x] to heights[x]
    size: np.int32  # elements of the disk
    soft: Quads  # on sums over the disk
    rest: Quads  # on bytes
    surplus: np.float32  # the weight of the disk's elements, before they are softened, less 1 / size
    excess: np.float32  # the sum of the whole kernel less 1


def quads(quarter: np.ndarray) -> Quads:
    """The neighbours' weights, given at (|y|, |x|) and equal with the two exchanged."""
    found = [(y, x) for y, x in np.ndindex(*quarter.shape) if y and abs(quarter[y, x]) > NEGLIGIBLE]
    return Quads(np.array(found, np.int32).reshape(-1, 2), np.array([quarter[place] for place in found], np.float32))


@scalar
def less_centre(a, b, c, d, centre):
    """Four neighbours less four times the centre: exactly nothing where all are equal."""
    return np.int32(a) + np.int32(b) + np.int32(c) + np.int32(d) - np.int32(4) * np.int32(centre)


@scalar
def softened(centre, whole, partial, size, surplus, excess):
    """The byte made of the sum over the disk and of what the neighbours add.

    What is rounded is the change of a pixel, not its value: where a mean of bytes is a whole number, float32 still
    tells whether the kernel's float64 entries put it a hair above or below, which is what decides the published byte.
    """
    start = np.float32(centre)
    far = np.float32(np.int32(whole - size * np.int32(centre)))
    mean = far / np.float32(size)
    levels = floored(mean)  # apart, because a small change vanishes when added to a large one
    change = (mean - levels) + (surplus * far + partial + excess * start)
    return to_byte(start + levels + floored(change))


@cpu
def _add(acc, line):
    for e in range(acc.size):
        acc[e] += np.int32(line[e])


@cpu
def _step(acc, enters, leaves):
    for e in range(acc.size):
        acc[e] = np.int16(enters[e]) - np.int16(leaves[e])


@cpu
def _step_two(acc, enters_left, enters_right, leaves_left, leaves_right):
    for e in range(acc.size):
        acc[e] += (
            np.int16(enters_left[e]) + np.int16(enters_right[e]) - np.int16(leaves_left[e]) - np.int16(leaves_right[e])
        )


@cpu
def _plus(out, line, step):
    for e in range(out.size):
        out[e] = line[e] + np.int32(step[e])


@cpu
def _sums(padded, heights, index, reach, channels, out):
    """out (H, W C) int32: the sum over the disk at each place."""
    height, size = out.shape
    out[0] = 0
    for k in range(heights.size):
        for dy in range(-heights[k], heights[k] + 1):
            line = padded[index[reach + dy]]
            _add(out[0], line[(reach - k) * channels :])
            if k:
                _add(out[0], line[(reach + k) * channels :])
    step = np.empty(size, np.int16)  # 255 times the disk's diameter at most: for radii up to 63
    for y in range(height - 1):
        for k in range(heights.size):
            enters, leaves = padded[index[reach + y + 1 + heights[k]]], padded[index[reach + y - heights[k]]]
            left, right = (reach - k) * channels, (reach + k) * channels
            if k:
                _step_two(step, enters[left:], enters[right:], leaves[left:], leaves[right:])
            else:
                _step(step, enters[left:], leaves[left:])
        _plus(out[y + 1], out[y], step)


@cpu
def _pull(partial, centre, a, b, c, d, weight):
    # Not more than eight arrays: LLVM compares each with the one that is written, and gives up vectorising above that.
    if centre.itemsize == 1:  # 16 bits hold what bytes give, and twice as many of them fit a register
        for e in range(partial.size):
            partial[e] += weight * np.float32(np.int16(less_centre(a[e], b[e], c[e], d[e], centre[e])))
    else:
        for e in range(partial.size):
            partial[e] += weight * np.float32(np.int32(less_centre(a[e], b[e], c[e], d[e], centre[e])))


@cpu
def _pull_quads(acc, y, padded, index, reach, channels, offsets, weights):
    middle = padded[index[y + reach]]
    for k in range(weights.size):
        dy, dx = offsets[k, 0], offsets[k, 1]
        up, low = padded[index[y + reach - dy]], padded[index[y + reach + dy]]
        if dx:
            left, right = (reach - dx) * channels, (reach + dx) * channels
            _pull(acc, middle[reach * channels :], up[left:], up[right:], low[left:], low[right:], weights[k])
        else:
            left, here, right = (reach - dy) * channels, reach * channels, (reach + dy) * channels
            _pull(acc, middle[here:], up[here:], low[here:], middle[left:], middle[right:], weights[k])


@cpu
def _soften(dst, centre, sums, partial, size, surplus, excess):
    for e in range(dst.size):
        dst[e] = softened(centre[e], sums[e], partial[e], size, surplus, excess)


@cpu
def _disk(
    padded,
    index,
    reach,
    sums,
    sums_index,
    sums_reach,
    dst,
    channels,
    soft_offsets,
    soft_weights,
    offsets,
    weights,
    size,
    surplus,
    excess,
):
    partial = np.empty(dst.shape[1], np.float32)
    for y in range(dst.shape[0]):
        partial[:] = np.float32(0.0)
        _pull_quads(partial, y, sums, sums_index, sums_reach, channels, soft_offsets, soft_weights)
        _pull_quads(partial, y, padded, index, reach, channels, offsets, weights)
        _soften(dst[y], padded[y, reach * channels :], sums[y, sums_reach * channels :], partial, size, surplus, excess)


def correlate_disk_cpu(src: np.ndarray, dst: np.ndarray, disk: SoftDisk) -> None:
    """dst = src (N, H, W, C) uint8 correlated with the disk, reflect-101 at the edges, truncated.

    The sums continue beyond the edges as the image does, since the disk is symmetric.
    """
    _, height, width, channels = src.shape
    reach, beyond = max(len(disk.heights) - 1, disk.rest.reach), disk.soft.reach
    rows, columns = border_index(height, reach, reach, "reflect101"), border_index(width, reach, reach, "reflect101")
    sums_rows, sums_columns = (
        border_index(height, beyond, beyond, "reflect101"),
        border_index(width, beyond, beyond, "reflect101"),
    )
    padded = np.empty((height, (width + 2 * reach) * channels), np.uint8)
    sums = np.empty((height, width * channels), np.int32)
    wide = np.empty((height, (width + 2 * beyond) * channels), np.int32) if beyond else sums
    for image, result in zip(src, dst, strict=True):
        pad_rows(image, padded, columns, reach)
        _sums(padded, disk.heights, rows, reach, channels, sums)
        if beyond:
            pad_rows(sums.reshape(image.shape), wide, sums_columns, beyond)
        flat = result.reshape(height, -1)
        _disk(
            *(padded, rows, reach, wide, sums_rows, beyond, flat, channels),
            *(*disk.soft, *disk.rest, disk.size, disk.surplus, disk.excess),
        )
