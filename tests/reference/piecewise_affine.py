"""Triangles warped with their moved corners. Source: Jung et al. 2020 (imgaug)."""

import numpy as np
from scipy.stats import norm

from .places import SAMPLED, seen

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"rank": rng.uniform(size=(p.points, p.points, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    rows, columns = (np.linspace(0, length - 1, p.points) for length in (height, width))
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    shift = norm.ppf(np.clip(d["rank"], 1e-9, 1 - 1e-9)) * p.scale * (height, width)
    moved = np.clip(grid + shift, 0, (height - 1, width - 1))
    v, u = np.zeros((height, width)), np.zeros((height, width))
    for y in range(height):
        for z in range(width):
            i, j = (min(np.searchsorted(line, at, "right") - 1, p.points - 2) for line, at in ((rows, y), (columns, z)))
            i, j = (0 if length == 1 else k for k, length in ((i, height), (j, width)))
            down = (y - rows[i]) / max(rows[i + 1] - rows[i], 1e-9)
            aside = (z - columns[j]) / max(columns[j + 1] - columns[j], 1e-9)
            a, c = moved[i, j], moved[i + 1, j + 1]
            if aside > down:
                b = moved[i, j + 1]
                v[y, z], u[y, z] = a + aside * (b - a) + down * (c - b)
            else:
                b = moved[i + 1, j]
                v[y, z], u[y, z] = a + down * (b - a) + aside * (c - b)
    return seen(x, v, u)
