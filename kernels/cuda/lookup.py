"""Table lookups and the other places that see one pixel only: four pixels a thread."""

from typing import Any

import numpy as np

from ..primitives.lookup import contrasted, luma_level
from .program import Kernel, Program, tiles

FUNCTIONS = [(contrasted, "int int64 int float32"), (luma_level, "uint8 uint8 uint8")]
PROGRAMS = {channels: Program("lookup.cu", FUNCTIONS, CHANNELS=channels) for channels in (1, 3)}
BY_CHANNEL = {channels: program.kernel("by_channel") for channels, program in PROGRAMS.items()}
BY_LARGEST, WITH_TEXTURE, LUMA, TRUNCATED, CONTRAST_CURVE = (
    PROGRAMS[3].kernel(name) for name in ("by_largest", "with_texture", "luma", "truncated", "contrast_curve")
)


def _of_pixels(ops: Any, kernel: Kernel, src: Any, dst: Any, *args: Any) -> None:
    """A kernel on every four pixels of (N, H, W, C); it takes src, dst and args."""
    n, height, width = src.shape[:3]
    ops.launch(kernel, (tiles(height * width, 1024), n), (256,), src, dst, *args)


def lookup_channels(ops: Any, src: Any, dst: Any, tables: Any) -> None:
    """As `lookup_channels_cpu`."""
    pixels = np.int32(src.shape[1] * src.shape[2])
    _of_pixels(ops, BY_CHANNEL[src.shape[3]], src, dst, ops.upload(tables), pixels)


def lookup_by_largest(ops: Any, src: Any, dst: Any, table: np.ndarray) -> None:
    """As `lookup_by_largest_cpu`."""
    _of_pixels(ops, BY_LARGEST, src, dst, ops.constant(table), np.int32(src.shape[1] * src.shape[2]))


def lookup_with_texture(
    ops: Any, src: Any, dst: Any, table: np.ndarray, atlas: np.ndarray, start: np.ndarray, stride: np.ndarray
) -> None:
    """As `lookup_with_texture_cpu`."""
    args = (ops.constant(table), ops.constant(atlas), ops.upload(start), ops.upload(stride))
    height, width = src.shape[1:3]
    _of_pixels(ops, WITH_TEXTURE, src, dst, *args, np.int32(height * width), np.int32(width))


def contrast_curves(ops: Any, sums: Any, count: int, factor: np.float32) -> Any:
    """As `contrast_curves_cpu`."""
    curves = ops.empty((*sums.shape, 256), np.uint8)
    ops.launch(CONTRAST_CURVE, (sums.size,), (256,), sums, curves, np.int32(count), np.float32(factor))
    return curves


def luma(ops: Any, src: Any, dst: Any) -> None:
    """As `luma_cpu`."""
    _of_pixels(ops, LUMA, src, dst, np.int32(src.shape[1] * src.shape[2]))


def truncate(ops: Any, src: Any, dst: Any, lift: float = 0.0, gain: float = 1.0) -> None:
    """As `truncate_cpu`."""
    n, size = len(src), src[0].size
    args = (np.int32(size), np.float32(lift), np.float32(gain))
    ops.launch(TRUNCATED, (tiles(size, 1024), n), (256,), src, dst, *args)
