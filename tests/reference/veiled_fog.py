"""Fog, then a mix with grey. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from . import fog
from .fog import draws
from .tolerance import FLOAT32

__all__ = ["TOLERANCE", "apply", "draws", "veiled"]

TOLERANCE = FLOAT32


def veiled(x: np.ndarray, veil: float) -> np.ndarray:
    """A mix with the grey level 128, truncated."""
    return (veil * 128 + (1 - veil) * x).astype(np.uint8)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return veiled(fog.apply(x, p, d), p.veil)
