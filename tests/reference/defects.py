"""What the oracles of defective pixels share: different places, one after the other from those that are left."""

import numpy as np


def places(shares: np.ndarray, wanted: int, height: int, width: int) -> list[tuple[int, int]]:
    """(row, column) of each defect: the share picks from the list of places, and what is picked leaves the list."""
    left = [(y, x) for y in range(height) for x in range(width)]
    return [left.pop(int(share * len(left))) for share in shares[: min(wanted, len(left))]]


def draws(rng, x, p):
    """Where they are, of those that have one level."""
    return {"place": rng.uniform(size=max(1, p.pixels))}


def painted(x: np.ndarray, p, d, level) -> np.ndarray:
    """The image with one level at each place."""
    out = x.copy()
    for place in places(d["place"], p.pixels, *x.shape[:2]):
        out[place] = level
    return out
