"""What is seen at a fixed distance from every pixel, bilinear in float64, the outermost pixels repeated."""

import numpy as np


def beside(x: np.ndarray, dy: float, dx: float) -> np.ndarray:
    """(H, W, 3) float64: the levels dy below and dx to the right of each pixel, both less than one."""
    height, width = x.shape[:2]
    u = x.astype(float)
    rows = np.clip(np.arange(height) + (1 if dy > 0 else -1), 0, height - 1)
    columns = np.clip(np.arange(width) + (1 if dx > 0 else -1), 0, width - 1)
    v, h = abs(dy), abs(dx)
    return (1 - v) * ((1 - h) * u + h * u[:, columns]) + v * ((1 - h) * u[rows] + h * u[rows][:, columns])
