"""Translucent disks one after the other, then the rings of a glow. Source: Laugros 2022 (thesis 2022GRALT016)."""

import math

import numpy as np

from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    most = max(p.high, 1)
    return {
        "sun": rng.uniform(size=2),
        "angle": np.array(rng.uniform()),
        "count": np.array(rng.randint(p.low, p.high + 1)),
        "opacity": rng.uniform(0.05, 0.2, most),
        "along": rng.uniform(size=most),
        "size": rng.uniform(size=most),
        "colour": rng.randint(205, 256, (most, 3)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    y, z = grid(x)
    v, u = int(d["sun"][0] * height / 2), int(d["sun"][1] * width)
    columns = range(0, width, 10)
    out, over = x.astype(float), x.astype(float)
    for k in range(int(d["count"])):
        column = columns[int(d["along"][k] * len(columns))]
        row = int(np.clip(v - math.tan(2 * math.pi * d["angle"]) * (column - u), -30000, 30000))
        radius = (1 + int(d["size"][k] * max(height // 100 - 2, 2))) ** 3
        over[(y - row) ** 2 + (z - column) ** 2 <= radius**2] = d["colour"][k]
        out = (1 - d["opacity"][k]) * out + d["opacity"][k] * over
    steps = max(p.radius // 10, 1)
    for k, radius in enumerate(np.linspace(1, p.radius, steps) if steps > 1 else [1]):
        inside = (y - v) ** 2 + (z - u) ** 2 <= int(radius) ** 2
        opacity = ((steps - 1 - k) / max(steps - 1, 1)) ** 3
        out[inside] = (1 - opacity) * out[inside] + opacity * 255
    return rounded(out)
