"""Water or mud from a smoothed, thresholded random layer. Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).

float32 where the scripts hand images to OpenCV, since its rounding decides what truncation gives: in float64, 42 bytes
of ../golden differ, in float32 none.
"""

import numpy as np
from scipy.ndimage import correlate, gaussian_filter

from .canny import chamfer, edges
from .scale import to_bytes, unit
from .tolerance import Tolerance

TOLERANCE = Tolerance(
    1,
    0.005,
    "float32 sums before truncation; a pixel of the layer may fall on the other side of the threshold (2 of 45 draws "
    "at 224), "
    "and the equalisation then moves others",
    crossings=0.0005,
)

WATER, MUD = (unit(np.array(colour)).astype(np.float32) for colour in ([175, 238, 238], [63, 42, 20]))


def draws(rng: np.random.RandomState, x: np.ndarray, p) -> dict[str, np.ndarray]:
    return {"layer": rng.normal(size=x.shape[:2], loc=p.mean, scale=p.std)}


def mean3(a: np.ndarray) -> np.ndarray:
    """Mean of three by three, borders reflected without repeating the edge: nine added exactly, then one rounding to
    float32.

    That rounding lifts a mean such as .99999999 (of five distances of 1.4 and two of 1) to the 1 that truncation should
    find.
    """
    return (correlate(a.astype(float), np.ones((3, 3)), mode="mirror") * (1 / 9)).astype(np.float32)


def equalized(a: np.ndarray) -> np.ndarray:
    """Histogram equalisation of bytes as OpenCV does it: the lowest level present goes to 0."""
    counts = np.bincount(a.ravel(), minlength=256)
    first = np.flatnonzero(counts)[0]
    rest = a.size - counts[first]
    if rest == 0:
        return a
    above = np.cumsum(counts) - counts[: first + 1].sum()
    # In float32, as OpenCV: in float64 some values next to a half are rounded the other way.
    scaled = above.astype(np.float32) * (np.float32(255) / np.float32(rest))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)[a]


def relief(liquid: np.ndarray) -> np.ndarray:
    """The embossed distance to the edges of the drops, as bytes."""
    near = equalized(mean3(np.minimum(chamfer(edges(liquid, 50, 150)), 20)).astype(np.uint8))
    emboss = correlate(near.astype(int), np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]), mode="mirror")
    return np.rint(mean3(np.clip(emboss, 0, 255))).astype(np.uint8)


def apply(x: np.ndarray, p, d: dict) -> np.ndarray:
    layer = gaussian_filter(d["layer"].astype(float), p.sigma, mode="nearest")
    layer[layer < p.threshold] = 0
    u = unit(x).astype(np.float32)
    if p.mud:
        m = gaussian_filter((layer > p.threshold).astype(np.float32), p.strength, mode="nearest")[..., None]
        m[m < np.float32(0.8)] = 0
        return to_bytes(u * (1 - m) + m * MUD)
    liquid = (layer * 255).astype(int).astype(np.uint8)  # a layer above 1 wraps, as the scripts' cast does
    m = liquid * relief(liquid).astype(np.float32)
    if m.max() == 0:
        return x.copy()
    return to_bytes(u + (m / m.max() * np.float32(p.strength))[..., None] * WATER)
