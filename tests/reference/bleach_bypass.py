"""An image overlaid with its brightness. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    u = unit(x)
    light = (u @ [0.2126, 0.7152, 0.0722])[..., None]
    over = np.clip(10 * (light - 0.45), 0, 1)
    made = (1 - over) * 2 * u * light + over * (1 - 2 * (1 - light) * (1 - u))
    return to_bytes(((1 - p.amount) * u + p.amount * made).astype(np.float32))
