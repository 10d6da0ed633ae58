"""An image moved, turned, scaled, slanted or tilted by given amounts: frames of a sequence."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..jit import floored, scalar
from ..primitives.sampling import mix
from ..registry import corruption
from .rigid import clamped
from .warps import NARROWEST, along

ZERO, HALF = np.float32(0.0), np.float32(0.5)
DARK = np.uint8(0)
FAR = np.float32(1e6)  # pixels; places beyond lie in no image, and would not fit 32 bits
PARTS = np.float32(32.0)  # of a pixel, in which OpenCV measured places


class Affine(NamedTuple):
    """Parameters of affine."""

    angle: float  # degrees clockwise
    shift: float  # pixels to the right
    scale: float  # of the scene's size
    shear: float  # degrees
    smooth: int  # 1 bilinear, 0 the nearest pixel


class Tilt(NamedTuple):
    """Parameters of tilt."""

    angle: float  # degrees about both axes
    focal: float  # pixels, the distance at which the scene is seen


def affine_places(p: Affine, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """How a place follows from its distance to the pivot, half a pixel beyond the middle in both directions."""
    angle, shear = math.radians(p.angle), math.radians(p.shear)
    size = p.scale * (math.cos(angle + shear) * math.cos(angle) + math.sin(angle + shear) * math.sin(angle))
    return {
        "right": math.cos(angle + shear) / size,
        "down": math.sin(angle + shear) / size,
        "back": -math.sin(angle) / size,
        "on": math.cos(angle) / size,
        "pivot_y": height / 2 + 0.5,
        "pivot_x": width / 2 + 0.5,
    }


def tilt_matrix(p: Tilt, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(count, 3, 3), from output to input, both as distances from the middle (x, y, 1)."""
    c, s = math.cos(math.radians(p.angle)), math.sin(math.radians(p.angle))
    # A point (x, y) of the plane at depth 1, turned about the vertical and then about the horizontal axis.
    turned = np.array([[c, 0.0, -s], [-s * s, c, -s * c], [c * s, s, c * c + p.focal]])
    turned[:2] *= p.focal
    return {"matrix": np.tile(_inverse(turned), (count, 1, 1))}


def _inverse(m: np.ndarray) -> np.ndarray:
    """Of a 3 by 3 matrix, written out: the last bit of LAPACK depends on the processor."""
    first, second, third = m
    adjugate = np.stack([_cross(second, third), _cross(third, first), _cross(first, second)], axis=1)
    inverse: np.ndarray = adjugate / (first * adjugate[:, 0]).sum()
    return inverse


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@scalar
def between(a, b, c, d, fy, fx):
    """Between four neighbours, as Pillow: along the rows, then between them; the byte below."""
    return np.uint8(np.int32(mix(mix(np.float32(a), np.float32(b), fx), mix(np.float32(c), np.float32(d), fx), fy)))


@corruption(
    Affine,
    form="pixel",
    identity={"angle": 0.0, "shift": 0.0, "scale": 1.0, "shear": 0.0},
    prepare=affine_places,
    moves_pixels=True,
)
def affine(src, n, y, x, right, down, back, on, pivot_y, pivot_x, shift, smooth):
    """The image moved, turned, scaled and slanted about its middle, black where nothing is seen: a camera that moves.

    The pivot is half a pixel to the right of the middle and below it, and what is between pixels is cut off to a byte:
    both as in the libraries that made the published sequences.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P).
    Differs by one level, on up to a tenth of the bytes, where places are thirds of a pixel (scaled by .6): a value that
    is whole is cut off to the byte below or not by what float64 leaves of a third.
    """
    height, width = src.shape[1], src.shape[2]
    dy, dx = np.float32(y) + HALF - pivot_y, np.float32(x) + HALF - pivot_x - shift
    v, u = back * dx + on * dy + pivot_y, right * dx + down * dy + pivot_x
    if not (v >= ZERO and v < np.float32(height) and u >= ZERO and u < np.float32(width)):
        return DARK, DARK, DARK
    if not smooth:
        y0, x0 = np.int32(v), np.int32(u)
        return src[n, y0, x0, 0], src[n, y0, x0, 1], src[n, y0, x0, 2]
    v, u = v - HALF, u - HALF
    top, left = floored(v), floored(u)
    fy, fx = v - top, u - left
    y0, y1 = clamped(np.int32(top), height), clamped(np.int32(top) + 1, height)
    x0, x1 = clamped(np.int32(left), width), clamped(np.int32(left) + 1, width)
    return (
        between(src[n, y0, x0, 0], src[n, y0, x1, 0], src[n, y1, x0, 0], src[n, y1, x1, 0], fy, fx),
        between(src[n, y0, x0, 1], src[n, y0, x1, 1], src[n, y1, x0, 1], src[n, y1, x1, 1], fy, fx),
        between(src[n, y0, x0, 2], src[n, y0, x1, 2], src[n, y1, x0, 2], src[n, y1, x1, 2], fy, fx),
    )


@scalar
def weighed(src, n, y, x, weight):
    """A pixel as a whole number of so many parts; black beyond the edge."""
    height, width = src.shape[1], src.shape[2]
    if y < 0 or x < 0 or y >= height or x >= width:
        return 0, 0, 0
    return weight * np.int32(src[n, y, x, 0]), weight * np.int32(src[n, y, x, 1]), weight * np.int32(src[n, y, x, 2])


@scalar
def parts(place):
    """A place in 32nds of a pixel, rounded."""
    return np.int32(floored(min(max(place, -FAR), FAR) * PARTS + HALF))


@corruption(Tilt, form="pixel", identity={"angle": 0.0}, prepare=tilt_matrix, moves_pixels=True)
def tilt(src, n, y, x, matrix):
    """The image as a plane turned about both axes and seen from a distance, black where nothing is seen: a camera that
    is tilted.

    Places are taken in 32nds of a pixel, as OpenCV did until its version 5; sums of whole numbers.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3 (ImageNet-P).
    Differs from the published sequences where an image is not 4 by 3: they were seen from the length of its diagonal,
    whatever its shape; here the distance is a parameter.
    """
    middle_y, middle_x = np.float32(src.shape[1]) * HALF, np.float32(src.shape[2]) * HALF
    dy, dx = np.float32(y) - middle_y, np.float32(x) - middle_x
    depth = along(matrix, n, 2, dy, dx)
    if abs(depth) < NARROWEST:
        depth = NARROWEST
    v = parts(along(matrix, n, 1, dy, dx) / depth + middle_y)
    u = parts(along(matrix, n, 0, dy, dx) / depth + middle_x)
    y0, x0, fy, fx = v >> 5, u >> 5, v & 31, u & 31
    r0, g0, b0 = weighed(src, n, y0, x0, (32 - fy) * (32 - fx))
    r1, g1, b1 = weighed(src, n, y0, x0 + 1, (32 - fy) * fx)
    r2, g2, b2 = weighed(src, n, y0 + 1, x0, fy * (32 - fx))
    r3, g3, b3 = weighed(src, n, y0 + 1, x0 + 1, fy * fx)
    return (
        np.uint8((r0 + r1 + r2 + r3 + 512) >> 10),
        np.uint8((g0 + g1 + g2 + g3 + 512) >> 10),
        np.uint8((b0 + b1 + b2 + b3 + 512) >> 10),
    )
