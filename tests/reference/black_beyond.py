"""What the oracles of shifts and turns share: the image looked up at other places, black beyond its edge."""

import numpy as np


def looked_up(x: np.ndarray, v: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: x at the places (v, u) in pixels, bilinear in float64, rounded."""
    height, width = x.shape[:2]
    # Two black rows and columns on each side; what lies farther out lies in them.
    dark = np.pad(x.astype(float), ((2, 2), (2, 2), (0, 0)))
    v, u = np.clip(v, -2, height) + 2, np.clip(u, -2, width) + 2
    y, x0 = np.floor(v).astype(int), np.floor(u).astype(int)
    fy, fx = (v - y)[..., None], (u - x0)[..., None]
    upper = (1 - fx) * dark[y, x0] + fx * dark[y, x0 + 1]
    lower = (1 - fx) * dark[y + 1, x0] + fx * dark[y + 1, x0 + 1]
    return np.floor((1 - fy) * upper + fy * lower + 0.5).astype(np.uint8)


def from_the_middle(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) each: how far every pixel lies below and to the right of the middle."""
    height, width = x.shape[:2]
    return np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
