"""u times a factor an image. Source: Chen et al. 2024 (RobustSAM, CVPR), brightness."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"factor": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.clip(x * float(d["factor"]), 0, 255).astype(np.uint8)
