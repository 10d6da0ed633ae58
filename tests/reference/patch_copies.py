"""Patches copied near by. Source: Lin et al. 2019 (KADID-10k, QoMEX)."""

import numpy as np

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {"corner": rng.uniform(size=(p.patches, 2)), "move": rng.uniform(-0.5, 0.5, (p.patches, 2))}


def apply(x: np.ndarray, p, d) -> np.ndarray:
    height, width = x.shape[:2]
    side = min(p.side, height, width)
    # So much black around that a patch may lie outside.
    wide = 2 * p.reach + side
    out = np.pad(x, ((wide, wide), (wide, wide), (0, 0)))
    for corner, move in zip(d["corner"][: p.patches], d["move"], strict=False):
        begin = []
        for share, length in zip(corner, (height, width), strict=True):
            room = length - side
            rim = min(p.reach, room // 2)
            begin.append(wide + rim + int(np.floor(share * (room - 2 * rim) + 0.5)))
        top, left = begin
        down, aside = (int(np.floor(part * p.reach + 0.5)) for part in move)
        patch = out[top : top + side, left : left + side].copy()
        out[top + down : top + down + side, left + aside : left + aside + side] = patch
    return out[wide : wide + height, wide : wide + width]
