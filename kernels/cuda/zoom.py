"""The sum of an image's centred zooms."""

from typing import Any

import numpy as np

from ..primitives.zoom import resampled, zoom_tables
from .program import Program, tiles

FUNCTIONS = [(resampled, "float32 float32 float32 float32 float32 float32")]
ZOOMED = {
    (kind, channels): Program("zoom.cu", FUNCTIONS, FROM=element, CHANNELS=channels).kernel("zoomed")
    for kind, element in (("uint8", "byte"), ("float32", "float"))
    for channels in (1, 3)
}


def zoom_sum(ops: Any, src: Any, factors: tuple[float, ...]) -> Any:
    """As `zoom_sum_cpu`."""
    n, height, width, channels = src.shape
    out = ops.empty(src.shape, np.float32)
    tables = [ops.constant(part) for length in (height, width) for part in zoom_tables(length, factors)]
    args = (*tables, np.int32(len(factors)), np.int32(height), np.int32(width))
    ops.launch(ZOOMED[str(src.dtype), channels], (tiles(width, 32), tiles(height, 8), n), (32, 8), src, out, *args)
    return out
