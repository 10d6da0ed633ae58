"""Fields smoothed by Gaussians of any width: two products with small dense matrices, each of which transposes."""

import functools
from typing import Any

import numpy as np

from ..primitives.dense import gaussian_spans
from .program import Program, tiles

PRODUCT = Program("smooth.cu").kernel("product_transposed")
ROWS = 8  # of the result a thread


@functools.lru_cache(maxsize=128)
def transposed(length: int, sigma: float, truncate: float, border: str) -> tuple[np.ndarray, np.ndarray]:
    """The weights (length, rows) with rows a multiple of ROWS, and for each ROWS of them where they begin and end to
    differ from 0: (rows / ROWS, 2) int32.
    """
    matrix, first, last = gaussian_spans(length, sigma, truncate, border, transposed=False)
    padded = np.zeros((length, tiles(length, ROWS) * ROWS), np.float32)
    padded[:, :length] = matrix.T
    spans = [(first[m : m + ROWS].min(), last[m : m + ROWS].max()) for m in range(0, length, ROWS)]
    return padded, np.array(spans, np.int32)


def smooth_fields(ops: Any, fields: Any, sigma: float, truncate: float, border: str) -> Any:
    """As `smooth_fields_cpu`."""
    height, width = fields.shape[-2:]
    count = fields.size // (height * width)
    turned, out = ops.empty((count, width, height), np.float32), ops.empty(fields.shape, np.float32)
    for src, dst, length, across in ((fields, turned, height, width), (turned, out, width, height)):
        weights, spans = (ops.constant(part) for part in transposed(length, sigma, truncate, border))
        args = tuple(map(np.int32, (length, across, length, weights.shape[1])))
        ops.launch(PRODUCT, (tiles(across, 128), tiles(length, ROWS), count), (128,), src, dst, weights, spans, *args)
    return out
