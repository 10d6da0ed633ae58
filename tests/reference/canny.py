"""Canny edges of bytes, and the 5 x 5 chamfer distance to them, as OpenCV defines both."""

import math

import numpy as np
from scipy.ndimage import correlate, label

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def edges(a: np.ndarray, low: int, high: int) -> np.ndarray:
    """(H, W) uint8 to bool: Sobel with repeated edges, |dx| + |dy|, peaks across the edge, weak ones kept where they touch strong ones."""
    dx, dy = (correlate(a.astype(int), k, mode="nearest") for k in (SOBEL, SOBEL.T))
    size = np.pad(abs(dx) + abs(dy), 1)
    peak = np.zeros(a.shape, bool)
    for y, x in np.ndindex(a.shape):
        m, gx, gy = size[y + 1, x + 1], int(abs(dx[y, x])), int(abs(dy[y, x])) << 15
        if m <= low:
            continue
        # tan(22.5 degrees) and tan(67.5 degrees) = that + 2, in 15-bit fixed point; a tie goes to the second of a pair.
        flat = gx * 13573
        if gy < flat:
            peak[y, x] = m > size[y + 1, x] and m >= size[y + 1, x + 2]
        elif gy > flat + (gx << 16):
            peak[y, x] = m > size[y, x + 1] and m >= size[y + 2, x + 1]
        else:
            s = -1 if (dx[y, x] < 0) != (dy[y, x] < 0) else 1
            peak[y, x] = m > size[y, x + 1 - s] and m > size[y + 2, x + 1 + s]
    groups, _ = label(peak, np.ones((3, 3)))
    strong = np.unique(groups[peak & (size[1:-1, 1:-1] > high)])
    return peak & np.isin(groups, strong)


def chamfer(edge: np.ndarray) -> np.ndarray:
    """Distance in pixels to the nearest edge by steps of 1, 1.4 and 2.1969, relaxed until nothing changes; far away where there is none."""
    steps = [((0, 1), 65536), ((1, 1), round(1.4 * 65536)), ((1, 2), round(2.1969 * 65536))]
    moves = {
        (sy * b, sx * a) if swap else (sy * a, sx * b): cost
        for (a, b), cost in steps
        for swap in (False, True)
        for sy in (-1, 1)
        for sx in (-1, 1)
    }
    height, width = edge.shape
    field = np.pad(np.where(edge, 0, 1 << 30), 2, constant_values=1 << 30)
    while True:
        inner = field[2:-2, 2:-2]
        better = inner.copy()
        for (dy, dx), cost in moves.items():
            better = np.minimum(better, field[2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width] + cost)
        if (better == inner).all() or math.prod(edge.shape) == 0:
            return inner / 65536
        field[2:-2, 2:-2] = np.minimum(better, 1 << 30)
