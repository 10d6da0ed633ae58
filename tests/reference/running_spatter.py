"""Water that runs down, from a smoothed, thresholded random layer.

Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261). float32 where the scripts hand images to OpenCV, as spatter.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from .scale import to_bytes, unit
from .spatter import WATER, relief
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.005,
    "as spatter; a byte of the layer may be cut off the other way, which moves an edge and what the equalisation makes "
    "of it",
    crossings=0.002,
)


def draws(rng, x, p):
    return {"layer": rng.normal(size=x.shape[:2], loc=p.mean, scale=p.std)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    layer = gaussian_filter(d["layer"].astype(float), p.sigma, mode="nearest")
    layer[layer < p.threshold] = 0
    for _ in range(p.runs):
        rows = np.pad(layer, ((2, 1), (0, 0)))
        layer = p.far * rows[:-3] + p.above * rows[1:-2] + p.here * rows[2:-1] + p.below * rows[3:]
    liquid = (layer * 255).astype(int).astype(np.uint8)
    m = liquid * relief(liquid).astype(np.float32)
    if m.max() == 0:
        return x.copy()
    return to_bytes(unit(x).astype(np.float32) + (m / m.max() * np.float32(p.strength))[..., None] * WATER)
