"""The highest level on a cross to the lower right. Source: Chen et al. 2024 (RoDLA, arXiv:2403.14442), ink-bleeding."""

import numpy as np

from .between import beside
from .ink_holdout import lifted
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    arms = np.linspace(0, 2 * p.reach, 9)
    return lifted(np.max([beside(x, *place) for t in arms for place in ((p.reach, t), (t, p.reach))], axis=0))
