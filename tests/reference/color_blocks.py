"""Squares of random colours. Source: Lin et al. 2019 (KADID-10k, QoMEX)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"corner": rng.uniform(size=(p.blocks, 2)), "color": rng.randint(0, 256, (p.blocks, 3))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out = x.copy()
    for (down, across), color in zip(d["corner"][: p.blocks], d["color"], strict=False):
        top, left = (
            int(share * max(length - p.side, 0)) for share, length in zip((down, across), x.shape, strict=False)
        )
        out[top : top + p.side, left : left + p.side] = color
    return out
