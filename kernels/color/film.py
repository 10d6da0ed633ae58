"""Colours as old film gives them, and colours that stand for brightness."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, integers, uniform
from ..jit import scalar
from ..primitives.pixelwise import to_byte
from ..primitives.sampling import mix
from ..registry import corruption

RED, GREEN, BLUE = np.float32(0.2126), np.float32(0.7152), np.float32(0.0722)
ZERO, HALF, ONE, TWO = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(2.0)
FULL, SHARE = np.float32(255.0), np.float32(1.0 / 255.0)
KNEE, SLOPE = np.float32(0.45), np.float32(10.0)


class Amount(NamedTuple):
    """Parameters of bleach_bypass, technicolor and pseudocolor."""

    amount: float  # of the result, 0 to 1; the rest is the image


@scalar
def brightness_of(r, g, b):
    """Of a pixel, on 0..1."""
    return (RED * np.float32(r) + GREEN * np.float32(g) + BLUE * np.float32(b)) * SHARE


@scalar
def bypassed(level, light, over, amount):
    """A level multiplied where the pixel is dark and screened where it is bright."""
    here = np.float32(level) * SHARE
    made = mix(TWO * here * light, ONE - TWO * (ONE - light) * (ONE - here), over)
    return to_byte(FULL * mix(here, made, amount))


@corruption(Amount, form="pixel", identity={"amount": 0.0})
def bleach_bypass(src, n, y, x, amount):
    """The image overlaid with its own brightness, multiplied below and screened above: film whose silver was left in.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    Differs from the published script where a level exceeds white: there it wraps around to black.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    light = brightness_of(r, g, b)
    over = min(max(SLOPE * (light - KNEE), ZERO), ONE)
    return bypassed(r, light, over, amount), bypassed(g, light, over, amount), bypassed(b, light, over, amount)


@scalar
def matte(level, one, other):
    """How little a channel exceeds the mean of the other two."""
    return ONE - (np.float32(level) - HALF * (np.float32(one) + np.float32(other))) * SHARE


@scalar
def dyed(level, one, other, amount):
    """A level behind two mattes."""
    here = np.float32(level)
    return to_byte(mix(here, one * other * here, amount))


@corruption(Amount, form="pixel", identity={"amount": 0.0})
def technicolor(src, n, y, x, amount):
    """Each channel behind the mattes of the other two: the glowing colours of three-strip film.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    Differs from the published script where a level exceeds white: there it wraps around to black.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    red, green, blue = matte(r, g, b), matte(g, r, b), matte(b, r, g)
    return dyed(r, green, blue, amount), dyed(g, red, blue, amount), dyed(b, red, green, amount)


def palette_draws(p: Amount, height: int, width: int) -> dict[str, Draw]:
    """Five colours, and how smoothly one goes over into the next."""
    return {
        "color": integers(0, 255, 5, 3, on_host=True),
        "smooth": uniform(0.25, 0.75, on_host=True),
    }


def prepare_palette(p: Amount, d: Any, count: int, height: int, width: int) -> Mapping[str, Any]:
    """Grey levels as float32."""
    return {"palette": d.color.astype(np.float32), "smoothness": d.smooth}


@scalar
def recolored(level, one, other, share, amount):
    """A level mixed with what lies between two colours."""
    return to_byte(mix(np.float32(level), mix(one, other, share), amount))


@corruption(Amount, form="pixel", identity={"amount": 0.0}, draws=palette_draws, prepare=prepare_palette)
def pseudocolor(src, n, y, x, palette, smoothness, amount):
    """Brightness shown by five random colours, mixed with the image: a thermal camera's palette.

    Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C.
    Differs from the published script in the step from a colour to a smaller one: there bytes wrap around.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    place = np.float32(4.0) * brightness_of(r, g, b)
    k = np.int32(min(place, np.float32(3.0)))
    linear = place - np.float32(k)
    share = mix(linear, linear * linear * (np.float32(3.0) - TWO * linear), np.float32(smoothness[n]))
    return (
        recolored(r, palette[n, k, 0], palette[n, k + 1, 0], share, amount),
        recolored(g, palette[n, k, 1], palette[n, k + 1, 1], share, amount),
        recolored(b, palette[n, k, 2], palette[n, k + 1, 2], share, amount),
    )
