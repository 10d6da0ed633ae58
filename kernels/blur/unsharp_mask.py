"""Edges raised by what a blur takes from them."""

from typing import Any, NamedTuple

import numpy as np

from ..jit import scalar
from ..primitives.pixelwise import PixelFunction, nearest_byte
from ..primitives.separable import gaussian_radius, gaussian_weights
from ..registry import corruption


class Unsharp(NamedTuple):
    """Parameters of unsharp_mask."""

    amount: float  # of the difference to the blurred image that is added
    sigma: float  # pixels


@scalar
def raised(level, blurred, amount):
    """A level further from its surroundings."""
    return nearest_byte(np.float32(level) + amount * (np.float32(level) - blurred))


@PixelFunction
def sharpened(src, n, y, x, blurred, amount):
    """The image and its difference to its blurred self."""
    return (
        raised(src[n, y, x, 0], blurred[n, y, x, 0], amount),
        raised(src[n, y, x, 1], blurred[n, y, x, 1], amount),
        raised(src[n, y, x, 2], blurred[n, y, x, 2], amount),
    )


@corruption(Unsharp, identity={"amount": 0.0}, within={"sigma": (0.0, 10_000.0)})
def unsharp_mask(ops: Any, src: Any, dst: Any, p: Unsharp, d: Any) -> None:
    """u + a (u - G u), G a Gaussian cut off at int(4 sigma + .5), reflected beyond the edge, rounded and clipped: a
    camera that sharpens too much, with halos beside edges.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), UnsharpMask.
    Differs from the library in that small differences are raised too, where it has a threshold.
    """
    weights = gaussian_weights(p.sigma, gaussian_radius(p.sigma))
    ops.pixelwise(sharpened, src, dst, ops.separable(src, weights, "reflect101"), p.amount)
