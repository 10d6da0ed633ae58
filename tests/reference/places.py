"""What is seen at places between pixels, bilinear, reflected beyond the edge without repeating it; in float64."""

import numpy as np

from .elastic_transform import fold101
from .tolerance import Tolerance

SAMPLED = Tolerance(
    1, 0.01, "places in float32: a byte moves where the exact value is within rounding of a half, .2 % of them at most"
)


def seen(x: np.ndarray, v: np.ndarray, u: np.ndarray) -> np.ndarray:
    """x (H, W, 3) uint8 at rows v (H, W) and columns u (H, W), rounded half up."""
    height, width = x.shape[:2]
    top, left = np.floor(v), np.floor(u)
    fy, fx = (v - top)[..., None], (u - left)[..., None]
    rows = [fold101(top.astype(int) + k, height) for k in (0, 1)]
    columns = [fold101(left.astype(int) + k, width) for k in (0, 1)]
    a, b, c, d = (x[row, column].astype(float) for row in rows for column in columns)
    return rounded((1 - fy) * ((1 - fx) * a + fx * b) + fy * ((1 - fx) * c + fx * d))


def rounded(levels: np.ndarray) -> np.ndarray:
    """Grey levels clipped and rounded half up to bytes."""
    return np.floor(np.clip(levels, 0, 255) + 0.5).clip(0, 255).astype(np.uint8)


def grid(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places (y, x) of an image's pixels, (H, W) float64 each."""
    y, z = np.mgrid[: x.shape[0], : x.shape[1]]
    return y.astype(float), z.astype(float)
