"""Water or mud from a smoothed, thresholded random layer. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261)."""

import numpy as np
from scipy.ndimage import correlate, gaussian_filter

from .canny import chamfer, edges
from .scale import to_bytes, unit

WATER, MUD = np.array([175, 238, 238]) / 255, np.array([63, 42, 20]) / 255


def draws(rng, x, p):
    return {"layer": rng.normal(size=x.shape[:2], loc=p.mean, scale=p.std)}


def mean3(a: np.ndarray) -> np.ndarray:
    """Mean of three by three, borders reflected without repeating the edge."""
    return correlate(a.astype(float), np.full((3, 3), 1 / 9), mode="mirror")


def equalized(a: np.ndarray) -> np.ndarray:
    """Histogram equalisation of bytes as OpenCV does it: the lowest level present goes to 0."""
    counts = np.bincount(a.ravel(), minlength=256)
    first = np.flatnonzero(counts)[0]
    rest = a.size - counts[first]
    if rest == 0:
        return a
    above = np.cumsum(counts) - counts[: first + 1].sum()
    return np.clip(np.rint(above * np.float32(255 / rest)), 0, 255).astype(np.uint8)[a]


def relief(liquid: np.ndarray) -> np.ndarray:
    """The embossed distance to the edges of the drops, as bytes."""
    near = equalized(np.trunc(mean3(np.minimum(chamfer(edges(liquid, 50, 150)), 20)) + 1e-5).astype(np.uint8))
    emboss = correlate(near.astype(int), np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]), mode="mirror")
    return np.rint(mean3(np.clip(emboss, 0, 255))).astype(np.uint8)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    layer = gaussian_filter(d["layer"].astype(float), p.sigma, mode="nearest")
    layer[layer < p.threshold] = 0
    if p.mud:
        m = gaussian_filter((layer > p.threshold) * 1.0, p.strength, mode="nearest")[..., None]
        m[m < 0.8] = 0
        return to_bytes(unit(x) * (1 - m) + m * MUD)
    liquid = (layer * 255).astype(int).astype(np.uint8)
    m = liquid.astype(float) * relief(liquid)
    if m.max() == 0:
        return x.copy()
    return to_bytes(unit(x) + (m / m.max() * p.strength)[..., None] * WATER)
