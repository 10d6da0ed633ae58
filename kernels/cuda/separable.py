"""Symmetric separable filters: a pass along the rows, then one down the columns; radius 1 in one step."""

from typing import Any

import numpy as np

from ..primitives.separable import pull, shifted
from .program import Program, tiles

FUNCTIONS = [(pull, "float32 float32 float32 float32"), (shifted, "int int int float32 float32")]
ELEMENTS = {"uint8": "byte", "float32": "float"}
PROGRAMS = {
    (a, b, channels): Program("separable.cu", FUNCTIONS, FROM=ELEMENTS[a], TO=ELEMENTS[b], CHANNELS=channels)
    for a in ELEMENTS
    for b in ELEMENTS
    for channels in (1, 3)
}
ROWS, COLUMNS, THREE_BY_THREE = (
    {key: program.kernel(name) for key, program in PROGRAMS.items()}
    for name in ("along_rows", "down_columns", "three_by_three")
)
BORDERS = {"nearest": 0, "reflect": 1, "reflect101": 2}
"""As common.cuh numbers them."""


def _filtered(ops: Any, src: Any, out: Any, half: np.ndarray, border: str) -> None:
    n, height, width, channels = src.shape
    between = ops.empty(src.shape, np.float32)
    args = (np.int32(half.size - 1), np.int32(BORDERS[border]))
    weights, down = ops.constant(half), tiles(height, 8)
    key = (str(src.dtype), str(out.dtype), channels)
    ops.launch(
        ROWS[key], (tiles(width, 32), down, n), (32, 8), src, between, weights, np.int32(height), np.int32(width), *args
    )
    across = width * channels
    grid = (tiles(across, 32), down, n)
    ops.launch(COLUMNS[key], grid, (32, 8), between, out, weights, np.int32(height), np.int32(across), *args)


def separable(ops: Any, src: Any, half: np.ndarray, border: str) -> Any:
    """As `separable_cpu`."""
    out = ops.empty(src.shape, np.float32)
    _filtered(ops, src, out, half, border)
    return out


def separable_bytes(ops: Any, src: Any, dst: Any, half: np.ndarray, border: str) -> None:
    """As `separable_bytes_cpu`."""
    if half.size != 2:
        _filtered(ops, src, dst, half, border)
        return
    n, height, width, channels = src.shape
    args = (np.int32(height), np.int32(width), half[0] * half[1], half[1] * half[1], np.int32(BORDERS[border]))
    ops.launch(
        THREE_BY_THREE["uint8", "uint8", channels], (tiles(width, 32), tiles(height, 8), n), (32, 8), src, dst, *args
    )
