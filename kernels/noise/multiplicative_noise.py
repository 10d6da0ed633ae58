"""multiplicative_noise: see the function."""

from typing import NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.pixelwise import to_byte
from ..registry import corruption


class Factors(NamedTuple):
    """Parameters of multiplicative_noise."""

    low: float  # smallest factor
    high: float  # largest


def draws(p: Factors, height: int, width: int) -> dict[str, Draw]:
    """The factor of each pixel."""
    return {"factor": uniform(p.low, p.high, height, width)}


@corruption(Factors, form="pixel", identity={"low": 1.0, "high": 1.0}, draws=draws)
def multiplicative_noise(src, n, y, x, factor):
    """u U(low, high), one factor for the three channels of a pixel: a sensor whose pixels differ in gain.

    Source: Laugros 2022 (thesis 2022GRALT016), table 4.2 (MultiplicativeNoise).
    """
    gain = factor[n, y, x]
    return (
        to_byte(gain * np.float32(src[n, y, x, 0])),
        to_byte(gain * np.float32(src[n, y, x, 1])),
        to_byte(gain * np.float32(src[n, y, x, 2])),
    )
