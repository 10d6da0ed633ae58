"""A Gaussian with its border folded in is a small dense matrix: out = A X B^T costs the same for any sigma."""

import functools

import numpy as np

from ..jit import cpu
from .borders import border_index


@functools.lru_cache(maxsize=64)
def folded_gaussian(length: int, sigma: float, truncate: float, border: str) -> np.ndarray:
    """(length, length) float32: row y holds the weight of every input element in output y (computed in float64)."""
    radius = int(truncate * sigma + 0.5)
    distance = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (distance / sigma) ** 2) if radius else np.ones(1)
    weights /= weights.sum()
    index = border_index(length, radius, radius, border)
    matrix = np.zeros((length, length))
    for y in range(length):
        np.add.at(matrix[y], index[y : y + weights.size], weights)
    matrix = matrix.astype(np.float32)
    matrix.flags.writeable = False
    return matrix


@functools.lru_cache(maxsize=128)
def gaussian_spans(length: int, sigma: float, truncate: float, border: str, transposed: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`folded_gaussian` (or its transpose), and where each of its rows begins and ends to differ from 0: (length,) int32."""
    matrix = folded_gaussian(length, sigma, truncate, border)
    used = matrix != 0.0
    first, last = used.argmax(1).astype(np.int32), (length - used[:, ::-1].argmax(1)).astype(np.int32)
    return np.ascontiguousarray(matrix.T) if transposed else matrix, first, last


@cpu
def _product(weights, rows, out):
    """out (M, X) = weights (M, K) @ rows (K, X); four rows of `rows` at a time, zero stretches of `weights` left out."""
    inner, size = rows.shape
    for m in range(weights.shape[0]):
        acc, w = out[m], weights[m]
        acc[:] = np.float32(0.0)
        first, last = 0, inner
        while first < last and w[first] == np.float32(0.0):
            first += 1
        while last > first and w[last - 1] == np.float32(0.0):
            last -= 1
        k = first
        while k + 4 <= last:
            w0, w1, w2, w3 = w[k], w[k + 1], w[k + 2], w[k + 3]
            r0, r1, r2, r3 = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
            for e in range(size):
                acc[e] = (((acc[e] + w0 * r0[e]) + w1 * r1[e]) + w2 * r2[e]) + w3 * r3[e]
            k += 4
        while k < last:
            w0, r0 = w[k], rows[k]
            for e in range(size):
                acc[e] += w0 * r0[e]
            k += 1


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
