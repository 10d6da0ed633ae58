"""Canny's edges and the distance to them."""

from typing import Any

import numpy as np

from ..primitives.edges import across, nearer, sobel_x
from .program import Program, tiles

PROGRAM = Program(
    "edges.cu",
    [
        (across, "int16 int16"),
        (nearer, "float32 float32 float32 float32"),
        (sobel_x, "uint8 uint8 uint8 uint8 uint8 uint8"),
    ],
)
SOBEL, PEAKS, CONNECT, CHAMFER = (PROGRAM.kernel(name) for name in ("sobel", "peaks", "connect", "chamfer"))


def canny(ops: Any, src: Any, dst: Any, low: int, high: int) -> None:
    """As `canny_cpu`."""
    n, height, width = src.shape
    gradient, marks = ops.empty((*src.shape, 2), np.int16), ops.empty(src.shape, np.uint8)
    sizes, grid = (np.int32(height), np.int32(width)), (tiles(width, 32), tiles(height, 8), n)
    ops.launch(SOBEL, grid, (32, 8), src, gradient, *sizes)
    ops.launch(PEAKS, grid, (32, 8), gradient, marks, *sizes, np.int32(low), np.int32(high))
    ops.launch(CONNECT, (n,), (512,), marks, dst, *sizes)


def chamfer(ops: Any, edges: Any, dst: Any, limit: np.float32) -> None:
    """As `chamfer_cpu`."""
    n, height, width = edges.shape
    field = ops.empty((n, height + 4, width + 4), np.float32)
    ops.launch(CHAMFER, (n,), (256,), edges, dst, field, np.int32(height), np.int32(width), limit)
