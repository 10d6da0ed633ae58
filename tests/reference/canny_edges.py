"""The image on its way to its outlines.

Source: Mu and Gilmer 2019 (arXiv:1906.02337); Jung et al. 2020 (imgaug 0.4).
"""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from .canny import edges
from .places import rounded
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1, 0.02, "the blur is cut off to bytes: where float32 decides a byte, an edge may move", crossings=0.02
)


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    grey = np.asarray(Image.fromarray(x).convert("L"))
    if p.sigma:
        grey = (gaussian_filter(grey / 255.0, p.sigma, mode="nearest", truncate=4) * 255).astype(np.uint8)
    outline = edges(grey, p.low, p.high)[..., None]
    return rounded((1 - p.weight) * x + p.weight * 255.0 * outline)
