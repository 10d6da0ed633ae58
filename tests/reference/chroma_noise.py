"""Normal noise in YCbCr. Source: Lin et al. 2019 (KADID-10k, QoMEX)."""

import numpy as np

from .scale import unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32
TO_RGB = np.linalg.inv(
    [[0.299, 0.587, 0.114], [-0.299 / 1.772, -0.587 / 1.772, 0.5], [0.5, -0.587 / 1.402, -0.114 / 1.402]]
)


def draws(rng, x, p):
    return {"noise": rng.normal(size=x.shape, scale=p.sigma)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    noisy = unit(x) + d["noise"] @ TO_RGB.T
    return np.floor(np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
