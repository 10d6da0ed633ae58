"""Table lookups: a tone curve per channel of each image, or a table of two bytes made once in float64."""

import numpy as np

from ..jit import brief, cpu, part, scalar
from .pixelwise import to_byte

EIGHT = np.uint64(8)


@cpu
def lookup_channels_cpu(src, dst, tables):
    """dst[n, y, x, c] = tables[n, c, src[n, y, x, c]]; tables (N, C, 256) uint8."""
    for n in range(src.shape[0]):
        for c in range(src.shape[3]):
            curve = tables[n, c]
            for y in range(src.shape[1]):
                for x in range(src.shape[2]):
                    dst[n, y, x, c] = curve[src[n, y, x, c]]


@cpu
def lookup_by_largest_cpu(src, dst, table):
    """dst[n, y, x, c] = table[largest channel of the pixel, src[n, y, x, c]]; table (256, 256) uint8."""
    for n in range(src.shape[0]):
        for y in range(src.shape[1]):
            for x in range(src.shape[2]):
                r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
                row = table[max(r, max(g, b))]
                dst[n, y, x, 0], dst[n, y, x, 1], dst[n, y, x, 2] = row[r], row[g], row[b]


@part
def _lookup_both(line, texture, table, out):
    """out = table[256 line + texture]. The unsigned index is never asked whether it is negative, and rows are plain
    lines: frost takes .86 of the time (an Intel Xeon of model 207).
    """
    for e in range(out.size):
        out[e] = table[np.uint64(line[e]) << EIGHT | np.uint64(texture[e])]


@cpu
def lookup_with_texture_cpu(src, dst, table, atlas, start, stride):
    """dst = table[src, texture]: table (256, 256) uint8; image n's texture pixel (y, x) starts at atlas[start[n] + y
    stride[n] + 3 x].
    """
    size, flat = src.shape[2] * 3, table.reshape(table.size)
    for n in range(src.shape[0]):
        for y in range(src.shape[1]):
            row = start[n] + y * stride[n]
            _lookup_both(src[n, y].reshape(size), atlas[row : row + size], flat, dst[n, y].reshape(size))


@scalar
def contrasted(level, total, count, factor):
    """A level moved away from the mean total / count."""
    mean = np.float32(total) / np.float32(count)
    return to_byte((np.float32(level) - mean) * factor + mean)


@scalar
def luma_level(r, g, b):
    """Pillow's conversion of RGB to L; equal channels keep their value."""
    return np.uint8((19595 * np.int64(r) + 38470 * np.int64(g) + 7471 * np.int64(b) + 32768) >> 16)


@brief
def contrast_curves_cpu(sums, count, factor):
    """(N, C, 256) uint8: (v - mean) factor + mean, with mean = sums[n, c] / count grey levels."""
    curves = np.empty((sums.shape[0], sums.shape[1], 256), np.uint8)
    for n in range(sums.shape[0]):
        for c in range(sums.shape[1]):
            for v in range(256):
                curves[n, c, v] = contrasted(v, sums[n, c], count, factor)
    return curves


@cpu
def luma_cpu(src, dst):
    """dst (N, H, W, 1) = the luma of src (N, H, W, 3) as Pillow converts RGB to L; equal channels keep their value."""
    for n in range(src.shape[0]):
        for y in range(src.shape[1]):
            for x in range(src.shape[2]):
                dst[n, y, x, 0] = luma_level(src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2])


def byte_table(values: np.ndarray) -> np.ndarray:
    """Float64 grey levels, clipped to 0..255 and truncated to uint8 as the published scripts do."""
    return np.clip(values, 0.0, 255.0).astype(np.uint8)
