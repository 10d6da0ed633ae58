"""Tiles that change places. Source: Laugros 2022 (thesis 2022GRALT016)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"rank": rng.uniform(size=p.grid**2)}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    down, across = (min(p.grid, length) for length in x.shape[:2])
    tall, wide = x.shape[0] // down, x.shape[1] // across
    tiles = [x[i * tall : (i + 1) * tall, j * wide : (j + 1) * wide] for i in range(down) for j in range(across)]
    out = x.copy()
    for place, tile in enumerate(np.argsort(d["rank"][: len(tiles)], kind="stable")):
        i, j = divmod(place, across)
        out[i * tall : (i + 1) * tall, j * wide : (j + 1) * wide] = tiles[tile]
    return out
