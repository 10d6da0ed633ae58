"""Saved as JPEG by Pillow at a quality, and reopened. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import io

import numpy as np
from PIL import Image


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(x).save(buffer, "JPEG", quality=p.quality)
    return np.asarray(Image.open(buffer))
