"""The image on its way to its outlines. Source: Jung et al. 2020 (imgaug 0.4)."""

import numpy as np
from PIL import Image

from .canny import edges
from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    outline = edges(np.asarray(Image.fromarray(x).convert("L")), p.low, p.high)[..., None]
    return rounded((1 - p.weight) * x + p.weight * 255.0 * outline)
