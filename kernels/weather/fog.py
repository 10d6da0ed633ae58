"""fog: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import PixelFunction, to_byte
from ..registry import corruption


class Fog(NamedTuple):
    """Parameters of fog."""

    strength: float  # of the fog, image on 0..1
    decay: float  # by which the wiggle shrinks from one level of the plasma to the next


def map_size(height: int, width: int) -> int:
    """The smallest power of two that covers the image: 256 at 224, 512 at 299, 64, 32."""
    return max(2, 1 << (max(height, width) - 1).bit_length())


def draws(p: Fog, height: int, width: int) -> dict[str, Draw]:
    """The plasma's unit displacements, each standing where it is used."""
    side = map_size(height, width)
    return {"plasma": uniform(-1.0, 1.0, side, side)}


@PixelFunction
def fogged(src, n, y, x, plasma, peak, strength):
    """Plasma added, then the whole scaled so that the brightest value stays where it was."""
    haze = strength * plasma[n, y, x]
    full = np.float32(peak[n])
    gain = full / (full + strength)
    r, g, b = np.float32(src[n, y, x, 0]), np.float32(src[n, y, x, 1]), np.float32(src[n, y, x, 2])
    return to_byte((r + haze) * gain), to_byte((g + haze) * gain), to_byte((b + haze) * gain)


@corruption(Fog, identity={"strength": 0.0}, draws=draws)
def fog(ops: Any, src: Any, dst: Any, p: Fog, d: Any) -> None:
    """(u + strength plasma) max / (max + strength), one diamond-square plasma for all channels: fog of uneven density.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    """
    plasma = d.plasma
    ops.plasma(plasma, p.decay)
    ops.pixelwise(fogged, src, dst, plasma, ops.peak(src), 255.0 * p.strength)
