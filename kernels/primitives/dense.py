"""A Gaussian with its border folded in is a small dense matrix: out = A X B^T costs the same for any sigma."""

import functools

import numpy as np

from ..jit import cpu
from .bell import bell
from .borders import border_index


@functools.lru_cache(maxsize=64)
def folded_gaussian(length: int, sigma: float, truncate: float, border: str) -> np.ndarray:
    """(length, length) float32: row y holds the weight of every input element in output y (computed in float64)."""
    radius = int(truncate * sigma + 0.5)
    distance = np.arange(-radius, radius + 1)
    weights = bell(distance, sigma) if radius else np.ones(1)
    weights /= weights.sum()
    index = border_index(length, radius, radius, border)
    matrix = np.zeros((length, length))
    for y in range(length):
        np.add.at(matrix[y], index[y : y + weights.size], weights)
    matrix = matrix.astype(np.float32)
    matrix.flags.writeable = False
    return matrix


@functools.lru_cache(maxsize=128)
def gaussian_spans(
    length: int, sigma: float, truncate: float, border: str, transposed: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`folded_gaussian` (or its transpose), and where each of its rows begins and ends to differ from 0: (length,)
    int32.
    """
    matrix = folded_gaussian(length, sigma, truncate, border)
    used = matrix != 0.0
    first, last = used.argmax(1).astype(np.int32), (length - used[:, ::-1].argmax(1)).astype(np.int32)
    return np.ascontiguousarray(matrix.T) if transposed else matrix, first, last


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
        _product(rows, field, across)
        _transpose(across, turned)
        _product(columns, turned, done)
        _transpose(done, result)
    return out
