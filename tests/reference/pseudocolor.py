"""Brightness as colours. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .scale import unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"color": rng.randint(0, 255, (5, 3)), "smooth": rng.uniform(0.25, 0.75)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    place = 4 * (unit(x) @ [0.2126, 0.7152, 0.0722])
    k = np.minimum(place.astype(int), 3)
    linear = place - k
    share = (linear + d["smooth"] * (linear**2 * (3 - 2 * linear) - linear))[..., None]
    palette = np.asarray(d["color"], float)
    made = palette[k] + share * (palette[k + 1] - palette[k])
    return np.clip((1 - p.amount) * x + p.amount * made, 0, 255).astype(np.float32).astype(np.uint8)
