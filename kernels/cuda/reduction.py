"""A few numbers for each image, made by one block an image."""

from typing import Any

import numpy as np

from .program import Program

PROGRAMS = {channels: Program("reduction.cu", CHANNELS=channels) for channels in (1, 3)}
CHANNEL_SUMS = {channels: program.kernel("channel_sums") for channels, program in PROGRAMS.items()}
PEAK, PEAK_PRODUCT = PROGRAMS[3].kernel("peak"), PROGRAMS[3].kernel("peak_product")


def channel_sums(ops: Any, src: Any) -> Any:
    """As `channel_sums_cpu`."""
    n, height, width, channels = src.shape
    out = ops.empty((n, channels), np.int64)
    ops.launch(CHANNEL_SUMS[channels], (n,), (512,), src, out, np.int32(height * width))
    return out


def peak(ops: Any, src: Any) -> Any:
    """As `peak_cpu`."""
    out = ops.empty((len(src),), np.uint8)
    ops.launch(PEAK, (len(src),), (512,), src, out, np.int32(src[0].size))
    return out


def peak_product(ops: Any, a: Any, b: Any) -> Any:
    """As `peak_product_cpu`."""
    out = ops.empty((len(a),), np.int64)
    ops.launch(PEAK_PRODUCT, (len(a),), (512,), a, b, out, np.int32(a[0].size))
    return out
