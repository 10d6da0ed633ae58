"""A glow around a low sun, and disks on a line through it. Source: Dong et al. 2023 (arXiv:2303.11040)."""

import numpy as np

from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    most = max(p.flares, 1)
    return {
        "sun": rng.uniform(size=2),
        "opacity": rng.uniform(0.05, 0.2, most),
        "along": rng.uniform(size=most),
        "size": rng.uniform(size=most),
        "colour": rng.randint(205, 256, (most, 3)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    y, z = grid(x)
    v = (p.top + d["sun"][0] * (p.bottom - p.top)) * height
    u = (p.left + d["sun"][1] * (p.right - p.left)) * width
    slope = (height / 2 - v) / (width / 2 - u or 1 / 30000)
    v, u = int(v), int(u)
    out, over = x.astype(float), x.astype(float)
    columns = range(0, width, 10)
    for k in range(p.flares):
        column = columns[int(d["along"][k] * len(columns))]
        row = int(np.clip(v - slope * (column - u), -30000, 30000))
        radius = (1 + int(d["size"][k] * max(height // 100 - 2, 2))) ** 3
        over[(y - row) ** 2 + (z - column) ** 2 <= radius**2] = d["colour"][k]
        out = (1 - d["opacity"][k]) * out + d["opacity"][k] * over
    steps = max(p.radius // 10, 1)
    for k, radius in enumerate(np.linspace(1, p.radius, steps) if steps > 1 else [1]):
        inside = (y - v) ** 2 + (z - u) ** 2 <= int(radius) ** 2
        opacity = ((steps - 1 - k) / max(steps - 1, 1)) ** 3
        out[inside] = (1 - opacity) * out[inside] + opacity * 255
    return rounded(out)
