"""Mean of the image and one zoomed copy for each factor of arange(start, stop, step).

Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).
"""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import FLOAT32
from .zooming import zoomed

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    factors = np.arange(p.start, p.stop, p.step)
    u = unit(x)
    total = u.copy()
    for factor in factors:
        total += zoomed(u, factor)
    # The scripts average in float32, whose noise is what truncates a flat area; rounding to it keeps whole numbers
    # whole.
    return to_bytes((total / (len(factors) + 1)).astype(np.float32))
