"""JPEG without its entropy coding, which is lossless: libjpeg's integer arithmetic from bytes to bytes.

Colour conversion, 4:2:0 by box means, the "islow" forward DCT, quantisation, the inverse, triangle ("fancy") upsampling
and the conversion back, all in the fixed point of libjpeg, so that the result equals Pillow's save and load to the bit.
Sixteen blocks go through each step of the transform together: that is what the vector unit works on.
Measured at 224 x 224 on one core: .25 ms at any quality (an AMD EPYC of model 1), half of what Pillow takes, which
codes the entropy as well.
"""

import numpy as np

from ..jit import cpu, part, scalar
from ..kept import kept
from ..lanes import LANES, eights_apart, eights_together, load_eight, store_all
from .borders import copy_line

# ITU T.81, annex K, in natural order.
LUMINANCE = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61),
        *(12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56),
        *(14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77),
        *(24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101),
        *(72, 92, 95, 98, 112, 100, 103, 99),
    ]
)
CHROMINANCE = np.full((8, 8), 99)
CHROMINANCE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

CONST_BITS, PASS1_BITS = 13, 2
# The cosines of the DCT by Loeffler, Ligtenberg and Moschytz (1989) in 13-bit fixed point, as libjpeg rounds them.
C0298, C0390, C0541, C0765, C0899, C1175 = (np.int32(v) for v in (2446, 3196, 4433, 6270, 7373, 9633))
C1501, C1847, C1961, C2053, C2562, C3072 = (np.int32(v) for v in (12299, 15137, 16069, 16819, 20995, 25172))
I = np.int32  # Numba widens sums of int32 to int64; cutting each back keeps the vectors at 32 bits a lane
HALF_RANGE, BYTE = np.int32(128), np.int32(255)
# LANES blocks go through the transform together. With a stride that it knows, the compiler proves the lanes
# independent: with that, 32-bit lanes and one loop over all coefficients, sixteen blocks take 1.06 us; without,
# 3.16 us.


@kept
def quantisation(quality: int) -> tuple[np.ndarray, np.ndarray]:
    """For luminance and chrominance (3, 64) float32: step, half divisor and inverse divisor in natural order.

    quality: 1 to 100, in libjpeg's scale.
    """
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality

    def parts(base: np.ndarray) -> np.ndarray:
        step = np.clip((base.reshape(-1) * scale + 50) // 100, 1, 255)
        table = np.stack([step, 4 * step + 0.5, 1 / (8 * step)]).astype(np.float32)
        table.flags.writeable = False
        return table

    return parts(LUMINANCE), parts(CHROMINANCE)


@scalar
def descale(value, bits):
    """value / 2^bits, rounded."""
    return I(I(value + (1 << (bits - 1))) >> I(bits))


@scalar
def rotated(a, b, c, d):
    """The odd half that both transforms share: sums of (a, b, c, d) by the cosines, still 2^13 times too large."""
    z1, z2, z3, z4 = I(a + d), I(b + c), I(a + c), I(b + d)
    z5 = I(I(z3 + z4) * C1175)
    z1, z2, z3, z4 = I(-z1 * C0899), I(-z2 * C2562), I(z5 - z3 * C1961), I(z5 - z4 * C0390)
    return I(a * C0298 + z1 + z3), I(b * C2053 + z2 + z4), I(c * C3072 + z2 + z3), I(d * C1501 + z1 + z4)


@scalar
def forward8(d0, d1, d2, d3, d4, d5, d6, d7, up, down):
    """One forward DCT of eight; outputs 0 and 4 are shifted up by `up` (or down, if negative), the others descaled by
    `down`.
    """
    t0, t7, t1, t6 = I(d0 + d7), I(d0 - d7), I(d1 + d6), I(d1 - d6)
    t2, t5, t3, t4 = I(d2 + d5), I(d2 - d5), I(d3 + d4), I(d3 - d4)
    t10, t13, t11, t12 = I(t0 + t3), I(t0 - t3), I(t1 + t2), I(t1 - t2)
    z1 = I(I(t12 + t13) * C0541)
    if up > 0:
        o0, o4 = I(I(t10 + t11) << I(up)), I(I(t10 - t11) << I(up))
    else:
        o0, o4 = descale(t10 + t11, -up), descale(t10 - t11, -up)
    o2, o6 = descale(z1 + t13 * C0765, down), descale(z1 - t12 * C1847, down)
    s4, s5, s6, s7 = rotated(t4, t5, t6, t7)
    return o0, descale(s7, down), o2, descale(s6, down), o4, descale(s5, down), o6, descale(s4, down)


@scalar
def inverse8(c0, c1, c2, c3, c4, c5, c6, c7, down):
    """One inverse DCT of eight, descaled by `down`."""
    z1 = I(I(c2 + c6) * C0541)
    t2, t3 = I(z1 - c6 * C1847), I(z1 + c2 * C0765)
    t0, t1 = I(I(c0 + c4) << I(CONST_BITS)), I(I(c0 - c4) << I(CONST_BITS))
    t10, t13, t11, t12 = I(t0 + t3), I(t0 - t3), I(t1 + t2), I(t1 - t2)
    s0, s1, s2, s3 = rotated(c7, c5, c3, c1)
    return (
        descale(t10 + s3, down),
        descale(t11 + s2, down),
        descale(t12 + s1, down),
        descale(t13 + s0, down),
        descale(t13 - s0, down),
        descale(t12 - s1, down),
        descale(t11 - s2, down),
        descale(t10 - s3, down),
    )


@scalar
def requantised(coefficient, step, half, inverse):
    """A coefficient (8 times too large) divided by its step, halves away from zero, and multiplied back.

    In float32, exactly: half is half the divisor plus .5, so the product stays further from whole numbers than its
        error
    (tried for every step and every coefficient up to 20,000).
    """
    value = np.float32(coefficient)
    size = np.float32(I((abs(value) + half) * inverse)) * step
    return I(size if value >= np.float32(0.0) else -size)


@scalar
def clipped(value):
    """0..255."""
    return min(max(np.int32(value), np.int32(0)), BYTE)


@scalar
def luma_of(r, g, b):
    """ITU-R BT.601 in 16-bit fixed point; r, g, b int32."""
    return I(I(19595 * r + 38470 * g + 7471 * b + 32768) >> I(16))


@scalar
def blue_of(r, g, b):
    """Chroma, blue."""
    return I(I(-11059 * r - 21709 * g + 32768 * b + 8421375) >> I(16))


@scalar
def red_of(r, g, b):
    """Chroma, red."""
    return I(I(32768 * r - 27439 * g - 5329 * b + 8421375) >> I(16))


@scalar
def rgb_of(luma, blue, red):
    """Three bytes of luma and chroma."""
    b, r = I(blue - HALF_RANGE), I(red - HALF_RANGE)
    return (
        np.uint8(clipped(luma + (I(91881 * r + 32768) >> I(16)))),
        np.uint8(clipped(luma + (I(-22554 * b - 46802 * r + 32768) >> I(16)))),
        np.uint8(clipped(luma + (I(116130 * b + 32768) >> I(16)))),
    )


@scalar
def halved(a, b, c, d, x):
    """The mean of two by two at column x, whose rounding alternates."""
    return I(I(a + b + c + d + 1 + (x & 1)) >> I(2))


@part
def _transform_lanes(b, steps):
    """Forward DCT, quantisation and back for LANES blocks at once: sample (y, x) of block n is b[(8 y + x) LANES +
    n].
    """
    w = LANES
    for y in range(8):
        for i in range(8 * w * y, 8 * w * y + w):
            b[i], b[i + w], b[i + 2 * w], b[i + 3 * w], b[i + 4 * w], b[i + 5 * w], b[i + 6 * w], b[i + 7 * w] = (
                forward8(
                    *(
                        b[i],
                        b[i + w],
                        b[i + 2 * w],
                        b[i + 3 * w],
                        b[i + 4 * w],
                        b[i + 5 * w],
                        b[i + 6 * w],
                        b[i + 7 * w],
                    ),
                    *(PASS1_BITS, CONST_BITS - PASS1_BITS),
                )
            )
    v = 8 * w
    for x in range(8):
        for i in range(w * x, w * x + w):
            b[i], b[i + v], b[i + 2 * v], b[i + 3 * v], b[i + 4 * v], b[i + 5 * v], b[i + 6 * v], b[i + 7 * v] = (
                forward8(
                    *(
                        b[i],
                        b[i + v],
                        b[i + 2 * v],
                        b[i + 3 * v],
                        b[i + 4 * v],
                        b[i + 5 * v],
                        b[i + 6 * v],
                        b[i + 7 * v],
                    ),
                    *(-PASS1_BITS, CONST_BITS + PASS1_BITS),
                )
            )
    step, half, inverse = steps[0], steps[1], steps[2]
    for e in range(64 * w):
        b[e] = requantised(b[e], step[e], half[e], inverse[e])
    for x in range(8):
        for i in range(w * x, w * x + w):
            b[i], b[i + v], b[i + 2 * v], b[i + 3 * v], b[i + 4 * v], b[i + 5 * v], b[i + 6 * v], b[i + 7 * v] = (
                inverse8(
                    *(
                        b[i],
                        b[i + v],
                        b[i + 2 * v],
                        b[i + 3 * v],
                        b[i + 4 * v],
                        b[i + 5 * v],
                        b[i + 6 * v],
                        b[i + 7 * v],
                    ),
                    CONST_BITS - PASS1_BITS,
                )
            )
    for y in range(8):
        for i in range(8 * w * y, 8 * w * y + w):
            b[i], b[i + w], b[i + 2 * w], b[i + 3 * w], b[i + 4 * w], b[i + 5 * w], b[i + 6 * w], b[i + 7 * w] = (
                inverse8(
                    *(
                        b[i],
                        b[i + w],
                        b[i + 2 * w],
                        b[i + 3 * w],
                        b[i + 4 * w],
                        b[i + 5 * w],
                        b[i + 6 * w],
                        b[i + 7 * w],
                    ),
                    CONST_BITS + PASS1_BITS + 3,
                )
            )


# A line of sixteen blocks lies block by block, and is taken apart into the first numbers of all, the second ones, and
# so on. As squares of sixteen, of which half belonged to the next block, that and the way back took 1.5 us, where the
# transform between them takes 1.1; now .5 (an AMD EPYC of model 1). Moved number by number it took 2.5 times as long as
# the transform.
SPARE = 8 * LANES  # what is then read beyond the end of a plane


@part
def _plane(height, width):
    """(height, width) int32, with memory beyond the end."""
    return np.empty(height * width + SPARE, np.int32)[: height * width].reshape(height, width)


@part
def _transform(plane, steps):
    """The same for a plane (8 a, 8 b) int32 of samples 0..255, made by `_plane`, in place."""
    height, width = plane.shape
    b, line = np.empty(64 * LANES, np.int32), np.empty(8 * LANES, np.int32)
    samples, block, turned = plane.view(np.float32), b.view(np.float32), line.view(np.float32)  # moved alone
    for top in range(0, height, 8):
        for left in range(0, width, 8 * LANES):
            for y in range(8):
                line_of_blocks = load_eight(samples, (top + y) * width + left)
                store_all(block, 8 * LANES * y, LANES, eights_apart(line_of_blocks))
            for e in range(64 * LANES):
                b[e] -= HALF_RANGE
            _transform_lanes(b, steps)
            for e in range(64 * LANES):
                b[e] = clipped(I(b[e] + HALF_RANGE))
            for y in range(8):
                store_all(turned, 0, LANES, eights_together(load_eight(block, 8 * LANES * y)))
                row = plane[top + y, left : min(left + 8 * LANES, width)]
                for x in range(row.size):
                    row[x] = line[x]


@part
def _convert(pixels, luma, blue, red, width):
    """One row of RGB to luma and chroma. Apart, so that the compiler sees plain lines."""
    for x in range(width):
        r, g, b = np.int32(pixels[3 * x]), np.int32(pixels[3 * x + 1]), np.int32(pixels[3 * x + 2])
        luma[x], blue[x], red[x] = luma_of(r, g, b), blue_of(r, g, b), red_of(r, g, b)


@part
def _convert_back(luma, blue, red, pixels, width):
    """One row of luma and chroma to RGB."""
    for x in range(width):
        pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2] = rgb_of(luma[x], blue[x], red[x])


@part
def _halve(upper, lower, out):
    """Means of two by two, the rounding alternating between columns."""
    for x in range(out.size):
        out[x] = halved(upper[2 * x], upper[2 * x + 1], lower[2 * x], lower[2 * x + 1], x)


@part
def _to_planes(image, luma, blue, red, chroma_blue, chroma_red):
    """RGB (H, W, 3) to padded planes: luma full size, chroma by means of four whose rounding alternates between
    columns.
    """
    height, width = image.shape[:2]
    rows = chroma_blue.shape[0]
    for j in range(rows):
        for k in range(2):
            y = 2 * j + k
            if y >= height + height % 2:
                break
            row = luma[y]
            _convert(image[min(y, height - 1)].reshape(3 * width), row, blue[k], red[k], width)
            row[width:] = row[width - 1]
            blue[k, width:] = blue[k, width - 1]
            red[k, width:] = red[k, width - 1]
        if 2 * j >= height:
            copy_line(chroma_blue[j - 1], chroma_blue[j])
            copy_line(chroma_red[j - 1], chroma_red[j])
            continue
        _halve(blue[0], blue[1], chroma_blue[j])
        _halve(red[0], red[1], chroma_red[j])
    for y in range(height + height % 2, luma.shape[0]):
        copy_line(luma[height - 1], luma[y])


@part
def _upsampled(chroma, y, height, width, sums, out):
    """Row y of a chroma plane at full size, into `out`: weights 3 and 1 along each axis; doubling where the plane is 1
    or 2 wide.
    """
    rows, columns = (height + 1) // 2, (width + 1) // 2
    near = chroma[y // 2]
    if columns <= 2:
        for x in range(width):
            out[x] = near[x // 2]
        return
    far = chroma[min(max(y // 2 + (1 if y % 2 else -1), 0), rows - 1)]
    for x in range(columns):
        sums[x + 1] = np.int32(3) * near[x] + far[x]
    sums[0], sums[columns + 1] = sums[1], sums[columns]
    for x in range(columns):
        out[2 * x] = np.int32(3 * sums[x + 1] + sums[x] + 8) >> np.int32(4)
        out[2 * x + 1] = np.int32(3 * sums[x + 1] + sums[x + 2] + 7) >> np.int32(4)


@cpu
def _jpeg_rgb(src, dst, luminance, chrominance):
    height, width = src.shape[1:3]
    across, down = (width + 15) // 16, (height + 15) // 16
    luma = _plane(16 * down, 16 * across)
    blue, red = np.empty((2, 16 * across), np.int32), np.empty((2, 16 * across), np.int32)
    chroma_blue, chroma_red = _plane(8 * down, 8 * across), _plane(8 * down, 8 * across)
    sums, wide_blue, wide_red = (
        np.empty(8 * across + 2, np.int32),
        np.empty(16 * across, np.int32),
        np.empty(16 * across, np.int32),
    )
    for i in range(src.shape[0]):
        _to_planes(src[i], luma, blue, red, chroma_blue, chroma_red)
        _transform(luma, luminance)
        _transform(chroma_blue, chrominance)
        _transform(chroma_red, chrominance)
        for y in range(height):
            _upsampled(chroma_blue, y, height, width, sums, wide_blue)
            _upsampled(chroma_red, y, height, width, sums, wide_red)
            _convert_back(luma[y], wide_blue, wide_red, dst[i, y].reshape(3 * width), width)


@cpu
def _jpeg_grey(src, dst, luminance):
    height, width = src.shape[1:3]
    luma = _plane((height + 7) // 8 * 8, (width + 7) // 8 * 8)
    for i in range(src.shape[0]):
        for y in range(luma.shape[0]):
            for x in range(luma.shape[1]):
                luma[y, x] = np.int32(src[i, min(y, height - 1), min(x, width - 1), 0])
        _transform(luma, luminance)
        for y in range(height):
            for x in range(width):
                dst[i, y, x, 0] = np.uint8(luma[y, x])


@kept
def _lane_tables(quality: int) -> tuple[np.ndarray, ...]:
    return tuple(np.repeat(table, LANES, axis=1) for table in quantisation(quality))


def jpeg_cpu(src: np.ndarray, dst: np.ndarray, quality: int) -> None:
    """dst = src (N, H, W, 1 or 3) uint8 as it comes back from a JPEG of this quality (1 to 100, 4:2:0); dst may be
    src.
    """
    luminance, chrominance = _lane_tables(quality)
    if src.shape[3] == 3:
        _jpeg_rgb(src, dst, luminance, chrominance)
    else:
        _jpeg_grey(src, dst, luminance)
