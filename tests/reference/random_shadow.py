"""Less light inside of polygons. Source: Laugros 2022 (thesis 2022GRALT016)."""

import math

import numpy as np

from .hls import RELIT, lightness, relit_bytes

TOLERANCE = RELIT


def draws(rng, x, p):
    return {"count": np.array(rng.randint(p.low, p.high + 1)), "corner": rng.uniform(size=(p.high, p.corners, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    shade = np.zeros(x.shape[:2], bool)
    for polygon in d["corner"][: int(d["count"])]:
        corners = [(int(v * (x.shape[0] + 1)), int(u * (x.shape[1] + 1))) for v, u in polygon]
        for y in range(x.shape[0]):
            crossings = sorted(
                u0 + (y - v0) * (u1 - u0) / (v1 - v0)
                for (v0, u0), (v1, u1) in zip(corners, corners[1:] + corners[:1], strict=True)
                if min(v0, v1) <= y < max(v0, v1)
            )
            for left, right in zip(crossings[::2], crossings[1::2], strict=True):
                shade[y, max(math.ceil(left - 0.5), 0) : max(math.floor(right + 0.5) + 1, 0)] = True
    return np.where(shade[..., None], relit_bytes(x, lightness(x) * p.factor), x)
