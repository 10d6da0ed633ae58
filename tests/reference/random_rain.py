"""Slanted grey lines, a box blur, and less light. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .blur import box
from .hls import RELIT, lightness, relit_bytes

TOLERANCE = RELIT


def draws(rng, x, p):
    return {
        "slant": np.array(rng.uniform(-p.slant, p.slant)),
        "drop": rng.uniform(size=(max(1, int(p.drops * x.shape[0] * x.shape[1])), 2)),
    }


def wet(x: np.ndarray, p, d) -> np.ndarray:
    """With the lines and their blur, as bright as it was."""
    height, width = x.shape[:2]
    slant, fall = int(d["slant"]), min(p.length, height - 1)
    rained = x.copy()
    for down, aside in d["drop"][: int(p.drops * height * width)]:
        top = int(down * (height - fall))
        left = min(slant, 0) + int(aside * (max(width - slant, 0) + 1))
        for j in range(fall + 1):
            column = left + int(np.floor(slant * j / max(fall, 1) + 0.5))
            if 0 <= column < width:
                rained[top + j, column] = 200
    return box(rained, p.side)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    soft = wet(x, p, d)
    return relit_bytes(soft, lightness(soft) * p.factor)
