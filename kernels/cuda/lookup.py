"""Table lookups, pixel functions and the other places that see one pixel only."""

from typing import Any

import numpy as np

from ..primitives.lookup import contrasted, luma_level
from ..primitives.pixelwise import to_byte
from .kernel import pixel_kernel, points


@points
def by_channel(n, y, x, src, dst, tables):
    """A pixel's channels through their image's tables."""
    for c in range(src.shape[3]):
        dst[n, y, x, c] = tables[n, c, src[n, y, x, c]]


@points
def by_largest(n, y, x, src, dst, table):
    """A pixel through the row of its largest channel."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    largest = max(r, max(g, b))
    dst[n, y, x, 0], dst[n, y, x, 1], dst[n, y, x, 2] = table[largest, r], table[largest, g], table[largest, b]


@points
def with_texture(n, y, x, src, dst, table, atlas, start, stride):
    """A pixel and its texture's pixel through a table of both."""
    at = start[n] + y * stride[n] + 3 * x
    dst[n, y, x, 0] = table[src[n, y, x, 0], atlas[at]]
    dst[n, y, x, 1] = table[src[n, y, x, 1], atlas[at + 1]]
    dst[n, y, x, 2] = table[src[n, y, x, 2], atlas[at + 2]]


@points
def contrast_curve(n, c, level, sums, curves, count, factor):
    """One level of the curve of image n's channel c."""
    curves[n, c, level] = contrasted(level, sums[n, c], count, factor)


@points
def luma_pixel(n, y, x, src, dst):
    """A pixel's luma."""
    dst[n, y, x, 0] = luma_level(src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2])


@points
def truncated_element(n, y, e, src, dst, lift, gain):
    """A float32 grey level as a byte; src and dst (N, E)."""
    dst[n, e] = to_byte(gain * src[n, e] + lift)


@points
def planar_word(n, y, x, src, dst, tables):
    """A pixel's words into the planes of dst (N, C, H, W)."""
    for c in range(src.shape[3]):
        dst[n, c, y, x] = tables[c, src[n, y, x, c]]


@points
def packed_word(n, y, x, src, dst, tables):
    """A pixel's words into dst (N, H, W, C)."""
    for c in range(src.shape[3]):
        dst[n, y, x, c] = tables[c, src[n, y, x, c]]


def lookup_channels(ops: Any, src: Any, dst: Any, tables: Any) -> None:
    """As `lookup_channels_cpu`."""
    ops.points(by_channel, src.shape[:3], src, dst, ops.upload(tables))


def lookup_by_largest(ops: Any, src: Any, dst: Any, table: np.ndarray) -> None:
    """As `lookup_by_largest_cpu`."""
    ops.points(by_largest, src.shape[:3], src, dst, ops.constant(table))


def lookup_with_texture(
    ops: Any, src: Any, dst: Any, table: np.ndarray, atlas: np.ndarray, start: np.ndarray, stride: np.ndarray
) -> None:
    """As `lookup_with_texture_cpu`."""
    args = (ops.constant(table), ops.constant(atlas), ops.upload(start), ops.upload(stride))
    ops.points(with_texture, src.shape[:3], src, dst, *args)


def contrast_curves(ops: Any, sums: Any, count: int, factor: np.float32) -> Any:
    """As `contrast_curves_cpu`."""
    curves = ops.empty((*sums.shape, 256), np.uint8)
    ops.points(contrast_curve, curves.shape, sums, curves, count, factor)
    return curves


def luma(ops: Any, src: Any, dst: Any) -> None:
    """As `luma_cpu`."""
    ops.points(luma_pixel, src.shape[:3], src, dst)


def truncate(ops: Any, src: Any, dst: Any, lift: float = 0.0, gain: float = 1.0) -> None:
    """As `truncate_cpu`."""
    rows = (len(src), src[0].size)
    ops.points(
        truncated_element,
        (rows[0], 1, rows[1]),
        src.reshape(rows),
        dst.reshape(rows),
        np.float32(lift),
        np.float32(gain),
    )


def pixelwise(ops: Any, function: Any, src: Any, dst: Any, *args: Any) -> None:
    """As `pixelwise_cpu`."""
    scalars = [np.float32(a) if isinstance(a, float) else a for a in args]
    ops.points(pixel_kernel(function), dst.shape[:3], src, dst, *scalars)


def normalize(ops: Any, src: Any, dst: Any, tables: np.ndarray, planar: bool) -> None:
    """dst = tables[c, src]: bytes (N, H, W, C) to words of a float type, as planes (N, C, H, W) or packed (N, H, W, C).

    tables (C, 256): the bits of the normalized levels, uint16 or uint32, made once with the framework's own arithmetic.
    """
    ops.points(planar_word if planar else packed_word, src.shape[:3], src, dst, ops.constant(tables))
