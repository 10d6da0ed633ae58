"""snow_texture: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, normal, uniform
from ..jit import floored, scalar
from ..primitives.hues import hue_of, largest, missing, smallest, wrapped
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption

SIGMA = math.sqrt(2.0)  # pixels: two Gaussians of one pixel each, one after the other
REACH = 4.0  # sigmas
ZERO, ONE, FULL, WHITE = np.float32(0.0), np.float32(1.0), np.float32(255.0), np.uint8(255)
HALF, PER_SIXTH = np.float32(0.5), np.float32(30.0)  # OpenCV's bytes of hue are half degrees
PLACE_R, PLACE_G, PLACE_B = np.float32(5.0), np.float32(3.0), np.float32(1.0)


class Texture(NamedTuple):
    """Parameters of snow_texture."""

    point: float  # opacity of the texture
    light: float  # V of HSV is multiplied by 1 + this times the point
    weight: float  # of what becomes of H, S and V so; the rest goes to 0
    fade: float  # by how much less of the texture there is in the last row than in the first, 0 to 1
    sparkles: float  # probability that a pixel is white


def draws(p: Texture, height: int, width: int) -> dict[str, Draw]:
    """The texture before it is smoothed; a pixel is white where `luck` is below the probability."""
    return {"texture": normal(0.5, 0.3, height, width), "luck": uniform(0.0, 1.0, height, width)}


@scalar
def dulled(value, layer, weight, tint):
    """H, S or V as a byte under the texture, cut off to a whole number."""
    return min(max(floored(weight * (value + layer) + tint), ZERO), FULL)


# 2 ms an image of 224 x 224 on one core, half of it for two divisions and the way to HSV and back.
@PixelFunction
def snowed(src, n, y, x, texture, luck, point, light, weight, fade, sparkles):
    """A pixel in HSV of bytes under the texture; or a sparkle."""
    r, g, b, place = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], luck[n, y, x]
    top = largest(r, g, b)
    spread = top - smallest(r, g, b)
    before = floored(FULL * spread / top + HALF) if top > ZERO else ZERO
    depth = ONE - fade * (np.float32(y) / np.float32(max(src.shape[1] - 1, 1)))
    layer = FULL * point * depth * texture[n, y, x]
    tint = (ONE - np.float32(weight)) * point
    value = min(top * (ONE + light * point), FULL)
    h = wrapped(dulled(floored(hue_of(r, g, b) * PER_SIXTH + HALF), layer, weight, np.float32(0.6) * tint) / PER_SIXTH)
    s = dulled(before, layer, weight, np.float32(0.75) * tint) / FULL
    v = dulled(value, layer, weight, tint)
    if place < sparkles:
        return WHITE, WHITE, WHITE
    return (
        nearest_byte(v - v * s * missing(h, PLACE_R)),
        nearest_byte(v - v * s * missing(h, PLACE_G)),
        nearest_byte(v - v * s * missing(h, PLACE_B)),
    )


@corruption(Texture, identity={"point": 0.0, "weight": 1.0, "sparkles": 0.0}, draws=draws)
def snow_texture(ops: Any, src: Any, dst: Any, p: Texture, d: Any) -> None:
    """w (c + 255 t q) for each of H, S and V of HSV as bytes, V brighter before, t a smoothed random texture that fades
    towards the lower edge, and white sparkles: snow that lies on the scene.

    H and S are changed with V, as published: orange becomes yellowish, violet blue, and grey is slightly tinted.
    Source: Buslaev et al. 2020 (albumentations 2.0.8), RandomSnow with its texture.
    Differs from the library in that the texture is smoothed once by both of its Gaussians.
    """
    texture = ops.smooth_fields(d.texture, SIGMA, REACH, "reflect101")
    ops.pixelwise(snowed, src, dst, texture, d.luck, p.point, p.light, p.weight, p.fade, p.sparkles)
