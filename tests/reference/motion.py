"""ImageMagick's motion blur: a one-sided Gaussian along a direction, at offsets rounded to whole pixels, edges
clamped.
"""

import math

import numpy as np


def motion_blurred(layer: np.ndarray, radius: int, sigma: float, angle: float) -> np.ndarray:
    """(H, W, ...) uint8 to uint8; angle in degrees."""
    width = 2 * math.ceil(radius) + 1
    weights = np.exp(-(np.arange(width) ** 2) / (2.0 * sigma**2))
    weights /= weights.sum()
    rows, columns = np.arange(layer.shape[0]), np.arange(layer.shape[1])
    total = np.zeros(layer.shape)
    for i, weight in enumerate(weights):
        dx = math.ceil(i * math.cos(math.radians(angle)) - 0.5)
        dy = math.ceil(i * math.sin(math.radians(angle)) - 0.5)
        y, x = np.clip(rows + dy, 0, len(rows) - 1), np.clip(columns + dx, 0, len(columns) - 1)
        total += weight * layer[y][:, x]
    # Through the 16-bit quantum and back.
    return np.floor(np.floor(257 * total + 0.5) / 257).astype(np.uint8)
