"""salt_and_pepper: see the function."""

from typing import NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..registry import corruption

DARK, FULL, HALF = np.uint8(0), np.uint8(255), np.float32(0.5)


class Replaced(NamedTuple):
    """Parameters of salt_and_pepper."""

    amount: float  # probability that a pixel is replaced


def draws(p: Replaced, height: int, width: int) -> dict[str, Draw]:
    """A pixel is replaced where this is below the amount."""
    return {"luck": uniform(0.0, 1.0, height, width)}


@corruption(Replaced, form="pixel", identity={"amount": 0.0}, draws=draws)
def salt_and_pepper(src, n, y, x, luck, amount):
    """Each pixel on its own becomes black or white in all channels with probability `amount`, half and half: bit errors
    of whole pixels.

    impulse_noise treats the channels of a pixel apart.
    Source: Buslaev et al. 2020 (albumentations 2.0.8), SaltAndPepper.
    Differs from the library in that the number of replaced pixels is random, as is that of white ones among them.
    """
    r, g, b, place = src[n, y, x, 0], src[n, y, x, 1], src[n, y, x, 2], luck[n, y, x]
    if place < amount:
        level = DARK if place < HALF * amount else FULL
        return level, level, level
    return r, g, b
