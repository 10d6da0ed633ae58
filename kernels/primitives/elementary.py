"""Sine, cosine, arctangent and a falling exponential in float32 alone, so that every device gives the same bits:
libraries differ there.
"""

import numpy as np

from ..jit import floored, scalar

ZERO, HALF, ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
PI, QUARTER, EIGHTH = np.float32(np.pi), np.float32(np.pi / 2), np.float32(np.pi / 4)
TURN, TURNS = np.float32(2 * np.pi), np.float32(0.5 / np.pi)
# Taylor's series of the sine up to the eleventh power: within 6e-8 up to a quarter turn.
S3, S5, S7, S9, S11 = (np.float32(value) for value in (-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800))
# Arctangent up to tan(22.5 degrees), within 2e-7: minimax coefficients of the odd powers.
STEEP = np.float32(0.41421356)
A3, A5, A7, A9 = (np.float32(value) for value in (-0.333329491539, 0.199777106478, -0.138776856032, 0.0805374449538))
# The exponential: how far it is followed, and Taylor's quotients.
FARTHEST, SHARE = np.float32(24.0), np.float32(1 / 64)
E2, E3, E4, E5, E6, E7 = (np.float32(1 / n) for n in range(2, 8))


@scalar
def sine(x):
    """Of an angle in radians."""
    turns = x * TURNS
    turns = turns - floored(turns + HALF)
    size = abs(turns)
    angle = TURN * min(size, HALF - size)
    z = angle * angle
    value = angle + angle * z * (S3 + z * (S5 + z * (S7 + z * (S9 + z * S11))))
    return value if turns >= ZERO else -value


@scalar
def cosine(x):
    """Of an angle in radians."""
    return sine(x + QUARTER)


@scalar
def arctangent(y, x):
    """The angle of the direction (x, y) in radians, from -pi to pi; 0 at the origin."""
    far, near = max(abs(x), abs(y)), min(abs(x), abs(y))
    steep = near > STEEP * far
    above, below = near - far if steep else near, near + far if steep else far
    t = above / below if below > ZERO else ZERO
    z = t * t
    angle = t + t * z * (A3 + z * (A5 + z * (A7 + z * A9)))
    if steep:
        angle = angle + EIGHTH
    if abs(y) > abs(x):
        angle = QUARTER - angle
    if x < ZERO:
        angle = PI - angle
    return angle if y >= ZERO else -angle


@scalar
def falling(x):
    """exp(-x) for x from 0 up, within 1e-5 of itself; beyond 24, where it is 4e-11, as at 24."""
    z = min(x, FARTHEST) * SHARE
    # The 64th root by Taylor's series, within 1e-8 as z is at most 3/8; then squared six times.
    root = ONE - z * (ONE - z * E2 * (ONE - z * E3 * (ONE - z * E4 * (ONE - z * E5 * (ONE - z * E6 * (ONE - z * E7))))))
    root = root * root
    root = root * root
    root = root * root
    root = root * root
    root = root * root
    return root * root
