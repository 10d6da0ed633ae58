"""The image and its Laplacian. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np
from scipy.ndimage import correlate

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    laplace = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    edges = np.stack([correlate(x[..., c].astype(float), laplace, mode="mirror") for c in range(3)], axis=-1)
    return rounded((1 - p.alpha) * x + p.alpha * edges)
