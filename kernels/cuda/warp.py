"""Pixels between others: the affine warp and displacement fields."""

from typing import Any

import numpy as np

from ..primitives.sampling import bilinear, column_part, row_part
from .program import Program, tiles

PROGRAM = Program(
    "warp.cu",
    [
        (bilinear, "float32 float32 float32 float32 float32 float32"),
        (row_part, "int64[3] int int int"),
        (column_part, "int64[3] int int int"),
    ],
)
WARPED, DISPLACED = PROGRAM.kernel("warped"), PROGRAM.kernel("displaced")


def warp(ops: Any, src: Any, out: Any, matrices: np.ndarray) -> None:
    """As `warp_cpu`."""
    n, height, width = src.shape[:3]
    args = (ops.upload(matrices), np.int32(height), np.int32(width))
    ops.launch(WARPED, (tiles(width, 32), tiles(height, 8), n), (32, 8), src, out, *args)


def displace(ops: Any, src: Any, dst: Any, field: Any, alpha: np.float32) -> None:
    """As `displace_cpu`."""
    n, height, width = src.shape[:3]
    args = (field, np.int32(height), np.int32(width), alpha)
    ops.launch(DISPLACED, (tiles(width, 32), tiles(height, 8), n), (32, 8), src, dst, *args)
