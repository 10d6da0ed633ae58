"""Pillow's bilinear resize down and up. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np
from PIL import Image

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    size = max(1, int(width * p.factor)), max(1, int(height * p.factor))
    small = Image.fromarray(x).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))
