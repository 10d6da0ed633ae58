"""Fields smoothed by Gaussians of any width: two products with small dense matrices, each of which transposes."""

from typing import Any

import numpy as np

from ..kept import kept
from ..primitives.dense import gaussian_spans, window_start
from .program import Program, tiles

PROGRAM = Program("smooth.cu", [(window_start, "int int int")])
PRODUCT, WINDOWS = PROGRAM.kernel("product_transposed"), PROGRAM.kernel("windows_transposed")
ROWS = 8  # of the result a thread
WHOLE = 1024  # elements of a line up to which the whole matrix is made, 4 MiB; eight rows of it share what is loaded


@kept
def transposed(length: int, sigma: float, truncate: float, border: str) -> tuple[np.ndarray, np.ndarray]:
    """The weights (S, rows) of `folded_gaussian` with rows a multiple of ROWS, and for each ROWS of them where they
    begin and end to differ from 0: (rows / ROWS, 2) int32. S is `length` for lines of up to WHOLE elements.
    """
    matrix, first, last = gaussian_spans(length, sigma, truncate, border)
    size = len(matrix)
    if size < length <= WHOLE:
        whole = np.zeros((length, length), np.float32)
        starts = np.array([window_start(y, length, size) for y in range(length)])
        for y, start in enumerate(starts.tolist()):
            whole[y, start : start + size] = matrix[y - start]
        row = np.arange(length) - starts
        matrix, first, last, size = whole, starts + first[row], starts + last[row], length
    padded = np.zeros((size, tiles(size, ROWS) * ROWS), np.float32)
    padded[:, :size] = matrix.T
    spans = [(first[m : m + ROWS].min(), last[m : m + ROWS].max()) for m in range(0, size, ROWS)]
    return padded, np.array(spans, np.int32)


def smooth_fields(ops: Any, fields: Any, sigma: float, truncate: float, border: str) -> Any:
    """As `smooth_fields_cpu`."""
    height, width = fields.shape[-2:]
    count = fields.size // (height * width)
    turned, out = ops.empty((count, width, height), np.float32), ops.empty(fields.shape, np.float32)
    for src, dst, length, across in ((fields, turned, height, width), (turned, out, width, height)):
        weights, spans = (ops.constant(part) for part in transposed(length, sigma, truncate, border))
        size, rows = weights.shape
        args = tuple(map(np.int32, (size, across, length, rows)))
        if size == length:
            ops.launch(PRODUCT, (tiles(across, 128), tiles(size, ROWS), count), (128,), src, dst, weights, spans, *args)
        else:  # a line longer than the filter, whose matrix need not be made
            grid = (tiles(across, 32), tiles(length, 8), count)
            ops.launch(WINDOWS, grid, (32, 8), src, dst, weights, spans, *args)
    return out
