"""The mean along a line of two pixels of a square, in whole numbers. Source: Laugros 2022 (thesis 2022GRALT016)."""

import math

import numpy as np

from .blur import mean
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    sides = range(p.low, p.high + 1, 2)
    pairs = {f"ends{side}": np.array(rng.randint(side**2 * (side**2 - 1))) for side in sides}
    return {"step": np.array(rng.randint(len(sides))), **pairs}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    side = p.low + 2 * int(d["step"])
    second, first = divmod(int(d[f"ends{side}"]), side**2)
    second += second >= first
    (y0, x0), (y1, x1) = (divmod(end, side) for end in (first, second))
    steps = max(abs(y1 - y0), abs(x1 - x0))
    line = [
        (y0 + math.floor((y1 - y0) * k / steps + 0.5), x0 + math.floor((x1 - x0) * k / steps + 0.5))
        for k in range(steps + 1)
    ]
    return mean(x, {(v - side // 2, u - side // 2): 1 for v, u in line})
