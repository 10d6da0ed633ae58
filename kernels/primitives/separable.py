"""Symmetric separable filters: a pass along rows, then one along columns, in float32.

What is summed is each neighbour's difference from the centre. A flat area then keeps its value exactly whatever the
weights sum to in float32, and a narrow filter, whose results lie a hair beside whole numbers, is resolved to 1e-5
levels.
"""

import numpy as np

from ..jit import cpu, floored, part, scalar
from ..kept import kept
from ..lanes import LANES, TWO, load, load_spread, spread, store, whole_lanes
from .bell import bell
from .borders import border_index, pad_line
from .pixelwise import ZERO, to_byte


@kept
def gaussian_weights(sigma: float, radius: int) -> np.ndarray:
    """(radius + 1,) float32: the weights at distance 0 .. radius, summing to 1 over both sides (computed in
    float64).
    """
    if radius == 0 or sigma == 0.0:
        return np.array([1.0], np.float32)
    distance = np.arange(radius + 1)
    half = bell(distance, sigma)
    weights = (half / (half[0] + 2.0 * half[1:].sum())).astype(np.float32)
    weights.flags.writeable = False
    return weights


def gaussian_radius(sigma: float, truncate: float = 4.0) -> int:
    """Where SciPy and scikit-image cut a Gaussian off."""
    return int(truncate * sigma + 0.5)


@scalar
def pull(weight, left, right, centre):
    """What a pair of neighbours adds to the centre."""
    return weight * ((left + right) - (centre + centre))


@scalar
def shifted(centre, sides, corners, side, corner):
    """The byte of a 3 x 3 filter: sums of four neighbours less four times the centre, as integers, by their weights."""
    change = side * np.float32(sides) + corner * np.float32(corners)
    return to_byte(np.float32(centre) + floored(change))


@scalar
def _stride(size):
    """How far rows lie apart that are read below each other: an odd number of cache lines, so that they lie in all of
    the cache. At 512 x 512 x 3 a stride of 1,536 numbers would leave them 4 of its 64 sets.
    """
    lines = whole_lanes(size) // LANES
    return (lines + 1 - lines % 2) * LANES


@part
def _rows(src, out, half, index):
    """out (H, stride): each row filtered."""
    height, width, channels = src.shape
    r, size, stride, zero = half.size - 1, width * channels, out.shape[1], spread(ZERO)
    padded = np.zeros((width + 2 * r) * channels + TWO, np.float32)
    for y in range(height):
        pad_line(src[y].reshape(size), padded, index, r, channels)
        for e in range(0, size, TWO):
            left = right = r * channels + e
            c0, c1 = load(padded, left), load(padded, left + LANES)
            a0, a1 = zero, zero
            for k in range(1, r + 1):
                left -= channels
                right += channels
                weight = load_spread(half, k)
                a0 += pull(weight, load(padded, left), load(padded, right), c0)
                a1 += pull(weight, load(padded, left + LANES), load(padded, right + LANES), c1)
            store(out, stride * y + e, a0 + c0)
            if e + LANES < stride:
                store(out, stride * y + e + LANES, a1 + c1)


@part
def _columns(src, dst, half, size, starts):
    """dst (H, W, C) = the rows of src filtered along the columns; starts (radius + H + radius,) is where each of them
    begins, those beyond the edges too.
    """
    r, zero = half.size - 1, spread(ZERO)
    rest = np.empty(TWO, np.float32)
    for e in range(0, size, TWO):
        for y in range(dst.shape[0]):
            middle, here = starts[r + y] + e, np.uint64(r + y)  # unsigned: it never counts from the end
            c0, c1 = load(src, middle), load(src, middle + LANES)
            a0, a1 = zero, zero
            for k in range(1, r + 1):
                above, below = starts[here - np.uint64(k)] + e, starts[here + np.uint64(k)] + e
                weight = load_spread(half, k)
                a0 += pull(weight, load(src, above), load(src, below), c0)
                a1 += pull(weight, load(src, above + LANES), load(src, below + LANES), c1)
            if e + TWO <= size:
                store(dst, size * y + e, a0 + c0)
                store(dst, size * y + e + LANES, a1 + c1)
                continue
            store(rest, 0, a0 + c0)
            store(rest, LANES, a1 + c1)
            row = dst[y].reshape(size)
            for i in range(size - e):
                row[e + i] = to_byte(rest[i]) if row.itemsize == 1 else rest[i]


@cpu
def _filter(src, dst, half, ix, iy):
    """dst (N, H, W, C) = src (N, H, W, C) filtered along both axes; where it has bytes, truncated.

    With sums in registers, half the loads and the whole width of AVX-512 a radius of 24 takes .9 ms at 224 x 224 x 3
    where two neighbours at a time, added to a line in memory, took 2.0 (an Intel Xeon of model 207). Rows beyond the
    edges are looked up, not copied: of one row under a radius of 300 the copies were 600.
    """
    height, size = src.shape[1], src.shape[2] * src.shape[3]
    between = np.empty((height + 1, _stride(size)), np.float32)  # one more, of which the last read is
    starts = np.empty(iy.size, np.int64)
    for y in range(iy.size):
        starts[y] = np.int64(iy[y]) * between.shape[1]
    for n in range(src.shape[0]):
        _rows(src[n], between[:height], half, ix)
        _columns(between, dst[n], half, size, starts)


def _each(src: np.ndarray, dst: np.ndarray, half: np.ndarray, border: str) -> None:
    r = half.size - 1
    _filter(src, dst, half, border_index(src.shape[2], r, r, border), border_index(src.shape[1], r, r, border))


def separable_cpu(src: np.ndarray, half: np.ndarray, border: str) -> np.ndarray:
    """src (N, H, W, C) filtered along both axes with the symmetric weights `half`: float32 (N, H, W, C)."""
    out = np.empty(src.shape, np.float32)
    _each(src, out, half, border)
    return out


@cpu
def _three_by_three(src, dst, side, corner, ix, iy):
    four = np.int32(4)
    for n in range(src.shape[0]):
        for y in range(src.shape[1]):
            up, mid, low = src[n, iy[y]], src[n, y], src[n, iy[y + 2]]
            for x in range(src.shape[2]):
                a, b = ix[x], ix[x + 2]
                for c in range(src.shape[3]):
                    centre = np.int32(mid[x, c])
                    straight = np.int32(up[x, c]) + np.int32(low[x, c]) + np.int32(mid[a, c]) + np.int32(mid[b, c])
                    aslant = np.int32(up[a, c]) + np.int32(up[b, c]) + np.int32(low[a, c]) + np.int32(low[b, c])
                    sides, corners = straight - four * centre, aslant - four * centre
                    dst[n, y, x, c] = shifted(centre, sides, corners, side, corner)


def separable_bytes_cpu(src: np.ndarray, dst: np.ndarray, half: np.ndarray, border: str) -> None:
    """dst = src (N, H, W, C) uint8 filtered along both axes with the symmetric weights `half`, truncated.

    A filter of radius 1 is done in one step of three by three: its corner weights are as small as 1e-7, and decide
    bytes where the sides cancel, so the change is rounded apart from the value.
    """
    if half.size != 2:
        _each(src, dst, half, border)
        return
    ix, iy = border_index(src.shape[2], 1, 1, border), border_index(src.shape[1], 1, 1, border)
    _three_by_three(src, dst, half[0] * half[1], half[1] * half[1], ix, iy)


@cpu
def _truncate(src, dst, lift, gain):
    for e in range(src.size):
        dst[e] = to_byte(gain * src[e] + lift)


def truncate_cpu(src: np.ndarray, dst: np.ndarray, lift: float = 0.0, gain: float = 1.0) -> None:
    """dst = uint8(clip(gain src + lift)): grey levels in float32 to bytes by truncation."""
    _truncate(src.reshape(-1), dst.reshape(-1), np.float32(lift), np.float32(gain))
