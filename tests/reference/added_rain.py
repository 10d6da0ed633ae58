"""Slanted lines drawn in stairs, softened, added, and less light.

Source: Buslaev et al. 2020 (albumentations 2.0.8), RandomRain.
"""

import numpy as np

from .blur import box
from .hls import LIFT
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1, 0.005, "the drops' blur in float32: a level moves where it is at a half; a half after the factor is lifted"
)


def draws(rng, x, p):
    return {
        "slant": np.array(rng.uniform(-p.slant, p.slant)),
        "drop": rng.uniform(size=(max(1, int(p.drops * x.shape[0])), 2)),
    }


def stairs(y0: int, x0: int, y1: int, x1: int):
    """From the left end on, one step along one axis at a time; the longer side first where both are due."""
    if x0 > x1:
        y0, x0, y1, x1 = y1, x1, y0, x0
    down, aside = abs(y1 - y0), x1 - x0
    way, error = 1 if y1 >= y0 else -1, 0
    yield y0, x0
    for _ in range(down + aside):
        if (error >= 0) == (down >= aside):
            y0 += way
        else:
            x0 += 1
        error += -2 * min(down, aside) if error >= 0 else 2 * max(down, aside)
        yield y0, x0


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    fall = min(max(1, int(p.length * height)), height - 1)
    layer = np.zeros((height, width, 1), np.uint8)
    for down, aside in d["drop"][: int(p.drops * height)]:
        top, left = int(down * (height - fall)), int(aside * width)
        for v, u in stairs(top, left, top + fall, int(left + d["slant"])):
            if 0 <= u < width:
                layer[v, u] = 200
    return np.floor(np.minimum(x + box(layer, p.side).astype(float), 255) * p.factor + 0.5 + LIFT).astype(np.uint8)
