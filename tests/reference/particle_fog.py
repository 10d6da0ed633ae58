"""Layers of white disks, each rounded, and a Gaussian in a window.

Source: Buslaev et al. 2020 (albumentations 2.0.8), RandomFog.
"""

from types import SimpleNamespace

import numpy as np

from . import windowed_blur
from .places import grid
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"place": rng.uniform(size=(20000, 2)), "size": rng.uniform(size=20000)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    least, opacity = max(1, int(width // 3 * p.intensity)), np.float32(p.alpha * p.intensity)
    most = max(2, int(min(height, width) * 0.1 * p.intensity))
    out, (y, z) = x.astype(np.float32), grid(x)
    places, sizes = iter(d["place"]), iter(d["size"])
    tall, wide = height, width
    for _ in range(10):
        if tall <= least or wide <= least:
            break
        for _ in range(int(tall * wide / least**2 * p.intensity * 10)):
            down, aside = next(places)
            v = (height - 1) // 2 - tall // 2 + int(down * (2 * (tall // 2) + 1))
            u = (width - 1) // 2 - wide // 2 + int(aside * (2 * (wide // 2) + 1))
            radius = max(1, most // 2) + int(next(sizes) * (most - max(1, most // 2)))
            under = (y - v) ** 2 + (z - u) ** 2 <= radius**2
            out[under] = np.rint(np.float32(255) * opacity + out[under] * (1 - opacity))
        tall, wide = int(tall * 0.9), int(wide * 0.9)
    side = max(3, min(height, width) // 30) | 1
    sigma = 0.3 * ((side - 1) / 2 - 1) + 0.8 if p.alpha else 0.0
    return windowed_blur.apply(out.astype(np.uint8), SimpleNamespace(side=side, sigma=sigma), {})
