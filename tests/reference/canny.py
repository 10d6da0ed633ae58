"""Canny edges of bytes, and the 5 x 5 chamfer distance to them, as OpenCV defines both."""

import numpy as np
from scipy.ndimage import correlate, label

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
STRAIGHT, DIAGONAL, KNIGHT, FAR = np.float32(1), np.float32(1.4), np.float32(2.1969), np.finfo(np.float32).max


def edges(a: np.ndarray, low: int, high: int) -> np.ndarray:
    """(H, W) uint8 to bool: Sobel with repeated edges, |dx| + |dy|, peaks across the edge, weak ones kept where they
    touch strong ones.
    """
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
    """(H, W) bool to float32 pixels to the nearest edge by steps of 1, 1.4 and 2.1969; the largest float32 where there
    is none.

    Sums in float32, as Intel's IPP makes them inside OpenCV's x86 builds, which made ../golden: equal in every bit with
    4.10 and 5.0 below 32 pixels (spatter uses 20), to 2e-5 beyond. A build
    without IPP counts in whole 1/65536: 1.4 is then 1.39999, and means that are whole numbers come out just below.
    """
    field = np.pad(np.where(edge, np.float32(0), FAR), 2, constant_values=FAR)
    sweep(field)
    sweep(field[::-1, ::-1])  # the way back is the same, from the last pixel to the first
    return field[2:-2, 2:-2]


def sweep(field: np.ndarray) -> None:
    """One pass downwards and to the right over a map padded by two: every pixel from the eight before it, in place."""
    for y in range(2, len(field) - 2):
        row, up, upper = field[y, 2:-2], field[y - 1], field[y - 2]
        straight = up[2:-2] + STRAIGHT
        diagonal = np.minimum(up[1:-3], up[3:-1]) + DIAGONAL
        knight = np.minimum(np.minimum(up[:-4], up[4:]), np.minimum(upper[1:-3], upper[3:-1])) + KNIGHT
        row[:] = np.minimum(np.minimum(row, straight), np.minimum(diagonal, knight))
        for x in range(1, len(row)):
            row[x] = min(row[x], row[x - 1] + STRAIGHT)
