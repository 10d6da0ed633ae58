"""Box resize to int(side * factor) and back, by Pillow. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np
from PIL import Image

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    return {}


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    height, width = x.shape[:2]
    small = Image.fromarray(x).resize(
        (max(1, int(width * p.factor)), max(1, int(height * p.factor))), Image.Resampling.BOX
    )
    return np.asarray(small.resize((width, height), Image.Resampling.BOX))
