"""The shadow of a plasma. Source: Buslaev et al. 2020 (albumentations 2.0.8)."""

import numpy as np

from . import fog
from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32
draws = fog.draws


def apply(x: np.ndarray, p, d) -> np.ndarray:
    shade = fog.plasma(d["plasma"], p.decay)
    rows, columns = (np.arange(length) % len(shade) for length in x.shape[:2])
    return rounded(x * (1 - p.depth * shade[rows][:, columns, None]))
