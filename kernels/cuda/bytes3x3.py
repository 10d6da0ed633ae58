"""Filters of three by three on single-channel layers, and histogram equalisation."""

from typing import Any

import numpy as np

from ..primitives.bytes3x3 import after, before, clipped_byte, equalised, mean_of_nine, row_sum
from .program import Program, tiles

FUNCTIONS = [
    (before, "int int"),
    (after, "int int"),
    (row_sum, "uint8 uint8 uint8"),
    (row_sum, "float32 float32 float32"),
    (mean_of_nine, "float32 float32 float32 float32"),
    (clipped_byte, "int"),
    (equalised, "int int"),
]
OF_BYTES, OF_FLOATS = (Program("bytes3x3.cu", FUNCTIONS, FROM=element) for element in ("byte", "float"))
BOX3 = {"uint8": OF_BYTES.kernel("box3"), "float32": OF_FLOATS.kernel("box3")}
CORRELATE3, EQUALIZE = OF_BYTES.kernel("correlate3"), OF_BYTES.kernel("equalize")


def box3(ops: Any, src: Any, dst: Any, rounding: np.float32) -> None:
    """As `box3_cpu`."""
    n, height, width = src.shape
    args = (np.int32(height), np.int32(width), rounding)
    ops.launch(BOX3[str(src.dtype)], (tiles(width, 32), tiles(height, 8), n), (32, 8), src, dst, *args)


def correlate3(ops: Any, src: Any, dst: Any, kernel: np.ndarray) -> None:
    """As `correlate3_cpu`."""
    n, height, width = src.shape
    args = (ops.constant(kernel), np.int32(height), np.int32(width))
    ops.launch(CORRELATE3, (tiles(width, 32), tiles(height, 8), n), (32, 8), src, dst, *args)


def equalize(ops: Any, layer: Any) -> None:
    """As `equalize_cpu`."""
    ops.launch(EQUALIZE, (len(layer),), (512,), layer, np.int32(layer[0].size))
