"""Gradient noise as turbulence. Source: Mintun et al. 2021 (arXiv:2102.11273)."""

import numpy as np

from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng, x, p):
    return {"order": rng.uniform(size=256), "slope": rng.randint(-256, 256, (256, 2))}


def noise(y: np.ndarray, x: np.ndarray, order: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """(H, W): between the slopes of the four places around; each is found by the entry of its row plus its column."""
    cell_y, cell_x = np.floor(y).astype(int), np.floor(x).astype(int)
    dy, dx = y - cell_y, x - cell_x

    def climb(down, across):
        place = order[(order[(cell_y + down) % 256] + (cell_x + across) % 256) % 256]
        return (dy - down) * slopes[place, 0] + (dx - across) * slopes[place, 1]

    share_y, share_x = dy**2 * (3 - 2 * dy), dx**2 * (3 - 2 * dx)
    left = climb(0, 0) + share_y * (climb(1, 0) - climb(0, 0))
    right = climb(0, 1) + share_y * (climb(1, 1) - climb(0, 1))
    return 1.5 * (left + share_x * (right - left))


def apply(x: np.ndarray, p, d) -> np.ndarray:
    order = np.argsort(d["order"], kind="stable")
    slopes = d["slope"] / np.maximum(np.linalg.norm(d["slope"], axis=-1, keepdims=True), 1)
    rows, columns = np.mgrid[: x.shape[0], : x.shape[1]] * (7 / min(x.shape[:2]))
    total = sum(np.abs(noise(f * rows, f * columns, order, slopes)) / f for f in (1, 2, 4, 8, 16))
    smoke = np.clip(0.5 * total + 0.5, 0, 1)[..., None]
    return np.clip((1 - p.weight) * x + 255 * p.weight * smoke, 0, 255).astype(np.uint8)
