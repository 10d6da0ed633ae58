"""gaussian_noise: see the function."""

from typing import Any, NamedTuple

import numpy as np

from ..primitives.transition import LEVELS, cached_tables, element_words, normal_law
from ..registry import EXACT, corruption


class Params(NamedTuple):
    """Parameters of one severity."""

    sigma: float  # standard deviation, image on 0..1


def law(p: Params) -> np.ndarray:
    """The exact law (256, 256) of trunc(255 clip(v/255 + sigma N))."""
    return normal_law(np.full(LEVELS, 255.0 * p.sigma))


table = cached_tables(law)


@corruption(
    Params,
    {
        224: [0.08, 0.12, 0.18, 0.26, 0.38],
        299: [0.09, 0.13, 0.19, 0.27, 0.40],
        64: [0.04, 0.08, 0.12, 0.15, 0.18],
        32: [0.04, 0.06, 0.08, 0.09, 0.10],
    },
    identity=[0.0],
    draws=element_words,
    tolerance=EXACT,
)
def gaussian_noise(ops: Any, src: Any, dst: Any, p: Params, d: Any) -> None:
    """U + N(0, sigma^2) for every element: thermal and read-out noise of a sensor in low light.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261), section 3.
    Differs from the published script in how it samples, not in what: the law of the output byte is drawn directly.
    """
    ops.transition(src, dst, table(p), d.noise)
