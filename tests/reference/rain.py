"""Upright lines of light, softened, and less contrast. Source: Yi et al. 2021 (arXiv:2110.06513)."""

import numpy as np

from .places import rounded
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {
        "slant": np.array(rng.randint(-10, 10)),
        "drop": rng.uniform(size=(max(1, int(x.shape[0] * x.shape[1] // p.area)), 2)),
    }


def soft(x: np.ndarray) -> np.ndarray:
    """The mean of 3 x 3, rounded, mirrored at the edges."""
    wide = np.pad(x.astype(float), ((1, 1), (1, 1), (0, 0)), "reflect")
    height, width = x.shape[:2]
    return rounded(sum(wide[i : i + height, j : j + width] for i in range(3) for j in range(3)) / 9)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    slant, fall = int(d["slant"]), min(p.length, height - 1)
    mask = np.zeros((height, width, 1))
    for down, aside in d["drop"][: int(height * width // p.area)]:
        top, left = int(down * (height - fall)), min(slant, 0) + int(aside * max(width - slant, 1))
        for k in range(fall + 1):
            column = left - (2 * k >= max(fall, 1))
            if 0 <= column < width:
                mask[top + k, column] = 220
    wet = x + np.floor(mask * (1 - x / 255) * (1 - x.mean() / 255)).astype(np.uint8)
    out = soft(wet) * mask / 255 + x * (1 - mask / 255)
    mean = out.mean(axis=(0, 1))
    return np.clip((out - mean) * p.factor + mean, 0, 255).astype(np.uint8)
