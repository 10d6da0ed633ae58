"""uneven_fog: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..kept import kept
from ..primitives.pixelwise import PixelFunction, to_byte
from ..registry import corruption
from .fog import map_size

TOP, BOTTOM, LEFT, RIGHT = 0.65, 0.99, 0.1, 0.85  # of the road before the car, as shares of the sides
SPREAD = 0.25  # by which a distance may be larger
THINNED, SCATTERED = np.float32(0.8), np.float32(0.5)
ZERO, ONE, TWO, FULL = np.float32(0.0), np.float32(1.0), np.float32(2.0), np.float32(255.0)


class UnevenFog(NamedTuple):
    """Parameters of uneven_fog."""

    strength: float  # of the fog, image on 0..1
    decay: float  # by which the wiggle shrinks from one level of a plasma to the next
    thickness: float  # of the haze, for each pixel of distance
    air: float  # what is seen at an endless distance, on 0..1


def draws(p: UnevenFog, height: int, width: int) -> dict[str, Draw]:
    """The unit displacements of three plasmas, and by what each pixel's distance is larger, as a share of itself."""
    side = map_size(height, width)
    plasmas = {name: uniform(-1.0, 1.0, side, side) for name in ("fog", "thinning", "scatter")}
    return {**plasmas, "farther": uniform(0.0, SPREAD, height, width)}


@kept
def transmission(p: UnevenFog, height: int, width: int) -> np.ndarray:
    """(D,) float32: what is left of the light of a place so many pixels away from the road."""
    most = math.ceil(2.0 * (1.0 + SPREAD) * math.hypot(height, width)) + 2
    near = math.sqrt(max(height, width))
    # Not NumPy's exp: see `bell`.
    return np.array([math.exp(-p.thickness * (near + away)) for away in range(most)], np.float32)


@scalar
def hazed(level, haze, gain, clear, air):
    """A level in the fog, seen through the haze."""
    foggy = min(max((np.float32(level) + haze) * gain, ZERO), FULL)
    return to_byte(foggy * clear + air * (ONE - clear))


@PixelFunction
def fogged(src, n, y, x, fog, thinning, scatter, farther, left, peak, strength, air, top, bottom, first, last):
    """The fog of three plasmas, then the haze of a place's distance from the road."""
    end = fog.shape[1] - 1
    v, u = y & end, x & end
    haze = strength * (fog[n, v, u] * (ONE - THINNED * thinning[n, v, u]) * (ONE + SCATTERED * scatter[n, v, u]))
    full = np.float32(peak[n])
    gain = full / (full + strength)
    down, aside = np.float32(max(0, max(y - bottom, top - y))), np.float32(max(0, max(x - last, first - x)))
    away = TWO * np.sqrt(down * down + aside * aside) * (ONE + farther[n, y, x])
    step = np.int32(away)
    clear = left[step] + (away - np.float32(step)) * (left[step + 1] - left[step])
    return (
        hazed(src[n, y, x, 0], haze, gain, clear, air),
        hazed(src[n, y, x, 1], haze, gain, clear, air),
        hazed(src[n, y, x, 2], haze, gain, clear, air),
    )


@corruption(UnevenFog, identity={"strength": 0.0, "thickness": 0.0}, draws=draws)
def uneven_fog(ops: Any, src: Any, dst: Any, p: UnevenFog, d: Any) -> None:
    """ImageNet-C's fog with a plasma p1 (1 - .8 p2) (1 + .5 p3), then u t + air (1 - t) with t = exp(-thickness a), a
    growing with the distance from the road's place in the image and random by a quarter: fog on a road.

    a is twice the distance of a pixel from the rectangle .65 to .99 of the height by .1 to .85 of the width, and the
    root of the longer side.
    Source: Beemelmanns et al. 2024 (arXiv:2402.11677), fog.
    """
    plasmas = d.fog, d.thinning, d.scatter
    for plasma in plasmas:
        ops.plasma(plasma, p.decay)
    height, width = src.shape[1:3]
    left = ops.constant(transmission(p, height, width))
    places = int(height * TOP), int(height * BOTTOM), int(width * LEFT), int(width * RIGHT)
    light = ops.peak(src), 255.0 * p.strength, 255.0 * p.air
    ops.pixelwise(fogged, src, dst, *plasmas, d.farther, left, *light, *places)
