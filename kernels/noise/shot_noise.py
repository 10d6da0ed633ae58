"""shot_noise: see the function."""

import math
from typing import Any, NamedTuple

import numpy as np

from ..jit import cpu
from ..primitives.transition import LEVELS, cached_tables, element_words
from ..registry import EXACT, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    photons: float  # expected count of a white element


@cpu
def _poisson_law(photons):
    law = np.zeros((LEVELS, LEVELS))
    law[0, 0] = 1.0
    for v in range(1, LEVELS):
        rate = v / 255.0 * photons
        # Outside of 14 standard deviations and 40 counts less than 1e-17 of the mass is left, at any rate.
        reach = 14.0 * math.sqrt(rate) + 40.0
        total = 0.0
        for k in range(max(0, int(rate - reach)), int(rate + reach)):
            p = math.exp(k * math.log(rate) - rate - math.lgamma(k + 1.0))
            law[v, int(min(k / photons, 1.0) * 255.0)] += p
            total += p
        law[v] /= total
    return law


def law(p: Params) -> np.ndarray:
    """The exact law (256, 256) of trunc(255 min(Poisson(v/255 photons) / photons, 1))."""
    return _poisson_law(float(p.photons))


table = cached_tables(law)


@corruption(
    Params,
    {
        224: [60.0, 25.0, 12.0, 5.0, 3.0],
        299: [50.0, 20.0, 10.0, 5.0, 3.0],
        64: [250.0, 100.0, 50.0, 30.0, 15.0],
        32: [500.0, 250.0, 100.0, 75.0, 50.0],
    },
    identity=[math.inf],
    reciprocal=("photons",),
    draws=element_words,
    tolerance=EXACT,
)
def shot_noise(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """Poisson(u c) / c for every element: the statistics of few photons.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    Between severities 1/c is interpolated, because the variance is proportional to it.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    ops.transition(src, dst, table(p), d.noise)
