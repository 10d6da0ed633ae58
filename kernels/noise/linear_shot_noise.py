"""linear_shot_noise: see the function."""

import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu
from ..primitives.transition import LEVELS
from ..registry import corruption
from .pointwise import MANY


class Photons(NamedTuple):
    """Parameters of linear_shot_noise."""

    photons: float  # expected count of a white element
    gamma: float  # exponent that turns levels into light


@corruption(Photons, form="law", identity={"photons": math.inf})
def linear_shot_noise(p: Photons) -> np.ndarray:
    """(Poisson(u^g c) / c)^(1/g) for every element, rounded: the statistics of few photons, which are counted in linear
    light and shown with a tone curve.

    Source: Buslaev et al. 2020 (albumentations 2.0.8), ShotNoise, whose scale is 1 / c.
    Differs from the library in how it samples, not in what: the law of the output byte is drawn directly; black stays
    black, where the library counts a photon once in a million elements.
    """
    if p.photons > MANY:
        return np.eye(LEVELS)  # the spread of the darkest level is then .02 levels, of all others less
    law: np.ndarray = counted_law(float(p.photons), float(p.gamma))
    return law


@cpu
def counted_law(photons, gamma):
    """(256, 256): the law of round(255 min(Poisson((v / 255)^gamma photons) / photons, 1)^(1 / gamma))."""
    law = np.zeros((LEVELS, LEVELS))
    law[0, 0] = 1.0
    for v in range(1, LEVELS):
        rate = math.pow(v / 255.0, gamma) * photons
        # Outside of 14 standard deviations and 40 counts less than 1e-17 of the mass is left, at any rate.
        reach = 14.0 * math.sqrt(rate) + 40.0
        total = 0.0
        for k in range(max(0, int(rate - reach)), int(rate + reach)):
            p = math.exp(k * math.log(rate) - rate - math.lgamma(k + 1.0))
            law[v, int(math.pow(min(k / photons, 1.0), 1.0 / gamma) * 255.0 + 0.5)] += p
            total += p
        for k in range(LEVELS):  # as in poisson_law
            law[v, k] /= total
    return law
