"""ImageMagick's motion blur: weights along a line, offsets rounded to whole pixels, and its 16-bit rounding."""

import math

import numpy as np

from ..jit import brief
from ..kept import kept
from .bell import bell

QUANTUM_LIFT = 0.5 / 257.0
"""floor(floor(257 m + .5) / 257), the byte that ImageMagick's 16-bit quantum gives, is trunc(m + .5/257)."""


@kept
def motion_weights(radius: int, sigma: float) -> np.ndarray:
    """(2 radius + 1,) float32, proportional to exp(-i^2 / (2 sigma^2)), sum 1; sigma 0 leaves the first alone."""
    weights = bell(np.arange(2 * radius + 1), sigma)
    weights = (weights / weights.sum()).astype(np.float32)
    weights.flags.writeable = False
    return weights


@brief
def _along(directions, taps):
    """(N, taps, 2) int64 whole-pixel steps along the directions (N, 2)."""
    offsets = np.empty((directions.shape[0], taps, 2), np.int64)
    for n in range(directions.shape[0]):
        for k in range(taps):
            for axis in range(2):
                offsets[n, k, axis] = np.int64(np.ceil(k * directions[n, axis] - 0.5))
    return offsets


def motion_offsets(angles: np.ndarray, taps: int) -> np.ndarray:
    """(N, taps, 2) int64 offsets (dy, dx) along each angle (N,) in degrees."""
    turned = [math.radians(angle) for angle in angles.tolist()]  # not NumPy's: see `bell`
    return _along(np.array([(math.sin(angle), math.cos(angle)) for angle in turned]).reshape(-1, 2), taps)
