"""Levels multiplied by a random factor, about black or about grey."""

from typing import Any, NamedTuple

import numpy as np

from ..draws import Draw, uniform
from ..primitives.lookup import byte_table
from ..registry import corruption

LEVELS = np.arange(256)
GREY = 128.0


class Factors(NamedTuple):
    """Parameters of random_gain and random_grey_contrast."""

    low: float  # smallest factor
    high: float  # largest


def draws(p: Factors, height: int, width: int) -> dict[str, Draw]:
    """The factor of an image."""
    return {"factor": uniform(p.low, p.high, on_host=True)}


@corruption(Factors, form="curve", identity={"low": 1.0, "high": 1.0}, draws=draws)
def random_gain(p: Factors, d: Any) -> np.ndarray:
    """u f with a random f, one for the image, clipped: an exposure that is too long or too short.

    multiplicative_noise has another factor for each pixel.
    Source: Chen et al. 2024 (RobustSAM, CVPR), brightness and impulse noise.
    """
    return byte_table(LEVELS * float(d.factor))


@corruption(Factors, form="curve", identity={"low": 1.0, "high": 1.0}, draws=draws)
def random_grey_contrast(p: Factors, d: Any) -> np.ndarray:
    """g + f (u - g) with a random f and the middle grey g = 128, clipped: light that is too hard or too flat.

    Source: Chen et al. 2024 (RobustSAM, CVPR), contrast.
    """
    return byte_table(GREY + (LEVELS - GREY) * float(d.factor))
