"""Black pixels. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"luck": rng.uniform(size=x.shape[:2]).astype(np.float32)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.where(d["luck"][..., None] < np.float32(p.amount), 0, x).astype(np.uint8)
