"""Photons counted in linear light. Source: Buslaev et al. 2020 (albumentations 2.0.8), ShotNoise."""

import numpy as np

from .places import rounded
from .scale import unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"counts": rng.poisson(unit(x) ** p.gamma * p.photons)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return rounded(255 * np.minimum(d["counts"] / float(p.photons), 1) ** (1 / p.gamma))
