"""Hue, saturation and lightness as scalar arithmetic, on grey levels 0..255; hue in sixths of the circle, 0..6."""

import numpy as np

from ..jit import floored, scalar
from .pixelwise import to_byte

ZERO, HALF, ONE, FOUR, SIX = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(4.0), np.float32(6.0)
TWO, FULL, LIFT = np.float32(2.0), np.float32(255.0), np.float32(2.0**-10)
SIXTH = np.float32(1.0 / 6.0)


@scalar
def largest(r, g, b):
    """V of HSV, float32."""
    return np.float32(max(r, max(g, b)))


@scalar
def smallest(r, g, b):
    """The smallest of three levels, float32."""
    return np.float32(min(r, min(g, b)))


@scalar
def hue_of(r, g, b):
    """The hue, 0 where the three are equal."""
    top = largest(r, g, b)
    spread = top - smallest(r, g, b)
    if spread == ZERO:
        return ZERO
    start, above = FOUR, np.float32(r) - np.float32(g)
    if np.float32(r) == top:
        start, above = ZERO, np.float32(g) - np.float32(b)
    elif np.float32(g) == top:
        start, above = TWO, np.float32(b) - np.float32(r)
    hue = start + above / spread
    return hue + SIX if hue < ZERO else hue


@scalar
def wrapped(hue):
    """A hue brought back to 0..6, give or take a last bit."""
    return hue - SIX * floored(hue * SIXTH)


@scalar
def missing(hue, place):
    """How much of the spread a channel lacks of the largest: 0..1; place is 5 for red, 3 for green, 1 for blue."""
    k = hue + place
    if k >= SIX:
        k = k - SIX
    return max(min(min(k, FOUR - k), ONE), ZERO)


@scalar
def lightness(r, g, b):
    """L of HLS: the middle between the largest and the smallest."""
    return (largest(r, g, b) + smallest(r, g, b)) * HALF


@scalar
def room(light):
    """The largest spread that a lightness leaves."""
    return FULL - abs(light + light - FULL)


@scalar
def spread_gain(light, target):
    """By what the spread is multiplied where the lightness changes and the saturation of HLS stays."""
    before = room(light)
    return room(target) / before if before > ZERO else ZERO


@scalar
def lifted_byte(value):
    """Rounded half up where halves are common, as after a factor of .5 or .7: the lift decides them, not float32."""
    return to_byte(value + (HALF + LIFT))


@scalar
def relit(r, g, b, target):
    """The pixel with another lightness, hue and saturation of HLS kept: three bytes."""
    light = lightness(r, g, b)
    gain = spread_gain(light, target)
    return (
        lifted_byte(target + (np.float32(r) - light) * gain),
        lifted_byte(target + (np.float32(g) - light) * gain),
        lifted_byte(target + (np.float32(b) - light) * gain),
    )
