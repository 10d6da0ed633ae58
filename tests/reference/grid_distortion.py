"""Rows and columns through five stretched cells each. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .places import SAMPLED, seen

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"stretch": rng.uniform(1 - p.limit, 1 + p.limit, (2, 5))}


def line(length: int, stretch: np.ndarray) -> np.ndarray:
    """Where each position comes from."""
    step, places, reached = max(length // 5, 1), [], 0.0
    for factor in stretch:
        end = reached + step * factor
        places += list(np.linspace(reached, end, step))
        reached = end
    places += list(np.linspace(reached, length, max(length - 5 * step, 0)))
    return np.array(places)[:length]


def apply(x: np.ndarray, p, d) -> np.ndarray:
    v, u = (line(length, stretch) for length, stretch in zip(x.shape[:2], d["stretch"], strict=True))
    return seen(x, *np.meshgrid(v, u, indexing="ij"))
