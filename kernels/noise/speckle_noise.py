"""speckle_noise: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.transition import LEVELS, cached_tables, element_words, normal_law
from ..registry import EXACT, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    sigma: float  # standard deviation of the factor's deviation from 1


def law(p: Params) -> np.ndarray:
    """The exact law (256, 256) of trunc(255 clip(v/255 (1 + sigma N)))."""
    return normal_law(p.sigma * np.arange(LEVELS))


table = cached_tables(law)


@corruption(
    Params,
    {
        224: [0.15, 0.2, 0.35, 0.45, 0.6],
        299: [0.16, 0.21, 0.36, 0.46, 0.61],
        64: [0.15, 0.2, 0.25, 0.3, 0.35],
        32: [0.06, 0.1, 0.12, 0.16, 0.2],
    },
    identity=[0.0],
    draws=element_words,
    tolerance=EXACT,
)
def speckle_noise(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """U + u N(0, sigma^2) for every element: noise in proportion to the light, as in coherent imaging.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), appendix B (validation corruptions).
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    ops.transition(src, dst, table(p), d.noise)
