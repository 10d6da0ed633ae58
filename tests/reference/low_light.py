"""The image stretched, darkened, counted and read out; each element is drawn from its law by inversion. Source: Kar et
al. 2022 (arXiv:2203.01441).
"""

import numpy as np
from scipy import stats

from .tolerance import Tolerance

TOLERANCE = Tolerance(
    255,
    0.0005,
    "where in its law an element lies is rounded to 2^-24, and so is the law: a place within that of a step may fall "
    "on either side, and next to an impossible level lies one far away",
)


def draws(rng, x, p):
    return {"place": rng.uniform(size=x.shape), "nearer": rng.uniform(size=x.shape)}


def reach(light: float, p) -> np.ndarray:
    """(256,) the probability that a light on 0..1 becomes each level or one below."""
    edges = np.arange(1, 257) / 255
    rate = light * p.photons
    counts = np.arange(int(rate + 20 * rate**0.5 + 60))
    known = stats.norm.cdf((edges - np.minimum(counts / p.photons, 1)[:, None]) / p.sigma)
    found = stats.poisson.pmf(counts, rate) @ known
    found[255] = 1
    return found


def apply(x: np.ndarray, p, d) -> np.ndarray:
    low, high = int(x.min()), int(x.max())
    if low == high:
        low, high = 0, 255
    low, high = p.stretch * low, 255 - p.stretch * (255 - high)
    # One of the two laws nearest to the light, by its distance from them.
    light = np.maximum(1020 * (x - low) / (high - low), 0)
    row = np.minimum(light.astype(int), 1019)
    row += d["nearer"] < light - row
    out = np.empty_like(x)
    for k in np.unique(row):
        here = row == k
        out[here] = np.searchsorted(reach(p.scale * (k / 1020) ** p.gamma, p), d["place"][here], side="right")
    return out
