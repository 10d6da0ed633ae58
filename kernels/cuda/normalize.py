"""Bytes to the words of a tensor, by a table: four pixels a thread."""

from typing import Any

import numpy as np

from .program import Program, tiles

WORDS = {1: "byte", 2: "unsigned short", 4: "word"}
NORMALIZED = {
    (size, channels, planar): Program("normalize.cu", WORD=word, CHANNELS=channels, PLANAR=str(planar).lower()).kernel(
        "normalized"
    )
    for size, word in WORDS.items()
    for channels in (1, 3)
    for planar in (True, False)
}


def normalize(ops: Any, src: Any, dst: Any, tables: np.ndarray, planar: bool) -> None:
    """dst = tables[c, src]: bytes (N, H, W, C) to words of a tensor's type, as planes (N, C, H, W) or packed
    (N, H, W, C).

    tables (C, 256): the bits of the normalized levels, uint8, uint16 or uint32, made once with the framework's own
    arithmetic.
    """
    n, height, width, channels = src.shape
    kernel = NORMALIZED[tables.itemsize, channels, planar]
    grid = (tiles(height * width, 1024), n)
    ops.launch(kernel, grid, (256,), src, dst, ops.constant(tables), np.int32(height * width))
