"""fog: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..jit import scalar
from ..lanes import load, spread, tripled
from ..primitives.pixelwise import PixelFunction, sixteen_pixels, to_byte
from ..registry import corruption


class Fog(NamedTuple):
    """Parameters of fog."""

    strength: float  # of the fog, image on 0..1
    decay: float  # by which the wiggle shrinks from one level of the plasma to the next


SPARE = 16
"""Cells of the plasma for each pixel of an image, at most, where there are more than ALWAYS. An image up to four times
as long as it is wide needs no more: its map, published as the power of two that covers the longer side, is whole."""
ALWAYS = 1 << 20
"""Cells that any image may have: those of a side of 1,024 pixels."""


def map_size(height: int, width: int) -> int:
    """The smallest power of two that covers the image: 256 at 224, 512 at 299, 64, 32. In long, narrow images a smaller
    one, which the image then goes through again and again, as the map is periodic: for 65,000 x 1 pixels the whole map
    would take 17 GB.
    """
    side = max(2, 1 << (max(height, width) - 1).bit_length())
    while side * side > max(SPARE * height * width, ALWAYS):
        side //= 2
    return side


def draws(p: Fog, height: int, width: int) -> dict[str, Draw]:
    """The plasma's unit displacements, each standing where it is used."""
    side = map_size(height, width)
    return {"plasma": uniform(-1.0, 1.0, side, side)}


@scalar
def hazed(level, haze, gain):
    """Haze added, then scaled."""
    return (level + haze) * gain


@scalar
def room(peak, strength):
    """What is left of a level, so that the brightest stays where it was."""
    full = np.float32(peak)
    return full / (full + strength)


@PixelFunction
def fogged(src, n, y, x, plasma, peak, strength):
    """Plasma added, then the whole scaled so that the brightest value stays where it was."""
    last = plasma.shape[1] - 1
    haze, gain = strength * plasma[n, y & last, x & last], room(peak[n], strength)
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    return to_byte(hazed(r, haze, gain)), to_byte(hazed(g, haze, gain)), to_byte(hazed(b, haze, gain))


@fogged.sixteen
def fogged_sixteen(src, n, y, x, plasma, peak, strength):
    """`fogged` of sixteen pixels: .05 ms in place of .28 at 224 x 224 (an Intel Xeon of model 207). They lie in one
    piece of the map, since images as wide have maps of sixteen cells or more.
    """
    side = plasma.shape[1]
    place = (n * side + (y & (side - 1))) * side + (x & (side - 1))
    first, second, third = tripled(spread(strength) * load(plasma, place))
    gain, (a, b, c) = spread(room(peak[n], strength)), sixteen_pixels(src, n, y, x)
    return hazed(a, first, gain), hazed(b, second, gain), hazed(c, third, gain)


@corruption(Fog, identity={"strength": 0.0}, draws=draws)
def fog(ops: Any, src: Any, dst: Any, p: Fog, d: Any) -> None:
    """(u + strength plasma) max / (max + strength), one diamond-square plasma for all channels: fog of uneven density.

    Differs from the script in images of more than 1,024 pixels a side that are over four times as long as wide: a
    smaller plasma repeats there.
    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    plasma = d.plasma
    ops.plasma(plasma, p.decay)
    ops.pixelwise(fogged, src, dst, plasma, ops.peak(src), 255.0 * p.strength)
