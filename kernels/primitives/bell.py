"""The bell curve, the same on every processor.

NumPy computes exp, sin and cos of whole arrays with vector instructions where there are some, and the last bit then
depends on the processor: with AVX-512, exp was one unit off in the last place, and defocus_blur at 32 pixels changed
.8 % of its bytes. `math` calls the C library once a value, 3 us for 33 values; the tables are kept.
"""

import math

import numpy as np


def bell(distances: np.ndarray, sigma: float) -> np.ndarray:
    """exp(-(d / sigma)^2 / 2) at the distances (n,), float64; with sigma 0, 1 at distance 0 and 0 elsewhere."""
    if sigma == 0.0:
        return (distances == 0) * 1.0
    return np.array([math.exp(-0.5 * (float(d) / sigma) ** 2) for d in distances])
