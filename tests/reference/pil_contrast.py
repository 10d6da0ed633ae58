"""Pillow's own. Source: Di Salvo et al. 2024 (arXiv:2406.17536)."""

import numpy as np
from PIL import Image, ImageEnhance

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return np.asarray(ImageEnhance.Contrast(Image.fromarray(x)).enhance(p.factor))
