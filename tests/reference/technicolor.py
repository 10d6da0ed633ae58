"""Channels behind mattes. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    u = unit(x)
    mattes = 1 - (u - (u.sum(-1, keepdims=True) - u) / 2)
    others = np.stack([mattes[..., a] * mattes[..., b] for a, b in ((1, 2), (0, 2), (0, 1))], axis=-1)
    return to_bytes(((1 - p.amount) * u + p.amount * others * u).astype(np.float32))
