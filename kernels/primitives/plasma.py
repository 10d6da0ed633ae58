"""Plasma fractal by diamond-square on a periodic map (Fournier, Fussell, Carpenter 1982), as the fog of ImageNet-C
makes it.
"""

import numpy as np

from ..jit import cpu, part, scalar
from ..kept import kept
from ..lanes import LANES, larger, load, smaller, spread, store, where

FIRST_WIGGLE = np.float32(100.0)
QUARTER = np.float32(0.25)


@kept
def plasma_powers(size: int, decay: float) -> np.ndarray:
    """(log2 size,) float32: wiggle^2 at every level, from the coarsest; the wiggle shrinks by `decay` each time."""
    wiggle, powers = FIRST_WIGGLE, []
    for _ in range(size.bit_length() - 1):
        powers.append(wiggle * wiggle)
        wiggle = wiggle / np.float32(decay)
    table = np.array(powers, np.float32)
    table.flags.writeable = False
    return table


@scalar
def moved_mean(a, b, c, d, power, unit, quarter):
    """The mean of four neighbours, moved by a unit draw times a power."""
    return quarter * (a + b + c + d) + power * unit


@scalar
def displaced(a, b, c, d, power, unit):
    """The same of numbers."""
    return moved_mean(a, b, c, d, power, unit, QUARTER)


@scalar
def stretched(value, low, span):
    """A value in [low, low + span] on 0..1; 0 where all are equal."""
    return (value - low) / span if span > np.float32(0.0) else np.float32(0.0)


@part
def _corners(m, y, half, power, begin, end, step):
    """The cells of row y from `begin` to `end` that lie in the middle of four at their corners."""
    mask = m.shape[0] - 1
    up, down, row = m[y - half], m[(y + half) & mask], m[y]
    for x in range(begin, end, step):
        left, right = (x - half) & mask, (x + half) & mask
        row[x] = displaced(up[left], up[right], down[left], down[right], power, row[x])


@part
def _sides(m, y, half, power, begin, end, step):
    """The cells of row y that lie between four at their sides."""
    mask = m.shape[0] - 1
    up, down, row = m[(y - half) & mask], m[(y + half) & mask], m[y]
    for x in range(begin, end, step):
        row[x] = displaced(up[x], down[x], row[(x - half) & mask], row[(x + half) & mask], power, row[x])


# Cells that are set lie `step` apart. Where that is little, all are computed, sixteen at a time, and those between keep
# their values: the two finest levels, 15 of 16 cells, and the stretching to 0..1 then take .16 ms in place of .5 for a
# map of 256 x 256 (an Intel Xeon of model 207).
FINE = 4


@part
def _corners_of_row(m, y, half, power, step, chosen):
    size = m.shape[0]
    _corners(m, y, half, power, half, LANES, step)
    up, here, down = (y - half) * size, y * size, ((y + half) & (size - 1)) * size
    powers, quarter, mask = spread(power), spread(QUARTER), load(chosen, 0)
    for x in range(LANES, size - LANES, LANES):
        unit = load(m, here + x)
        made = moved_mean(
            *(load(m, up + x - half), load(m, up + x + half), load(m, down + x - half), load(m, down + x + half)),
            *(powers, unit, quarter),
        )
        store(m, here + x, where(mask, made, unit))
    _corners(m, y, half, power, size - LANES + half, size, step)


@part
def _sides_of_row(m, y, half, power, step, begin, chosen):
    size = m.shape[0]
    _sides(m, y, half, power, begin, LANES, step)
    up, here, down = ((y - half) & (size - 1)) * size, y * size, ((y + half) & (size - 1)) * size
    powers, quarter, mask = spread(power), spread(QUARTER), load(chosen, 0)
    for x in range(LANES, size - LANES, LANES):
        unit = load(m, here + x)
        made = moved_mean(
            *(load(m, up + x), load(m, down + x), load(m, here + x - half), load(m, here + x + half)),
            *(powers, unit, quarter),
        )
        store(m, here + x, where(mask, made, unit))
    _sides(m, y, half, power, size - LANES + begin, size, step)


@scalar
def _ends(values):
    """The smallest and the largest number; Numba's own of an array take a second to compile."""
    low = high = values[0]
    for e in range(1, values.size):
        low, high = min(low, values[e]), max(high, values[e])
    return low, high


@part
def _stretch(flat):
    """A map to 0..1."""
    low = high = load(flat, 0)
    for e in range(LANES, flat.size, LANES):
        low, high = smaller(low, load(flat, e)), larger(high, load(flat, e))
    lows, highs = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    store(lows, 0, low)
    store(highs, 0, high)
    least = _ends(lows)[0]
    span = _ends(highs)[1] - least
    if span == np.float32(0.0):
        flat[:] = np.float32(0.0)
        return
    low, high = spread(least), spread(span)
    for e in range(0, flat.size, LANES):
        store(flat, e, (load(flat, e) - low) / high)


@cpu
def _plasma(unit, powers):
    size = unit.shape[1]
    at_half, at_start = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    for n in range(unit.shape[0]):
        m = unit[n]
        m[0, 0] = np.float32(0.0)
        step = size
        for power in powers:
            half = step // 2
            fine = step <= FINE and size >= 2 * LANES
            if fine:
                for i in range(LANES):
                    at_half[i], at_start[i] = i % step == half, i % step == 0
            for y in range(half, size, step):
                if fine:
                    _corners_of_row(m, y, half, power, step, at_half)
                else:
                    _corners(m, y, half, power, half, size, step)
            for y in range(0, size, half):
                begin = half if y % step == 0 else 0
                if fine:
                    _sides_of_row(m, y, half, power, step, begin, at_half if begin else at_start)
                else:
                    _sides(m, y, half, power, begin, size, step)
            step = half
        flat = m.reshape(-1)
        if size >= LANES:
            _stretch(flat)
            continue
        low, high = _ends(flat)
        for e in range(flat.size):
            flat[e] = stretched(flat[e], low, high - low)


def plasma_cpu(unit: np.ndarray, decay: float) -> None:
    """Turn unit draws (N, S, S) float32 in [-1, 1) into plasma in 0..1, in place; S a power of two.

    Every cell but (0, 0) is set once: by the mean of four neighbours at distance `half` plus wiggle^2 times its own
    draw.
    """
    _plasma(unit, plasma_powers(unit.shape[1], decay))
