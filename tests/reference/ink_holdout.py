"""The lowest level in a small disk. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), ink-holdout."""

import math

import numpy as np

from .between import beside
from .hls import LIFT
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    rim = [math.pi / 8 * k for k in range(16)]
    return lifted(np.minimum(x, np.min([beside(x, p.reach * math.sin(a), p.reach * math.cos(a)) for a in rim], axis=0)))


def lifted(levels: np.ndarray) -> np.ndarray:
    """Rounded half up where halves are common."""
    return np.floor(levels + 0.5 + LIFT).astype(np.uint8)
