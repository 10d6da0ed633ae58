"""Noises that are added to every element alone, of laws that are no bell."""

import math
from typing import NamedTuple

import numpy as np

from ..primitives.transition import LEVELS
from ..registry import corruption


class Laplace(NamedTuple):
    """Parameters of laplace_noise."""

    scale: float  # grey levels, mean size of what is added


class Rate(NamedTuple):
    """Parameters of poisson_noise."""

    rate: float  # grey levels, mean size of what is added


def added(sizes: np.ndarray) -> np.ndarray:
    """(256, 256): the law of a level plus or minus k, either as likely, clipped, where sizes[k] is the probability of k
    = 0 .. 255; what is missing from a sum of 1 is larger.
    """
    law = np.zeros((LEVELS, LEVELS))
    beyond = max(0.0, 1.0 - math.fsum(sizes))
    for v in range(LEVELS):
        for sign in (-1, 1):
            reached = np.clip(v + sign * np.arange(LEVELS), 0, LEVELS - 1)
            np.add.at(law[v], reached, sizes / 2)
            law[v, 0 if sign < 0 else -1] += beyond / 2
    return law


@corruption(Laplace, form="law", identity={"scale": 0.0})
def laplace_noise(p: Laplace) -> np.ndarray:
    """A whole number added to every element, of a law that falls by half every .69 scale either way, clipped: noise
    with more outliers than a bell has, as coding leaves it.

    Source: Jung et al. 2020 (imgaug 0.4), AdditiveLaplaceNoise.
    """
    if p.scale == 0.0:
        return np.eye(LEVELS)
    above = [1.0, *(math.exp(-(k - 0.5) / p.scale) for k in range(1, LEVELS + 1))]  # P(|x| >= k - .5)
    return added(-np.diff(above))


@corruption(Rate, form="law", identity={"rate": 0.0})
def poisson_noise(p: Rate) -> np.ndarray:
    """A Poisson count added to every element or taken away, either as likely, clipped: dark current and its correction.

    shot_noise is another: there the light itself is counted.
    Source: Jung et al. 2020 (imgaug 0.4), AdditivePoissonNoise.
    """
    if p.rate == 0.0:
        return np.eye(LEVELS)
    return added(np.array([math.exp(k * math.log(p.rate) - p.rate - math.lgamma(k + 1.0)) for k in range(LEVELS)]))
