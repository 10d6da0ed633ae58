"""A Gaussian with its border folded in is a dense matrix: out = A X B^T costs the same for any sigma.

Where a line is longer than the filter, all rows of the matrix but those at its ends hold the same weights, so it need
not be made: a line of 20,000 pixels took 1.6 GB and 12 s.
"""

import numpy as np

from ..jit import cpu, scalar
from ..kept import kept
from .bell import bell
from .borders import border_index


def folded_gaussian(length: int, sigma: float, truncate: float, border: str) -> np.ndarray:
    """(S, S) float32: row y holds the weight of every input element in output y (computed in float64).

    S is `length`, or for longer lines the filter's 2 radius + 1: the rows between the ends are then all the same, and
    lie each on the elements from `window_start` on.
    """
    radius = int(truncate * sigma + 0.5)
    return _matrix(min(length, 2 * radius + 1), radius, sigma, border)


@kept
def _matrix(size: int, radius: int, sigma: float, border: str) -> np.ndarray:
    weights = bell(np.arange(-radius, radius + 1), sigma) if radius else np.ones(1)
    weights /= weights.sum()
    matrix = np.zeros((size, size))
    _add_folded(weights, border_index(size, radius, radius, border), matrix)
    matrix = matrix.astype(np.float32)
    matrix.flags.writeable = False
    return matrix


@cpu
def _add_folded(weights, index, matrix):
    for y in range(matrix.shape[0]):
        for k in range(weights.size):
            matrix[y, index[y + k]] += weights[k]


@scalar
def window_start(place, length, size):
    """The first of the `size` elements of a line of `length` that output `place` is made of."""
    return min(max(place - size // 2, 0), length - size)


@kept
def gaussian_spans(
    length: int, sigma: float, truncate: float, border: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`folded_gaussian`, and where each of its rows begins and ends to differ from 0: (S,) int32."""
    matrix = folded_gaussian(length, sigma, truncate, border)
    used = matrix != 0.0
    return matrix, used.argmax(1).astype(np.int32), (len(matrix) - used[:, ::-1].argmax(1)).astype(np.int32)


@cpu
def _add_four(upper, lower, a, b, rows, k):
    """Four products to each of two rows of the result: what is loaded of `rows` serves both."""
    r0, r1, r2, r3 = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
    a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
    b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
    for e in range(upper.size):
        p, q, r, s = r0[e], r1[e], r2[e], r3[e]
        upper[e] = (((upper[e] + a0 * p) + a1 * q) + a2 * r) + a3 * s
        lower[e] = (((lower[e] + b0 * p) + b1 * q) + b2 * r) + b3 * s


@cpu
def _product(weights, rows, out):
    """out (M, X) = weights (M, K) @ rows (K, X), zero stretches of `weights` left out.

    Two rows of the result at a time, four of `rows`: at 224 and full weights .38 ms, where one row at a time took .53
    (BLAS, which may add in another order and contract, .22).
    """
    inner = rows.shape[0]
    spare = np.empty(rows.shape[1], np.float32)
    for m in range(0, weights.shape[0], 2):
        single = m + 1 == weights.shape[0]
        upper, lower = out[m], spare if single else out[m + 1]
        a, b = weights[m], weights[m] if single else weights[m + 1]
        upper[:] = np.float32(0.0)
        lower[:] = np.float32(0.0)
        first, last = 0, inner
        while first < last and a[first] == np.float32(0.0) and b[first] == np.float32(0.0):
            first += 1
        while last > first and a[last - 1] == np.float32(0.0) and b[last - 1] == np.float32(0.0):
            last -= 1
        whole = first + (last - first) // 4 * 4
        for k in range(first, whole, 4):
            _add_four(upper, lower, a, b, rows, k)
        for k in range(whole, last):
            row, a0, b0 = rows[k], a[k], b[k]
            for e in range(row.size):
                upper[e] += a0 * row[e]
                lower[e] += b0 * row[e]


BLOCK = 1024  # results that stay near the processor while all their weights are added


@cpu
def _add_four_along(acc, line, weights, k, stride):
    r0, r1, r2, r3 = line, line[stride:], line[2 * stride :], line[3 * stride :]
    w0, w1, w2, w3 = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
    for e in range(acc.size):
        acc[e] = (((acc[e] + w0 * r0[e]) + w1 * r1[e]) + w2 * r2[e]) + w3 * r3[e]


@cpu
def _correlation(weights, line, out, stride):
    """out[e] = sum of weights[k] line[e + k stride], added in the order of k."""
    whole = weights.size // 4 * 4
    for start in range(0, out.size, BLOCK):
        acc = out[start : min(start + BLOCK, out.size)]
        acc[:] = np.float32(0.0)
        for k in range(0, whole, 4):
            _add_four_along(acc, line[start + k * stride :], weights, k, stride)
        for k in range(whole, weights.size):
            moved, w = line[start + k * stride :], weights[k]
            for e in range(acc.size):
                acc[e] += w * moved[e]


@cpu
def _smoothed(weights, rows, out):
    """out (L, X) = the matrix that `weights` (S, S) stands for @ rows (L, X)."""
    length, size = rows.shape[0], weights.shape[0]
    if length == size:
        _product(weights, rows, out)
        return
    reach = size // 2
    _product(weights[:reach], rows[:size], out[:reach])
    middle = out[reach : length - reach]
    _correlation(weights[reach], rows.reshape(rows.size), middle.reshape(middle.size), rows.shape[1])
    _product(weights[reach + 1 :], rows[length - size :], out[length - reach :])


@cpu
def _transpose(src, out):
    for y in range(src.shape[0]):
        for x in range(src.shape[1]):
            out[x, y] = src[y, x]


def smooth_fields_cpu(fields: np.ndarray, sigma: float, truncate: float, border: str) -> np.ndarray:
    """Every field of (..., H, W) float32 smoothed by a Gaussian of `sigma` pixels, cut off at `truncate` sigmas."""
    height, width = fields.shape[-2:]
    rows, columns = (folded_gaussian(length, sigma, truncate, border) for length in (height, width))
    out = np.empty_like(fields)
    across, turned, done = (
        np.empty((height, width), np.float32),
        np.empty((width, height), np.float32),
        np.empty((width, height), np.float32),
    )
    for field, result in zip(fields.reshape(-1, height, width), out.reshape(-1, height, width), strict=True):
        _smoothed(rows, field, across)
        _transpose(across, turned)
        _smoothed(columns, turned, done)
        _transpose(done, result)
    return out
