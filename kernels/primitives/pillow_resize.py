"""Pillow's resize for bytes, to the bit: per-axis weights in 22-bit fixed point, rounded to bytes between the passes.

The published geometry (Resize(256) then CenterCrop(224)) and the pixelate corruption are defined by it.
"""

import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu, part, scalar
from ..kept import kept
from ..lanes import LANES, TWO, load_whole, shifted_right, spread_whole, store, turn_bytes
from .borders import copy_line

PRECISION = 22  # Pillow: 32 bits less 8 for the byte less 2 of head room


class AxisWeights(NamedTuple):
    """Output i is the sum of taps[i] elements from first[i] on, weighted by weights[i] / 2^22."""

    first: np.ndarray
    taps: np.ndarray
    weights: np.ndarray


def _box(distance: np.ndarray) -> np.ndarray:
    return np.where((distance > -0.5) & (distance <= 0.5), 1.0, 0.0)


def _triangle(distance: np.ndarray) -> np.ndarray:
    return np.maximum(0.0, 1.0 - np.abs(distance))


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Keys's with a = -1/2; `rounded` is not for its sums, which may leave 0..255."""
    t = np.abs(distance)
    near, far = (1.5 * t - 2.5) * t * t + 1.0, ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    return np.where(t < 1.0, near, np.where(t < 2.0, far, 0.0))


FILTERS = {"box": (_box, 0.5), "bilinear": (_triangle, 1.0), "bicubic": (_cubic, 2.0)}


@kept
def axis_weights(length: int, target: int, kind: str) -> AxisWeights:
    """The weights that bring a line of `length` bytes to `target` bytes."""
    weigh, support = FILTERS[kind]
    scale = length / target
    stretch = max(scale, 1.0)
    reach = support * stretch
    centre = (np.arange(target) + 0.5) * scale
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    taps = np.minimum((centre + reach + 0.5).astype(np.int64), length) - first
    k = np.arange(2 * math.ceil(reach) + 1)
    shares = weigh((first[:, None] + k - centre[:, None] + 0.5) / stretch)
    shares[k >= taps[:, None]] = 0.0
    total = np.add.accumulate(shares, axis=1)[:, -1:]  # one after the other, as Pillow adds them
    fixed = shares / total * (1 << PRECISION)
    return AxisWeights(first, taps, (fixed + np.where(fixed < 0.0, -0.5, 0.5)).astype(np.int32))


@scalar
def rounded(total):
    """A fixed-point sum, half already added, as a byte. No weight is negative, so the sum cannot leave 0..255."""
    return np.uint8(total >> np.int32(PRECISION))


class Taps(NamedTuple):
    """The same number of taps for every output: those added weigh nothing and stay inside the line."""

    first: np.ndarray  # (target,) uint64
    weights: np.ndarray  # (target, K) int32


def even_taps(axis: AxisWeights, length: int) -> Taps:
    """An axis's weights as Taps, for lines of `length` elements."""
    count = min(int(axis.taps.max()), length)
    first = np.minimum(axis.first, length - count)
    k = np.arange(count) - (axis.first - first)[:, None]
    inside = (k >= 0) & (k < axis.taps[:, None])
    weights = np.where(inside, np.take_along_axis(axis.weights, np.where(inside, k, 0), 1), 0)
    return Taps(first.astype(np.uint64), weights.astype(np.int32))


class Window(NamedTuple):
    """A stretch of an axis: its weights, the elements [low, high) that it is made of, and the weights as Taps of the
    line and of those.
    """

    axis: AxisWeights
    taps: Taps
    cut: Taps
    low: int
    high: int


@kept
def axis_window(length: int, target: int, kind: str, begin: int, end: int) -> Window:
    """Outputs begin .. end of `axis_weights`. Made once a size: anew for each image it took .04 ms."""
    axis = AxisWeights(*(part[begin:end] for part in axis_weights(length, target, kind)))
    low, high = int(axis.first.min()), int((axis.first + axis.taps).max())
    return Window(
        axis, even_taps(axis, length), even_taps(axis._replace(first=axis.first - low), high - low), low, high
    )


# Numba asks of every signed index whether it is negative: hence unsigned ones.
SIXTEEN = np.uint64(LANES)
TURNED = np.uint64(3 * LANES)


@part
def _across_any(src, dst, first, weights):
    channels, half = np.uint64(dst.shape[2]), np.int32(1 << (PRECISION - 1))
    for y in range(dst.shape[0]):
        row, out = src[y].reshape(-1), dst[y].reshape(-1)
        for i in range(dst.shape[1]):
            x = np.uint64(i)
            for channel in range(dst.shape[2]):
                at, total = channels * first[x] + np.uint64(channel), half
                for k in range(weights.shape[1]):
                    total = np.int32(total + np.int32(row[at]) * weights[x, np.uint64(k)])
                    at += channels
                out[channels * x + np.uint64(channel)] = rounded(total)


@part
def _across_turned(src, dst, first, weights):
    """Sixteen rows at a time, turned so that an element of all of them is one load. The 329 rows that bring 500 pixels
    to 224 of 341, three taps, take .041 ms, of which turning there and back .016; four elements at a time, a pixel of
    three channels, .078; one at a time about .16. Compiled for AVX2 .054 and .085, for any x86-64 .18 and .24.
    """
    channels, taps = np.uint64(dst.shape[2]), np.uint64(weights.shape[1])
    rows, size, line = dst.shape[0], dst.shape[1] * dst.shape[2], src.shape[1] * src.shape[2]
    low = np.int64(channels * first[0])
    length = np.int64(channels * (first[np.uint64(dst.shape[1] - 1)] + taps)) - low
    given, made = np.empty(LANES * length, np.uint8), np.empty(LANES * size, np.uint8)
    half, bits, square = spread_whole(np.int32(1 << (PRECISION - 1))), np.int32(PRECISION), LANES * LANES
    for tile in range(0, rows, LANES):
        y = min(tile, rows - LANES)  # the last squares begin earlier: what they share is made twice
        for block in range(0, length, TWO):
            begin = block if block + TWO < length else length - TWO
            turn_bytes(src, y * line + low + begin, line, LANES, given, LANES * begin, LANES, square)
        to = np.uint64(0)
        for i in range(dst.shape[1]):
            x = np.uint64(i)
            start = SIXTEEN * (channels * first[x] - np.uint64(low))
            if dst.shape[2] == 3:
                red = green = blue = half
                for k in range(taps):
                    weight, at = spread_whole(weights[x, k]), start + TURNED * k
                    red += load_whole(given, at) * weight
                    green += load_whole(given, at + SIXTEEN) * weight
                    blue += load_whole(given, at + SIXTEEN + SIXTEEN) * weight
                store(made, to, shifted_right(red, bits))
                store(made, to + SIXTEEN, shifted_right(green, bits))
                store(made, to + SIXTEEN + SIXTEEN, shifted_right(blue, bits))
                to += TURNED
            else:
                for channel in range(channels):
                    total, at = half, start + SIXTEEN * channel
                    for k in range(taps):
                        total += load_whole(given, at) * spread_whole(weights[x, k])
                        at += SIXTEEN * channels
                    store(made, to, shifted_right(total, bits))
                    to += SIXTEEN
        for block in range(0, size, TWO):
            begin = min(block, size - TWO)
            turn_bytes(made, LANES * begin, LANES, square, dst, y * size + begin, size, LANES)


@part
def _across(src, dst, first, weights):
    """The pass along the rows."""
    channels, last = np.uint64(dst.shape[2]), np.uint64(dst.shape[1] - 1)
    length = np.int64(channels * (first[last] + np.uint64(weights.shape[1]) - first[0]))
    if dst.shape[0] < LANES or min(dst.shape[1] * dst.shape[2], length) < TWO:
        _across_any(src, dst, first, weights)
    else:
        _across_turned(src, dst, first, weights)


# The passes of a whole batch are one call: image by image, two threads waited for the interpreter between them.


@cpu
def _repeat(src, dst, rows, columns):
    height, width, channels = dst.shape[1:]
    for n in range(src.shape[0]):
        for y in range(height):
            out = dst[n, y].reshape(-1)
            if y > 0 and rows[y] == rows[y - 1]:
                copy_line(dst[n, y - 1].reshape(-1), out)
                continue
            row = src[n, rows[y]].reshape(-1)
            if channels == 3:
                for x in range(width):
                    at = 3 * columns[x]
                    out[3 * x], out[3 * x + 1], out[3 * x + 2] = row[at], row[at + 1], row[at + 2]
            else:
                for x in range(width):
                    out[x] = row[columns[x]]


@part
def _down(src, dst, left, above, first, count, weights):
    """The pass down the columns from `left` on, of which the rows `above` are not there. Twice sixteen elements share a
    weight: .018 ms for the 224 rows of a photograph, .022 sixteen at a time, .031 with 64; compiled for AVX2 .023, .027
    and .061. The last of a line begin earlier, and what they share with others is made twice.
    """
    half, bits, size = np.int32(1 << (PRECISION - 1)), np.int32(PRECISION), dst.shape[1] * dst.shape[2]
    source, line = src.reshape(-1), np.uint64(src.shape[1] * src.shape[2])
    made, channels = dst.reshape(-1), np.uint64(src.shape[2])
    for y in range(dst.shape[0]):
        out, begin = np.uint64(y * size), np.uint64(first[y] - above) * line + np.uint64(left) * channels
        taps, of_row = np.uint64(count[y]), weights[y]
        for block in range(0, size if size >= TWO else 0, TWO):
            place = np.uint64(min(block, size - TWO))
            at, to = begin + place, out + place
            total = rest = spread_whole(half)
            for k in range(taps):
                weight = spread_whole(of_row[k])
                total += load_whole(source, at) * weight
                rest += load_whole(source, at + SIXTEEN) * weight
                at += line
            store(made, to, shifted_right(total, bits))
            store(made, to + SIXTEEN, shifted_right(rest, bits))
        for i in range(size if size < TWO else 0):
            e = np.uint64(i)
            at, one = begin + e, half
            for k in range(taps):
                one = np.int32(one + np.int32(source[at]) * of_row[k])
                at += line
            made[out + e] = rounded(one)


@cpu
def _both(src, dst, down_first, low, high, first, count, weights, across_first, across_weights):
    """Both passes, of the rows low .. high that are needed, or of those columns where they are made down first. Each is
    called from one place: from two, both would be compiled into this function twice.
    """
    rows, columns = (dst.shape[1], high - low) if down_first else (high - low, dst.shape[2])
    between = np.empty((rows, columns, src.shape[3]), np.uint8)
    left, above, end = (low, 0, src.shape[1]) if down_first else (0, low, high)
    for n in range(src.shape[0]):
        given, made = src[n, above:end], between
        for down in (down_first, not down_first):
            if down:
                _down(given, made, left, above, first, count, weights)
            else:
                _across(given, made, across_first, across_weights)
            given, made = between, dst[n]


def columns_first(height: int, width: int, new_height: int, new_width: int) -> bool:
    """Whether Pillow 13 makes the pass down the columns before the one along the rows.

    Older versions, with which the published copies were made, never do; on squares the two agree. The rule was found by
    trying 394 random sizes and 40 boundaries: it held on all.
    """
    return new_height < height and height - new_height > 2 * (width - new_width)


def _resize(src: np.ndarray, dst: np.ndarray, rows: Window, columns: Window, down_first: bool) -> None:
    """Images (N, H, W, C) to (N, H', W', C), of which `rows` and `columns` are wanted."""
    if rows.taps.weights.shape[1] == columns.taps.weights.shape[1] == 1:  # every weight is 1: pixelate's way back
        _repeat(src, dst, rows.axis.first, columns.axis.first)
    elif down_first:
        _both(src, dst, True, columns.low, columns.high, *rows.axis, *columns.cut)
    else:
        _both(src, dst, False, rows.low, rows.high, *rows.axis, *columns.taps)


def pillow_resize_cpu(src: np.ndarray, dst: np.ndarray, kind: str) -> None:
    """dst (N, H', W', C) uint8 = src (N, H, W, C) uint8 as Image.resize((W', H'), kind) would give it."""
    (height, width), (new_height, new_width) = src.shape[1:3], dst.shape[1:3]
    rows = axis_window(height, new_height, kind, 0, new_height)
    columns = axis_window(width, new_width, kind, 0, new_width)
    _resize(src, dst, rows, columns, columns_first(height, width, new_height, new_width))


def resize_window(src: np.ndarray, height: int, width: int, window: tuple[int, int, int, int], kind: str) -> np.ndarray:
    """Rows top..bottom and columns left..right of src (H, W, C) uint8 resized to (height, width): what is cropped away
    is not made.
    """
    top, left, bottom, right = window
    rows = axis_window(src.shape[0], height, kind, top, bottom)
    columns = axis_window(src.shape[1], width, kind, left, right)
    dst = np.empty((bottom - top, right - left, src.shape[2]), np.uint8)
    _resize(src[None], dst[None], rows, columns, columns_first(src.shape[0], src.shape[1], height, width))
    return dst
