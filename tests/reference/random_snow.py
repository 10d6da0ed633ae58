"""Dark places bleached. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .hls import RELIT, lightness, relit_bytes

TOLERANCE = RELIT


def draws(rng, x, p):
    return {"point": np.array(rng.uniform(p.low, p.high))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    light = lightness(x)
    low = 255 * light < 85 + 127.5 * d["point"]
    return np.where(low[..., None], relit_bytes(x, np.minimum(light * p.factor, 1)), x)
