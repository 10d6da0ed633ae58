"""The sum of an image's centred zooms."""

from typing import Any

import numpy as np

from ..primitives.zoom import resampled, resampled_byte, zoom_tables
from .program import Program, tiles

FUNCTIONS = [(each, "float32 float32 float32 float32 float32 float32") for each in (resampled, resampled_byte)]
ZOOMED = {
    (kind, channels, as_bytes): Program(
        "zoom.cu", FUNCTIONS, FROM=element, CHANNELS=channels, RESAMPLED=f"python::{name}"
    ).kernel("zoomed")
    for kind, element in (("uint8", "byte"), ("float32", "float"))
    for channels in (1, 3)
    for as_bytes, name in ((False, "resampled"), (True, "resampled_byte"))
    if kind == "uint8" or not as_bytes
}


def zoom_sum(ops: Any, src: Any, factors: tuple[float, ...], as_bytes: bool = False) -> Any:
    """As `zoom_sum_cpu`."""
    n, height, width, channels = src.shape
    out = ops.empty(src.shape, np.float32)
    tables = [ops.constant(part) for length in (height, width) for part in zoom_tables(length, factors, as_bytes)]
    args = (*tables, np.int32(len(factors)), np.int32(height), np.int32(width))
    kernel = ZOOMED[str(src.dtype), channels, as_bytes]
    ops.launch(kernel, (tiles(width, 32), tiles(height, 8), n), (32, 8), src, out, *args)
    return out
