"""Squares replaced by the tile of the nearest mean colour. Source: Li et al. 2025 (arXiv:2506.16950)."""

import numpy as np

from ..tiles import bank
from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    return {}


def reduced(a: np.ndarray, count: int) -> np.ndarray:
    """(count, ...) of (L, ...) bytes: the cubic of Keys with a = -1/2, as wide as a result is; weights in 1/2^22."""
    scale = len(a) / count
    wide = max(scale, 1.0)
    out = []
    for i in range(count):
        centre = (i + 0.5) * scale
        first, last = max(int(centre - 2 * wide + 0.5), 0), min(int(centre + 2 * wide + 0.5), len(a))
        t = np.abs((np.arange(first, last) - centre + 0.5) / wide)
        near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
        share = np.where(t < 1, near, np.where(t < 2, far, 0.0))
        fixed = share / sum(share.tolist()) * 2**22
        fixed = np.trunc(fixed + np.where(fixed < 0, -0.5, 0.5)).astype(np.int64)
        total = np.tensordot(fixed, a[first:last].astype(np.int64), 1) + 2**21
        out.append(np.clip(total >> 22, 0, 255))
    return np.array(out).astype(np.uint8)


def apply(x: np.ndarray, p, d) -> np.ndarray:
    rows, columns = (-(-length // p.side) for length in x.shape[:2])
    small = reduced(reduced(x.transpose(1, 0, 2), columns).transpose(1, 0, 2), rows)
    tiles = bank(p.side)
    sums = tiles.astype(int).sum((1, 2)).astype(np.float32)
    whole = np.zeros((rows * p.side, columns * p.side, 3), np.uint8)
    for i in range(rows):
        for j in range(columns):
            a = (sums - small[i, j].astype(np.float32) * np.float32(p.side**2)).T
            best = int((a[0] * a[0] + a[1] * a[1] + a[2] * a[2]).argmin())
            whole[i * p.side : (i + 1) * p.side, j * p.side : (j + 1) * p.side] = tiles[best]
    top, left = (len(whole) - x.shape[0]) // 2, (whole.shape[1] - x.shape[1]) // 2
    return whole[top : top + x.shape[0], left : left + x.shape[1]]
