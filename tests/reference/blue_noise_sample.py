"""Pixels are black where blue noise is low. Source: Mintun et al. 2021 (arXiv:2102.11273), appendix C."""

import numpy as np
from scipy.signal import correlate2d
from scipy.stats import norm

from .tolerance import Tolerance

TOLERANCE = Tolerance(0, 0.002, "float32 sums of 121 terms where the noise is at the limit", crossings=0.002)
REACH = 5


def draws(rng, x, p):
    return {"white": rng.normal(size=(x.shape[0] + 2 * REACH, x.shape[1] + 2 * REACH))}


def blue() -> np.ndarray:
    """The middle of what has an amplitude in proportion to the frequency."""
    line = np.fft.fftfreq(64)
    whole = np.fft.fftshift(np.real(np.fft.ifft2(np.hypot(line[:, None], line))))
    cut = whole[32 - REACH : 33 + REACH, 32 - REACH : 33 + REACH]
    return cut / np.sqrt((cut**2).sum())


def apply(x: np.ndarray, p, d) -> np.ndarray:
    noise = correlate2d(d["white"].astype(float), blue(), mode="valid")
    return x * (noise > norm.ppf(p.share))[..., None].astype(np.uint8)
