"""iso_noise: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, normal, uniform
from ..jit import floored, scalar
from ..primitives.hues import FULL, HALF, ONE, ZERO, hue_of, largest, lightness, missing, smallest, spread_gain, wrapped
from ..primitives.pixelwise import PixelFunction, to_byte
from ..registry import corruption

SIXTHS = 6.0  # of the colour circle
UNIT = np.float32(2.0**-16)  # in which a number up to 255 is kept as three bytes
SKEW = np.float32(1.0 / 6.0)


class Iso(NamedTuple):
    """Parameters of iso_noise."""

    color_low: float  # smallest spread of the hue, in turns of the colour circle
    color_high: float  # largest
    intensity_low: float  # smallest factor of both noises
    intensity_high: float  # largest


def draws(p: Iso, height: int, width: int) -> dict[str, Draw]:
    """The two strengths, and a standard normal value a pixel for the hue and for the lightness."""
    return {
        "color": uniform(p.color_low, p.color_high, on_host=True),
        "intensity": uniform(p.intensity_low, p.intensity_high, on_host=True),
        "hue": normal(0.0, 1.0, height, width),
        "light": normal(0.0, 1.0, height, width),
    }


@scalar
def root(value):
    """The square root by Newton's steps from above, the same on every device; to 1e-6 of it between 1e-6 and 65,025."""
    if value <= ZERO:
        return ZERO
    guess = max(value, ONE)
    for _ in range(24):
        guess = HALF * (guess + value / guess)
    return guess


@scalar
def as_bytes(value):
    """A number from 0 to 255 in units of 2^-16 as three bytes."""
    whole = np.int32(min(max(value, ZERO), FULL) / UNIT)
    return np.uint8(whole >> 16), np.uint8((whole >> 8) & 255), np.uint8(whole & 255)


@scalar
def from_bytes(kept, n):
    """And back, from an image of one pixel."""
    high, low = np.float32(kept[n, 0, 0, 0]) * np.float32(65536.0), np.float32(kept[n, 0, 0, 1]) * np.float32(256.0)
    return (high + low + np.float32(kept[n, 0, 0, 2])) * UNIT


@PixelFunction
def light_and_square(src, n, y, x):
    """The lightness in whole levels, and its square in two bytes."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    light = np.int32(lightness(r, g, b))
    return np.uint8(light), np.uint8((light * light) >> 8), np.uint8((light * light) & 255)


@PixelFunction
def mean_noise(src, n, y, x, sums, count, intensity):
    """The standard deviation of the lightness by the intensity, from the sums of `light_and_square`."""
    mean = np.float32(sums[n, 0]) / np.float32(count)
    square = (np.float32(sums[n, 1]) * np.float32(256.0) + np.float32(sums[n, 2])) / np.float32(count)
    return as_bytes(root(square - mean * mean) * intensity[n])


@PixelFunction
def root_of(src, n, y, x):
    """The root of the number that an image of one pixel keeps."""
    return as_bytes(root(from_bytes(src, n)))


@PixelFunction
def noised(src, n, y, x, hue, light, turn, rate, spread):
    """The hue turned, and the lightness raised by a count of photons."""
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    mean, z = from_bytes(rate, n), light[n, y, x]
    count = max(floored(mean + from_bytes(spread, n) * z + SKEW * (z * z - ONE) + HALF), ZERO)
    before = lightness(r, g, b)
    after = min(before + count * (ONE - before / FULL), FULL)
    if mean == ZERO:
        after = before
    top = largest(r, g, b)
    wide = (top - smallest(r, g, b)) * spread_gain(before, after)
    turned = wrapped(hue_of(r, g, b) + turn[n] * hue[n, y, x])
    top = after + HALF * wide
    return (
        to_byte(top - wide * missing(turned, np.float32(5.0))),
        to_byte(top - wide * missing(turned, np.float32(3.0))),
        to_byte(top - wide * missing(turned, ONE)),
    )


@corruption(Iso, identity={"intensity_low": 0.0, "intensity_high": 0.0}, draws=draws)
def iso_noise(ops: Any, src: Any, dst: Any, p: Iso, d: Any) -> None:
    """In HLS: N(0, (c i)^2) turns added to the hue, and Poisson(i s) / 255 of what is left to white added to the
    lightness, s being the standard deviation of the image's lightness in levels, c and i random: a sensor at high ISO.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (ISONoise).
    Differs from the published library in how it samples: the Poisson count is the rounded m + sqrt(m) z + (z^2 - 1) / 6
    of a normal z, whose distribution function is within .002 of the exact one for m from 10 on, and within .02 for m
    from .5 on.
    """
    n, height, width, _ = src.shape
    both, blank, rate, spread = ops.empty(src.shape, np.uint8), *(ops.empty((n, 1, 1, 3), np.uint8) for _ in range(3))
    ops.pixelwise(light_and_square, src, both)
    intensity = ops.upload(d.intensity.astype(np.float32))
    ops.pixelwise(mean_noise, blank, rate, ops.channel_sums(both), height * width, intensity)
    ops.pixelwise(root_of, rate, spread)
    turn = ops.upload((d.color * d.intensity * SIXTHS).astype(np.float32))
    ops.pixelwise(noised, src, dst, d.hue, d.light, turn, rate, spread)
