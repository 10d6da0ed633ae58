"""Noises that treat every element alone: a law each, from which the output byte is drawn directly.

The published scripts add a float and truncate; the law of the byte is the same.
"""

import math
from typing import NamedTuple

import numpy as np

from ..jit import cpu
from ..primitives.transition import LEVELS, normal_law
from ..registry import corruption


class Additive(NamedTuple):
    """Parameters of gaussian_noise."""

    sigma: float  # standard deviation, image on 0..1


class Width(NamedTuple):
    """Parameters of uniform_noise."""

    width: float  # largest value either way, image on 0..1


class Multiplicative(NamedTuple):
    """Parameters of speckle_noise."""

    sigma: float  # standard deviation of the factor's deviation from 1


class Photons(NamedTuple):
    """Parameters of shot_noise."""

    photons: float  # expected count of a white element


class Replaced(NamedTuple):
    """Parameters of impulse_noise, salt and pepper."""

    amount: float  # probability that an element is replaced


@corruption(Additive, form="law", identity={"sigma": 0.0})
def gaussian_noise(p: Additive) -> np.ndarray:
    """U + N(0, sigma^2) for every element: thermal and read-out noise of a sensor in low light.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    return normal_law(np.full(LEVELS, 255.0 * p.sigma))


@corruption(Width, form="law", identity={"width": 0.0})
def uniform_noise(p: Width) -> np.ndarray:
    """U + U(-w, w) for every element: noise that is no larger than a limit.

    Source: Dong et al. 2023 (arXiv:2303.11040), uniform noise.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    if p.width == 0.0:
        return np.eye(LEVELS)
    edges, most = np.arange(LEVELS + 1.0), 255.0 * p.width
    below = np.clip((edges - np.arange(LEVELS)[:, None] + most) / (2.0 * most), 0.0, 1.0)
    below[:, 0], below[:, -1] = 0.0, 1.0  # what is clipped
    return np.diff(below, axis=1)


@corruption(Multiplicative, form="law", identity={"sigma": 0.0})
def speckle_noise(p: Multiplicative) -> np.ndarray:
    """U + u N(0, sigma^2) for every element: noise in proportion to the light, as in coherent imaging.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    return normal_law(p.sigma * np.arange(LEVELS))


@corruption(Replaced, form="law", identity={"amount": 0.0})
def impulse_noise(p: Replaced) -> np.ndarray:
    """Each element on its own becomes 0 or 255 with probability `amount`, half and half: bit errors, salt and pepper.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    matrix: np.ndarray = (1.0 - p.amount) * np.eye(LEVELS)
    matrix[:, [0, LEVELS - 1]] += p.amount / 2
    return matrix


@corruption(Replaced, form="law", identity={"amount": 0.0})
def salt(p: Replaced) -> np.ndarray:
    """Each element on its own becomes 255 with probability `amount`: charge where there was no light.

    Source: Jung et al. 2020 (imgaug 0.4), Salt.
    """
    matrix: np.ndarray = (1.0 - p.amount) * np.eye(LEVELS)
    matrix[:, LEVELS - 1] += p.amount
    return matrix


@corruption(Replaced, form="law", identity={"amount": 0.0})
def pepper(p: Replaced) -> np.ndarray:
    """Each element on its own becomes 0 with probability `amount`: dust, or cells that do not answer.

    Source: Jung et al. 2020 (imgaug 0.4), Pepper.
    """
    matrix: np.ndarray = (1.0 - p.amount) * np.eye(LEVELS)
    matrix[:, 0] += p.amount
    return matrix


@corruption(Photons, form="law", identity={"photons": math.inf}, within={"photons": (0.001, math.inf)})
def shot_noise(p: Photons) -> np.ndarray:
    """Poisson(u c) / c for every element: the statistics of few photons.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    photons = float(p.photons)
    if photons > MANY:
        return normal_law(np.sqrt(255.0 * np.arange(LEVELS) / photons))
    law: np.ndarray = poisson_law(photons, 1.0, 0.0)
    return law


MANY = 1e8
"""Photons beyond which counts are taken for normal. Counting them one by one takes .6 s there, and ten times as long
for a hundred times as many; the normal law is within 2e-4 of it in every cell. Severity 6e-7 has so many, none that was
published.
"""


@cpu
def poisson_law(photons, gamma, rounding):
    """(256, 256): the law of trunc(255 min(Poisson((v / 255)^gamma photons) / photons, 1)^(1 / gamma) + rounding)."""
    law = np.zeros((LEVELS, LEVELS))
    law[0, 0] = 1.0
    for v in range(1, LEVELS):
        rate = math.pow(v / 255.0, gamma) * photons
        # Outside of 14 standard deviations and 40 counts less than 1e-17 of the mass is left, at any rate.
        reach = 14.0 * math.sqrt(rate) + 40.0
        total = 0.0
        for k in range(max(0, int(rate - reach)), int(rate + reach)):
            p = math.exp(k * math.log(rate) - rate - math.lgamma(k + 1.0))
            law[v, int(math.pow(min(k / photons, 1.0), 1.0 / gamma) * 255.0 + rounding)] += p
            total += p
        for k in range(LEVELS):  # law[v] /= total compiles 2 s of Numba's strings, for an error that cannot be
            law[v, k] /= total
    return law
