"""Pillow's turn. Source: Schiappa et al. 2023 (arXiv:2207.01398)."""

import numpy as np
from PIL import Image

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"more": np.array(rng.randint(-p.limit, p.limit + 1))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.asarray(Image.fromarray(x).rotate(p.angle + int(d["more"])))
