"""A crop that begins elsewhere. Source: Schiappa et al. 2023 (arXiv:2207.01398)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"shift": rng.randint(0, max(p.limit, 1), 2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    down, aside = (int(value) for value in d["shift"])
    out = np.zeros_like(x)
    rest = x[down:, aside:]
    out[: rest.shape[0], : rest.shape[1]] = rest
    return out
