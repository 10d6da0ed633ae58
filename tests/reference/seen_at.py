"""What the oracles of water share: an image at other places, cut off to bytes.

Source: Mintun et al. 2021 (arXiv:2102.11273).
"""

import numpy as np


def seen_at(x: np.ndarray, v: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: at the places (v, u), bilinear in float64, black beyond the edge."""
    dark = np.pad(x.astype(float), ((3, 3), (3, 3), (0, 0)))
    v, u = np.clip(v, -2, x.shape[0] + 1) + 3, np.clip(u, -2, x.shape[1] + 1) + 3
    y, left = np.floor(v).astype(int), np.floor(u).astype(int)
    fy, fx = (v - y)[..., None], (u - left)[..., None]
    upper = (1 - fx) * dark[y, left] + fx * dark[y, left + 1]
    lower = (1 - fx) * dark[y + 1, left] + fx * dark[y + 1, left + 1]
    return ((1 - fy) * upper + fy * lower).astype(np.uint8)
