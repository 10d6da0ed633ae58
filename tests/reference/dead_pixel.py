"""A few pixels become black. Source: Cavey, Dolan and Stock 2020 (arXiv:2004.03452)."""

import numpy as np

from .defects import draws, painted
from .tolerance import EXACT

__all__ = ["draws"]
TOLERANCE = EXACT


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return painted(x, p, d, 0)
