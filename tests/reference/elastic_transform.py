"""A random affine warp in OpenCV's steps of 1/32 pixel, then bilinear sampling along a smoothed random field.

Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).
"""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from .scale import to_bytes, unit
from .tolerance import FLOAT32

TOLERANCE = FLOAT32


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    jitter = rng.uniform(-p.jitter, p.jitter, size=(3, 2)).astype(np.float32)
    return {"jitter": jitter, "field": np.stack([rng.uniform(-1, 1, size=x.shape[:2]) for _ in range(2)])}


def fold101(index: np.ndarray, length: int) -> np.ndarray:
    """Reflection that does not repeat the edge."""
    if length == 1:
        return np.zeros_like(index)
    index = index % (2 * length - 2)
    return np.minimum(index, 2 * length - 2 - index)


def inverse_matrix(jitter: np.ndarray, height: int, width: int) -> np.ndarray:
    """2 x 3: where in the input an output pixel (x, y) lies, from three points and where they are moved."""
    centre, q = np.array([width // 2, height // 2], np.float32), np.float32(min(height, width) // 3)
    before = np.stack([centre + q, [centre[0] + q, centre[1] - q], centre - q]).astype(np.float32)
    if q == 0:  # the three points are one, and no warp is defined
        return np.array([[1.0, 0, 0], [0, 1.0, 0]])
    after = before + jitter.astype(np.float32)
    forward = np.linalg.solve(np.column_stack([before.astype(float), np.ones(3)]), after.astype(float)).T
    return np.linalg.inv(np.vstack([forward, [0, 0, 1]]))[:2]


def warped(u: np.ndarray, m: np.ndarray) -> np.ndarray:
    """u (H, W, 3) sampled where the matrix says."""
    height, width = u.shape[:2]
    y, x = np.mgrid[:height, :width]
    place = [(np.rint((r[1] * y + r[2]) * 1024) + 16 + np.rint(r[0] * x * 1024)).astype(int) >> 5 for r in m]
    (fx, fy), (x0, y0) = [((v & 31)[..., None] / 32).astype(np.float32) for v in place], [v >> 5 for v in place]
    a, b = (fold101(y0 + k, height) for k in (0, 1))
    c, d = (fold101(x0 + k, width) for k in (0, 1))
    # Four products added in float32, as OpenCV does: where the result is a whole grey level, its rounding decides.
    return u[a, c] * ((1 - fy) * (1 - fx)) + u[a, d] * ((1 - fy) * fx) + u[b, c] * (fy * (1 - fx)) + u[b, d] * (fy * fx)


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    height, width = x.shape[:2]
    # float32 images are what the scripts hand to OpenCV.
    u = warped(unit(x).astype(np.float32), inverse_matrix(d["jitter"], height, width))
    fields = [
        gaussian_filter(f.astype(float), p.sigma, mode="reflect", truncate=3) * p.alpha if p.sigma else 0 * f
        for f in d["field"]
    ]
    # The scripts keep the field in float32: with float64 one byte of ../golden differs.
    dx, dy = (f.astype(np.float32) for f in fields)
    y, z = np.mgrid[:height, :width]
    return to_bytes(
        np.stack([map_coordinates(u[..., c], [y + dy, z + dx], order=1, mode="reflect") for c in range(3)], axis=-1)
    )
