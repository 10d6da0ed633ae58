"""plasma_shadow: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..registry import corruption
from .fog import map_size

ONE = np.float32(1.0)


class Shade(NamedTuple):
    """Parameters of plasma_shadow."""

    depth: float  # by which the darkest place is darker, as a share of its light, 0 to 1
    decay: float  # by which the wiggle shrinks from one level of the plasma to the next


def draws(p: Shade, height: int, width: int) -> dict[str, Draw]:
    """The plasma's unit displacements, each standing where it is used."""
    side = map_size(height, width)
    return {"plasma": uniform(-1.0, 1.0, side, side)}


@PixelFunction
def shaded(src, n, y, x, plasma, depth):
    """A pixel under the shadow."""
    last = plasma.shape[1] - 1
    light = ONE - depth * plasma[n, y & last, x & last]
    return (
        nearest_byte(light * np.float32(src[n, y, x, 0])),
        nearest_byte(light * np.float32(src[n, y, x, 1])),
        nearest_byte(light * np.float32(src[n, y, x, 2])),
    )


@corruption(Shade, identity={"depth": 0.0}, draws=draws)
def plasma_shadow(ops: Any, src: Any, dst: Any, p: Shade, d: Any) -> None:
    """u (1 - depth plasma), one diamond-square plasma on 0..1 for all channels: the shadow of clouds or leaves.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), PlasmaShadow.
    Differs from the library in that the plasma is ImageNet-C's, as in fog, whose roughness it gives otherwise.
    """
    plasma = d.plasma
    ops.plasma(plasma, p.decay)
    ops.pixelwise(shaded, src, dst, plasma, p.depth)
