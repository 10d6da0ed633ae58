"""Pillow's ImageEnhance.Sharpness. Source: Cubuk et al. 2019 (arXiv:1805.09501)."""

import numpy as np
from PIL import Image, ImageEnhance

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.asarray(ImageEnhance.Sharpness(Image.fromarray(x)).enhance(p.factor))
