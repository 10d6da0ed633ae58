"""Rows rolled, a channel displaced, every second row black. Source: Li et al. 2025 (arXiv:2506.16950), glitch-this
1.0.3: on images of 224 x 224 and 96 x 130 equal to it in all bytes, at all five levels.
"""

import random

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    out, reach, shifts = x.copy(), int(p.level**2 / 100 * width), int(2 * p.level)
    if shifts == 0:
        return out
    for k in range(shifts):
        random.seed(1 + k)
        by = random.randint(-reach, reach)
        if by:
            top = random.randint(0, height)
            band = slice(top, top + random.randint(1, max(1, int(height / 4))))
            out[band] = np.roll(x[band], by, axis=1)
    random.seed(1)
    channel, across, down = random.randint(0, 2), random.randint(-shifts, shifts), random.randint(-shifts, shifts)
    moved = np.roll(x[..., channel], down, axis=0)
    moved[down % height] = np.roll(moved[down % height], across)
    out[..., channel] = moved
    out[::2] = 0
    return out
