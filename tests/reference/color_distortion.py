"""One value added to one channel. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"channel": rng.randint(3)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out, channel = x.copy(), int(d["channel"])
    out[..., channel] = np.clip(x[..., channel] + 255 * p.amount, 0, 255).astype(np.uint8)
    return out
