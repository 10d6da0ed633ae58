"""stripe: see the function."""

from typing import NamedTuple

import numpy as np

from ..registry import corruption


class Stripe(NamedTuple):
    """Parameters of stripe."""

    width: float  # of the upright stripe in the middle that stays, as a share of the image's


@corruption(Stripe, form="pixel", identity={"width": 1.0})
def stripe(src, n, y, x, width):
    """The negative on both sides of an upright stripe in the middle.

    Source: Mu and Gilmer 2019 (arXiv:1906.02337), section 2.
    """
    r, g, b = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2]
    across = np.float32(src.shape[2])
    place = np.float32(2 * x + 1)  # twice the pixel's middle
    if abs(place - across) > width * across:
        return np.uint8(255 - r), np.uint8(255 - g), np.uint8(255 - b)
    return r, g, b
