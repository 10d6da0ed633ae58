"""Disks of haze, and a box blur. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .blur import box
from .places import grid, rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"coefficient": np.array(rng.uniform(p.low, p.high)), "place": rng.uniform(size=(1000, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    size = max(1, int(width // 3 * d["coefficient"]))
    y, z = grid(x)
    clear, places, ring = np.ones((height, width)), iter(d["place"]), 1
    top, left = height // 2 - size, width // 2 - 2 * size
    while (top > -size or left > -size) and ring <= 32:
        for _ in range(max(1, size // 10) * ring):
            down, aside = next(places)
            v = top + int(np.floor(down * (height - 2 * top - size + 1))) + size // 2
            u = left + int(np.floor(aside * (width - 2 * left - size + 1))) + size // 2
            clear[(y - v) ** 2 + (z - u) ** 2 <= (size // 2) ** 2] *= 1 - p.alpha * d["coefficient"]
        top -= max(1, 3 * size * height // (height + width))
        left -= max(1, 3 * size * width // (height + width))
        ring += 1
    hazy = rounded(clear[..., None] * x + 255 * (1 - clear[..., None]))
    return box(hazy, max(10, size) // 10)
