"""Places at r (1 + k r^2 + k r^4) from the centre. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .places import SAMPLED, grid, seen

TOLERANCE = SAMPLED


def draws(rng, x, p):
    return {"bend": np.array(rng.uniform(-p.bend, p.bend)), "shift": rng.uniform(-p.shift, p.shift, 2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    size = np.array(x.shape[:2], float)
    from_middle = (np.stack(grid(x), axis=-1) - (size - 1) / 2) / size
    r = np.linalg.norm(from_middle, axis=-1, keepdims=True)
    place = from_middle * (1 + d["bend"] * r**2 + d["bend"] * r**4) * size + size / 2 + np.rint(d["shift"])
    return seen(x, place[..., 0], place[..., 1])
