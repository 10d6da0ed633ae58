"""A Gaussian with its border folded in is a dense matrix: out = A X B^T costs the same for any sigma.

Where a line is longer than the filter, all rows of the matrix but those at its ends hold the same weights, so it need
not be made: a line of 20,000 pixels took 1.6 GB and 12 s.
"""

import numpy as np

from ..jit import cpu, part, scalar
from ..kept import kept
from ..lanes import LANES, load, load_spread, spread, store, turn, whole_lanes
from .bell import bell
from .borders import border_index, copy_line

ZERO = np.float32(0.0)


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


FOUR = 4
"""Rows of the result that are made together: what is loaded serves all, and their sums stay in registers. At 224 and
full weights a product then takes .28 ms, where sums that went through memory took .69, as many as LLVM vectorised by
itself (an Intel Xeon of model 207; with AVX2 alone .40). Two rows .45, eight .28, but with AVX2 .61: too few registers.
"""


@cpu
def _product(weights, begin, end, m, stop, columns, above, done):
    """Rows m .. stop of `weights` (S, S) by sixteen columns (L, 16) from row `above` on, into those rows of `done`."""
    size, last, zero = weights.shape[1], stop - 1, spread(ZERO)
    while m < stop:
        m1, m2, m3 = min(m + 1, last), min(m + 2, last), min(m + 3, last)
        w, w1, w2, w3 = size * m, size * m1, size * m2, size * m3
        a, b, c, d = zero, zero, zero, zero
        for k in range(
            min(min(begin[m], begin[m1]), min(begin[m2], begin[m3])), max(max(end[m], end[m1]), max(end[m2], end[m3]))
        ):
            row = load(columns, LANES * (above + k))
            a += load_spread(weights, w + k) * row
            b += load_spread(weights, w1 + k) * row
            c += load_spread(weights, w2 + k) * row
            d += load_spread(weights, w3 + k) * row
        store(done, LANES * (above + m), a)
        store(done, LANES * (above + m1), b)
        store(done, LANES * (above + m2), c)
        store(done, LANES * (above + m3), d)
        m += FOUR


@part
def _correlation(weights, columns, length, done):
    """The rows of `done` where all of the filter lies on the line."""
    reach, zero = weights.size // 2, spread(ZERO)
    last = length - reach - 1
    for y in range(reach, length - reach, FOUR):
        y1, y2, y3 = min(y + 1, last), min(y + 2, last), min(y + 3, last)
        a, b, c, d = zero, zero, zero, zero
        for k in range(weights.size):
            weight, place = load_spread(weights, k), k - reach
            a += weight * load(columns, LANES * (y + place))
            b += weight * load(columns, LANES * (y1 + place))
            c += weight * load(columns, LANES * (y2 + place))
            d += weight * load(columns, LANES * (y3 + place))
        store(done, LANES * y, a)
        store(done, LANES * y1, b)
        store(done, LANES * y2, c)
        store(done, LANES * y3, d)


@part
def _smoothed(weights, begin, end, columns, length, done):
    """done (L, 16) = the matrix that `weights` (S, S) stands for @ columns (L, 16)."""
    size = weights.shape[0]
    if length == size:
        _product(weights, begin, end, 0, size, columns, 0, done)
        return
    reach = size // 2
    _product(weights, begin, end, 0, reach, columns, 0, done)
    _correlation(weights[reach], columns, length, done)
    _product(weights, begin, end, reach + 1, size, columns, length - size, done)


@cpu
def _smooth(fields, out, rows, rows_begin, rows_end, columns, columns_begin, columns_end):
    """Of each field (N, H, W) sixteen columns at a time, then sixteen rows at a time, turned to be columns."""
    height, width = fields.shape[1:]
    broad = whole_lanes(width)
    across = np.empty((whole_lanes(height), broad), np.float32)
    across[height:] = ZERO
    lines = np.empty((LANES, broad), np.float32)
    block = np.zeros((max(height, broad), LANES), np.float32)
    done = np.empty_like(block)
    for n in range(fields.shape[0]):
        field, result = fields[n], out[n]
        for x in range(0, width, LANES):
            if x + LANES <= width:
                for y in range(height):
                    store(block, LANES * y, load(field, y * width + x))
            else:
                for y in range(height):
                    for i in range(width - x):
                        block[y, i] = field[y, x + i]
            _smoothed(rows, rows_begin, rows_end, block, height, done)
            for y in range(height):
                store(across, y * broad + x, load(done, LANES * y))
        for y in range(0, height, LANES):
            for x in range(0, width, LANES):
                turn(across, y * broad + x, broad, block, LANES * x, LANES)
            _smoothed(columns, columns_begin, columns_end, block, width, done)
            for x in range(0, width, LANES):
                turn(done, LANES * x, LANES, lines, x, broad)
            for i in range(min(LANES, height - y)):
                copy_line(lines[i], result[y + i])


def smooth_fields_cpu(fields: np.ndarray, sigma: float, truncate: float, border: str) -> np.ndarray:
    """Every field of (..., H, W) float32 smoothed by a Gaussian of `sigma` pixels, cut off at `truncate` sigmas."""
    height, width = fields.shape[-2:]
    rows, columns = (gaussian_spans(length, sigma, truncate, border) for length in (height, width))
    out = np.empty_like(fields)
    _smooth(fields.reshape(-1, height, width), out.reshape(-1, height, width), *rows, *columns)
    return out
