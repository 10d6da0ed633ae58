"""The image turned counter-clockwise about (height / 2, width / 2). Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .places import SAMPLED, grid, seen

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"angle": np.array(rng.uniform(-p.limit, p.limit))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    angle = np.radians(float(d["angle"]))
    y, z = grid(x)
    place = (z - x.shape[1] / 2 + 1j * (y - x.shape[0] / 2)) * np.exp(1j * angle)
    return seen(x, place.imag + x.shape[0] / 2, place.real + x.shape[1] / 2)
