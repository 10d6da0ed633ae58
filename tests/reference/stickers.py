"""Tiles of a bank laid over the image, one over the other. Source: Li et al. 2025 (arXiv:2506.16950)."""

import numpy as np

from ..tiles import bank
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    height, width = x.shape[:2]
    return {
        "tile": (rng.randint(0, len(bank(p.side)), p.stickers) + 0.5) / len(bank(p.side)),
        "y": rng.randint(0, max(1, height - p.side), p.stickers),
        "x": rng.randint(0, max(1, width - p.side), p.stickers),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    out, tiles = x.copy(), bank(p.side)
    for k in range(p.stickers):
        top, left = int(d["y"][k]), int(d["x"][k])
        place = out[top : top + p.side, left : left + p.side]
        place[...] = tiles[int(d["tile"][k] * len(tiles))][: place.shape[0], : place.shape[1]]
    return out
