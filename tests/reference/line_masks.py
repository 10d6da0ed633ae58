"""Black bars across the image. Source: Buslaev et al. 2020 (albumentations 2.0.8)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"part": rng.uniform(size=(2, p.lines, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    result = x.copy()
    for bars, turned in zip(d["part"], (result, result.transpose(1, 0, 2)), strict=True):
        for wide, place in bars:
            width = int(np.ceil(wide * p.width * len(turned)))
            first = int(place * (len(turned) - width + 1))
            turned[first : first + width] = 0
    return result
