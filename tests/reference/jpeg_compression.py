"""Saved as JPEG by Pillow at a quality, and reopened. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import io

import numpy as np
from PIL import Image

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    return {}


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(x).save(buffer, "JPEG", quality=p.quality)
    return np.asarray(Image.open(buffer))
