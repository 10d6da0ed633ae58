"""Plasma fractal by diamond-square on a periodic map (Fournier, Fussell, Carpenter 1982), as the fog of ImageNet-C
makes it.
"""

import numpy as np

from ..jit import cpu, scalar
from ..kept import kept

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
def displaced(a, b, c, d, power, unit):
    """The mean of four neighbours, moved by a unit draw times a power."""
    return QUARTER * (a + b + c + d) + power * unit


@scalar
def stretched(value, low, span):
    """A value in [low, low + span] on 0..1; 0 where all are equal."""
    return (value - low) / span if span > np.float32(0.0) else np.float32(0.0)


@cpu
def _plasma(unit, powers):
    size = unit.shape[1]
    mask = size - 1
    for n in range(unit.shape[0]):
        m = unit[n]
        m[0, 0] = np.float32(0.0)
        step = size
        for power in powers:
            half = step // 2
            for y in range(half, size, step):
                up, down = m[y - half], m[(y + half) & mask]
                for x in range(half, size, step):
                    m[y, x] = displaced(
                        up[x - half], up[(x + half) & mask], down[x - half], down[(x + half) & mask], power, m[y, x]
                    )
            for y in range(0, size, half):
                up, down = m[(y - half) & mask], m[(y + half) & mask]
                for x in range(half if y % step == 0 else 0, size, step):
                    m[y, x] = displaced(
                        up[x], down[x], m[y, (x - half) & mask], m[y, (x + half) & mask], power, m[y, x]
                    )
            step = half
        flat = m.reshape(-1)
        low = flat.min()
        span = flat.max() - low
        for e in range(flat.size):
            flat[e] = stretched(flat[e], low, span)


def plasma_cpu(unit: np.ndarray, decay: float) -> None:
    """Turn unit draws (N, S, S) float32 in [-1, 1) into plasma in 0..1, in place; S a power of two.

    Every cell but (0, 0) is set once: by the mean of four neighbours at distance `half` plus wiggle^2 times its own
    draw.
    """
    _plasma(unit, plasma_powers(unit.shape[1], decay))
