"""Dotted segments, one dot after the other. Source: Laugros 2022 (thesis 2022GRALT016)."""

import math

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    count = max(1, p.segments)
    return {
        "middle": rng.uniform(size=(count, 2)),
        "direction": rng.randint(360, size=count),
        "value": rng.randint(256, size=count),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    size = max(1, int(p.dot * min(height, width) + 0.5))
    dots = max(2, int(p.length * min(height, width) / (2 * size) + 0.5))
    out = x.copy()
    for k in range(p.segments):
        angle = math.radians(int(d["direction"][k]))
        for dot in range(dots):
            along = (dot - (dots - 1) / 2) * 2 * size
            top = math.floor(d["middle"][k, 0] * height + along * math.sin(angle) - (size - 1) / 2)
            left = math.floor(d["middle"][k, 1] * width + along * math.cos(angle) - (size - 1) / 2)
            out[max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = d["value"][k]
    return out
