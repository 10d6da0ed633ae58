"""Geometry: OpenCV's affine warp in steps of 1/32 pixel, and bilinear sampling along a displacement field."""

import numpy as np

from ..jit import cpu, scalar

STEP = np.float32(1.0 / 32.0)
FRACTION_BITS, FRACTION_MASK = 5, 31  # OpenCV 3 and 4: INTER_BITS
COORDINATE_BITS = 10  # and AB_BITS: 1/1024 pixel before rounding to 1/32


@scalar
def fold(i, length):
    """Half-sample reflection of an index: cba|abc|cba."""
    i = i % (2 * length)
    return min(i, 2 * length - 1 - i)


@scalar
def fold101(i, length):
    """Whole-sample reflection of an index: cb|abc|ba."""
    if length == 1:
        return 0 * i
    i = i % (2 * length - 2)
    return min(i, 2 * length - 2 - i)


@scalar
def mix(a, b, share):
    """A at share 0, b at share 1."""
    return a + share * (b - a)


def inverse_affine(points: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The 2 x 3 float64 map from output to input coordinates (x, y, 1) of the warp that sends `points` (3, 2) to `moved`."""
    return np.linalg.solve(np.column_stack([moved, np.ones(3)]), points).T


def warp_steps(matrix: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Input coordinates in units of 1/1024 pixel: (H, 2) row parts and (W, 2) column parts, int64, each pair (x, y)."""
    scale = float(1 << COORDINATE_BITS)
    y, x = np.arange(height)[:, None], np.arange(width)[:, None]
    rows = np.rint((matrix[:, 1] * y + matrix[:, 2]) * scale).astype(np.int64) + (1 << (COORDINATE_BITS - FRACTION_BITS - 1))
    return rows, np.rint(matrix[:, 0] * x * scale).astype(np.int64)


@cpu
def warp_cpu(src, out, rows, columns):
    """out (N, H, W, 3) float32 = src sampled bilinearly at rows[n, y] + columns[n, x], reflect-101 beyond the edge."""
    height, width = src.shape[1], src.shape[2]
    shift = COORDINATE_BITS - FRACTION_BITS
    for n in range(src.shape[0]):
        for y in range(height):
            for x in range(width):
                cx = (rows[n, y, 0] + columns[n, x, 0]) >> shift
                cy = (rows[n, y, 1] + columns[n, x, 1]) >> shift
                fx, fy = np.float32(cx & FRACTION_MASK) * STEP, np.float32(cy & FRACTION_MASK) * STEP
                x0, y0 = cx >> FRACTION_BITS, cy >> FRACTION_BITS
                x1, y1 = x0 + 1, y0 + 1
                if x0 < 0 or y0 < 0 or x1 >= width or y1 >= height:
                    x0, x1, y0, y1 = fold101(x0, width), fold101(x1, width), fold101(y0, height), fold101(y1, height)
                for c in range(3):
                    top = mix(np.float32(src[n, y0, x0, c]), np.float32(src[n, y0, x1, c]), fx)
                    low = mix(np.float32(src[n, y1, x0, c]), np.float32(src[n, y1, x1, c]), fx)
                    out[n, y, x, c] = mix(top, low, fy)


@cpu
def displace_cpu(src, out, field, alpha):
    """out (N, H, W, 3) float32 = src (float32) at (y + alpha field[n, 1], x + alpha field[n, 0]), half-sample reflection."""
    height, width = src.shape[1], src.shape[2]
    for n in range(src.shape[0]):
        for y in range(height):
            for x in range(width):
                dx, dy = alpha * field[n, 0, y, x], alpha * field[n, 1, y, x]
                floor_x, floor_y = np.floor(dx), np.floor(dy)
                fx, fy = dx - floor_x, dy - floor_y
                x0, y0 = x + np.int64(floor_x), y + np.int64(floor_y)
                x1, y1 = x0 + 1, y0 + 1
                if x0 < 0 or y0 < 0 or x1 >= width or y1 >= height:
                    x0, x1, y0, y1 = fold(x0, width), fold(x1, width), fold(y0, height), fold(y1, height)
                for c in range(3):
                    top = mix(src[n, y0, x0, c], src[n, y0, x1, c], fx)
                    low = mix(src[n, y1, x0, c], src[n, y1, x1, c], fx)
                    out[n, y, x, c] = mix(top, low, fy)
