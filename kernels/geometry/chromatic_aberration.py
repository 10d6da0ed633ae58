"""A lens that does not bend all colours alike."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import floored, scalar
from ..primitives.pixelwise import nearest_byte
from ..primitives.sampling import bilinear
from ..registry import corruption

ONE = np.float32(1.0)


class Colours(NamedTuple):
    """Parameters of chromatic_aberration."""

    primary: float  # largest coefficient of r^2 either way, r in sides of the image
    secondary: float  # of r^4


def colour_draws(p: Colours, height: int, width: int) -> dict[str, Draw]:
    """Both coefficients as shares of the largest, (red, blue) each. All have the sign of red's first."""
    return {
        "primary": uniform(-1.0, 1.0, 2, on_host=True),
        "secondary": uniform(-1.0, 1.0, 2, on_host=True),
    }


def coefficients(p: Colours, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """(N, 2, 2): of r^2 and of r^4, for red and for blue; the middle of the image (y, x), and 1 / side of each axis."""
    sizes = np.stack([p.primary * np.abs(d.primary), p.secondary * np.abs(d.secondary)], axis=-1)
    signs = np.where(d.primary[:, :1] < 0, -1.0, 1.0)
    return {
        "bent": signs[..., None] * sizes,
        "axes": np.tile([[height / 2, 1 / height], [width / 2, 1 / width]], (count, 1, 1)),
    }


@scalar
def clamped(i, length):
    """The nearest index that there is."""
    return min(max(i, 0), length - 1)


@scalar
def bent_byte(src, n, y, x, k1, k2, axes, c):
    """Channel c at r (1 + k1 r^2 + k2 r^4) from the middle: bilinear, rounded, edges repeated."""
    height, width = src.shape[1], src.shape[2]
    dy, dx = np.float32(y) - axes[n, 0, 0], np.float32(x) - axes[n, 1, 0]
    v, u = dy * axes[n, 0, 1], dx * axes[n, 1, 1]
    square = u * u + v * v
    gain = ONE + square * (k1 + k2 * square)
    v, u = dy * gain + axes[n, 0, 0], dx * gain + axes[n, 1, 0]
    top, left = floored(v), floored(u)
    fy, fx = v - top, u - left
    y0, x0 = clamped(np.int32(top), height), clamped(np.int32(left), width)
    y1, x1 = clamped(np.int32(top) + 1, height), clamped(np.int32(left) + 1, width)
    return nearest_byte(bilinear(src[n, y0, x0, c], src[n, y0, x1, c], src[n, y1, x0, c], src[n, y1, x1, c], fy, fx))


@corruption(
    Colours,
    form="pixel",
    identity={"primary": 0.0, "secondary": 0.0},
    draws=colour_draws,
    prepare=coefficients,
    moves_pixels=True,
)
def chromatic_aberration(src, n, y, x, bent, axes):
    """Red and blue each sampled at r (1 + k1 r^2 + k2 r^4) from the middle, r in sides of the image, edges repeated,
    green as it is; both to the same side, so that edges are fringed with green and purple: a lens that bends blue light
    more than red.

    Source: Secci and Ceccarelli 2020 (arXiv:2008.05938), chromatic aberration; the formula is that of albumentations
    2.0.8 (ChromaticAberration, green_purple).
    """
    return (
        bent_byte(src, n, y, x, bent[n, 0, 0], bent[n, 0, 1], axes, 0),
        src[n, y, x, 1],
        bent_byte(src, n, y, x, bent[n, 1, 0], bent[n, 1, 1], axes, 2),
    )
