"""What the oracles of strokes share. Source: Mu and Gilmer 2019 (arXiv:1906.02337)."""

import numpy as np


def straight(shape: tuple[int, ...], c0: float, r0: float, c1: float, r1: float) -> np.ndarray:
    """(H, W): a line between two places of 28 by 28, 1 + log(1 - d / 2.3) at d rows from it."""
    column = np.arange(shape[1]) * 28 // shape[1]
    row = np.arange(shape[0])[:, None] * 28 / shape[0]
    if c1 == c0:
        return np.zeros(shape[:2])
    distance = np.abs(row - ((r1 - r0) / (c1 - c0) * (column - c0) + r0))
    line = np.clip(1 + np.log(1 - np.clip(distance, 0, 2.3 - 1e-10) / 2.3), 0, 1)
    return np.where((column >= np.floor(c0)) & (column < np.ceil(c1)), line, 0)


def added(x: np.ndarray, line: np.ndarray, strength: float) -> np.ndarray:
    """The image with a line on it."""
    return np.clip(x + 255 * strength * np.clip(line, 0, 1)[..., None], 0, 255).astype(np.uint8)
