"""Plasma fractal by diamond-square on a periodic map (Fournier, Fussell, Carpenter 1982), as the fog of ImageNet-C makes it."""

import numpy as np

from ..jit import cpu

FIRST_WIGGLE = np.float32(100.0)
QUARTER = np.float32(0.25)


@cpu
def plasma_cpu(unit, decay):
    """Turn unit draws (N, S, S) float32 in [-1, 1) into plasma in 0..1, in place; S a power of two.

    Every cell but (0, 0) is set once: by the mean of four neighbours at distance `half` plus wiggle^2 times its own draw.
    """
    size = unit.shape[1]
    mask = size - 1
    for n in range(unit.shape[0]):
        m = unit[n]
        m[0, 0] = np.float32(0.0)
        wiggle, step = FIRST_WIGGLE, size
        while step >= 2:
            half, power = step // 2, wiggle * wiggle
            for y in range(half, size, step):
                up, down = m[y - half], m[(y + half) & mask]
                for x in range(half, size, step):
                    mean = QUARTER * (up[x - half] + up[(x + half) & mask] + down[x - half] + down[(x + half) & mask])
                    m[y, x] = mean + power * m[y, x]
            for y in range(0, size, half):
                up, down = m[(y - half) & mask], m[(y + half) & mask]
                for x in range(half if y % step == 0 else 0, size, step):
                    mean = QUARTER * (up[x] + down[x] + m[y, (x - half) & mask] + m[y, (x + half) & mask])
                    m[y, x] = mean + power * m[y, x]
            step, wiggle = half, wiggle / decay
        flat = m.reshape(-1)
        low = flat.min()
        span = flat.max() - low
        for e in range(flat.size):
            flat[e] = (flat[e] - low) / span if span > np.float32(0.0) else np.float32(0.0)
