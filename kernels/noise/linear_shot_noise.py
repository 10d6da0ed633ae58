"""linear_shot_noise: see the function."""

import math
from typing import NamedTuple

import numpy as np

from ..primitives.transition import LEVELS
from ..registry import corruption
from .pointwise import MANY, poisson_law


class Photons(NamedTuple):
    """Parameters of linear_shot_noise."""

    photons: float  # expected count of a white element
    gamma: float  # exponent that turns levels into light


@corruption(
    Photons, form="law", identity={"photons": math.inf}, within={"photons": (0.001, math.inf), "gamma": (0.0, 100.0)}
)
def linear_shot_noise(p: Photons) -> np.ndarray:
    """(Poisson(u^g c) / c)^(1/g) for every element, rounded: the statistics of few photons, which are counted in linear
    light and shown with a tone curve.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), ShotNoise, whose scale is 1 / c.
    Differs from the library in how it samples, not in what: the law of the output byte is drawn directly; black stays
    black, where the library counts a photon once in a million elements.
    """
    if p.photons > MANY:
        return np.eye(LEVELS)  # the spread of the darkest level is then .02 levels, of all others less
    law: np.ndarray = poisson_law(float(p.photons), float(p.gamma), 0.5)
    return law
