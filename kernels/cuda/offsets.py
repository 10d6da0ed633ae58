"""Correlation with a short list of weighted whole-pixel offsets."""

from typing import Any

import numpy as np

from .program import Program, tiles

AT_OFFSETS = {channels: Program("offsets.cu", CHANNELS=channels).kernel("at_offsets") for channels in (1, 3)}


def correlate_offsets(ops: Any, src: Any, dst: Any, offsets: np.ndarray, weights: np.ndarray, lift: float) -> None:
    """As `correlate_offsets_cpu`."""
    n, height, width, channels = src.shape
    moves = ops.upload(offsets.astype(np.int32))
    args = (moves, ops.constant(weights), np.int32(weights.size), np.int32(height), np.int32(width), np.float32(lift))
    ops.launch(AT_OFFSETS[channels], (tiles(width, 32), tiles(height, 8), n), (32, 8), src, dst, *args)
