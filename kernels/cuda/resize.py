"""Pillow's resize: two passes, or one where every result is a copy."""

from typing import Any

import numpy as np

from ..kept import kept
from ..primitives.pillow_resize import axis_weights, columns_first, rounded
from .program import Program, tiles

PROGRAM = Program("resize.cu", [(rounded, "int32")])
ACROSS, DOWN, REPEATED = (PROGRAM.kernel(name) for name in ("resized_across", "resized_down", "repeated"))


@kept
def narrow_weights(length: int, target: int, kind: str) -> tuple[np.ndarray, ...]:
    """First elements (target,), counts of taps (target,) and weights (target, most) of an axis, in 32 bits."""
    axis = axis_weights(length, target, kind)
    most = int(axis.taps.max())
    return axis.first.astype(np.int32), axis.taps.astype(np.int32), np.ascontiguousarray(axis.weights[:, :most])


def pillow_resize(ops: Any, src: Any, dst: Any, kind: str) -> None:
    """As `pillow_resize_cpu`."""
    (n, height, width, channels), (new_height, new_width) = src.shape, dst.shape[1:3]
    rows, columns = narrow_weights(height, new_height, kind), narrow_weights(width, new_width, kind)
    c = np.int32(channels)
    if rows[2].shape[1] == columns[2].shape[1] == 1:
        sizes = (np.int32(height), np.int32(width), np.int32(new_height), np.int32(new_width), c)
        grid = (tiles(new_width, 32), tiles(new_height, 8), n)
        ops.launch(REPEATED, grid, (32, 8), src, dst, ops.constant(rows[0]), ops.constant(columns[0]), *sizes)
        return
    steps = [(DOWN, rows, height, new_height, width), (ACROSS, columns, width, new_height, new_width)]
    if not columns_first(height, width, new_height, new_width):
        steps = [(ACROSS, columns, width, height, new_width), (DOWN, rows, height, new_height, new_width)]
    for number, (kernel, axis, length, made_height, made_width) in enumerate(steps):
        out = dst if number else ops.empty((n, made_height, made_width, channels), np.uint8)
        tables, most = [ops.constant(part) for part in axis], np.int32(axis[2].shape[1])
        sizes = (np.int32(length), np.int32(made_height), np.int32(made_width), c, most)
        grid = (tiles(made_width * channels, 32), tiles(made_height, 8), n)
        ops.launch(kernel, grid, (32, 8), src, out, *tables, *sizes)
        src = out
