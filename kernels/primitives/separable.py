"""Symmetric separable filters: a pass along rows, then one along columns, in float32.

What is summed is each neighbour's difference from the centre. A flat area then keeps its value exactly whatever the
weights sum to in float32, and a narrow filter, whose results lie a hair beside whole numbers, is resolved to 1e-5
levels.
"""

import numpy as np

from ..jit import cpu, floored, scalar
from ..kept import kept
from .bell import bell
from .borders import border_index, pad_line
from .pixelwise import to_byte


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


@cpu
def _pull_two(acc, centre, left0, right0, left1, right1, w0, w1):
    """Two pairs of neighbours at a time: `acc` and the centre are then loaded half as often."""
    for e in range(acc.size):
        c = centre[e]
        acc[e] = (acc[e] + pull(w0, left0[e], right0[e], c)) + pull(w1, left1[e], right1[e], c)


@cpu
def _pull_one(acc, centre, left, right, w):
    for e in range(acc.size):
        acc[e] += pull(w, left[e], right[e], centre[e])


@cpu
def _rows(src, out, half, index):
    height, width, channels = src.shape
    r = half.size - 1
    padded = np.empty((width + 2 * r) * channels, np.float32)
    size = width * channels
    for y in range(height):
        pad_line(src[y].reshape(size), padded, index, r, channels)
        acc = out[y].reshape(size)
        centre = padded[r * channels :]
        acc[:] = np.float32(0.0)
        for k in range(1, r, 2):
            left0, right0 = padded[(r - k) * channels :], padded[(r + k) * channels :]
            left1, right1 = padded[(r - k - 1) * channels :], padded[(r + k + 1) * channels :]
            _pull_two(acc, centre, left0, right0, left1, right1, half[k], half[k + 1])
        if r % 2:
            _pull_one(acc, centre, padded, padded[2 * r * channels :], half[r])
        for e in range(size):
            acc[e] += centre[e]


@cpu
def _columns(src, out, half, index):
    height, width, channels = src.shape
    r = half.size - 1
    size = width * channels
    for y in range(height):
        acc, centre = out[y].reshape(size), src[y].reshape(size)
        acc[:] = np.float32(0.0)
        for k in range(1, r, 2):
            above0, below0 = src[index[y + r - k]].reshape(size), src[index[y + r + k]].reshape(size)
            above1, below1 = src[index[y + r - k - 1]].reshape(size), src[index[y + r + k + 1]].reshape(size)
            _pull_two(acc, centre, above0, below0, above1, below1, half[k], half[k + 1])
        if r % 2:
            _pull_one(acc, centre, src[index[y]].reshape(size), src[index[y + 2 * r]].reshape(size), half[r])
        for e in range(size):
            acc[e] += centre[e]


def separable_cpu(src: np.ndarray, half: np.ndarray, border: str) -> np.ndarray:
    """src (N, H, W, C) filtered along both axes with the symmetric weights `half`: float32 (N, H, W, C)."""
    height, width = src.shape[1:3]
    r = half.size - 1
    ix, iy = border_index(width, r, r, border), border_index(height, r, r, border)
    out = np.empty(src.shape, np.float32)
    between = np.empty(src.shape[1:], np.float32)
    for image, result in zip(src, out, strict=True):
        _rows(image, between, half, ix)
        _columns(between, result, half, iy)
    return out


@cpu
def _three_by_three(src, dst, side, corner, ix, iy):
    height, width, channels = src.shape
    four = np.int32(4)
    for y in range(height):
        up, mid, low = src[iy[y]], src[y], src[iy[y + 2]]
        for x in range(width):
            a, b = ix[x], ix[x + 2]
            for c in range(channels):
                centre = np.int32(mid[x, c])
                sides = (
                    np.int32(up[x, c]) + np.int32(low[x, c]) + np.int32(mid[a, c]) + np.int32(mid[b, c]) - four * centre
                )
                corners = (
                    np.int32(up[a, c]) + np.int32(up[b, c]) + np.int32(low[a, c]) + np.int32(low[b, c]) - four * centre
                )
                dst[y, x, c] = shifted(centre, sides, corners, side, corner)


def separable_bytes_cpu(src: np.ndarray, dst: np.ndarray, half: np.ndarray, border: str) -> None:
    """dst = src (N, H, W, C) uint8 filtered along both axes with the symmetric weights `half`, truncated.

    A filter of radius 1 is done in one step of three by three: its corner weights are as small as 1e-7, and decide
    bytes where the sides cancel, so the change is rounded apart from the value.
    """
    if half.size != 2:
        truncate_cpu(separable_cpu(src, half, border), dst)
        return
    ix, iy = border_index(src.shape[2], 1, 1, border), border_index(src.shape[1], 1, 1, border)
    for image, result in zip(src, dst, strict=True):
        _three_by_three(image, result, half[0] * half[1], half[1] * half[1], ix, iy)


@cpu
def _truncate(src, dst, lift, gain):
    for e in range(src.size):
        dst[e] = to_byte(gain * src[e] + lift)


def truncate_cpu(src: np.ndarray, dst: np.ndarray, lift: float = 0.0, gain: float = 1.0) -> None:
    """dst = uint8(clip(gain src + lift)): grey levels in float32 to bytes by truncation."""
    _truncate(src.reshape(-1), dst.reshape(-1), np.float32(lift), np.float32(gain))
