"""Geometry: OpenCV's affine warp in steps of 1/32 pixel, and bilinear sampling along a displacement field."""

import numpy as np

from ..jit import brief, cpu, floored, part, scalar
from ..lanes import load_pixel, spread_pixel, store
from .pixelwise import to_byte

STEP = np.float32(1.0 / 32.0)
FRACTION_BITS, FRACTION_MASK = 5, 31  # OpenCV 3 and 4: INTER_BITS
COORDINATE_BITS = 10  # and AB_BITS: 1/1024 pixel before rounding to 1/32
MATRIX_BITS = 36


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


@brief
def fixed_affine(points, moved):
    """(N, 2, 3) int64: from output to input coordinates (x, y, 1), in units of 1/1024 pixel with MATRIX_BITS bits of
    fraction, for the warps that send `points` (3, 2) to `moved` (N, 3, 2), both float64. Three moved points on one line
    define none: the pixels stay.

    Written out instead of handed to LAPACK, whose last bit depends on the processor. OpenCV rounds two float64 products
    to 1/1024 pixel. In fixed point with 36 bits the same rounding needs no float64 on any device; a place can come out
    differently only where the float64 value is within 1e-8 of the middle between two.
    """
    matrices = np.empty((moved.shape[0], 2, 3), np.int64)
    unit = np.float64(1 << (COORDINATE_BITS + MATRIX_BITS))
    for n in range(moved.shape[0]):
        x, y = moved[n, 0, 0], moved[n, 0, 1]
        a, b = moved[n, 1, 0] - x, moved[n, 1, 1] - y  # two sides of the moved triangle
        p, q = moved[n, 2, 0] - x, moved[n, 2, 1] - y
        area = a * q - b * p
        for axis in range(2):
            across, down, stay = np.float64(axis == 0), np.float64(axis == 1), 0.0
            if area != 0.0:
                first, second = points[1, axis] - points[0, axis], points[2, axis] - points[0, axis]
                across = (first * q - second * b) / area
                down = (second * a - first * p) / area
                stay = points[0, axis] - (across * x + down * y)
            matrices[n, axis, 0] = np.int64(np.rint(across * unit))
            matrices[n, axis, 1] = np.int64(np.rint(down * unit))
            matrices[n, axis, 2] = np.int64(np.rint(stay * unit))
    return matrices


@scalar
def row_part(m, n, axis, y):
    """What output row y adds to the input coordinate along `axis` (0: x, 1: y), in units of 1/1024 pixel, rounding
    included.
    """
    half = np.int64(1) << np.int64(MATRIX_BITS - 1)
    return ((m[n, axis, 1] * y + m[n, axis, 2] + half) >> MATRIX_BITS) + (1 << (COORDINATE_BITS - FRACTION_BITS - 1))


@scalar
def column_part(m, n, axis, x):
    """What output column x adds to it."""
    half = np.int64(1) << np.int64(MATRIX_BITS - 1)
    return (m[n, axis, 0] * x + half) >> MATRIX_BITS


# On the host most places beyond an edge are folded without a remainder, which takes as long as all else of a pixel; on
# a GPU the branch costs registers.


@scalar
def near_fold(i, length):
    """`fold`, for places that mostly lie near the line."""
    if i < 0:
        i = -1 - i
    return i if i < length else fold(i, length)


@scalar
def near_fold101(i, length):
    """`fold101`, likewise."""
    if i < 0:
        i = -i
    return i if i < length else fold101(i, length)


@scalar
def warp_taps(cx, cy, height, width):
    """The rows y0, y1, the columns x0, x1 and the shares fy, fx for coordinates in units of 1/1024 pixel, reflect-101
    beyond the edge.
    """
    cx, cy = cx >> (COORDINATE_BITS - FRACTION_BITS), cy >> (COORDINATE_BITS - FRACTION_BITS)
    fx, fy = np.float32(cx & FRACTION_MASK) * STEP, np.float32(cy & FRACTION_MASK) * STEP
    x0, y0 = cx >> FRACTION_BITS, cy >> FRACTION_BITS
    x1, y1 = x0 + 1, y0 + 1
    if x0 < 0 or y0 < 0 or x1 >= width or y1 >= height:
        x0, x1 = near_fold101(x0, width), near_fold101(x1, width)
        y0, y1 = near_fold101(y0, height), near_fold101(y1, height)
    return y0, y1, x0, x1, fy, fx


@scalar
def displaced_taps(y, x, dy, dx, height, width):
    """The rows y0, y1, the columns x0, x1 and the shares fy, fx for the place (y + dy, x + dx), half-sample reflection
    beyond the edge.
    """
    floor_x, floor_y = floored(dx), floored(dy)
    fx, fy = dx - floor_x, dy - floor_y
    x0, y0 = x + np.int64(floor_x), y + np.int64(floor_y)
    x1, y1 = x0 + 1, y0 + 1
    if x0 < 0 or y0 < 0 or x1 >= width or y1 >= height:
        x0, x1 = near_fold(x0, width), near_fold(x1, width)
        y0, y1 = near_fold(y0, height), near_fold(y1, height)
    return y0, y1, x0, x1, fy, fx


@scalar
def bilinear(upper_left, upper_right, lower_left, lower_right, fy, fx):
    """Between four values: along the rows first."""
    return mix(
        mix(np.float32(upper_left), np.float32(upper_right), fx),
        mix(np.float32(lower_left), np.float32(lower_right), fx),
        fy,
    )


OUTSIDE = np.int32(-1)
FAR = np.float32(1 << 30)
# On the host a pixel is loaded as four numbers, its three channels and one of the next pixel, and so are its three
# neighbours: four loads in place of twelve. The places of a row are found before, in a loop that is vectorised. At 224
# warp takes .4 ms in place of 1.2 and displace .3 in place of 1.0 (an Intel Xeon of model 207). The last pixel of an
# image has no next one, so what it has a part in is made channel by channel.


@scalar
def _with_next(u, v, height, width):
    """Whether the four pixels from (v, u) on lie in the image, the last of them not in its last place."""
    return (u >= 0) & (v >= 0) & (u < width - 1) & (v < height - 1) & ((u < width - 2) | (v < height - 2))


@scalar
def _between_pixels(image, place, width, fy, fx):
    """Between the pixel that starts at `place` and its three neighbours, all channels."""
    across, below = spread_pixel(fx), place + 3 * width
    return mix(
        mix(load_pixel(image, place), load_pixel(image, place + 3), across),
        mix(load_pixel(image, below), load_pixel(image, below + 3), across),
        spread_pixel(fy),
    )


@scalar
def _between_four(image, width, taps):
    """The same for any four pixels, none of them the last."""
    y0, y1, x0, x1, fy, fx = taps
    across, upper, lower = spread_pixel(fx), y0 * width, y1 * width
    return mix(
        mix(load_pixel(image, 3 * (upper + x0)), load_pixel(image, 3 * (upper + x1)), across),
        mix(load_pixel(image, 3 * (lower + x0)), load_pixel(image, 3 * (lower + x1)), across),
        spread_pixel(fy),
    )


@scalar
def _among_last(taps, height, width):
    """Whether the last pixel may be one of the four."""
    y0, y1, x0, x1, _, _ = taps
    return max(y0, y1) == height - 1 and max(x0, x1) == width - 1


@part
def _warped_row(row_x, row_y, across, down, height, width, us, vs, fxs, fys):
    """Where the pixels of a row come from: columns us, rows vs or OUTSIDE, and shares."""
    for x in range(across.size):
        cx = (row_x + across[x]) >> (COORDINATE_BITS - FRACTION_BITS)
        cy = (row_y + down[x]) >> (COORDINATE_BITS - FRACTION_BITS)
        fxs[x] = np.float32(np.int32(cx & FRACTION_MASK)) * STEP
        fys[x] = np.float32(np.int32(cy & FRACTION_MASK)) * STEP
        u, v = cx >> FRACTION_BITS, cy >> FRACTION_BITS
        us[x] = np.int32(u)
        vs[x] = np.int32(v) if _with_next(u, v, height, width) else OUTSIDE


@part
def _displaced_row(y, down, across, alpha, height, width, us, vs, fxs, fys):
    """The same for a displaced row."""
    for x in range(across.size):
        dy, dx = alpha * down[x], alpha * across[x]
        floor_x, floor_y = floored(dx), floored(dy)
        fxs[x], fys[x] = dx - floor_x, dy - floor_y
        u = np.int32(np.int32(x) + np.int32(min(max(floor_x, -FAR), FAR)))
        v = np.int32(np.int32(y) + np.int32(min(max(floor_y, -FAR), FAR)))
        us[x] = u
        vs[x] = v if _with_next(u, v, height, width) else OUTSIDE


@cpu
def warp_cpu(src, out, matrices):
    """out (N, H, W, 3) float32 = src sampled bilinearly where the fixed-point matrices (N, 2, 3) send each pixel."""
    height, width = src.shape[1], src.shape[2]
    columns = np.empty((2, width), np.int64)
    us, vs = np.empty(width, np.int32), np.empty(width, np.int32)
    fxs, fys = np.empty(width, np.float32), np.empty(width, np.float32)
    for n in range(src.shape[0]):
        image, result, last = src[n], out[n], height * width - 1
        for x in range(width):
            columns[0, x], columns[1, x] = column_part(matrices, n, 0, x), column_part(matrices, n, 1, x)
        for y in range(height):
            row_x, row_y = row_part(matrices, n, 0, y), row_part(matrices, n, 1, y)
            _warped_row(row_x, row_y, columns[0], columns[1], height, width, us, vs, fxs, fys)
            for x in range(width):
                here = y * width + x
                if vs[x] != OUTSIDE and here < last:
                    place = 3 * (np.int64(vs[x]) * width + np.int64(us[x]))
                    store(result, 3 * here, _between_pixels(image, place, width, fys[x], fxs[x]))
                    continue
                taps = warp_taps(row_x + columns[0, x], row_y + columns[1, x], height, width)
                if here < last and not _among_last(taps, height, width):
                    store(result, 3 * here, _between_four(image, width, taps))
                    continue
                y0, y1, x0, x1, fy, fx = taps
                for c in range(3):
                    result[y, x, c] = bilinear(
                        image[y0, x0, c], image[y0, x1, c], image[y1, x0, c], image[y1, x1, c], fy, fx
                    )


@cpu
def displace_cpu(src, dst, field, alpha):
    """dst (N, H, W, 3) uint8 = src (float32) at (y + alpha field[n, 1], x + alpha field[n, 0]), truncated; field (N, 2,
    H, W).

    Into bytes at once: as float32 first, the result drove out of the cache what was read of src.
    """
    height, width = src.shape[1], src.shape[2]
    us, vs = np.empty(width, np.int32), np.empty(width, np.int32)
    fxs, fys = np.empty(width, np.float32), np.empty(width, np.float32)
    for n in range(src.shape[0]):
        image, result, last = src[n], dst[n], height * width - 1
        for y in range(height):
            _displaced_row(y, field[n, 1, y], field[n, 0, y], alpha, height, width, us, vs, fxs, fys)
            for x in range(width):
                here = y * width + x
                if vs[x] != OUTSIDE and here < last:
                    place = 3 * (np.int64(vs[x]) * width + np.int64(us[x]))
                    store(result, 3 * here, _between_pixels(image, place, width, fys[x], fxs[x]))
                    continue
                dy, dx = alpha * field[n, 1, y, x], alpha * field[n, 0, y, x]
                taps = displaced_taps(y, x, dy, dx, height, width)
                if here < last and not _among_last(taps, height, width):
                    store(result, 3 * here, _between_four(image, width, taps))
                    continue
                y0, y1, x0, x1, fy, fx = taps
                for c in range(3):
                    value = bilinear(image[y0, x0, c], image[y0, x1, c], image[y1, x0, c], image[y1, x1, c], fy, fx)
                    result[y, x, c] = to_byte(value)
