"""JPEG without its entropy coding: colours to planes, the transform of all their blocks in one launch, and back."""

from typing import Any

import numpy as np

from ..primitives.jpeg import (
    blue_of,
    clipped,
    forward8,
    halved,
    inverse8,
    luma_of,
    quantisation,
    red_of,
    requantised,
    rgb_of,
)
from .program import Program, tiles

BYTES = "uint8 uint8 uint8"
PROGRAM = Program(
    "jpeg.cu",
    [
        (luma_of, BYTES),
        (blue_of, BYTES),
        (red_of, BYTES),
        (halved, "int int int int int"),
        (forward8, " ".join(["int"] * 10)),
        (inverse8, " ".join(["int"] * 9)),
        (requantised, "int float32 float32 float32"),
        (clipped, "int"),
        (rgb_of, "uint8 int int"),
    ],
)
TO_PLANES, GREY_PLANE, TRANSFORMED = (PROGRAM.kernel(name) for name in ("to_planes", "grey_plane", "transformed"))
FROM_PLANES, FROM_GREY = PROGRAM.kernel("from_planes"), PROGRAM.kernel("from_grey")


def jpeg(ops: Any, src: Any, dst: Any, quality: int) -> None:
    """As `jpeg_cpu`."""
    n, height, width, channels = src.shape
    tables = [ops.constant(table) for table in quantisation(quality)]
    grey = channels == 1
    side = 8 if grey else 16
    down, across = tiles(height, side), tiles(width, side)
    luma = down * across if grey else 4 * down * across  # blocks
    every = luma if grey else 6 * down * across
    planes = ops.empty((n, 64 * every), np.uint8)
    sizes = (np.int32(height), np.int32(width), np.int32(down), np.int32(across))
    first, last = (GREY_PLANE, FROM_GREY) if grey else (TO_PLANES, FROM_PLANES)
    ops.launch(first, (tiles(8 * across, 32), down, n), (32, 8), src, planes, *sizes)
    counts = (every, luma, across if grey else 2 * across, across, 64 * every)
    ops.launch(TRANSFORMED, (tiles(every, 32), n), (256,), planes, *tables, *map(np.int32, counts))
    ops.launch(last, (tiles(width, 32), tiles(height, 8), n), (32, 8), planes, dst, *sizes)
