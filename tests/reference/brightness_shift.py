"""One value added or subtracted everywhere. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .scale import to_bytes, unit
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"added": rng.randint(2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    return to_bytes(unit(x) + (p.amount if d["added"] else -p.amount))
